package lsp_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/airside-ls/airside/completion"
	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/model/modeltest"
	"github.com/airside-ls/airside/lsp"
	"github.com/airside-ls/airside/lsp/lsptest"
)

// serve connects an editor to a server with a scripted engine, and at the end
// of the test checks that both part in good order.
func serve(t testing.TB, opts lsp.Options, client lsptest.Options) (*lsptest.Editor, *lsptest.Engine) {
	t.Helper()
	engine := lsptest.NewEngine(t)
	return serveEngine(t, engine, opts, client), engine
}

func serveEngine(t testing.TB, engine lsp.Engine, opts lsp.Options, client lsptest.Options) *lsptest.Editor {
	t.Helper()
	clientEnd, serverEnd := lsptest.Pipe()
	opts.Engine = engine
	served := make(chan error, 1)
	go func() { served <- lsp.New(opts).Serve(context.Background(), serverEnd) }()
	editor := lsptest.Start(t, clientEnd, client)
	editor.Initialize()
	t.Cleanup(func() {
		editor.Shutdown()
		editor.Exit()
		if err := <-served; err != nil {
			t.Errorf("Serve: %v", err)
		}
		editor.Close()
		editor.CheckAnswered()
	})
	return editor
}

// TestSupersedeStorm sends 1,000 requests for one document without waiting for
// any. All are answered, all but the last null, and no goroutine stays behind.
func TestSupersedeStorm(t *testing.T) {
	before := runtime.NumGoroutine()
	t.Run("storm", func(t *testing.T) {
		editor, engine := serve(t, lsp.Options{}, lsptest.Options{})
		editor.Open("file:///a.go", "go", "package a\n")
		var calls []*lsptest.Call
		for i := range 1000 {
			if i%3 == 0 {
				editor.Change("file:///a.go", 9, 9, "x")
			}
			calls = append(calls, editor.InlineCompletion("file:///a.go", 9, false, nil))
		}
		last := editor.InlineCompletion("file:///a.go", 10, true, nil)
		onlyLast(t, engine, last, calls)
		asked, cancelled := engine.Counts()
		t.Logf("%d of 1001 reached the engine, %d were cancelled there", asked, cancelled)
		if cancelled != asked-1 {
			t.Errorf("%d questions, but %d were cancelled", asked, cancelled)
		}
	})
	awaitGoroutines(t, before)
}

// serveDebounced is serve with a real engine, which has everybody wait for an hour
// for a newer request, and its model.
func serveDebounced(t *testing.T) (*lsptest.Editor, *modeltest.Fake) {
	t.Helper()
	fake := modeltest.NewFake("now")
	engine := completion.New(completion.Options{Backends: []model.Backend{fake}, Debounce: time.Hour})
	t.Cleanup(func() { engine.Close() })
	return serveEngine(t, engine, lsp.Options{}, lsptest.Options{}), fake
}

// TestDebounce: of several requests only the last reaches the model; one asked for by
// a key goes at once; and what is at hand does not wait.
func TestDebounce(t *testing.T) {
	editor, fake := serveDebounced(t)
	editor.Open("file:///a.go", "go", "x\n")
	first := editor.InlineCompletion("file:///a.go", 0, false, nil)
	second := editor.InlineCompletion("file:///a.go", 0, false, nil)
	if result, err := first.Wait(); err != nil || string(result) != "null" {
		t.Errorf("the first got %s, %v", result, err)
	}
	third := editor.InlineCompletion("file:///a.go", 1, true, nil)
	if result, err := second.Wait(); err != nil || string(result) != "null" {
		t.Errorf("the second got %s, %v", result, err)
	}
	if result, err := third.Wait(); err != nil || len(lsptest.Items(result)) != 1 {
		t.Errorf("who asked by a key got %s, %v", result, err)
	}
	asked := fake.Counts().Started // alternatives and all
	if result, err := editor.InlineCompletion("file:///a.go", 1, false, nil).Wait(); err != nil || len(lsptest.Items(result)) != 1 {
		t.Errorf("what is at hand: %s, %v", result, err)
	}
	fourth := editor.InlineCompletion("file:///a.go", 0, false, nil)
	editor.Cancel(fourth)
	if _, err := fourth.Wait(); err == nil || err.Code != -32800 {
		t.Errorf("a cancelled request got %v", err)
	}
	if n := fake.Counts().Started; n != asked {
		t.Errorf("the model was asked %d times, for a key %d", n, asked)
	}
}

// TestCancelStorm has the client cancel what it asks, with a debounce running.
func TestCancelStorm(t *testing.T) {
	before := runtime.NumGoroutine()
	t.Run("storm", func(t *testing.T) {
		editor, fake := serveDebounced(t)
		var calls []*lsptest.Call
		for i := range 300 {
			name := fmt.Sprintf("file:///%d.go", i)
			editor.Open(name, "go", "package a\n")
			c := editor.InlineCompletion(name, 9, false, nil)
			editor.Cancel(c) // before the next one ends it
			calls = append(calls, c)
		}
		for _, c := range calls {
			if _, err := c.Wait(); err == nil || err.Code != -32800 {
				t.Errorf("a cancelled request got %v", err)
			}
		}
		if asked := fake.Counts().Started; asked != 0 {
			t.Errorf("%d questions in spite of the debounce", asked)
		}
	})
	awaitGoroutines(t, before)
}

// awaitGoroutines fails if there are more goroutines than before, and shows
// them.
func awaitGoroutines(t *testing.T, before int) {
	t.Helper()
	for deadline := time.Now().Add(5 * time.Second); runtime.NumGoroutine() > before; {
		if time.Now().After(deadline) {
			stacks := make([]byte, 1<<20)
			stacks = stacks[:runtime.Stack(stacks, true)]
			t.Fatalf("%d goroutines, %d before:\n%s", runtime.NumGoroutine(), before, stacks)
		}
		runtime.Gosched()
	}
}

