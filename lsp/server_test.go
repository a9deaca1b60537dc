package lsp

import (
	"context"
	"os"
	"os/exec"
	"testing"
	"time"

	"go.lsp.dev/protocol"

	"github.com/airside-ls/airside/completion"
	"github.com/airside-ls/airside/lsp/lsptest"
	"github.com/airside-ls/airside/lsp/text"
)

func TestAwaitGone(t *testing.T) {
	tick, exists, gone := make(chan time.Time), make(chan bool), make(chan struct{})
	go awaitGone(context.Background(), 7, func(int) bool { return <-exists }, tick, func() { close(gone) })
	tick <- time.Time{}
	exists <- true
	tick <- time.Time{}
	exists <- false
	<-gone
}

func TestAwaitGoneEndsWithServe(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	awaitGone(ctx, 7, nil, nil, nil)
}

// TestAwaitEnd: of a process that ends, and of one that outlives the server.
func TestAwaitEnd(t *testing.T) {
	child := exec.Command("cat")
	in, err := child.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	gone, returned := make(chan struct{}), make(chan bool, 1)
	go func() { returned <- awaitEnd(context.Background(), child.Process.Pid, func() { close(gone) }) }()
	in.Close() // it is not waited for yet: a zombie has ended, too
	if !<-returned {
		child.Wait()
		t.Skip("this system does not tell of a process's end")
	}
	<-gone
	child.Wait()

	ctx, cancel := context.WithCancel(context.Background())
	go func() { returned <- awaitEnd(ctx, os.Getpid(), func() { t.Error("this process is gone") }) }()
	cancel()
	if !<-returned {
		t.Error("the end of the server is not the end of the wait")
	}
}

func TestProcessExists(t *testing.T) {
	if !processExists(os.Getpid()) {
		t.Error("this process does not exist")
	}
	if processExists(0) || processExists(-1) {
		t.Error("a process group is no process")
	}
}

// TestParentGoneEndsServe: the client's process dies, the connection does not.
func TestParentGoneEndsServe(t *testing.T) {
	clientEnd, serverEnd := lsptest.Pipe()
	s := New(Options{Engine: lsptest.NewEngine(t)})
	served := make(chan error, 1)
	go func() { served <- s.Serve(context.Background(), serverEnd) }()
	lsptest.Start(t, clientEnd, lsptest.Options{ProcessID: os.Getpid()}).Initialize()
	s.lifecycle.abandon()
	s.lifecycle.abandon() // twice is once
	if err := <-served; err != ErrDisconnected {
		t.Errorf("Serve: %v", err)
	}
}

func TestLabel(t *testing.T) {
	for newText, want := range map[string]string{
		"a\nb":      "a",
		"\n\n  b\n": "b",
		"  a  ":     "a",
		"\n":        "⏎",
	} {
		if got := label(newText); got != want {
			t.Errorf("%q: %q, want %q", newText, got, want)
		}
	}
}

func TestWordStart(t *testing.T) {
	s := text.New("a.größe_1 x", text.UTF16)
	for offset, want := range map[int]int{0: 0, 1: 0, 2: 2, 11: 2, 12: 12, 13: 12} {
		if got := wordStart(s, offset); got != want {
			t.Errorf("%d: %d, want %d", offset, got, want)
		}
	}
}

func TestDeclinedKeepsTheLatest(t *testing.T) {
	s := New(Options{Engine: lsptest.NewEngine(t)})
	for i := range 3 * maxDeclined {
		s.completions.decline(completion.Request{Offset: i}, "because")
	}
	list := s.completions.declined.list()
	if len(list) != maxDeclined || list[0].Offset != 3*maxDeclined-1 {
		t.Errorf("%d traces, the first of offset %d", len(list), list[0].Offset)
	}
}

// FuzzDispatch gives the server messages that are well formed and hold
// anything. It may refuse them but has to go on.
func FuzzDispatch(f *testing.F) {
	for method := range New(Options{}).table.requests {
		f.Add(method, true, `{"textDocument":{"uri":"file:///a.go"},"position":{"line":0,"character":1}}`)
	}
	for method := range New(Options{}).table.notifications {
		f.Add(method, false, `{"textDocument":{"uri":"file:///a.go","version":2},"contentChanges":[{"range":{"start":{"line":0,"character":0},"end":{"line":9,"character":9}},"text":"é\r\n"}]}`)
	}
	f.Add("workspace/executeCommand", true, `{"command":"airside.why","arguments":[null,{}]}`)
	f.Add("textDocument/didOpen", false, `{"textDocument":{"uri":"%:\\","languageId":"","version":-1,"text":"\u0000\ud800"}}`)
	f.Add("$/cancelRequest", false, `{"id":1}`)
	f.Fuzz(func(t *testing.T, method string, call bool, params string) {
		if method == protocol.MethodExit || method == protocol.MethodShutdown || !protocol.LSPAny(params).IsValid() {
			t.Skip()
		}
		clientEnd, serverEnd := lsptest.Pipe()
		engine := lsptest.NewEngine(t)
		engine.Respond(func(r completion.Request) completion.Result {
			return completion.Result{Suggestions: []completion.Suggestion{{
				Replacement: completion.Replacement{Start: r.Offset, End: r.Offset, Text: "x"},
			}}}
		})
		served := make(chan error, 1)
		go func() { served <- New(Options{Engine: engine}).Serve(context.Background(), serverEnd) }()
		editor := lsptest.Start(t, clientEnd, lsptest.Options{})
		editor.Initialize()
		editor.Open("file:///a.go", "go", "package a\n")
		editor.Raw(nil) // responses may have any id from now on
		message := map[string]any{"jsonrpc": "2.0", "method": method, "params": protocol.LSPAny(params)}
		if call {
			message["id"] = "fuzz"
		}
		editor.RawMessage(message)
		editor.Shutdown()
		editor.Exit()
		if err := <-served; err != nil {
			t.Errorf("Serve: %v", err)
		}
		editor.CheckAnswered()
	})
}
