package lsp_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/airside-ls/airside/completion"
	"github.com/airside-ls/airside/lsp"
	"github.com/airside-ls/airside/lsp/lsptest"
)

// TestHugeNotebook: a notebook of ten thousand cells costs the engine no more than it
// can hold, and a cell far down that is asked about is known, with what is before it.
func TestHugeNotebook(t *testing.T) {
	const cells = 10_000
	engine := lsptest.NewEngine(t)
	client, server := lsptest.Pipe()
	served := make(chan error, 1)
	go func() { served <- lsp.New(lsp.Options{Engine: engine}).Serve(context.Background(), server) }()
	e := lsptest.Start(t, client, lsptest.Options{})
	e.Initialize()

	uri := func(n int) string { return fmt.Sprintf("vscode-notebook-cell:/w/big.ipynb#%d", n) }
	var list, documents []map[string]any
	for n := range cells {
		list = append(list, map[string]any{"kind": 2, "document": uri(n)})
		documents = append(documents, map[string]any{"uri": uri(n), "languageId": "python", "version": 1, "text": fmt.Sprintf("x%d = 1", n)})
	}
	e.Notify("notebookDocument/didOpen", map[string]any{
		"notebookDocument":  map[string]any{"uri": "file:///w/big.ipynb", "notebookType": "jupyter-notebook", "version": 1, "cells": list},
		"cellTextDocuments": documents,
	})
	call := e.InlineCompletionAt(uri(cells-1), lsptest.Position{}, true, nil)
	asked := engine.Next()
	if asked.Cell != cells || !strings.HasPrefix(asked.Before, "x0 = 1\n\n") || !strings.HasSuffix(asked.Before, "x9997 = 1\n\nx9998 = 1\n\n") || len(asked.Before) > 16<<10 {
		t.Errorf("cell %d, after %d bytes: %.20q", asked.Cell, len(asked.Before), asked.Before)
	}
	asked.Answer(completion.Result{Reason: "nothing"}, nil)
	call.Wait()
	known := 0
	for n := range cells {
		if _, ok := engine.Document(fmt.Sprintf("/w/big.ipynb#%d", n)); ok {
			known++
		}
	}
	if known > 501 {
		t.Errorf("the engine was told of %d cells", known)
	}
	e.Notify("notebookDocument/didClose", map[string]any{"notebookDocument": map[string]any{"uri": "file:///w/big.ipynb"}, "cellTextDocuments": []any{}})
	e.Shutdown()
	e.Exit()
	if err := <-served; err != nil {
		t.Error(err)
	}
	if _, ok := engine.Document("/w/big.ipynb#0"); ok {
		t.Error("a cell of a closed notebook is open")
	}
}

// TestCellsWithoutFragment: a client that numbers cells in the path, or in the query, has
// documents of its own for each.
func TestCellsWithoutFragment(t *testing.T) {
	engine := lsptest.NewEngine(t)
	client, server := lsptest.Pipe()
	served := make(chan error, 1)
	go func() { served <- lsp.New(lsp.Options{Engine: engine}).Serve(context.Background(), server) }()
	e := lsptest.Start(t, client, lsptest.Options{})
	e.Initialize()
	cells := []string{"cell:/w/a.ipynb/1", "cell:/w/a.ipynb/2", "cell:/w/a.ipynb?3"}
	var list, documents []map[string]any
	for n, cell := range cells {
		list = append(list, map[string]any{"kind": 2, "document": cell})
		documents = append(documents, map[string]any{"uri": cell, "languageId": "python", "version": 1, "text": fmt.Sprintf("x%d = 1", n)})
	}
	e.Notify("notebookDocument/didOpen", map[string]any{
		"notebookDocument":  map[string]any{"uri": "file:///w/a.ipynb", "notebookType": "jupyter-notebook", "version": 1, "cells": list},
		"cellTextDocuments": documents,
	})
	names := map[string]bool{}
	for n, cell := range cells {
		call := e.InlineCompletionAt(cell, lsptest.Position{}, true, nil)
		asked := engine.Next()
		names[asked.Document.Path] = true
		if asked.Cell != n+1 || asked.Document.Text != fmt.Sprintf("x%d = 1", n) || asked.Document.Notebook != "/w/a.ipynb" {
			t.Errorf("cell %d is number %d, %q in %s", n, asked.Cell, asked.Document.Text, asked.Document.Notebook)
		}
		if d, ok := engine.Document(asked.Document.Path); !ok || d.Text != asked.Document.Text {
			t.Errorf("the engine has %q in its place", d.Text)
		}
		asked.Answer(completion.Result{Reason: "nothing"}, nil)
		call.Wait()
	}
	if len(names) != len(cells) {
		t.Errorf("%d cells have the names %v", len(cells), names)
	}
	e.Shutdown()
	e.Exit()
	if err := <-served; err != nil {
		t.Error(err)
	}
}