// TestSlowModelDoesNotBlockTextSync: changes go on while a question waits.
func TestSlowModelDoesNotBlockTextSync(t *testing.T) {
	editor, engine := serve(t, lsp.Options{}, lsptest.Options{})
	editor.Open("file:///a.go", "go", "")
	call := editor.InlineCompletion("file:///a.go", 0, false, nil)
	ask := engine.Next()
	for i := range 100 {
		editor.Change("file:///a.go", i, i, "x")
	}
	if _, err := editor.Request("workspace/executeCommand", map[string]any{"command": "airside.why"}).Wait(); err != nil {
		t.Fatal(err)
	}
	if d, _ := engine.Document("/a.go"); d.Text != strings.Repeat("x", 100) {
		t.Errorf("the engine has %q", d.Text)
	}
	ask.Insert("late", "y")
	if result, _ := call.Wait(); string(result) != "null" {
		t.Errorf("a stale answer: %s", result)
	}
}

// TestChangesStayInOrder types a text character by character among requests.
func TestChangesStayInOrder(t *testing.T) {
	editor, engine := serve(t, lsp.Options{}, lsptest.Options{Encodings: []string{"utf-8"}})
	var wrong atomic.Int32
	engine.Respond(func(r completion.Request) completion.Result {
		if len(r.Document.Text) != int(r.Document.Version)-1 {
			wrong.Add(1)
		}
		return completion.Result{Reason: "none"}
	})
	editor.Open("file:///a.go", "go", "")
	const n = 3000
	for i := range n {
		editor.Change("file:///a.go", i, i, string(rune('a'+i%26)))
		if i%10 == 0 {
			editor.InlineCompletion("file:///a.go", i+1, false, nil)
		}
	}
	if _, err := editor.InlineCompletion("file:///a.go", n, false, nil).Wait(); err != nil {
		t.Error(err)
	}
	d, _ := engine.Document("/a.go")
	if d.Text != editor.Text("file:///a.go") {
		t.Error("the engine has another text than the editor")
	}
	if wrong.Load() > 0 {
		t.Errorf("%d snapshots of the wrong version", wrong.Load())
	}
}

// TestContextEndsServe: Serve returns though the client neither exits nor
// closes.
func TestContextEndsServe(t *testing.T) {
	clientEnd, serverEnd := lsptest.Pipe()
	engine := lsptest.NewEngine(t)
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- lsp.New(lsp.Options{Engine: engine}).Serve(ctx, serverEnd) }()
	editor := lsptest.Start(t, clientEnd, lsptest.Options{})
	editor.Initialize()
	editor.Open("file:///a.go", "go", "")
	editor.InlineCompletion("file:///a.go", 0, false, nil)
	ask := engine.Next()
	cancel()
	ask.Cancelled()
	if err := <-served; !errors.Is(err, context.Canceled) {
		t.Errorf("Serve: %v", err)
	}
}

// TestJoin serves over two operating system pipes, as a process does.
func TestJoin(t *testing.T) {
	serverIn, clientOut, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	clientIn, serverOut, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	engine := lsptest.NewEngine(t)
	served := make(chan error, 1)
	go func() {
		served <- lsp.New(lsp.Options{Engine: engine}).Serve(context.Background(), lsp.Join(serverIn, serverOut))
	}()
	editor := lsptest.Start(t, lsp.Join(clientIn, clientOut), lsptest.Options{})
	editor.Initialize()
	editor.Open("file:///a.go", "go", "x")
	call := editor.InlineCompletion("file:///a.go", 1, true, nil)
	engine.Next().Insert("s1", "y")
	if result, _ := call.Wait(); len(lsptest.Items(result)) != 1 {
		t.Errorf("got %s", result)
	}
	editor.Shutdown()
	editor.Exit()
	if err := <-served; err != nil {
		t.Errorf("Serve: %v", err)
	}
	editor.Close()
}

// TestSupersedeStormOverDocuments sends requests for many documents without
// waiting for any: only the newest is answered with more than null.
func TestSupersedeStormOverDocuments(t *testing.T) {
	before := runtime.NumGoroutine()
	t.Run("storm", func(t *testing.T) {
		editor, engine := serve(t, lsp.Options{}, lsptest.Options{})
		var calls []*lsptest.Call
		for i := range 500 {
			uri := fmt.Sprintf("file:///a%d.go", i)
			editor.Open(uri, "go", "package a\n")
			calls = append(calls, editor.InlineCompletion(uri, 9, false, nil))
		}
		last := editor.InlineCompletion("file:///a0.go", 9, true, nil)
		onlyLast(t, engine, last, calls)
	})
	awaitGoroutines(t, before)
}

// onlyLast answers the request that was invoked, and wants it to be the only one of all
// that gets an answer.
func onlyLast(t *testing.T, engine *lsptest.Engine, last *lsptest.Call, before []*lsptest.Call) {
	t.Helper()
	for ask := engine.Next(); ; ask = engine.Next() {
		if ask.Trigger == completion.Invoked {
			ask.Insert("last", "y")
			break
		}
	}
	if result, err := last.Wait(); err != nil || len(lsptest.Items(result)) != 1 {
		t.Errorf("the last request got %s, %v", result, err)
	}
	for _, c := range before {
		if result, err := c.Wait(); err != nil || string(result) != "null" {
			t.Errorf("a superseded request got %s, %v", result, err)
		}
	}
}
