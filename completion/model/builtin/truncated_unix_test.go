//go:build unix

package builtin

import (
	"context"
	"errors"
	"os"
	"testing"

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
		if err := os.Truncate(path, 1<<20); err != nil {
			t.Fatal(err)
		}
		var failure *PanicError
		if _, err := e.Generate(context.Background(), prompt(t, e, "func main() {"), GenerateOptions{MaxTokens: 4}); !errors.As(err, &failure) {
			t.Errorf("%d threads: %v", threads, err)
		}
		if err := os.WriteFile(path, tiny.Model(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
