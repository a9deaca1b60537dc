// Package durabletest has file systems for tests.
package durabletest

import (
	"io/fs"

	"github.com/airside-ls/airside/gitsync/durable"
)

// Volatile is f without waiting for the disk: what is written outlives this
// process, but not a power failure, which no test brings about.
func Volatile(f durable.FS) durable.FS { return volatile{f} }

type volatile struct{ durable.FS }

func (v volatile) OpenFile(name string, flag int, perm fs.FileMode) (durable.File, error) {
	file, err := v.FS.OpenFile(name, flag, perm)
	if err != nil {
		return nil, err
	}
	return unsynced{file}, nil
}

func (volatile) SyncDir(string) error { return nil }

type unsynced struct{ durable.File }

func (unsynced) Sync() error { return nil }
