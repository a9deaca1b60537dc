package journal

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/airside-ls/airside/gitsync/durable"
	"github.com/airside-ls/airside/gitsync/durable/durabletest"
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

// noting writes down each call that says something to the disk.
type noting struct {
	durable.FS
	calls []string
	full  bool // writes get half of what they are given, as on a full disk
	stuck bool // and cannot be taken back
}

func (n *noting) note(call string) { n.calls = append(n.calls, call) }

func (n *noting) OpenFile(name string, flag int, perm fs.FileMode) (durable.File, error) {
	n.note("open" + map[bool]string{true: " to all"}[perm&0o077 != 0])
	f, err := n.FS.OpenFile(name, flag, perm)
	return &notingFile{f, n}, err
}
func (n *noting) Rename(old, new string) error { n.note("rename"); return n.FS.Rename(old, new) }
func (n *noting) SyncDir(name string) error    { n.note("folder"); return n.FS.SyncDir(name) }

type notingFile struct {
	durable.File
	n *noting
}

func (f *notingFile) Write(p []byte) (int, error) {
	f.n.note("write")
	if f.n.full {
		n, _ := f.File.Write(p[:len(p)/2])
		return n, errCrashed
	}
	return f.File.Write(p)
}
func (f *notingFile) Sync() error { f.n.note("sync"); return f.File.Sync() }
func (f *notingFile) Truncate(size int64) error {
	if f.n.stuck {
		return errCrashed
	}
	return f.File.Truncate(size)
}

// TestOnTheDisk: what says that something will be done is on the disk, name and all,
// before anybody goes on; the mark that it was done need not be.
func TestOnTheDisk(t *testing.T) {
	n := &noting{FS: durabletest.Volatile(durable.OS)}
	if _, err := session(Open(filepath.Join(t.TempDir(), "journal"), n, clock())); err != nil {
		t.Fatal(err)
	}
	const want = "open write sync folder" + " write sync" + " write" + " write sync" + " write" + " write sync rename folder"
	if got := strings.Join(n.calls, " "); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// TestFullDisk: a line that could not be written whole is no part of the next one;
// where it cannot be taken off again, nothing is written any more.
func TestFullDisk(t *testing.T) {
	for _, stuck := range []bool{false, true} {
		n := &noting{FS: durabletest.Volatile(durable.OS)}
		j := Open(t.TempDir(), n, clock())
		op, err := j.Begin("sync", "main", "origin")
		if err != nil {
			t.Fatal(err)
		}
		n.full, n.stuck = true, stuck
		if _, err := op.Step(Step{Do: "first"}); err == nil {
			t.Error("half a step")
		}
		n.full, n.stuck = false, false
		_, err = op.Step(Step{Do: "second"})
		list, listErr := j.List()
		if listErr != nil || len(list) != 1 || stuck != (err != nil) || stuck != (len(list[0].Steps) == 0) {
			t.Errorf("stuck %v: %+v, %v, %v", stuck, list, err, listErr)
		}
		op.file.Close()
	}
}

// TestParse: a file is read as far as it makes sense.
func TestParse(t *testing.T) {
	const begin = `{"begin":{"id":"x","kind":"sync","branch":"main"}}` + "\n"
	step := func(n int, do string) string { return fmt.Sprintf("{\"step\":{\"n\":%d,\"do\":%q}}\n", n, do) }
	for _, c := range []struct{ name, text, want string }{
		{"nothing", "", "none"},
		{"no begin", step(1, "a"), "none"},
		{"torn", begin + step(1, "a") + `{"done":1`, "a"},
		{"done", begin + step(1, "a") + step(2, "b") + `{"done":2}` + "\n", "a b+"},
		{"a mark of no step", begin + step(1, "a") + `{"done":2}` + "\n" + `{"done":-1}` + "\n", "a"},
		{"a step twice, and one too far", begin + step(1, "a") + step(1, "b") + step(3, "c"), "a"},
		{"what is not ours", begin + "nonsense\n" + `{"mood":"fine"}` + "\n" + step(1, "a"), "a"},
		{"ended", begin + `{"end":{"state":"IDLE","time":"2026-05-01T12:00:00Z"}}` + "\n", "IDLE"},
	} {
		got := "none"
		if op := parse([]byte(c.text)); op != nil {
			var words []string
			for _, s := range op.Steps {
				if s.Done {
					s.Do += "+"
				}
				words = append(words, s.Do)
			}
			got = strings.Join(append(words, op.State)[:max(len(words), 1)], " ")
		}
		if got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

// TestTidies: what needs no recovery is only put in order.
func TestTidies(t *testing.T) {
	j := Open(t.TempDir(), nil, clock())
	op, err := j.Begin("sync", "main", "origin")
	if err != nil {
		t.Fatal(err)
	}
	if err := op.End("EQUAL", ""); err != nil {
		t.Fatal(err)
	}
	ended, open := j.path(op.ID, endedSuffix), j.path(op.ID, openSuffix)
	if err := errors.Join(os.Rename(ended, open), os.WriteFile(j.path("20260101T000000-000001", openSuffix), []byte(`{"be`), 0o600)); err != nil {
		t.Fatal(err)
	}
	if ops, err := j.Unfinished(); err != nil || len(ops) > 0 {
		t.Errorf("%+v, %v", ops, err)
	}
	if files, err := os.ReadDir(j.dir); err != nil || len(files) != 1 || files[0].Name() != filepath.Base(ended) {
		t.Errorf("left %v, %v", files, err)
	}
	// One that ends between the look at the folder and the look at the file.
	if op, err := j.read(entry{name: op.ID, open: true}); err != nil || op == nil || op.State != "EQUAL" {
		t.Errorf("%+v, %v", op, err)
	}
}

// TestForgets: the oldest operations go, and never one that is open.
func TestForgets(t *testing.T) {
	j := Open(t.TempDir(), nil, clock())
	name := func(n int) string { return fmt.Sprintf("20250101T000000-%06d", n) }
	const made = Kept + 5
	for n := range made {
		suffix := endedSuffix
		if n == 1 {
			suffix = openSuffix
		}
		if err := os.WriteFile(j.path(name(n), suffix), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	op, err := j.Begin("sync", "main", "origin")
	if err != nil {
		t.Fatal(err)
	}
	defer op.file.Close()
	ids, err := j.ids()
	if err != nil || len(ids) != Kept+1 || ids[0] != (entry{name(1), true}) || ids[1].name != name(6) || ids[Kept].name != op.ID {
		t.Errorf("%d left, from %+v on to %s, %v", len(ids), ids[:2], ids[len(ids)-1].name, err)
	}
}
