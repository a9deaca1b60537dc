package reviewing

import (
	"context"
	"unicode/utf8"

	"go.lsp.dev/protocol"

	"github.com/airside-ls/airside/completion/review"
	"github.com/airside-ls/airside/lsp/annotate"
	"github.com/airside-ls/airside/lsp/editor"
	"github.com/airside-ls/airside/lsp/ext"
)

// Kinds of code actions that begin a review. Editors show source actions on
// demand, rather than a light bulb on every line.
const (
	KindReviewFunction protocol.CodeActionKind = "source.airside.reviewFunction"
	KindReviewChanges  protocol.CodeActionKind = "source.airside.reviewChanges"
)

// longestTitle bounds what a code action's title quotes, in bytes.
const longestTitle = 60

// Actions are what can be done about the findings in a place, and the
// reviews that can be begun there.
func (s *Reviews) Actions(q *editor.ActionQuery) []protocol.CodeAction {
	if s.opts.Reviewer == nil {
		return nil
	}
	var fixes, rest []protocol.CodeAction
	if q.Wants(protocol.CodeActionKindQuickFix) {
		for _, n := range s.findings.At(q.Document, q.Start, q.End) {
			if fix, ok := s.fixAction(q.Document, &n); ok {
				fixes = append(fixes, fix)
			}
			rest = append(rest, s.findingActions(q.Ctx, q.Document, &n)...)
		}
	}
	return append(append(fixes, rest...), s.beginActions(q)...)
}

// fixAction puts a finding's fix in the place of the code that it quotes, if
// that is there to the letter and the file parses as well with it.
func (s *Reviews) fixAction(d *editor.Document, n *annotate.Entry[findingKey]) (protocol.CodeAction, bool) {
	if n.Fix == nil || d.Text.Text()[n.Start:n.End] != n.Quote ||
		!review.Fits(d.Path, d.Text.Text(), n.Start, n.End, *n.Fix) {
		return protocol.CodeAction{}, false
	}
	able, preferred := s.client.Capabilities(), true
	edit := d.Replace(n.Start, n.End, *n.Fix, able)
	fix := editor.EditAction(protocol.CodeActionKindQuickFix, able.Language.Sayf("Fix: %s", brief(s.saysAlone(n.About.finding))), edit, able)
	fix.IsPreferred, fix.Diagnostics = &preferred, s.resolved(d, n)
	return fix, true
}

// findingActions are those that leave the text alone.
func (s *Reviews) findingActions(ctx context.Context, d *editor.Document, n *annotate.Entry[findingKey]) []protocol.CodeAction {
	about, say := &n.About, s.client.Capabilities().Language.Sayf
	meant := ext.FindingArguments{ID: about.id, URI: string(d.URI)}
	dismiss := editor.CommandAction(protocol.CodeActionKindQuickFix, say("Dismiss: %s", brief(s.saysAlone(about.finding))), ext.CommandReviewDismiss, meant)
	dismiss.Diagnostics = s.resolved(d, n)
	if !s.workspace.HasComments(ctx, d.Path) {
		return []protocol.CodeAction{dismiss}
	}
	publish := editor.CommandAction(protocol.CodeActionKindQuickFix, say("Comment for the team: %s", brief(s.saysAlone(about.finding))), ext.CommandReviewPublish, meant)
	publish.Diagnostics = dismiss.Diagnostics
	return []protocol.CodeAction{dismiss, publish}
}

// resolved is the diagnostic that an action is about.
func (s *Reviews) resolved(d *editor.Document, n *annotate.Entry[findingKey]) []protocol.Diagnostic {
	return []protocol.Diagnostic{n.Encode(d.URI, d.Text, s.client.Capabilities())}
}

// beginActions begin reviews. They are not offered to an editor that only looks
// whether there is anything to do.
func (s *Reviews) beginActions(q *editor.ActionQuery) []protocol.CodeAction {
	if q.Automatic && len(q.Only) == 0 {
		return nil
	}
	here := q.Document.Text.OffsetRange(q.Start, q.End)
	u, say := string(q.Document.URI), s.client.Capabilities().Say
	return []protocol.CodeAction{
		editor.CommandAction(KindReviewFunction, say("Review this function"), ext.CommandReview,
			ext.ReviewArguments{Scope: ext.ScopeFunction, URI: u, Range: &here}),
		editor.CommandAction(KindReviewChanges, say("Review my changes"), ext.CommandReview,
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
