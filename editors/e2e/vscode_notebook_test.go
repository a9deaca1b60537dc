//go:build e2e

package e2e

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// writeNotebook makes a repository with a notebook.
func writeNotebook(t testing.TB) (dir string) {
	t.Helper()
	cells := []any{}
	for _, c := range []struct{ kind, source string }{
		{"markdown", "# Prices of the year\n\nWhat the shop has sold."},
		{"code", "import csv\n\nprices = {\"tea\": 3, \"cake\": 4}"},
		{"code", "def total(orders):\n    return sum(prices[o] for o in orders)"},
		{"code", ""},
	} {
		cell := map[string]any{"cell_type": c.kind, "metadata": map[string]any{}, "source": c.source}
		if c.kind == "code" {
			cell["outputs"], cell["execution_count"] = []any{}, nil
		}
		cells = append(cells, cell)
	}
	text, err := json.MarshalIndent(map[string]any{
		"cells": cells, "nbformat": 4, "nbformat_minor": 2,
		"metadata": map[string]any{"language_info": map[string]any{"name": "python"}},
	}, "", " ")
	must(t, err)
	dir = filepath.Join(folder(t), "shop")
	must(t, os.Mkdir(dir, 0o755))
	must(t, os.WriteFile(filepath.Join(dir, "prices.ipynb"), text, 0o644))
	vscodeGit(t, dir, "init", "-q", "-b", "main")
	vscodeGit(t, dir, "add", ".")
	vscodeGit(t, dir, "commit", "-qm", "Prices")
	return dir
}

// notebookModel goes on with what the cells before have, and says nothing without
// them.
func notebookModel(t testing.TB) *scriptedModel {
	return startModel(t, func(before string, _ bool) string {
		switch {
		case strings.HasSuffix(before, "int {\n\treturn"): // the self-test
			return " a + b"
		case strings.Contains(before, "def total(orders)") && strings.HasSuffix(before, "\n\nmonday = "):
			return "total([\"tea\", \"cake\"])"
		case strings.Contains(before, "monday = total([\"tea\", \"cake\"])\n\n") && strings.HasSuffix(before, "\n\nprint("):
			return "monday)"
		case strings.Contains(before, "def total(things)") && strings.HasSuffix(before, "\n\nprint(tuesday, "):
			return "monday)"
		}
		return ""
	})
}

// TestE2EVSCodeNotebook types in the cells of a notebook.
func TestE2EVSCodeNotebook(t *testing.T) {
	c := startCodeServer(t, untouched, notebookModel(t).env(), allTrusted)
	c.world.Folders["code"] = writeNotebook(t)
	c.journeys("notebook")
}
