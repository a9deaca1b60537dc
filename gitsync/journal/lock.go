package journal

import (
	"errors"
	"os"
	"path/filepath"

	"github.com/airside-ls/airside/gitsync/durable"
)

// ErrLocked says that another process syncs this repository.
var ErrLocked = errors.New("another airside is at work in this repository")

// Lock is held by the one process that syncs a repository. The kernel lets go
// of it when the process dies, however it dies.
type Lock struct{ file *os.File }

// Acquire takes the lock at path without waiting: ErrLocked when it is held.
func Acquire(fs durable.FS, path string) (*Lock, error) {
	if err := durable.MkdirAll(fs, filepath.Dir(path), 0o755); err != nil {
		return nil, err
	}
	// Package os, not fs: the file stays empty, and the lock needs its handle.
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, err
	}
	if err := lock(file); err != nil {
		file.Close()
		return nil, err
	}
	return &Lock{file: file}, nil
}

// Release lets go. The file stays: removing it would let two hold it.
func (l *Lock) Release() { l.file.Close() }
