package durable

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestReadsRegularFilesAlone: whatever else stands there is an error at once.
func TestReadsRegularFilesAlone(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no pipes and devices there")
	}
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(os.WriteFile(at("file"), []byte("four"), 0o644))
	must(os.Symlink("file", at("link")))
	must(os.Symlink("/dev/zero", at("zero")))
	must(syscall.Mkfifo(at("pipe"), 0o644))
	must(os.Symlink("pipe", at("to-pipe")))
	must(os.Symlink("nothing", at("dangling")))
	must(os.Symlink("loop", at("loop")))
	for _, test := range []struct {
		name string
		most int64
		want error
	}{
		{"file", 4, nil}, {"link", 4, nil}, {"file", 3, ErrTooLarge},
		{"zero", 4, ErrNotRegular}, {"pipe", 4, ErrNotRegular}, {"to-pipe", 4, ErrNotRegular}, {".", 4, ErrNotRegular},
		{"dangling", 4, os.ErrNotExist}, {"nowhere", 4, os.ErrNotExist}, {"loop", 4, syscall.ELOOP},
	} {
		data, err := ReadFile(at(test.name), test.most)
		if !errors.Is(err, test.want) || err == nil && string(data) != "four" {
			t.Errorf("%s: %q, %v; want %v", test.name, data, err, test.want)
		}
	}
}

// TestBeneathFollowsNoLink: every call that changes something, with a link in
// the place of each name on its way.
func TestBeneathFollowsNoLink(t *testing.T) {
	write := func(f FS, name string, flag int) error {
		file, err := f.OpenFile(name, os.O_WRONLY|flag, 0o600)
		if err != nil {
			return err
		}
		_, err = file.Write([]byte("new"))
		return errors.Join(err, file.Close())
	}
	for name, test := range map[string]struct {
		do   func(f FS, at func(string) string) error
		fine bool // nothing is followed: it may succeed
	}{
		"append in a linked folder":  {func(f FS, at func(string) string) error { return write(f, at("dir/x"), os.O_APPEND|os.O_CREATE) }, false},
		"create in a linked folder":  {func(f FS, at func(string) string) error { return write(f, at("dir/new"), os.O_CREATE|os.O_EXCL) }, false},
		"append to a link":           {func(f FS, at func(string) string) error { return write(f, at("x"), os.O_APPEND|os.O_CREATE) }, false},
		"truncate a link":            {func(f FS, at func(string) string) error { return write(f, at("x"), os.O_TRUNC|os.O_CREATE) }, true},
		"truncate a second name":     {func(f FS, at func(string) string) error { return write(f, at("second"), os.O_TRUNC|os.O_CREATE) }, true},
		"create where a link is":     {func(f FS, at func(string) string) error { return write(f, at("x"), os.O_CREATE|os.O_EXCL) }, false},
		"make in a linked folder":    {func(f FS, at func(string) string) error { return f.Mkdir(at("dir/sub"), 0o700) }, false},
		"all of a linked folder":     {func(f FS, at func(string) string) error { return MkdirAll(f, at("dir/a/b"), 0o700) }, false},
		"an own folder that is one":  {func(f FS, at func(string) string) error { return OwnDir(f, at("dir")) }, false},
		"rename out":                 {func(f FS, at func(string) string) error { return f.Rename(at("mine"), at("dir/x")) }, false},
		"rename away":                {func(f FS, at func(string) string) error { return f.Rename(at("dir/x"), at("y")) }, false},
		"rename over a link":         {func(f FS, at func(string) string) error { return f.Rename(at("mine"), at("x")) }, true},
		"remove in a linked folder":  {func(f FS, at func(string) string) error { return f.Remove(at("dir/x")) }, false},
		"remove a link":              {func(f FS, at func(string) string) error { return f.Remove(at("x")) }, true},
		"link out":                   {func(f FS, at func(string) string) error { return f.Link(at("mine"), at("dir/y")) }, false},
		"symlink out":                {func(f FS, at func(string) string) error { return f.Symlink("a", at("dir/y")) }, false},
		"chmod a link":               {func(f FS, at func(string) string) error { return f.Chmod(at("x"), 0o777) }, false},
		"a file over a link":         {func(f FS, at func(string) string) error { return WriteFile(f, at("x"), []byte("new"), 0o600) }, true},
		"a file in a linked folder":  {func(f FS, at func(string) string) error { return WriteFile(f, at("dir/x"), []byte("new"), 0o600) }, false},
		"append to a second name":    {func(f FS, at func(string) string) error { return write(f, at("second"), os.O_APPEND|os.O_CREATE) }, true},
		"date a linked folder's":     {func(f FS, at func(string) string) error { return f.Chtimes(at("dir/x"), time.Now()) }, false},
		"up and out":                 {func(f FS, at func(string) string) error { return f.Mkdir(at(".")+"/dir/../../x", 0o700) }, false},
		"a temporary that is a link": {func(f FS, at func(string) string) error { return WriteFile(f, at("t"), []byte("new"), 0o600) }, true},
		"a lock that is a link": {func(f FS, at func(string) string) error {
			file, err := f.OpenInPlace(at("x"))
			if err == nil {
				file.Close()
			}
			return err
		}, false},
		"a lock with a second name": {func(f FS, at func(string) string) error {
			file, err := f.OpenInPlace(at("second"))
			if err == nil {
				file.Close()
			}
			return err
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			root, outside := t.TempDir(), t.TempDir()
			at := func(name string) string { return filepath.Join(root, filepath.FromSlash(name)) }
			victim := filepath.Join(outside, "x")
			for _, err := range []error{
				os.WriteFile(victim, []byte("old"), 0o640), os.WriteFile(at("mine"), []byte("mine"), 0o600),
				os.Symlink(victim, at("x")), os.Symlink(outside, at("dir")), os.Symlink(victim, at("t.airside-tmp")),
				os.Link(victim, at("second")),
			} {
				if err != nil {
					t.Fatal(err)
				}
			}
			if err := test.do(Beneath(root), at); (err == nil) != test.fine {
				t.Errorf("got %v", err)
			}
			data, err := os.ReadFile(victim)
			info, _ := os.Lstat(victim)
			entries, _ := os.ReadDir(outside)
			if err != nil || string(data) != "old" || info.Mode() != 0o640 || len(entries) != 1 {
				t.Errorf("outside: %q, %v, %v, %v", data, err, info.Mode(), entries)
			}
		})
	}
}

