package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestSiblings: files of the same folder and extension, and none that a link
// leads to.
func TestSiblings(t *testing.T) {
	root, other := t.TempDir(), t.TempDir()
	for _, name := range []string{"a.go", "d/a.go", "d/b.go", "d/c.py", "d/e/f.go"} {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(name), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	secret := filepath.Join(other, "secret.go")
	if err := os.WriteFile(secret, []byte("secret"), 0o644); err != nil {
		t.Fatal(err)
	}
	for link, target := range map[string]string{"d/link.go": secret, "linked": other} {
		if err := os.Symlink(target, filepath.Join(root, link)); err != nil {
			t.Fatal(err)
		}
	}
	for name, want := range map[string]string{
		"d/a.go": "d/b.go", "d/new.go": "d/a.go d/b.go", "x.go": "a.go", "linked/a.go": "", "../a.go": "", "nowhere/a.go": "",
	} {
		var got []string
		for _, s := range siblings(root, name) {
			got = append(got, s.Path)
			if string(s.Text) != s.Path {
				t.Errorf("%s: %q", s.Path, s.Text)
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
}
