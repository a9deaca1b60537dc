package lsp_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/airside-ls/airside/completion"
	"github.com/airside-ls/airside/lsp"
	"github.com/airside-ls/airside/lsp/lsptest"
)

func goSource(lines int) string {
	var b strings.Builder
	b.WriteString("package a\n\nfunc f() {\n")
	for range lines - 4 {
		b.WriteString("\tif err := work(ctx, name); err != nil {\n")
	}
	b.WriteString("}\n")
	return b.String()
}

// BenchmarkKeystroke types a character and asks for a completion, both through
// real frames. asked-p95-ns is the time until the engine is asked, p95-ns until
// its answer, which comes at once, is back.
func BenchmarkKeystroke(b *testing.B) {
	for _, lines := range []int{10, 1000, 10000} {
		for _, encoding := range []string{"utf-8", "utf-16"} {
			b.Run(fmt.Sprintf("%dlines/%s", lines, encoding), func(b *testing.B) {
				benchmarkKeystroke(b, goSource(lines), encoding)
			})
		}
	}
}

func benchmarkKeystroke(b *testing.B, source, encoding string) {
	asked := make(instantEngine, 1)
	editor := serveEngine(b, asked, lsp.Options{}, lsptest.Options{Encodings: []string{encoding}})
	const uri = "file:///a.go"
	editor.Open(uri, "go", source)
	line := strings.Count(source, "\n") / 2
	var toAsk, toAnswer []time.Duration
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		at := lsptest.Position{Line: line, Character: 1 + i%40}
		start := time.Now()
		// The editor's own buffer is no part of what is measured.
		editor.Notify("textDocument/didChange", map[string]any{
			"textDocument":   map[string]any{"uri": uri, "version": i + 2},
			"contentChanges": []any{map[string]any{"range": lsptest.Range{Start: at, End: at}, "text": "x"}},
		})
		call := editor.Request("textDocument/inlineCompletion", map[string]any{
			"textDocument": map[string]any{"uri": uri},
			"position":     lsptest.Position{Line: at.Line, Character: at.Character + 1},
			"context":      map[string]any{"triggerKind": 2},
		})
		toAsk = append(toAsk, (<-asked).Sub(start))
		call.Wait()
		toAnswer = append(toAnswer, time.Since(start))
	}
	b.ReportMetric(float64(percentile(toAsk, 95)), "asked-p95-ns")
	b.ReportMetric(float64(percentile(toAnswer, 95)), "p95-ns")
}

// instantEngine answers at once and says when it was asked. Unlike lsptest's it
// does nothing else, which would be measured, too.
type instantEngine chan time.Time

func (e instantEngine) Complete(_ context.Context, r completion.Request) (completion.Result, error) {
	e <- time.Now()
	return completion.Result{Suggestions: []completion.Suggestion{{
		Replacement: completion.Replacement{Start: r.Offset, End: r.Offset, Text: "return nil"}, ID: "s1",
	}}}, nil
}

func (instantEngine) Panel(context.Context, completion.Request, int, func(completion.Suggestion)) (string, error) {
	return "", nil
}
func (instantEngine) DidOpen(completion.Document)                      {}
func (instantEngine) DidChange(completion.Document, []completion.Edit) {}
func (instantEngine) DidSave(string)                                   {}
func (instantEngine) DidClose(string)                                  {}
func (instantEngine) Rests(completion.Request)                         {}
func (instantEngine) OnStatus(func(completion.Status))                 {}
func (instantEngine) OnReady(func(completion.Notice))                  {}
func (instantEngine) Feedback(string, completion.Event, int)           {}
func (instantEngine) Traces() []completion.Trace                       { return nil }
func (instantEngine) AddWorkspace(completion.Workspace)                {}
func (instantEngine) RemoveWorkspace(string)                           {}

func percentile(durations []time.Duration, p int) time.Duration {
	slices.Sort(durations)
	return durations[(len(durations)-1)*p/100]
}

func (instantEngine) Pause(completion.Pause)           {}
func (instantEngine) Paused() completion.Pause         { return completion.Pause{} }
func (instantEngine) Where() completion.Coverage       { return completion.Coverage{} }
func (instantEngine) Usage() (completion.Usage, error) { return completion.Usage{}, nil }
func (instantEngine) ForgetUsage() error               { return nil }
func (instantEngine) RestoreUsage() error              { return nil }
