package journal

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/airside-ls/airside/gitsync/durable"
	"github.com/airside-ls/airside/gitsync/object"
)

var errCrashed = errors.New("the program is gone")

// crashing lets calls pass until the one numbered at; that one is not made, or
// half made if it writes, and none after it. It counts from 1.
type crashing struct {
	durable.FS
	calls, at int
	half      bool
}

func (c *crashing) gone() bool { c.calls++; return c.calls >= c.at }

func (c *crashing) OpenFile(name string, flag int, perm fs.FileMode) (durable.File, error) {
	if c.gone() {
		return nil, errCrashed
	}
	f, err := c.FS.OpenFile(name, flag, perm)
	if err != nil {
		return nil, err
	}
	return &crashingFile{f, c}, nil
}
func (c *crashing) Mkdir(name string, perm fs.FileMode) error {
	if c.gone() {
		return errCrashed
	}
	return c.FS.Mkdir(name, perm)
}
func (c *crashing) Rename(old, new string) error {
	if c.gone() {
		return errCrashed
	}
	return c.FS.Rename(old, new)
}
func (c *crashing) Remove(name string) error {
	if c.gone() {
		return errCrashed
	}
	return c.FS.Remove(name)
}
func (c *crashing) SyncDir(name string) error {
	if c.gone() {
		return errCrashed
	}
	return c.FS.SyncDir(name)
}

type crashingFile struct {
	durable.File
	c *crashing
}

func (f *crashingFile) Write(p []byte) (int, error) {
	if !f.c.gone() {
		return f.File.Write(p)
	}
	if f.c.half && f.c.calls == f.c.at {
		n, _ := f.File.Write(p[:len(p)/2])
		return n, errCrashed
	}
	return 0, errCrashed
}
func (f *crashingFile) Sync() error {
	if f.c.gone() {
		return errCrashed
	}
	return f.File.Sync()
}
func (f *crashingFile) Truncate(n int64) error {
	if f.c.gone() {
		return errCrashed
	}
	return f.File.Truncate(n)
}

// clock is the first of May, a second later at each look.
func clock() func() time.Time {
	now := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	return func() time.Time { now = now.Add(time.Second); return now }
}

// session does one operation of two steps and says how many were written down.
func session(j *Journal) (written int, err error) {
	op, err := j.Begin("sync", "main", "origin")
	if err != nil {
		return 0, err
	}
	defer op.file.Close()
	for i := range 2 {
		n, err := op.Step(Step{Do: "ref", Ref: fmt.Sprintf("refs/heads/b%d", i), New: object.Hash{1}})
		if err != nil {
			return written, err
		}
		written++
		if err := op.Done(n); err != nil {
			return written, err
		}
	}
	return written, op.End("EQUAL", "")
}

// TestCrash stops at every call of an operation: what Step said is on disk is
// found again, the next operation can begin, and recovery can itself be cut.
func TestCrash(t *testing.T) {
	for _, half := range []bool{false, true} {
		for at := 1; ; at++ {
			dir := filepath.Join(t.TempDir(), "journal")
			now := clock()
			c := &crashing{FS: durable.OS, at: at, half: half}
			written, err := session(Open(dir, c, now))
			if err == nil {
				if at < 10 {
					t.Fatalf("only %d calls", at)
				}
				break
			}
			j := Open(dir, nil, now)
			for range 2 { // the second finds nothing left to do
				ops, err := j.Unfinished()
				if err != nil {
					t.Fatalf("crash at call %d: %v", at, err)
				}
				for _, op := range ops {
					if len(op.Steps) < written {
						t.Fatalf("crash at call %d: %d steps were written, %d are there", at, written, len(op.Steps))
					}
					if err := op.End("UNDONE", "interrupted"); err != nil {
						t.Fatalf("crash at call %d: %v", at, err)
					}
				}
			}
			if _, err := session(j); err != nil {
				t.Fatalf("crash at call %d: the next operation: %v", at, err)
			}
			list, err := j.List()
			if err != nil || len(list) == 0 || list[0].State != "EQUAL" || len(list[0].Steps) != 2 || !list[0].Steps[1].Done {
				t.Fatalf("crash at call %d: %+v, %v", at, list, err)
			}
			for _, op := range list {
				if op.Ended.IsZero() {
					t.Fatalf("crash at call %d: %s is still unfinished", at, op.ID)
				}
			}
		}
	}
}

// TestTorn cuts an unfinished operation's file at every byte: what stands
// whole is read, and what is appended later is not glued to the rest.
func TestTorn(t *testing.T) {
	dir := t.TempDir()
	j := Open(dir, nil, clock())
	op, err := j.Begin("sync", "main", "origin")
	if err != nil {
		t.Fatal(err)
	}
	op.Step(Step{Do: "keep", Ref: "refs/heads/a", Old: object.Hash{2}})
	op.Step(Step{Do: "conflict", Paths: []Path{{"a.go", "content"}}})
	op.file.Close()
	name := j.path(op.ID, openSuffix)
	whole, _ := os.ReadFile(name)
	for n := range len(whole) {
		os.WriteFile(name, whole[:n], 0o644)
		ops, err := j.Unfinished()
		if err != nil {
			t.Fatalf("cut at %d: %v", n, err)
		}
		if len(ops) == 0 {
			continue
		}
		if _, err := ops[0].Step(Step{Do: "last"}); err != nil {
			t.Fatal(err)
		}
		ops[0].file.Close()
		list, _ := j.List()
		if steps := list[0].Steps; steps[len(steps)-1].Do != "last" {
			t.Fatalf("cut at %d: %+v", n, steps)
		}
	}
}

// TestClockJumps: an operation is newer than the one before whatever the clock
// says.
func TestClockJumps(t *testing.T) {
	years := []int{2026, 2031, 1999, 2026, 2026}
	i := -1
	j := Open(t.TempDir(), nil, func() time.Time { return time.Date(years[i], 1, 1, 0, 0, 0, 0, time.UTC) })
	var made []string
	for i = range years {
		op, err := j.Begin("sync", "main", "origin")
		if err != nil {
			t.Fatal(err)
		}
		if err := op.End("EQUAL", ""); err != nil {
			t.Fatal(err)
		}
		made = append(made, op.ID)
	}
	if !slices.IsSorted(made) || len(slices.Compact(slices.Clone(made))) != len(years) {
		t.Error(made)
	}
	list, err := j.List()
	if err != nil || len(list) != len(years) || list[0].ID != made[len(made)-1] {
		t.Error(list, err)
	}
}
