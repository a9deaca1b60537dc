package builtin

import (
	"context"
	"errors"
	"os"
	"sync"
	"testing"

	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/model/builtin/tiny"
)

// TestCloseWhileUsed closes an engine while it generates, is probed, asked for its
// template and read ahead of: all of them end, and none touches the file when it is
// no longer mapped.
func TestCloseWhileUsed(t *testing.T) {
	path := t.TempDir() + "/model.gguf"
	if err := os.WriteFile(path, tiny.Model(), 0o600); err != nil {
		t.Fatal(err)
	}
	ask := model.Prompt{model.Text("package main\n\nimport (\n")}
	for range 20 {
		b := NewBackend(path, Options{Threads: 2})
		generating := make(chan struct{})
		var begun sync.Once
		var all sync.WaitGroup
		use := func(f func() error) {
			all.Go(func() {
				for {
					if err := f(); err != nil {
						if closed := (*model.Error)(nil); !errors.As(err, &closed) || !errors.Is(err, ErrClosed) {
							t.Errorf("closed: %v", err)
						}
						return
					}
				}
			})
		}
		use(func() error {
			_, err := model.Generate(context.Background(), b, model.Request{Prompt: ask, MaxTokens: 100, OnText: func(string) error {
				begun.Do(func() { close(generating) })
				return nil
			}})
			return err
		})
		use(func() error { _, err := b.Probe(context.Background()); return err })
		use(func() error {
			b.Converses()
			_, err := b.Probe(context.Background())
			return err
		})
		use(func() error {
			if err := b.Prepare(context.Background(), ask, nil); err != nil && !errors.Is(err, model.ErrGaveWay) {
				return err
			}
			_, err := b.engine.Tokenizer()
			if err != nil {
				err = b.error("read", err)
			}
			return err
		})
		<-generating
		if err := b.Close(); err != nil {
			t.Error(err)
		}
		all.Wait()
	}
}
