package main

import (
	"context"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/airside-ls/airside/completion"
	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/model/modeltest"
	"github.com/airside-ls/airside/lsp/lsptest"
)

// counted counts the generations under way at a backend.
type counted struct {
	*modeltest.Fake
	now, most, all atomic.Int32
}

func (c *counted) Generate(ctx context.Context, r model.Request) (model.Response, error) {
	now := c.now.Add(1)
	defer c.now.Add(-1)
	c.all.Add(1)
	for most := c.most.Load(); now > most && !c.most.CompareAndSwap(most, now); most = c.most.Load() {
	}
	return c.Fake.Generate(ctx, r)
}

// TestBurst: 1,000 keystrokes, each with a request, as fast as they can be sent,
// to a model that never gets done. Not more than one generation is under way at
// any time, one is at the end, and when it is answered no goroutine is left.
func TestBurst(t *testing.T) {
	before := runtime.NumGoroutine()
	t.Run("burst", func(t *testing.T) {
		backend := &counted{Fake: modeltest.NewFake("a + b")}
		release := backend.Block()
		defer release()
		engine := completion.New(completion.Options{Backends: []model.Backend{backend}, Speculate: true})
		defer engine.Close()
		editor, end := startEditor(t, engine, "utf-8")
		editor.Open(uri, "go", sessionDoc)
		at := strings.Index(sessionDoc, "return ") + len("return ")
		var calls []*lsptest.Call
		for i := range 1000 {
			editor.Change(uri, at+i, at+i, string(rune('a'+i%26)))
			calls = append(calls, editor.InlineCompletion(uri, at+i+1, false, nil))
		}
		for _, c := range calls[:999] {
			if result, err := c.Wait(); err != nil || string(result) != "null" {
				t.Fatalf("a superseded request was answered %s, %v", result, err)
			}
		}
		for backend.now.Load() == 0 { // the last one may wait a moment for a newer
			runtime.Gosched()
		}
		if now := backend.now.Load(); now != 1 {
			t.Errorf("%d generations under way at the end", now)
		}
		release()
		if result, err := calls[999].Wait(); err != nil || len(lsptest.Items(result)) != 1 {
			t.Errorf("the last request was answered %s, %v", result, err)
		}
		if most := backend.most.Load(); most != 1 {
			t.Errorf("%d generations at once", most)
		}
		t.Logf("%d of 1000 keystrokes reached the model", backend.all.Load())
		end()
		editor.Close()
	})
	for deadline := time.Now().Add(10 * time.Second); runtime.NumGoroutine() > before; runtime.Gosched() {
		if time.Now().After(deadline) {
			stacks := make([]byte, 1<<20)
			t.Fatalf("%d goroutines, %d before:\n%s", runtime.NumGoroutine(), before, stacks[:runtime.Stack(stacks, true)])
		}
	}
}
