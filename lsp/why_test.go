package lsp_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/airside-ls/airside/completion"
	"github.com/airside-ls/airside/lsp"
	"github.com/airside-ls/airside/lsp/ext"
	"github.com/airside-ls/airside/lsp/lsptest"
)

// TestWhy: airside.why tells of the engine's requests and of those it never
// saw, the latest first.
func TestWhy(t *testing.T) {
	editor, engine := serve(t, lsp.Options{MaxDocument: 100}, lsptest.Options{})
	engine.SetTraces([]completion.Trace{
		{Time: time.Now().Add(time.Hour), Path: "/new.go", Prompt: "\xff", Shown: "x", ID: "b", Cached: true, CachedBy: completion.TypedThrough, From: "a", FirstToken: 1500 * time.Microsecond},
		{Time: time.Now().Add(-time.Hour), Path: "/old.go", Reason: "nothing came"},
	})
	editor.Open("file:///large.go", "go", strings.Repeat("x", 101))
	editor.InlineCompletion("file:///large.go", 3, false, nil).Wait()
	editor.InlineCompletionAt("file:///missing.go", lsptest.Position{}, false, nil).Wait()

	result, err := editor.Request("workspace/executeCommand", map[string]any{"command": ext.CommandWhy}).Wait()
	if err != nil {
		t.Fatal(err)
	}
	var traces []ext.Trace
	if err := json.Unmarshal(result, &traces); err != nil {
		t.Fatal(err)
	}
	var told []string
	for _, trace := range traces {
		told = append(told, trace.Path+": "+trace.Shown+trace.Reason)
	}
	want := []string{
		"/new.go: x",
		"/missing.go: the document is not open",
		"/large.go: the document is larger than 100 bytes",
		"/old.go: nothing came",
	}
	if strings.Join(told, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(told, "\n"), strings.Join(want, "\n"))
	}
	for i, want := range []string{" new.go: suggested x", " missing.go:1: nothing, the document is not open", "large.go:1: nothing, the document is larger than 100 bytes", " old.go: nothing, nothing came"} {
		if !strings.HasSuffix(traces[i].Summary, want) {
			t.Errorf("%q, want %q", traces[i].Summary, want)
		}
	}
	if n := traces[0]; n.ID != "b" || !n.Cached || n.CachedBy != "typed through" || n.From != "a" {
		t.Errorf("how it was come by: %+v", n)
	}
	if traces[0].TimingsMs.FirstToken != 1.5 {
		t.Errorf("first token after %v ms", traces[0].TimingsMs.FirstToken)
	}
}
