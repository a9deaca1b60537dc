package lsp

import (
	"context"
	"unicode/utf8"

	"go.lsp.dev/protocol"

	"github.com/airside-ls/airside/completion/review"
	"github.com/airside-ls/airside/lsp/ext"
)

// Kinds of code actions that begin a review. Editors show source actions on
// demand, rather than a light bulb on every line.
const (
	kindReviewFunction protocol.CodeActionKind = "source.airside.reviewFunction"
	kindReviewChanges  protocol.CodeActionKind = "source.airside.reviewChanges"
)

// longestTitle bounds what a code action's title quotes, in bytes.
const longestTitle = 60

// reviewActions are what can be done about the findings in a place, and the
// reviews that can be begun there.
func (s *Server) reviewActions(q *actionQuery) []protocol.CodeAction {
	if s.opts.Review.Reviewer == nil {
		return nil
	}
	var fixes, rest []protocol.CodeAction
	if q.wants(protocol.CodeActionKindQuickFix) {
		for _, n := range s.notesAt(reviewNotes, q.document, q.start, q.end) {
			if fix, ok := s.fixAction(q.document, &n); ok {
				fixes = append(fixes, fix)
			}
			rest = append(rest, s.findingActions(q.ctx, q.document, &n)...)
		}
	}
	return append(append(fixes, rest...), s.beginActions(q)...)
}

// fixAction puts a finding's fix in the place of the code that it quotes, if
// that is there to the letter and the file parses as well with it.
func (s *Server) fixAction(d *document, n *note) (protocol.CodeAction, bool) {
	if n.fix == nil || d.text.Text()[n.Start:n.End] != n.Quote ||
		!review.Fits(d.path, d.text.Text(), n.Start, n.End, *n.fix) {
		return protocol.CodeAction{}, false
	}
	kind, preferred := protocol.CodeActionKindQuickFix, true
	return protocol.CodeAction{
		Title: "Fix: " + brief(reviewedOf(n).finding.Message), Kind: &kind, IsPreferred: &preferred,
		Diagnostics: s.resolved(d, n),
		Edit:        s.editOf(d, n.Start, n.End, *n.fix),
	}, true
}

// findingActions are those that leave the text alone.
func (s *Server) findingActions(ctx context.Context, d *document, n *note) []protocol.CodeAction {
	about := reviewedOf(n)
	meant := ext.FindingArguments{ID: about.id, URI: string(d.uri)}
	dismiss := commandAction(protocol.CodeActionKindQuickFix, "Dismiss: "+brief(about.finding.Message), ext.CommandReviewDismiss, meant)
	dismiss.Diagnostics = s.resolved(d, n)
	if !s.hasComments(ctx, d) {
		return []protocol.CodeAction{dismiss}
	}
	publish := commandAction(protocol.CodeActionKindQuickFix, "Comment for the team: "+brief(about.finding.Message), ext.CommandReviewPublish, meant)
	publish.Diagnostics = dismiss.Diagnostics
	return []protocol.CodeAction{dismiss, publish}
}

// hasComments tells whether comments on a document can be kept.
func (s *Server) hasComments(ctx context.Context, d *document) bool {
	for _, r := range s.openRepositories(ctx) {
		if _, ok := r.relative(d.path); ok && r.comments.store != nil {
			return true
		}
	}
	return false
}

// resolved is the diagnostic that an action is about.
func (s *Server) resolved(d *document, n *note) []protocol.Diagnostic {
	return []protocol.Diagnostic{s.encodeNote(d.uri, d.text, n)}
}

// beginActions begin reviews. They are not offered to an editor that only looks
// whether there is anything to do.
func (s *Server) beginActions(q *actionQuery) []protocol.CodeAction {
	if q.automatic && len(q.only) == 0 {
		return nil
	}
	here := q.document.text.OffsetRange(q.start, q.end)
	u := string(q.document.uri)
	return []protocol.CodeAction{
		commandAction(kindReviewFunction, "Review this function", ext.CommandReview,
			ext.ReviewArguments{Scope: ext.ScopeFunction, URI: u, Range: &here}),
		commandAction(kindReviewChanges, "Review my changes", ext.CommandReview,
			ext.ReviewArguments{Scope: ext.ScopeWorktree, URI: u}),
	}
}

func brief(message string) string {
	if len(message) <= longestTitle {
		return message
	}
	end := longestTitle
	for !utf8.RuneStart(message[end]) {
		end--
	}
	return message[:end] + "…"
}
