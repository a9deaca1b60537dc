//go:build !unix

package durable

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// check looks, as there is no way to open folder by folder, at every name below the root that path lies in; the last one only
// where a link in its place would be followed.
func (b confined) check(op, path string, last bool) error {
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

func (b confined) OpenFile(name string, flag int, perm fs.FileMode) (File, error) {
	if err := b.check("open", name, flag&os.O_TRUNC == 0); err != nil {
		return nil, err
	}
	if flag&(os.O_CREATE|os.O_TRUNC) == os.O_CREATE|os.O_TRUNC {
		// What is there goes, rather than what it may be a name of.
		if _, err := os.Lstat(name); err == nil {
			if err := OS.Remove(name); err != nil {
				return nil, err
			}
		}
		flag = flag&^os.O_TRUNC | os.O_EXCL
	}
	return OS.OpenFile(name, flag, perm)
}

func (b confined) OpenInPlace(name string) (*os.File, error) {
	if err := b.check("open", name, true); err != nil {
		return nil, err
	}
	return OS.OpenInPlace(name)
}

func (b confined) Chtimes(name string, at time.Time) error {
	if err := b.check("chtimes", name, true); err != nil {
		return err
	}
	return OS.Chtimes(name, at)
}

func (b confined) Mkdir(name string, perm fs.FileMode) error {
	if err := b.check("mkdir", name, false); err != nil {
		return err
	}
	return OS.Mkdir(name, perm)
}

func (b confined) Rename(old, new string) error {
	if err := errors.Join(b.check("rename", old, false), b.check("rename", new, false)); err != nil {
		return err
	}
	return OS.Rename(old, new)
}

func (b confined) Link(old, new string) error {
	if err := errors.Join(b.check("link", old, true), b.check("link", new, false)); err != nil {
		return err
	}
	return OS.Link(old, new)
}

func (b confined) Remove(name string) error {
	if err := b.check("remove", name, false); err != nil {
		return err
	}
	return OS.Remove(name)
}

func (b confined) Symlink(target, name string) error {
	if err := b.check("symlink", name, false); err != nil {
		return err
	}
	return OS.Symlink(target, name)
}

func (b confined) Chmod(name string, perm fs.FileMode) error {
	if err := b.check("chmod", name, true); err != nil {
		return err
	}
	return OS.Chmod(name, perm)
}

func (b confined) SyncDir(name string) error {
	if err := b.check("sync", name, true); err != nil {
		return err
	}
	return OS.SyncDir(name)
}
