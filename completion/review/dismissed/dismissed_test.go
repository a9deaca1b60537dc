package dismissed

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/airside-ls/airside/completion/review/finding"
)

func about(message string) finding.Finding {
	return finding.Finding{Path: "a.go", Category: "debug-print", Quote: message, Message: message}
}

func ids(t *testing.T, s *Store) map[string]bool {
	t.Helper()
	got, err := s.IDs()
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestDismissAndRestore(t *testing.T) {
	dir, root := t.TempDir(), t.TempDir()
	for _, dir := range []string{dir, ""} {
		s := Open(dir, root)
		one, two := about("one"), about("two")
		if err := s.Dismiss(one, two); err != nil {
			t.Fatal(err)
		}
		if err := s.Restore(one.ID()); err != nil {
			t.Fatal(err)
		}
		if got := ids(t, s); len(got) != 1 || !got[two.ID()] {
			t.Errorf("in %q: %v", dir, got)
		}
	}
	moved := about("two")
	moved.StartLine, moved.Quote = 99, "\t two\n"
	if !ids(t, Open(dir, root))[moved.ID()] {
		t.Error("no longer dismissed in another place")
	}
	if got := ids(t, Open(dir, t.TempDir())); len(got) != 0 {
		t.Errorf("dismissed in another work tree: %v", got)
	}
	link := filepath.Join(t.TempDir(), "link")
	if os.Symlink(root, link) == nil && !ids(t, Open(dir, link))[moved.ID()] {
		t.Error("not the same by another name")
	}
}

// TestCutOff: a line that a crash cut off costs nothing but itself.
func TestCutOff(t *testing.T) {
	dir, root := t.TempDir(), t.TempDir()
	s := Open(dir, root)
	if err := s.Dismiss(about("one"), about("two")); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(s.path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(s.path, data[:len(data)-5], 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Open(dir, root).Dismiss(about("three")); err != nil {
		t.Fatal(err)
	}
	got := ids(t, s)
	if len(got) != 2 || !got[about("one").ID()] || !got[about("three").ID()] {
		t.Errorf("%v", got)
	}
}

// TestUnwritable: until the process ends at least.
func TestUnwritable(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	s := Open(file, t.TempDir())
	if s.Dismiss(about("one")) == nil {
		t.Error("no error")
	}
	if got, _ := s.IDs(); !got[about("one").ID()] {
		t.Errorf("%v", got)
	}
}

// TestManyAtOnce: as several editors do.
func TestManyAtOnce(t *testing.T) {
	dir, root := t.TempDir(), t.TempDir()
	var wait sync.WaitGroup
	for i := range 8 {
		wait.Go(func() {
			s := Open(dir, root)
			for j := range 20 {
				if err := s.Dismiss(about(fmt.Sprint(i, ".", j))); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wait.Wait()
	if got := ids(t, Open(dir, root)); len(got) != 160 {
		t.Errorf("%d remembered of 160", len(got))
	}
}
