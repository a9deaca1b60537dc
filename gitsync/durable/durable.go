// Package durable writes files so that a crash at any point leaves the old
// content or the new, and lets tests fail or stop the program at any single
// file system call.
package durable

import (
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"time"
)

// FS is every call with which gitsync changes the file system. Files are read by
// ReadFile and Open. Errors are those of package os.
type FS interface {
	OpenFile(name string, flag int, perm fs.FileMode) (File, error)
	Mkdir(name string, perm fs.FileMode) error
	Rename(old, new string) error
	Link(old, new string) error // fails if new exists
	Remove(name string) error
	Symlink(target, name string) error
	Chmod(name string, perm fs.FileMode) error
	Chtimes(name string, at time.Time) error
	SyncDir(name string) error
	// OpenInPlace opens a file to be changed where it is, made for its owner alone
	// if there is none. A link to a file is ErrLink, and so is a file that has a
	// second name: what it says would be said elsewhere, too.
	OpenInPlace(name string) (*os.File, error)
}

// File is an open file being written.
type File interface {
	Write([]byte) (int, error)
	Chmod(fs.FileMode) error
	Sync() error
	Truncate(size int64) error
	Close() error
	Name() string
}

// OS is the real file system.
var OS FS = osFS{}

type osFS struct{}

func (osFS) OpenFile(name string, flag int, perm fs.FileMode) (File, error) {
	f, err := os.OpenFile(name, flag, perm)
	if err != nil {
		return nil, err
	}
	return f, nil
}
func (osFS) Mkdir(name string, perm fs.FileMode) error { return os.Mkdir(name, perm) }
func (osFS) Link(old, new string) error                { return os.Link(old, new) }
func (osFS) Rename(old, new string) error              { return os.Rename(old, new) }
func (osFS) Remove(name string) error                  { return os.Remove(name) }
func (osFS) Symlink(target, name string) error         { return os.Symlink(target, name) }
func (osFS) Chmod(name string, perm fs.FileMode) error { return os.Chmod(name, perm) }

func (osFS) Chtimes(name string, at time.Time) error { return os.Chtimes(name, at, at) }

func (osFS) SyncDir(name string) error {
	d, err := os.Open(name)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}

func (osFS) OpenInPlace(path string) (*os.File, error) {
	if info, err := os.Lstat(path); err == nil && !info.Mode().IsRegular() {
		why := ErrNotRegular
		if info.Mode()&fs.ModeSymlink != 0 {
			why = ErrLink
		}
		return nil, &fs.PathError{Op: "open", Path: path, Err: why}
	}
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|noFollow|nonBlocking, 0o600)
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	switch {
	case err == nil && !info.Mode().IsRegular():
		err = &fs.PathError{Op: "open", Path: path, Err: ErrNotRegular}
	case err == nil && names(info) > 1:
		err = &fs.PathError{Op: "open", Path: path, Err: ErrLink}
	}
	if err != nil {
		file.Close()
		return nil, err
	}
	return file, nil
}

// OwnDir makes a folder for its owner alone, and what is missing above it. One
// that others may look into is closed to them.
func OwnDir(f FS, path string) error {
	if err := MkdirAll(f, path, 0o700); err != nil {
		return err
	}
	info, err := os.Lstat(path)
	switch {
	case err != nil:
		return err
	case !info.IsDir():
		return &fs.PathError{Op: "mkdir", Path: path, Err: ErrLink}
	case info.Mode().Perm()&0o077 != 0 && runtime.GOOS != "windows":
		return f.Chmod(path, 0o700)
	}
	return nil
}

// MkdirAll makes path and what is missing above it.
func MkdirAll(f FS, path string, perm fs.FileMode) error {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return nil
	}
	if parent := filepath.Dir(path); parent != path {
		if err := MkdirAll(f, parent, perm); err != nil {
			return err
		}
	}
	if err := f.Mkdir(path, perm); err != nil && !os.IsExist(err) {
		return err
	}
	return nil
}

// WriteFile puts data at path: written beside it, synced, renamed over it, the
// folder synced. A link at path is replaced, and not followed. The temporary file
// has a name that nobody can know before; one that a crash has left behind goes
// with a later write.
func WriteFile(f FS, path string, data []byte, perm fs.FileMode) error {
	Sweep(f, filepath.Dir(path), filepath.Base(path)+".")
	tmp := tempName(path)
	if err := Replace(f, tmp, path, data, perm); err != nil {
		return err
	}
	return f.SyncDir(filepath.Dir(path))
}

// Replace puts data at path by way of a new file at tmp, which is synced. Nothing
// is left of that when it fails. The folder is not synced.
func Replace(f FS, tmp, path string, data []byte, perm fs.FileMode) error {
	err := Create(f, tmp, data, perm)
	if err != nil {
		return err
	}
	if err = f.Rename(tmp, path); err != nil {
		f.Remove(tmp)
	}
	return err
}

// Create makes a new file with data and syncs it. When it fails, nothing is left of
// it.
func Create(f FS, path string, data []byte, perm fs.FileMode) error {
	file, err := f.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL|noFollow, perm)
	if err != nil {
		return err
	}
	_, err = file.Write(data)
	if err == nil {
		err = file.Sync()
	}
	if e := file.Close(); err == nil {
		err = e
	}
	if err != nil {
		f.Remove(path)
	}
	return err
}

// RemoveEmpty removes a tree of folders as long as there is no file in it.
func RemoveEmpty(f FS, dir string) {
	entries, err := ReadDir(dir)
	if err != nil {
		return
	}
	for _, e := range entries {
		if e.IsDir() {
			RemoveEmpty(f, filepath.Join(dir, e.Name()))
		}
	}
	f.Remove(dir) // fails unless empty
}
