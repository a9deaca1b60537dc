package lock

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"github.com/airside-ls/airside/gitsync/durable"
	"github.com/airside-ls/airside/gitsync/durable/durabletest"
	"github.com/airside-ls/airside/gitsync/repo/fault"
)

// nobody is the number of no process.
const nobody = 1<<31 - 2

// TestAcquire: a lock is taken over when it is airside's own, of this machine, and
// its process is gone; never anybody else's.
func TestAcquire(t *testing.T) {
	for name, c := range map[string]struct {
		words string // in the lock that is there; "" for none
		taken bool
	}{
		"free":                       {"", true},
		"of a dead airside":          {fmt.Sprintf("airside %d %s X\n", nobody, hostName()), true},
		"of a living airside":        {fmt.Sprintf("airside %d %s X\n", os.Getppid(), hostName()), false},
		"of this airside":            {fmt.Sprintf("airside %d %s X\n", os.Getpid(), hostName()), false},
		"of another machine":         {fmt.Sprintf("airside %d elsewhere X\n", nobody), false},
		"of git":                     {"0123456789012345678901234567890123456789\n", false},
		"of somebody who is like it": {fmt.Sprintf("seaside %d %s X\n", nobody, hostName()), false},
		"of no process":              {fmt.Sprintf("airside 0 %s X\n", hostName()), false},
		"empty":                      {" ", false},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			locks := &Locks{FS: durabletest.Volatile(durable.OS), Log: slog.New(slog.DiscardHandler), Dir: filepath.Join(dir, "airside")}
			path := filepath.Join(dir, "deep", "x.lock")
			if c.words != "" {
				if err := errors.Join(os.Mkdir(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(c.words), 0o644)); err != nil {
					t.Fatal(err)
				}
			}
			held, err := locks.Acquire(path, "x")
			if c.taken != (err == nil) || err != nil && fault.KindOf(err) != fault.Busy {
				t.Fatalf("taken %v, %v", err == nil, err)
			}
			if err != nil {
				if words, err := os.ReadFile(path); err != nil || string(words) != c.words {
					t.Errorf("it says %q by now, %v", words, err)
				}
				return
			}
			if _, err := locks.Acquire(path, "x"); fault.KindOf(err) != fault.Busy {
				t.Errorf("taken twice: %v", err)
			}
			held.Release()
			left, _ := os.ReadDir(locks.Dir)
			if _, err := os.Lstat(path); !errors.Is(err, os.ErrNotExist) || len(left) > 0 {
				t.Errorf("left behind: %v, %v", err, left)
			}
		})
	}
}

// TestAcquireWaits: a lock that is held for a moment is waited for.
func TestAcquireWaits(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "x.lock")
	fs := &releasing{FS: durabletest.Volatile(durable.OS), tries: 3, path: path}
	locks := &Locks{FS: fs, Log: slog.New(slog.DiscardHandler), Dir: filepath.Join(dir, "airside")}
	if err := os.WriteFile(path, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	held, err := locks.Acquire(path, "x")
	if err != nil {
		t.Fatal(err)
	}
	held.Release()
}

// releasing has somebody release their lock after some looks at it.
type releasing struct {
	durable.FS
	tries int
	path  string
}

func (r *releasing) Link(old, new string) error {
	err := r.FS.Link(old, new)
	if r.tries--; r.tries == 0 {
		os.Remove(r.path)
	}
	return err
}
