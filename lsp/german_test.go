package lsp_test

import (
	"slices"
	"testing"

	"github.com/airside-ls/airside/completion/review"
	"github.com/airside-ls/airside/completion/review/finding"
	"github.com/airside-ls/airside/lsp"
	"github.com/airside-ls/airside/lsp/ext"
	"github.com/airside-ls/airside/lsp/lsptest"
)

// TestGerman: who has a German editor is told in German; what programs read stays.
func TestGerman(t *testing.T) {
	syncer := lsptest.NewSyncer(t, t.TempDir(), false)
	s := newSyncSession(t, lsptest.Options{Status: true, Locale: "de", Words: map[string]string{"airside sync enable": "„Dieses Repository synchronisieren“"}}, syncer)
	s.status()
	const want = "dieses Repository ist nicht zur Synchronisierung angemeldet; „Dieses Repository synchronisieren“ meldet es an"
	if _, err := s.command("airside.sync.now", nil).Wait(); err == nil || err.Message != want {
		t.Errorf("not opted in: %v", err)
	}

	e := serveEngine(t, lsptest.NewEngine(t), lsp.Options{}, lsptest.Options{Locale: "de-AT"})
	var paused ext.SnoozeResult
	if failure := command(t, e, ext.CommandSnooze, map[string]any{"untilRestart": true}, &paused); failure != "" || !paused.Paused || paused.Message != "pausiert bis zum Neustart" {
		t.Errorf("%+v, %s", paused, failure)
	}
	var told ext.Stats
	if failure := command(t, e, ext.CommandStats, map[string]bool{"reset": true, "undo": true}, &told); failure != "ungültige Angaben: zurücksetzen oder rückgängig machen, nicht beides" {
		t.Errorf("said %q", failure)
	}
}

// TestGermanReview: rules speak the user's language, a model its own.
func TestGermanReview(t *testing.T) {
	s := newReviewSessionIn(t, "de", func() {})
	u := s.write("a.go", "x := f()\n")
	s.Open(u, "go", "x := f()\n")
	call := s.command("airside.review", map[string]any{"uri": u})
	ask := s.reviewer.Next()
	ask.Tell(1, 1, "", "",
		ask.Find("a.go", "x := f()", finding.Finding{Message: "the error of f is not looked at", Source: finding.Rule}),
		ask.Find("a.go", "f()", finding.Finding{Message: "nothing found", Source: finding.Model}))
	ask.Answer(review.Report{})
	if got := s.wait(call).Message; got != "2 Tipps" {
		t.Errorf("said %q", got)
	}
	var messages []string
	for _, d := range s.Diagnostics(u) {
		messages = append(messages, d.Message)
	}
	slices.Sort(messages)
	if want := []string{"der Fehler von f wird nicht beachtet (Regel)", "nothing found (Modell)"}; !slices.Equal(messages, want) {
		t.Errorf("told %q", messages)
	}
	var titles []string
	for _, action := range s.CodeActions(u, lsptest.Range{}, "quickfix") {
		titles = append(titles, action.Title)
	}
	if !slices.Contains(titles, "Ausblenden: der Fehler von f wird nicht beachtet") {
		t.Errorf("offered %q", titles)
	}
}
