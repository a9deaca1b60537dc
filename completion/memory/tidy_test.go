package memory

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestTidy: memories of folders that are gone are removed, those of folders that
// may come back only when they are old.
func TestTidy(t *testing.T) {
	dir, here := t.TempDir(), t.TempDir()
	old := time.Now().Add(-forgetGone - time.Hour)
	for name, c := range map[string]struct {
		root string
		old  bool
		gone bool
	}{
		"there":     {here, false, false},
		"there-old": {here, true, false},
		"gone":      {filepath.Join(here, "gone"), false, true},
		"unplugged": {filepath.Join(here, "disk", "project"), false, false},
		"long-ago":  {filepath.Join(here, "disk", "other"), true, true},
	} {
		file := filepath.Join(dir, name+".memory")
		m := New()
		m.Open(filepath.Join(c.root, "a.go"), "package a\n")
		m.dirty = true
		if err := m.Save(file, c.root); err != nil {
			t.Fatal(err)
		}
		if c.old {
			os.Chtimes(file, old, old)
		}
		Tidy(dir)
		if _, err := os.Lstat(file); os.IsNotExist(err) != c.gone {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, damaged := range []string{"", "x", header, header + "\xff\xff\xff\xff\x7f", "another program's"} {
		file := filepath.Join(dir, "damaged.memory")
		if err := os.WriteFile(file, []byte(damaged), 0o600); err != nil {
			t.Fatal(err)
		}
		Tidy(dir)
		if _, err := os.Lstat(file); err != nil {
			t.Errorf("%q: %v", damaged, err)
		}
	}
}
