package main

import (
	"context"
	"fmt"
	"io"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/airside-ls/airside/completion"
	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/model/modeltest"
	"github.com/airside-ls/airside/lsp"
)

// deaf is a client's end that takes nothing once it is said to, as an editor that
// hangs.
type deaf struct {
	io.Reader
	mu   sync.Mutex
	stop chan struct{} // closed when the test ends
	now  bool
}

func (d *deaf) Write(p []byte) (int, error) {
	d.mu.Lock()
	now := d.now
	d.mu.Unlock()
	if now {
		<-d.stop
	}
	return len(p), nil
}

func (d *deaf) Close() error { return nil }

// TestUnansweredRequestsAreBounded: an editor asks for 5,000 completions in a file
// of 100 KB as it is typed in, 2,500 in each of two windows, and takes no answer,
// nor does the model give one. None of them holds on to the text.
func TestUnansweredRequestsAreBounded(t *testing.T) {
	const most = 100 << 20 // bytes beyond what there was; a text each would be 500 MB
	hangs := make(chan struct{})
	fake := modeltest.NewFake("")
	fake.Script(func(model.Prompt) modeltest.Reply { <-hangs; return modeltest.Reply{} })
	engine := completion.New(completion.Options{Backends: []model.Backend{fake}, Debounce: 1})
	in, editor := io.Pipe()
	client := &deaf{Reader: in, stop: hangs}
	served := make(chan struct{})
	go func() {
		lsp.New(lsp.Options{Engine: engine}).Serve(context.Background(), client)
		close(served)
	}()
	send := func(format string, args ...any) {
		t.Helper()
		if _, err := editor.Write(frame(format, args...)); err != nil {
			t.Fatal(err)
		}
	}
	before := heap()
	send(`{"jsonrpc":"2.0","id":"i","method":"initialize","params":{"capabilities":{"textDocument":{"inlineCompletion":{}}}}}`)
	send(`{"jsonrpc":"2.0","method":"initialized","params":{}}`)
	var lines strings.Builder
	for i := range 4_000 {
		fmt.Fprintf(&lines, "line %d of no language\n", i*7919)
	}
	text := lines.String()
	for _, file := range []string{"a", "b"} {
		send(`{"jsonrpc":"2.0","method":"textDocument/didOpen","params":{"textDocument":{"uri":"file:///%s.txt","languageId":"plaintext","version":1,"text":%q}}}`, file, text)
	}
	client.mu.Lock()
	client.now = true
	client.mu.Unlock()
	for i := range 5000 {
		file, n := string("ab"[i%2]), i/2
		send(`{"jsonrpc":"2.0","method":"textDocument/didChange","params":{"textDocument":{"uri":"file:///%s.txt","version":%d},"contentChanges":[{"range":{"start":{"line":9,"character":%d},"end":{"line":9,"character":%d}},"text":"x"}]}}`, file, n+2, n, n)
		send(`{"jsonrpc":"2.0","id":%d,"method":"textDocument/inlineCompletion","params":{"textDocument":{"uri":"file:///%s.txt"},"position":{"line":9,"character":%d},"context":{"triggerKind":2}}}`, i, file, n+1)
		send(`{"jsonrpc":"2.0","id":"c%d","method":"workspace/executeCommand","params":{"command":"airside.why"}}`, i)
	}
	held := heap() - before
	t.Logf("%d MB, %d goroutines", held>>20, runtime.NumGoroutine())
	if held > most {
		t.Errorf("5,000 requests hold %d MB", held>>20)
	}
	close(hangs)
	editor.Close()
	<-served
	if err := engine.Close(); err != nil {
		t.Error(err)
	}
}

// heap is what is held, in bytes.
func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
