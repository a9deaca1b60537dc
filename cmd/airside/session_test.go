package main

import (
	"context"
	"strings"
	"testing"

	"github.com/airside-ls/airside/completion"
	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/model/modeltest"
	"github.com/airside-ls/airside/lsp"
	"github.com/airside-ls/airside/lsp/lsptest"
)

// session is an editor that talks to the real server and the real engine.
func session(t *testing.T, backends ...model.Backend) *lsptest.Editor {
	t.Helper()
	engine := completion.New(completion.Options{Backends: backends})
	editor, end := startEditor(t, engine, "utf-16")
	t.Cleanup(func() {
		end()
		engine.Close()
	})
	return editor
}

// startEditor is an editor with a server in this process, which has this engine and
// counts characters by an encoding. end ends the server.
func startEditor(t testing.TB, engine *completion.Engine, encoding string) (editor *lsptest.Editor, end func()) {
	t.Helper()
	client, server := lsptest.Pipe()
	served := make(chan error, 1)
	go func() { served <- lsp.New(lsp.Options{Engine: engine}).Serve(context.Background(), server) }()
	editor = lsptest.Start(t, client, lsptest.Options{Encodings: []string{encoding}})
	editor.Initialize()
	return editor, func() {
		editor.Shutdown()
		editor.Exit()
		if err := <-served; err != nil {
			t.Errorf("Serve: %v", err)
		}
	}
}

const sessionDoc = "package p\n\nfunc f(a, b int) int {\n\treturn \n}\n"

// TestSupersededRequestStopsTheModel: a newer request for a document ends the
// older one's generation at its source, and the older one is answered null.
func TestSupersededRequestStopsTheModel(t *testing.T) {
	fake := modeltest.NewFake("a + b")
	editor := session(t, fake)
	editor.Open(uri, "go", sessionDoc)
	at := strings.Index(sessionDoc, "return ") + len("return ")

	release := fake.Block()
	defer release()
	older := editor.InlineCompletion(uri, at, false, nil)
	if err := fake.WaitStarted(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	editor.Change(uri, at, at, "(")
	newer := editor.InlineCompletion(uri, at+1, false, nil)
	if err := fake.WaitCancelled(t.Context(), 1); err != nil {
		t.Fatal("the model went on with the older request: ", err)
	}
	if result, err := older.Wait(); err != nil || string(result) != "null" {
		t.Errorf("the older request was answered %s, %v", result, err)
	}
	if err := fake.WaitStarted(t.Context(), 2); err != nil {
		t.Fatal(err)
	}
	release()
	result, err := newer.Wait()
	if items := lsptest.Items(result); err != nil || len(items) != 1 {
		t.Fatalf("the newer request was answered %s, %v", result, err)
	}
}

// TestCancelStopsTheModel: so does the client's own cancelling.
func TestCancelStopsTheModel(t *testing.T) {
	fake := modeltest.NewFake("a + b")
	editor := session(t, fake)
	editor.Open(uri, "go", sessionDoc)
	release := fake.Block()
	defer release()
	call := editor.InlineCompletion(uri, strings.Index(sessionDoc, "return ")+7, false, nil)
	if err := fake.WaitStarted(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	editor.Cancel(call)
	if err := fake.WaitCancelled(t.Context(), 1); err != nil {
		t.Fatal("the model went on: ", err)
	}
	if _, err := call.Wait(); err == nil || err.Code != -32800 {
		t.Errorf("answered with %v, want RequestCancelled", err)
	}
}

// TestOtherDocumentsGoOn: trouble in one document is not another's.
func TestOtherDocumentsGoOn(t *testing.T) {
	fake := modeltest.NewFake("a + b")
	fake.Script(func(p model.Prompt) modeltest.Reply {
		if strings.Contains(p.String(), "poison") {
			panic("a backend's mistake")
		}
		return modeltest.Reply{Text: "a + b"}
	})
	editor := session(t, fake)
	editor.Open(uri, "go", "package poison\n\nfunc f() int {\n\treturn \n}\n")
	editor.Open("file:///src/other.go", "go", sessionDoc)
	if _, err := editor.InlineCompletion(uri, strings.Index("package poison\n\nfunc f() int {\n\treturn ", "return ")+7, false, nil).Wait(); err == nil || err.Code != -32603 {
		t.Errorf("a panic was answered with %v, want InternalError", err)
	}
	result, err := editor.InlineCompletion("file:///src/other.go", strings.Index(sessionDoc, "return ")+7, false, nil).Wait()
	if err != nil || len(lsptest.Items(result)) != 1 {
		t.Errorf("the other document: %s, %v", result, err)
	}
}
