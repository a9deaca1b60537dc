package lsp

import (
	"errors"

	"go.lsp.dev/protocol"
	"go.lsp.dev/uri"

	"github.com/airside-ls/airside/completion/edit/next"
	"github.com/airside-ls/airside/lsp/editor"
	"github.com/airside-ls/airside/lsp/ext"
	"github.com/airside-ls/airside/lsp/text"
)

// nextEdits proposes the next edit. watcher is nil where none is proposed.
type nextEdits struct {
	watcher   *next.Watcher
	client    *client
	documents *documents
}

// watched tells whether edits of a document count.
func (n *nextEdits) watched(d *editor.Document) bool {
	return n.watcher != nil && !d.Lost && d.Withheld(n.documents.maxSize) == ""
}

func (n *nextEdits) opened(d *editor.Document) {
	if n.watched(d) {
		n.watcher.Opened(d.Path, d.Text.Text())
	}
}

func (n *nextEdits) changed(d *editor.Document) {
	if n.watched(d) {
		n.watcher.Edited(d.Path, d.Text.Text())
	} else if n.watcher != nil {
		n.watcher.Closed(d.Path)
	}
}

func (n *nextEdits) closed(d *editor.Document) {
	if n.watcher != nil {
		n.watcher.Closed(d.Path)
	}
}

// propose is textDocument/copilotInlineEdit.
func (n *nextEdits) propose(c *editor.Call, params *ext.InlineEditParams) (editor.Answer, error) {
	if params.TextDocument.URI == "" {
		return nil, editor.InvalidParams(editor.ErrNoURI)
	}
	none := func() (any, error) { return ext.InlineEditResult{Edits: []ext.InlineEdit{}}, nil }
	d := n.documents.Open(params.TextDocument.URI)
	stale := d != nil && params.TextDocument.Version != nil && *params.TextDocument.Version != d.Version
	if d == nil || stale || !n.watched(d) || n.documents.engine.Paused().On {
		return none, nil
	}
	offset := d.Text.PositionOffset(params.Position)
	return func() (any, error) {
		p, ok := n.watcher.Propose(c.Ctx, d.Path, offset, n.client.capabilities.NextEdits)
		if c.Ctx.Err() != nil {
			return c.Unanswered()
		}
		if !ok || !n.documents.Current(d) {
			return none()
		}
		to, in := d, d.Text
		if p.Path != d.Path {
			if to, in = n.elsewhere(p); in == nil {
				return none()
			}
		}
		if p.End > in.Len() {
			return none()
		}
		edit := ext.InlineEdit{Text: p.Text, Range: in.OffsetRange(p.Start, p.End), Command: takenCommand(p.ID)}
		edit.TextDocument = ext.InlineEditOf{URI: uri.File(p.Path)}
		if to != nil {
			edit.TextDocument = ext.InlineEditOf{URI: uri.URI(to.Spelling), Version: to.Version}
		}
		return ext.InlineEditResult{Edits: []ext.InlineEdit{edit}}, nil
	}, nil
}

// elsewhere is the document of a proposal in another file, nil if it is not open, and its text,
// nil if that cannot be read.
func (n *nextEdits) elsewhere(p next.Proposal) (*editor.Document, *text.Snapshot) {
	if d := n.documents.named(p.Path); d != nil {
		return d, d.Text
	}
	in, err := n.documents.Read(uri.File(p.Path))
	if err != nil {
		return nil, nil
	}
	return nil, in
}

func takenCommand(id string) protocol.Command {
	argument, err := protocol.Marshal(protocol.String(id))
	if err != nil {
		return protocol.Command{}
	}
	return protocol.Command{Title: "Take the next edit", Command: ext.CommandNextTaken, Arguments: []protocol.LSPAny{argument}}
}

// taken is airside.next.taken.
func (n *nextEdits) taken(run *editor.Invocation) (any, error) {
	return n.told(run, func(id string) { n.watcher.Taken(id) })
}

// refused is airside.next.refused.
func (n *nextEdits) refused(run *editor.Invocation) (any, error) {
	return n.told(run, func(id string) { n.watcher.Refused(id) })
}

func (n *nextEdits) told(run *editor.Invocation, tell func(id string)) (any, error) {
	id, ok := run.Word()
	if !ok {
		return nil, editor.InvalidParams(errors.New("the id of an edit is missing"))
	}
	if n.watcher != nil {
		tell(id)
	}
	return nil, nil
}
