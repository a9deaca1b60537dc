package lsp

import (
	"bytes"
	"errors"
	"strings"

	"go.lsp.dev/jsonrpc2"
	"go.lsp.dev/protocol"
	"go.lsp.dev/uri"

	"github.com/airside-ls/airside/completion"
	"github.com/airside-ls/airside/lsp/annotate/marks"
	"github.com/airside-ls/airside/lsp/editor"
	"github.com/airside-ls/airside/lsp/ext"
	"github.com/airside-ls/airside/lsp/text"
)

// didOpen is textDocument/didOpen. A document that is open already is replaced.
func (ds *documents) didOpen(params *protocol.DidOpenTextDocumentParams) error {
	item := &params.TextDocument
	if item.URI == "" {
		return editor.ErrNoURI
	}
	d := ds.opened(item)
	ds.update(d, nil)
	ds.begun(d)
	return nil
}

// opened is the document that a client opens. What is open at its place is closed.
func (ds *documents) opened(item *protocol.TextDocumentItem) *editor.Document {
	u := editor.Canonical(item.URI)
	if old := ds.Open(u); old != nil {
		ds.log.Warn("didOpen for an open document", "uri", u)
		ds.close(old)
	}
	content := editor.Valid(item.Text)
	return &editor.Document{
		URI:      u,
		Spelling: string(item.URI),
		Path:     editor.PathOf(u),
		Notebook: editor.NotebookOf(u),
		Language: string(item.LanguageID),
		Version:  item.Version,
		Text:     text.New(content, ds.client.capabilities.Encoding),
		Line:     new(marks.Lineage),
		NULs:     countNULs(content),
	}
}

// didClose is textDocument/didClose.
func (ds *documents) didClose(params *protocol.DidCloseTextDocumentParams) error {
	d := ds.Open(params.TextDocument.URI)
	if d == nil {
		return errors.New("didClose for a document that is not open")
	}
	ds.close(d)
	return nil
}

// saved has the engine hear that a document was written to the disk.
func (ds *documents) saved(u uri.URI) {
	if d := ds.Open(u); d != nil && d.Known {
		ds.engine.DidSave(d.Path)
	}
}

func (ds *documents) close(d *editor.Document) {
	ds.remove(d.URI)
	delete(ds.inNotebook, d.URI)
	ds.closed(d)
	if d.Known {
		ds.engine.DidClose(d.Path)
	}
}

// didChange is textDocument/didChange. A change that cannot be read leaves the
// text wrong, which is remembered until the text comes whole again.
func (ds *documents) didChange(raw jsonrpc2.RawMessage) error {
	var params ext.DidChangeTextDocumentParams
	err := decode(raw, &params)
	if err == nil {
		err = checkChanges(params.ContentChanges)
	}
	if err != nil {
		ds.changeLost(raw)
		return err
	}
	old := ds.Open(params.TextDocument.URI)
	if old == nil {
		return errors.New("didChange for a document that is not open")
	}
	ds.change(old, params.TextDocument.Version, params.ContentChanges)
	return nil
}

// change makes the changes of a document, which lead to a version, nil from clients
// that do not count.
func (ds *documents) change(old *editor.Document, version *int32, changes []ext.ContentChange) {
	d, edits := ds.apply(old, changes)
	d.Version = ds.nextVersion(old, version)
	d.Line = old.Line.Follow(asMarkEdits(old, d, edits))
	ds.update(d, edits)
}

// nextVersion is the client's version if it has one that grows, as the engine
// relies on.
func (ds *documents) nextVersion(old *editor.Document, version *int32) int32 {
	if version == nil {
		return old.Version + 1
	}
	if *version <= old.Version {
		ds.log.Warn("version does not grow", "uri", old.URI, "from", old.Version, "to", *version)
		return old.Version + 1
	}
	return *version
}

func checkChanges(changes []ext.ContentChange) error {
	for _, change := range changes {
		if change.Text == nil {
			return editor.InvalidParams(errors.New("a change without text"))
		}
	}
	return nil
}

// apply is the document after the changes, each of which counts in the result
// of the one before. The edits are nil if the whole text was replaced.
func (ds *documents) apply(old *editor.Document, changes []ext.ContentChange) (*editor.Document, []completion.Edit) {
	d := *old
	edits := make([]completion.Edit, 0, len(changes))
	for _, change := range changes {
		replacement := editor.Valid(*change.Text)
		if change.Range == nil {
			d.Text = text.New(replacement, ds.client.capabilities.Encoding)
			d.NULs = countNULs(replacement)
			d.Lost = false
			edits = nil
			continue
		}
		if !d.Text.Contains(change.Range.Start) || !d.Text.Contains(change.Range.End) {
			ds.log.Warn("change outside the document", "uri", d.URI, "range", *change.Range, "lines", d.Text.Lines())
		}
		start, end := d.Text.RangeOffsets(*change.Range)
		d.NULs += countNULs(replacement)
		if d.NULs > 0 {
			d.NULs -= countNULs(d.Text.Text()[start:end])
		}
		d.Text = d.Text.Replace(start, end, replacement)
		if edits != nil {
			edits = append(edits, completion.Edit{Start: start, End: end, New: replacement})
		}
	}
	return &d, edits
}

// asMarkEdits are edits of a document as marks follow them.
func asMarkEdits(old, d *editor.Document, edits []completion.Edit) []marks.Edit {
	if edits == nil {
		return []marks.Edit{marks.Difference(old.Text.Text(), d.Text.Text())}
	}
	list := make([]marks.Edit, len(edits))
	for i, e := range edits {
		list[i] = marks.Edit(e)
	}
	return list
}

// update makes d the present version and tells the engine, unless there are no
// completions in it: then it need not spend time on it.
func (ds *documents) update(d *editor.Document, edits []completion.Edit) {
	known := d.Known
	reason := d.Withheld(ds.maxSize)
	d.Known = reason == ""
	ds.put(d)
	ds.changed(d, edits)
	switch {
	case d.Known && known:
		ds.engine.DidChange(d.Plain(), edits)
	case d.Known:
		ds.engine.DidOpen(d.Plain())
	case known:
		ds.engine.DidClose(d.Path)
		ds.log.Info("no more completions in this document", "uri", d.URI, "why", reason)
	}
}

// changeLost marks the document of a didChange that could not be read.
func (ds *documents) changeLost(raw jsonrpc2.RawMessage) {
	var params protocol.DidCloseTextDocumentParams // any params with a document
	if decode(raw, &params) != nil {
		return
	}
	if d := ds.Open(params.TextDocument.URI); d != nil {
		ds.markLost(d)
	}
}

// frameDropped hears of messages that never became one. If one was a change,
// the documents it names cannot be trusted.
func (ds *documents) frameDropped(prefix []byte) {
	ds.notebookFrameDropped(prefix)
	if !bytes.Contains(prefix, []byte(protocol.MethodTextDocumentDidChange)) {
		return
	}
	for _, d := range ds.All() {
		if bytes.Contains(prefix, []byte(`"`+d.Spelling+`"`)) {
			ds.markLost(d)
		}
	}
}

func (ds *documents) markLost(old *editor.Document) {
	if old.Lost {
		return
	}
	ds.lose(old)
	ds.client.Log(protocol.MessageTypeWarning, "A change of "+old.Spelling+" could not be read. There are no completions in it until it is closed and opened again.")
}

func (ds *documents) lose(old *editor.Document) {
	d := *old
	d.Lost = true
	ds.update(&d, nil)
}

// countNULs counts the NUL bytes of s.
func countNULs(s string) int { return strings.Count(s, "\x00") }
