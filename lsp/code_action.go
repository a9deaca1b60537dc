package lsp

import (
	"context"
	"slices"
	"strings"

	"go.lsp.dev/protocol"
	"go.lsp.dev/uri"
)

// actionQuery asks for code actions in a place of an open document.
type actionQuery struct {
	ctx        context.Context // ends when the client wants no answer any more
	document   *document
	start, end int                       // the bytes selected, or the cursor
	only       []protocol.CodeActionKind // none is every kind
	automatic  bool                      // nobody asked: the editor looks whether there are any
}

// wants tells whether actions of a kind were asked for.
func (q *actionQuery) wants(kind protocol.CodeActionKind) bool {
	return len(q.only) == 0 || slices.ContainsFunc(q.only, func(asked protocol.CodeActionKind) bool {
		return asked == "" || kind == asked || strings.HasPrefix(string(kind), string(asked)+".")
	})
}

// actionSources are who offers code actions, in the order in which they are
// shown. They are asked concurrently with other messages.
var actionSources = []func(*Server, *actionQuery) []protocol.CodeAction{
	(*Server).reviewActions,
	(*Server).commentActions,
}

// actionKinds are the kinds that the sources offer.
var actionKinds = []protocol.CodeActionKind{protocol.CodeActionKindQuickFix, kindReviewFunction, kindReviewChanges}

// codeAction is textDocument/codeAction.
func (s *Server) codeAction(c *call, params *protocol.CodeActionParams) (answer, error) {
	if params.TextDocument.URI == "" {
		return nil, invalidParams(errNoURI)
	}
	d := s.documents.get(params.TextDocument.URI)
	if d == nil {
		return func() (any, error) { return []any{}, nil }, nil
	}
	q := &actionQuery{
		ctx: c.ctx, document: d, only: params.Context.Only,
		automatic: params.Context.TriggerKind == protocol.CodeActionTriggerKindAutomatic,
	}
	q.start, q.end = d.text.RangeOffsets(params.Range)
	return func() (any, error) {
		list := []any{}
		for _, source := range actionSources {
			for _, action := range source(s, q) {
				list = s.appendAction(list, q, action)
			}
		}
		if c.ctx.Err() != nil {
			return c.unanswered()
		}
		return list, nil
	}, nil
}

// appendAction encodes an action for what the client knows. One that knows
// commands alone is not offered edits.
func (s *Server) appendAction(list []any, q *actionQuery, action protocol.CodeAction) []any {
	switch {
	case action.Kind != nil && !q.wants(*action.Kind):
	case s.client.actionLiterals:
		if !s.client.actionPreferred {
			action.IsPreferred = nil
		}
		list = append(list, &action)
	case action.Edit == nil && action.Command.Command != "":
		list = append(list, &action.Command)
	}
	return list
}

// command encodes a command with its one argument.
func command(title, name string, argument any) protocol.Command {
	raw, err := protocol.Marshal(argument)
	if err != nil {
		return protocol.Command{}
	}
	return protocol.Command{Title: title, Command: name, Arguments: []protocol.LSPAny{raw}}
}

// commandAction is a code action that runs a command.
func commandAction(kind protocol.CodeActionKind, title, name string, argument any) protocol.CodeAction {
	return protocol.CodeAction{Title: title, Kind: &kind, Command: command(title, name, argument)}
}

// editOf replaces bytes of an open document, in the version that d is: a client
// refuses the edit if it has another one.
func (s *Server) editOf(d *document, start, end int, newText string) *protocol.WorkspaceEdit {
	edit := protocol.TextEdit{Range: d.text.OffsetRange(start, end), NewText: newText}
	u := d.uri
	if !s.client.versionedEdits {
		return &protocol.WorkspaceEdit{Changes: map[uri.URI][]protocol.TextEdit{u: {edit}}}
	}
	version := d.version
	change := &protocol.TextDocumentEdit{Edits: []protocol.TextDocumentEditElement{&edit}}
	change.TextDocument.URI, change.TextDocument.Version = u, &version
	return &protocol.WorkspaceEdit{DocumentChanges: []protocol.DocumentChange{change}}
}
