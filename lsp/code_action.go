package lsp

import (
	"go.lsp.dev/protocol"

	"github.com/airside-ls/airside/lsp/editor"
	"github.com/airside-ls/airside/lsp/reviewing"
)

// actionKinds are the kinds that are offered.
var actionKinds = []protocol.CodeActionKind{protocol.CodeActionKindQuickFix, reviewing.KindReviewFunction, reviewing.KindReviewChanges}

// codeAction is textDocument/codeAction.
func (s *Server) codeAction(c *editor.Call, params *protocol.CodeActionParams) (editor.Answer, error) {
	if params.TextDocument.URI == "" {
		return nil, editor.InvalidParams(editor.ErrNoURI)
	}
	d := s.documents.Open(params.TextDocument.URI)
	if d == nil {
		return func() (any, error) { return []any{}, nil }, nil
	}
	q := &editor.ActionQuery{
		Ctx: c.Ctx, Document: d, Only: params.Context.Only,
		Automatic: params.Context.TriggerKind == protocol.CodeActionTriggerKindAutomatic,
	}
	q.Start, q.End = d.Text.RangeOffsets(params.Range)
	return func() (any, error) {
		list := []any{}
		for _, action := range append(s.reviews.Actions(q), s.workspace.Actions(q)...) {
			list = s.appendAction(list, q, action)
		}
		if c.Ctx.Err() != nil {
			return c.Unanswered()
		}
		return list, nil
	}, nil
}

// appendAction encodes an action for what the client knows. One that knows
// commands alone is not offered edits.
func (s *Server) appendAction(list []any, q *editor.ActionQuery, action protocol.CodeAction) []any {
	switch {
	case action.Kind != nil && !q.Wants(*action.Kind):
	case s.client.capabilities.ActionLiterals:
		if !s.client.capabilities.ActionPreferred {
			action.IsPreferred = nil
		}
		list = append(list, &action)
	case action.Edit == nil && action.Command.Command != "":
		list = append(list, &action.Command)
	}
	return list
}
