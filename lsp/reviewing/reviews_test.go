package reviewing

import (
	"context"
	"log/slog"
	"testing"

	"go.lsp.dev/protocol"

	"github.com/airside-ls/airside/completion/review"
	"github.com/airside-ls/airside/completion/review/finding"
	"github.com/airside-ls/airside/lsp/annotate"
	"github.com/airside-ls/airside/lsp/editor"
	"github.com/airside-ls/airside/lsp/ext"
	"github.com/airside-ls/airside/lsp/lsptest"
)

// trusting is a workspace without folders and comments, where all is trusted.
type trusting struct{ Workspace }

func (trusting) Trusts(string) error { return nil }

// oneFinding finds the same thing in each file.
type oneFinding struct{}

func (oneFinding) Review(_ context.Context, q review.Request, on func(review.Event)) (review.Report, error) {
	list := []finding.Finding{{
		Path: q.Files[0].Path, Start: 4, End: 7, StartLine: 1, EndLine: 1, Quote: "two",
		Severity: finding.Warning, Source: finding.Rule, Message: "a word",
	}}
	on(review.Event{Path: q.Files[0].Path, Done: 1, Total: 1, Findings: list})
	return review.Report{Findings: list}, nil
}

// TestReviewAlone: what is found is shown, until it is dismissed.
func TestReviewAlone(t *testing.T) {
	log := slog.New(slog.DiscardHandler)
	room := lsptest.NewRoom(t)
	room.Put("file:///d/a.txt", "one two\n")
	s := New(room, room, annotate.NewBoard(room, room, log), trusting{}, log, Options{Reviewer: oneFinding{}})
	invoke := func(argument any) *editor.Invocation {
		raw, err := protocol.Marshal(argument)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancelCause(t.Context())
		return &editor.Invocation{Call: &editor.Call{Ctx: ctx, Cancel: cancel}, Arguments: []protocol.LSPAny{raw}}
	}
	result, err := s.Review(invoke(ext.ReviewArguments{URI: "file:///d/a.txt"}))
	if err != nil {
		t.Fatal(err)
	}
	if r := result.(ext.ReviewResult); r.Message != "1 warning" || r.Files != 1 {
		t.Errorf("%+v", r)
	}
	if told := room.Diagnostics("file:///d/a.txt"); len(told) != 1 || told[0].Range.Start.Character != 4 {
		t.Fatalf("told %+v", told)
	}
	if shown := room.Shown().Review; shown != (ext.ReviewStatus{State: "idle", Message: "1 warning"}) {
		t.Errorf("status %+v", shown)
	}
	if _, err := s.Dismiss(invoke(ext.FindingArguments{URI: "file:///d/a.txt"})); err != nil {
		t.Fatal(err)
	}
	if told := room.Diagnostics("file:///d/a.txt"); len(told) != 0 {
		t.Errorf("dismissed, and told %+v", told)
	}
	if len(s.running) != 0 {
		t.Error("a review that has ended still runs")
	}
}

// TestSavesInOrder: of two saves the later is reviewed, whichever gets to run first.
func TestSavesInOrder(t *testing.T) {
	log := slog.New(slog.DiscardHandler)
	room := lsptest.NewRoom(t)
	room.Put("file:///d/a.txt", "one two\n")
	s := New(room, room, annotate.NewBoard(room, room, log), trusting{}, log, Options{Reviewer: oneFinding{}})
	save := func(order int) *run {
		ctx, cancel := context.WithCancelCause(t.Context())
		return &run{s: s, saved: true, order: order, ctx: ctx, cancel: cancel, arguments: ext.ReviewArguments{Scope: ext.ScopeFile, URI: "file:///d/a.txt"}}
	}
	first, second := save(1), save(2)
	if err := second.begin(); err != nil {
		t.Fatal(err)
	}
	if err := first.begin(); err == nil || second.ctx.Err() != nil {
		t.Errorf("the earlier save: %v, the later %v", err, second.ctx.Err())
	}
	third := save(3)
	if err := third.begin(); err != nil || second.ctx.Err() == nil {
		t.Errorf("a later one: %v, the one before %v", err, second.ctx.Err())
	}
}
