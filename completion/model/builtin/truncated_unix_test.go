//go:build unix

package builtin

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/model/builtin/llama"
	"github.com/airside-ls/airside/completion/model/builtin/tiny"
)

// TestTruncated cuts a mapped file off while it is in use: reading it faults,
// in the caller's goroutine or in a worker's, which must not end the process.
func TestTruncated(t *testing.T) {
	path := t.TempDir() + "/model.gguf"
	if err := os.WriteFile(path, tiny.Model(), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, threads := range []int{1, 3} {
		e, err := Open(path, Options{Threads: threads})
		if err != nil {
			t.Fatal(err)
		}
		defer e.Close()
		if err := e.Load(context.Background()); err != nil {
			t.Fatal(err)
		}
		tokens := prompt(t, e, "func main() {")
		var failure *PanicError
		err = e.Search(context.Background(), func(ctx context.Context, s *llama.Session) error {
			if err := os.Truncate(path, 1<<20); err != nil {
				return err
			}
			_, err := s.Evaluate(ctx, tokens)
			return err
		})
		if !errors.As(err, &failure) || !failure.faulted() {
			t.Errorf("%d threads: %v", threads, err)
		}
		if err := os.WriteFile(path, tiny.Model(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// TestTruncatedWhileGenerating cuts the file off between two tokens and puts it
// there again: the answer is an error that says so, and the next one is whole.
func TestTruncatedWhileGenerating(t *testing.T) {
	path := t.TempDir() + "/model.gguf"
	if err := os.WriteFile(path, tiny.Model(), 0o600); err != nil {
		t.Fatal(err)
	}
	b := NewBackend(path, Options{Threads: 2})
	defer b.Close()
	ask := func(onText func(string) error) (model.Response, error) {
		return model.Generate(t.Context(), b, model.Request{Prompt: model.Prompt{model.Text("package main\n\nimport (\n")}, MaxTokens: 30, OnText: onText})
	}
	whole, err := ask(nil)
	if err != nil {
		t.Fatal(err)
	}
	_, err = ask(func(string) error { return os.Truncate(path, 1<<20) })
	if !model.IsKind(err, model.Broken) || !strings.Contains(err.Error(), "became shorter while it was in use") {
		t.Errorf("cut off: %v", err)
	}
	if _, err := b.Probe(t.Context()); !model.IsKind(err, model.Broken) || !strings.Contains(err.Error(), "past the end of the file") {
		t.Errorf("after it: %v", err)
	}
	if err := os.WriteFile(path, tiny.Model(), 0o600); err != nil {
		t.Fatal(err)
	}
	if again, err := ask(nil); err != nil || again.Text != whole.Text {
		t.Errorf("whole again: %q, %v, want %q", again.Text, err, whole.Text)
	}
}
