package private

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"
)

func mode(t *testing.T, path string) os.FileMode {
	t.Helper()
	info, err := os.Lstat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Mode().Perm()
}

func replace(file, text string) error {
	return Replace(file, func(w io.Writer) error { _, err := io.WriteString(w, text); return err })
}

func appendText(file, text string) error { return Append(file, []byte(text)) }

// TestModes: what is new is the owner's alone, and so is what was there with
// wider modes.
func TestModes(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no modes")
	}
	for name, write := range map[string]func(file, text string) error{"replace": replace, "append": appendText} {
		t.Run(name, func(t *testing.T) {
			top := t.TempDir()
			fresh := filepath.Join(top, "a", "b", "file")
			wide := filepath.Join(top, "wide", "file")
			if err := errors.Join(os.Mkdir(filepath.Dir(wide), 0o755), os.WriteFile(wide, []byte("old\n"), 0o644)); err != nil {
				t.Fatal(err)
			}
			for _, file := range []string{fresh, wide} {
				if err := write(file, "new\n"); err != nil {
					t.Fatal(err)
				}
				if mode(t, file) != 0o600 || mode(t, filepath.Dir(file)) != 0o700 {
					t.Errorf("%s: %o in %o", file, mode(t, file), mode(t, filepath.Dir(file)))
				}
			}
		})
	}
}

func TestNothingIsWrittenThroughALink(t *testing.T) {
	for name, write := range map[string]func(file, text string) error{"replace": replace, "append": appendText} {
		dir := t.TempDir()
		target, link := filepath.Join(dir, "target"), filepath.Join(dir, "link")
		if err := os.WriteFile(target, []byte("mine"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(target, link); err != nil {
			t.Skip(err)
		}
		_ = write(link, "theirs")
		if got, err := os.ReadFile(target); err != nil || string(got) != "mine" {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}

func TestReplaceIsWholeOrNotAtAll(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "f")
	if err := replace(file, "old"); err != nil {
		t.Fatal(err)
	}
	failed := errors.New("no more")
	if err := Replace(file, func(w io.Writer) error { _, _ = io.WriteString(w, "half"); return failed }); !errors.Is(err, failed) {
		t.Error(err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 {
		t.Errorf("%d files, %v", len(entries), err)
	}
	if got, _ := os.ReadFile(file); string(got) != "old" {
		t.Errorf("%q", got)
	}
}

func TestWhatAKilledWriterLeftIsSwept(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "f")
	old, young, other := file+".1.tmp", file+".2.tmp", filepath.Join(dir, "g.3.tmp")
	for _, name := range []string{old, young, other} {
		if err := os.WriteFile(name, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	long := time.Now().Add(-2 * abandoned)
	if err := errors.Join(os.Chtimes(old, long, long), os.Chtimes(other, long, long), replace(file, "x")); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]bool{old: false, young: true, other: true, file: true} {
		if _, err := os.Lstat(name); (err == nil) != want {
			t.Errorf("%s is there: %t", name, !want)
		}
	}
}
