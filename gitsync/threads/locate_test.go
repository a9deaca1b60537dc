package threads

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestLocate: a thread is found where its code is, in its file or another.
func TestLocate(t *testing.T) {
	type files = []string // name, text, …
	edited := strings.Replace(before, "package x", "package x\n\n// new", 1)
	for _, c := range []struct {
		name   string
		first  files // committed when it was commented on
		then   files // the next commit; nil for none
		now    files // the work tree
		lines  Lines
		editor string // what an editor holds of x.go
		want   string
	}{
		{"unchanged", files{"x.go", before}, nil, files{"x.go", before}, Lines{13, 13}, "", "x.go:13 same"},
		{"edited and not committed", files{"x.go", before}, nil, files{"x.go", edited}, Lines{13, 13}, "", "x.go:15 lines"},
		{"edited and not saved", files{"x.go", before}, nil, files{"x.go", before}, Lines{13, 13}, edited, "x.go:15 lines"},
		{"renamed", files{"x.go", before}, files{"y.go", before}, files{"y.go", before}, Lines{13, 13}, "", "y.go:13 same"},
		{"renamed and edited", files{"x.go", before}, files{"y.go", edited, "z.go", "package z\n"}, files{"y.go", edited, "z.go", "package z\n"}, Lines{13, 13}, "", "y.go:15 lines"},
		{"renamed, its likeness too", files{"x.go", before}, files{"a.go", "\tif err := os.Chdir(\"/tmp\"); err != nil {\n", "y.go", edited}, files{"a.go", "\tif err := os.Chdir(\"/tmp\"); err != nil {\n", "y.go", edited}, Lines{13, 13}, "", "y.go:15 lines"},
		{"renamed and not committed", files{"x.go", before}, nil, files{"y.go", edited}, Lines{13, 13}, "", "y.go:15 lines"},
		{"moved and not committed, and copied", files{"x.go", before}, nil, files{"a.go", edited, "sub/x.go", edited, "z.go", edited}, Lines{13, 13}, "", "sub/x.go:15 lines"},
		{"deleted", files{"x.go", before, "z.go", "package z\n"}, files{"z.go", "package z\n"}, files{"z.go", "package z\n"}, Lines{13, 13}, "", "x.go:13 no more"},
		{"now binary", files{"x.go", before}, nil, files{"x.go", "\x00" + before}, Lines{13, 13}, "", "x.go:13 no more"},
		{"on lines that were not committed", files{"x.go", "package x\n"}, nil, files{"x.go", before}, Lines{13, 13}, "", "x.go:13 same"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, r := newStore(t, "alice")
			commit(t, r, c.first...)
			for i := 0; i < len(c.first); i += 2 {
				write(t, r, c.first[i], c.first[i+1])
			}
			if c.name == "on lines that were not committed" {
				write(t, r, "x.go", before)
			}
			_, err := s.Comment(context.Background(), Draft{Path: "x.go", Lines: c.lines, Body: "here"})
			must(t, err)
			if c.then != nil {
				commit(t, r, c.then...)
			}
			for i := 0; i < len(c.first); i += 2 {
				os.Remove(filepath.Join(r.WorkDir(), c.first[i]))
			}
			for i := 0; i < len(c.now); i += 2 {
				write(t, r, c.now[i], c.now[i+1])
			}
			view, err := s.View(context.Background(), func(path string) ([]byte, bool) { return []byte(c.editor), c.editor != "" && path == "x.go" }, nil)
			must(t, err)
			p := view.Threads[0]
			if got := fmt.Sprintf("%s:%d %s", p.Path, p.Lines.Start, p.How); got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
			if want := strings.Split(before, "\n")[12]; p.Code != want {
				t.Errorf("code %q", p.Code)
			}
		})
	}
}

// TestReadFile: nobody's anchor leads out of the work tree.
func TestReadFile(t *testing.T) {
	dir := t.TempDir()
	inside := filepath.Join(dir, "tree")
	must(t, os.Mkdir(inside, 0o755))
	must(t, os.WriteFile(filepath.Join(dir, "secret"), []byte("secret"), 0o600))
	if err := os.Symlink("..", filepath.Join(inside, "up")); err != nil {
		t.Skip("no symbolic links here:", err)
	}
	must(t, os.WriteFile(filepath.Join(inside, "large"), nil, 0o600))
	must(t, os.Truncate(filepath.Join(inside, "large"), maxText+1))
	for _, name := range []string{"large", "../secret", "up/secret", "/etc/hosts", ".", "up"} {
		if data, err := readFile(inside, name); err == nil {
			t.Errorf("%s was read: %q", name, data)
		}
	}
}