// TestBeneathInARace: a folder on the way is exchanged for a link as often as can
// be while files are written below it.
func TestBeneathInARace(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("there the way is looked at, and then gone")
	}
	root, outside := t.TempDir(), t.TempDir()
	at := func(name string) string { return filepath.Join(root, name) }
	for _, err := range []error{os.Mkdir(at("dir"), 0o700), os.Symlink(outside, at("link"))} {
		if err != nil {
			t.Fatal(err)
		}
	}
	written, exchanged := make(chan struct{}), make(chan int)
	go func() {
		for n := 0; ; n++ {
			select {
			case <-written:
				exchanged <- n
				return
			default:
			}
			os.Rename(at("dir"), at("away"))
			os.Rename(at("link"), at("dir"))
			os.Rename(at("dir"), at("link"))
			os.Rename(at("away"), at("dir"))
		}
	}()
	f, done := Beneath(root), 0
	for range 3000 {
		if WriteFile(f, at("dir/x"), []byte("new"), 0o600) == nil {
			done++
		}
		f.Mkdir(at("dir/sub"), 0o700)
		f.Remove(at("dir/sub"))
	}
	close(written)
	t.Logf("%d files were written while the folder was exchanged %d times", done, <-exchanged)
	if entries, err := os.ReadDir(outside); err != nil || len(entries) > 0 {
		t.Errorf("outside: %v, %v", entries, err)
	}
}

// TestTemporaryFiles: their names cannot be known, and what crashes leave goes.
func TestTemporaryFiles(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	if a, b := TempName(dir, "x"), TempName(dir, "x"); a == b || filepath.Dir(a) != dir {
		t.Errorf("%s and %s", a, b)
	}
	old := time.Now().Add(-2 * abandonedAfter)
	for name, left := range map[string]time.Time{
		"state.json.airside-tmp": old, filepath.Base(TempName(dir, "state.json")): old, "state.json.YOUNG.airside-tmp": time.Now(), "state.json.keep": old, "other.OLD.airside-tmp": old,
	} {
		if err := errors.Join(os.WriteFile(at(name), nil, 0o600), os.Chtimes(at(name), left, left)); err != nil {
			t.Fatal(err)
		}
	}
	if err := WriteFile(Beneath(dir), at("state.json"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	var names []string
	entries, err := ReadDir(dir)
	for _, e := range entries {
		names = append(names, e.Name())
	}
	if got := strings.Join(names, " "); err != nil || got != "other.OLD.airside-tmp state.json state.json.YOUNG.airside-tmp state.json.keep" {
		t.Errorf("left: %s, %v", got, err)
	}
}
