package editor

import (
	"context"
	"slices"
	"strings"

	"go.lsp.dev/protocol"
	"go.lsp.dev/uri"

	"github.com/airside-ls/airside/lsp/ext"
)

// ActionQuery asks for code actions in a place of an open document.
type ActionQuery struct {
	Ctx        context.Context // ends when the client wants no answer any more
	Document   *Document
	Start, End int                       // the bytes selected, or the cursor
	Only       []protocol.CodeActionKind // none is every kind
	Automatic  bool                      // nobody asked: the editor looks whether there are any
}

// Wants tells whether actions of a kind were asked for.
func (q *ActionQuery) Wants(kind protocol.CodeActionKind) bool {
	return len(q.Only) == 0 || slices.ContainsFunc(q.Only, func(asked protocol.CodeActionKind) bool {
		return asked == "" || kind == asked || strings.HasPrefix(string(kind), string(asked)+".")
	})
}

// CommandAction is a code action that runs a command with its one argument.
func CommandAction(kind protocol.CodeActionKind, title, name string, argument any) protocol.CodeAction {
	action := protocol.CodeAction{Title: title, Kind: &kind}
	if raw, err := protocol.Marshal(argument); err == nil {
		action.Command = protocol.Command{Title: title, Command: name, Arguments: []protocol.LSPAny{raw}}
	}
	return action
}

// EditAction is a code action that edits the text: at once, or after a look at it
// in an editor that can show an edit before it is made.
func EditAction(kind protocol.CodeActionKind, title string, edit *protocol.WorkspaceEdit, c *Capabilities) protocol.CodeAction {
	if c.Previews {
		return CommandAction(kind, title, ext.CommandPreview, ext.PreviewArguments{Title: title, Edit: edit})
	}
	return protocol.CodeAction{Title: title, Kind: &kind, Edit: edit}
}

// Replace replaces bytes of the document, in the version that d is: a client
// refuses the edit if it has another one.
func (d *Document) Replace(start, end int, newText string, c *Capabilities) *protocol.WorkspaceEdit {
	edit := protocol.TextEdit{Range: d.Text.OffsetRange(start, end), NewText: newText}
	u := d.URI
	if !c.VersionedEdits {
		return &protocol.WorkspaceEdit{Changes: map[uri.URI][]protocol.TextEdit{u: {edit}}}
	}
	version := d.Version
	change := &protocol.TextDocumentEdit{Edits: []protocol.TextDocumentEditElement{&edit}}
	change.TextDocument.URI, change.TextDocument.Version = u, &version
	return &protocol.WorkspaceEdit{DocumentChanges: []protocol.DocumentChange{change}}
}
