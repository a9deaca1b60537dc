package lsp_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/airside-ls/airside/completion"
	"github.com/airside-ls/airside/lsp"
	"github.com/airside-ls/airside/lsp/lsptest"
)

// TestRandomEdits types at random, also outside the document, in every
// encoding. The editor converts positions by another implementation, and the
// engine checks that edits lead to texts: all three must agree.
func TestRandomEdits(t *testing.T) {
	pieces := []string{"", "a", "é", "世", "😀", "\n", "\r", "\r\n", "\n\r", "x\ny\rz", "\u0301", "e\u0301\u200d", "\t ", "\u2028", "func f() {\n\treturn\n}\n"}
	for _, encoding := range []string{"utf-8", "utf-16", "utf-32"} {
		t.Run(encoding, func(t *testing.T) {
			editor, engine := serve(t, lsp.Options{}, lsptest.Options{Encodings: []string{encoding}})
			engine.Respond(func(r completion.Request) completion.Result {
				return completion.Result{Suggestions: []completion.Suggestion{{
					Replacement: completion.Replacement{Start: r.Offset, End: r.Offset, Text: "s"}, ID: "id",
				}}}
			})
			const uri = "file:///r.go"
			editor.Open(uri, "go", "package r\r\n// 😀\n")
			for seed := range uint64(400) {
				random := rand.New(rand.NewPCG(seed, 1))
				place := func() lsptest.Position {
					return lsptest.Position{Line: random.IntN(12), Character: random.IntN(9)}
				}
				if seed%40 == 39 {
					editor.ChangeAll(uri, fmt.Sprintf("anew %d\n", seed))
				}
				editor.ChangeRange(uri, lsptest.Range{Start: place(), End: place()}, pieces[random.IntN(len(pieces))])
				result, err := editor.InlineCompletionAt(uri, place(), false, nil).Wait()
				if err != nil || len(lsptest.Items(result)) != 1 {
					t.Fatalf("%s, %v", result, err)
				}
				if d, _ := engine.Document("/r.go"); d.Text != editor.Text(uri) {
					t.Fatalf("edit %d: the server has %q, the editor %q", seed, d.Text, editor.Text(uri))
				}
			}
		})
	}
}
