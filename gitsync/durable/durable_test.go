package durable

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"
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
		"a temporary that is a link": {func(f FS, at func(string) string) error { return WriteFile(f, at("t"), []byte("new"), 0o600) }, true},
		"a lock that is a link": {func(_ FS, at func(string) string) error {
			file, err := OpenInPlace(at("x"))
			if err == nil {
				file.Close()
			}
			return err
		}, false},
		"a lock with a second name": {func(_ FS, at func(string) string) error {
			file, err := OpenInPlace(at("second"))
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
			if err := test.do(Beneath(OS, root), at); (err == nil) != test.fine {
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
