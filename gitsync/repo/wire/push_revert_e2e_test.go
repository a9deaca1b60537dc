//go:build e2e

package wire

import (
	"os"
	"path/filepath"
	"testing"
)

// TestE2EPushRevert pushes a folder that was changed and changed back: what its
// two states share goes out though a parent has it each time.
func TestE2EPushRevert(t *testing.T) {
	g := newRealGit(t)
	write := func(name, text string) {
		path := filepath.Join(g.Ours, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		g.Git(g.Ours, "add", "-A")
		g.Git(g.Ours, "commit", "-q", "-m", text)
	}
	old := g.Hash(g.Ours, "HEAD")
	if err := os.MkdirAll(filepath.Join(g.Ours, "dir"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(g.Ours, "dir", "shared"), []byte("new and never changed"), 0o644); err != nil {
		t.Fatal(err)
	}
	write("dir/a", "one")
	write("dir/a", "two")
	write("dir/a", "one")
	if err := g.repo.Push(t.Context(), g.up, []PushUpdate{{Ref: "refs/heads/main", Old: old, New: g.Hash(g.Ours, "HEAD")}}, nil); err != nil {
		t.Fatal(err)
	}
	g.Check()
}
