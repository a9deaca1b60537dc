package lsp_test

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/airside-ls/airside/lsp"
	"github.com/airside-ls/airside/lsp/lsptest"
	"github.com/airside-ls/airside/lsp/workspace"
)

// TestFoldersAreLearned: the engine is told of the workspace's folders, with what
// lists their files, as they come and go.
func TestFoldersAreLearned(t *testing.T) {
	first, second := t.TempDir(), t.TempDir()
	opts := lsp.Options{Workspace: workspace.Options{Files: func(folder string) func(context.Context) ([]string, bool, error) {
		return func(context.Context) ([]string, bool, error) {
			return []string{filepath.Join(folder, "a.go")}, true, nil
		}
	}}}
	editor, engine := serve(t, opts, lsptest.Options{Folders: []string{first}})
	holds := func(want ...string) {
		t.Helper()
		editor.Request("airside/unknown", nil).Wait() // is answered behind what was sent before
		got := engine.Workspaces()
		if len(got) < len(want) {
			t.Fatalf("%d workspaces, want %q", len(got), want)
		}
		for _, root := range want {
			found := false
			for _, w := range got {
				if w.Root == root {
					files, _, err := w.List(t.Context())
					found = err == nil && len(files) == 1 && files[0] == filepath.Join(root, "a.go")
				}
			}
			if !found {
				t.Errorf("%s is not learned", root)
			}
		}
	}
	holds(first)
	editor.ChangeFolders([]string{second}, nil)
	holds(first, second)
	editor.ChangeFolders(nil, []string{first})
	holds(second)
	for _, w := range engine.Workspaces() {
		if w.Root == first {
			t.Error("a folder that is gone is still learned")
		}
	}
}
