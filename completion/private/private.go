// Package private writes files that only their owner may read, in folders that
// only their owner may enter: what is kept of a person's work. What has wider
// modes is narrowed when it is written, and nothing is written through a link
// that stands in a file's place.
package private

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"
)

const (
	fileMode   = 0o600
	folderMode = 0o700
	others     = 0o077 // what nobody but the owner may
)

// Folder makes a folder with those above it, or narrows one that is there.
func Folder(dir string) error {
	if err := os.MkdirAll(dir, folderMode); err != nil {
		return err
	}
	info, err := os.Stat(dir)
	if err != nil {
		return err
	}
	if info.Mode()&others != 0 {
		_ = os.Chmod(dir, folderMode) // somebody else's, or a file system without modes: the files have theirs
	}
	return nil
}

// Replace has write write a file anew, in the place of an older one: whole and on
// the disk, or not at all.
func Replace(file string, write func(io.Writer) error) error {
	dir := filepath.Dir(file)
	if err := Folder(dir); err != nil {
		return err
	}
	sweep(dir, filepath.Base(file))
	f, err := os.CreateTemp(dir, filepath.Base(file)+".*.tmp") // with fileMode
	if err != nil {
		return err
	}
	err = errors.Join(write(f), f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), file)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	if d, err := os.Open(dir); err == nil { // some systems cannot sync a folder
		_ = d.Sync()
		_ = d.Close()
	}
	return nil
}

// abandoned is how old a file is that was begun, and whose writer is dead.
const abandoned = time.Hour

// sweep removes what was left behind by processes that were killed as they wrote.
func sweep(dir, base string) {
	left, err := filepath.Glob(filepath.Join(dir, base+".*.tmp"))
	if err != nil {
		return
	}
	for _, name := range left {
		if info, err := os.Lstat(name); err == nil && info.Mode().IsRegular() && time.Since(info.ModTime()) > abandoned {
			_ = os.Remove(name)
		}
	}
}

// Append writes to the end of a file, in one write, and to the disk.
func Append(file string, data []byte) error {
	if err := Folder(filepath.Dir(file)); err != nil {
		return err
	}
	named, err := os.Lstat(file)
	if err == nil && !named.Mode().IsRegular() {
		return fmt.Errorf("%s is no plain file", file)
	}
	f, err := os.OpenFile(file, os.O_APPEND|os.O_CREATE|os.O_WRONLY, fileMode)
	if err != nil {
		return err
	}
	info, err := f.Stat()
	switch {
	case err != nil:
	case !info.Mode().IsRegular() || named != nil && !os.SameFile(named, info):
		err = fmt.Errorf("%s was exchanged", file)
	case info.Mode()&others != 0:
		_ = f.Chmod(fileMode)
	}
	if err == nil {
		_, err = f.Write(data)
	}
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}
