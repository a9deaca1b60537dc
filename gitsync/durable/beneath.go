package durable

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// ErrLink says that a symbolic link stands in the way of a write.
var ErrLink = errors.New("a symbolic link is in the way, and airside writes through none")

// Beneath is f for folders that came from outside: what is beneath one of the
// roots is never changed through a symbolic link, nor is a file written over
// that has a second name elsewhere. The roots' own paths are as they are, and so
// is what lies in none of them.
func Beneath(f FS, roots ...string) FS { return beneath{f, roots} }

type beneath struct {
	FS
	roots []string
}

// check looks at every name below the root that path lies in; the last one only
// where a link in its place would be followed.
func (b beneath) check(op, path string, last bool) error {
	root := ""
	for _, r := range b.roots {
		if len(r) > len(root) && strings.HasPrefix(path, r+string(filepath.Separator)) {
			root = r
		}
	}
	if root == "" {
		return nil
	}
	for i := len(root) + 1; i <= len(path); i++ {
		end := i == len(path)
		if !end && !os.IsPathSeparator(path[i]) || end && !last {
			continue
		}
		info, err := os.Lstat(path[:i])
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err == nil && info.Mode()&fs.ModeSymlink != 0 {
			err = ErrLink
		}
		if err != nil {
			return &fs.PathError{Op: op, Path: path[:i], Err: err}
		}
	}
	return nil
}

func (b beneath) OpenFile(name string, flag int, perm fs.FileMode) (File, error) {
	if err := b.check("open", name, flag&os.O_TRUNC == 0); err != nil {
		return nil, err
	}
	if flag&(os.O_CREATE|os.O_TRUNC) == os.O_CREATE|os.O_TRUNC {
		// What is there goes, rather than what it may be a name of.
		if _, err := os.Lstat(name); err == nil {
			if err := b.FS.Remove(name); err != nil {
				return nil, err
			}
		}
		flag = flag&^os.O_TRUNC | os.O_EXCL
	}
	return b.FS.OpenFile(name, flag|noFollow, perm)
}

func (b beneath) Mkdir(name string, perm fs.FileMode) error {
	if err := b.check("mkdir", name, false); err != nil {
		return err
	}
	return b.FS.Mkdir(name, perm)
}

func (b beneath) Rename(old, new string) error {
	if err := errors.Join(b.check("rename", old, false), b.check("rename", new, false)); err != nil {
		return err
	}
	return b.FS.Rename(old, new)
}

func (b beneath) Link(old, new string) error {
	if err := errors.Join(b.check("link", old, true), b.check("link", new, false)); err != nil {
		return err
	}
	return b.FS.Link(old, new)
}

func (b beneath) Remove(name string) error {
	if err := b.check("remove", name, false); err != nil {
		return err
	}
	return b.FS.Remove(name)
}

func (b beneath) Symlink(target, name string) error {
	if err := b.check("symlink", name, false); err != nil {
		return err
	}
	return b.FS.Symlink(target, name)
}

func (b beneath) Chmod(name string, perm fs.FileMode) error {
	if err := b.check("chmod", name, true); err != nil {
		return err
	}
	return b.FS.Chmod(name, perm)
}

func (b beneath) SyncDir(name string) error {
	if err := b.check("sync", name, true); err != nil {
		return err
	}
	return b.FS.SyncDir(name)
}
