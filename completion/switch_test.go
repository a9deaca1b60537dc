package completion

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/model/builtin"
	"github.com/airside-ls/airside/completion/model/builtin/tiny"
)

// TestSwitchWhileGenerating exchanges the model again and again while completions
// and what somebody else asks the same model are generated: requests are answered by
// the new one, and of the old one no goroutine and no mapping stays.
func TestSwitchWhileGenerating(t *testing.T) {
	dir := t.TempDir()
	path := func(name string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, tiny.Model(), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	names := []string{path("one.gguf"), path("two.gguf")}
	backendsOf := func(name string) []model.Backend {
		return []model.Backend{builtin.NewBackend(name, builtin.Options{Threads: 2})}
	}
	before := runtime.NumGoroutine()
	e := New(Options{Backends: backendsOf(names[0])})
	text := "package a\n\nimport \"os\"\n\nfunc f(name string) error {\n\t"
	ctx, stop := context.WithCancel(t.Context())
	var all sync.WaitGroup
	answered := make(chan struct{}, 1)
	for range 2 {
		all.Go(func() {
			for n := 0; ctx.Err() == nil; n++ {
				doc := Document{Path: "a.go", Language: "go", Text: strings.Repeat("// x\n", n%50) + text + "\n}\n"}
				_, err := e.Complete(ctx, Request{Document: doc, Offset: len(doc.Text) - 3, Trigger: Invoked})
				if err != nil && !errors.Is(err, context.Canceled) {
					t.Errorf("complete: %v", err)
				}
				select {
				case answered <- struct{}{}:
				default:
				}
			}
		})
	}
	all.Go(func() {
		for ctx.Err() == nil {
			b, _, err := e.Chosen(ctx)
			if err != nil || b == nil {
				continue
			}
			b.Converses()
			_, _ = model.Generate(ctx, b, model.Request{Prompt: model.Prompt{model.Text(text)}, MaxTokens: 200})
		}
	})
	for i := range 20 {
		<-answered
		if err := e.Reconfigure(Options{Backends: backendsOf(names[(i+1)%2])}); err != nil {
			t.Error(err)
		}
	}
	stop()
	all.Wait()
	if err := e.Close(); err != nil {
		t.Error(err)
	}
	if maps, err := os.ReadFile("/proc/self/maps"); err == nil && strings.Contains(string(maps), ".gguf") {
		t.Errorf("mapped still:\n%s", maps)
	}
	for deadline := time.Now().Add(10 * time.Second); runtime.NumGoroutine() > before+1; runtime.Gosched() {
		if time.Now().After(deadline) {
			stacks := make([]byte, 1<<20)
			t.Fatalf("%d goroutines, %d before\n%s", runtime.NumGoroutine(), before, stacks[:runtime.Stack(stacks, true)])
		}
	}
}

// TestCloseWhileAsking: a generation that looks for who answers now, because its
// backend was closed, is not waited for by a Close that keeps it from looking.
func TestCloseWhileAsking(t *testing.T) {
	e := New(Options{})
	closing := func() bool {
		e.generations.mu.Lock()
		defer e.generations.mu.Unlock()
		return e.generations.closed
	}
	e.generations.all.Go(func() {
		for !closing() {
			runtime.Gosched()
		}
		e.askedNext()
	})
	if err := e.Close(); err != nil {
		t.Error(err)
	}
}
