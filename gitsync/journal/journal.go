// Package journal remembers what a sync does, step by step, so that a crash at
// any point can be finished or undone and a person can take an operation back.
//
// An operation is one file of JSON lines. A step is on disk before it is taken
// and marked when it has been; what a crash left in doubt is decided by looking
// at the repository. The file is NAME.open until the operation ends, then
// NAME.jsonl: what is unfinished is found by listing one folder.
package journal

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/airside-ls/airside/gitsync/durable"
	"github.com/airside-ls/airside/gitsync/object"
)

// Kept is how many finished operations are remembered.
const Kept = 500

const (
	openSuffix  = ".open"
	endedSuffix = ".jsonl"
	idTime      = "20060102T150405"
)

// Step is one thing an operation does.
type Step struct {
	N    int         `json:"n"`
	Do   string      `json:"do"`
	Ref  string      `json:"ref,omitempty"`
	Old  object.Hash `json:"old,omitzero"`
	New  object.Hash `json:"new,omitzero"`
	Text string      `json:"text,omitempty"`
	Done bool        `json:"-"`

	Paths []Path `json:"paths,omitempty"` // of a conflict
}

// Path is a path in conflict, and how.
type Path struct {
	Path string `json:"path"`
	Kind string `json:"kind"`
}

// Operation is one sync of one branch, or one undo.
type Operation struct {
	ID      string    `json:"id"` // sorts as it happened, also when the clock jumps
	Kind    string    `json:"kind"`
	Branch  string    `json:"branch"`
	Remote  string    `json:"remote,omitempty"`
	Began   time.Time `json:"began"`
	Ended   time.Time `json:"ended,omitzero"` // zero: unfinished
	State   string    `json:"state,omitempty"`
	Message string    `json:"message,omitempty"`
	Steps   []Step    `json:"steps,omitempty"`

	journal *Journal
	file    durable.File
	good    int64 // bytes of the file that are whole lines
	broken  error // a line is torn and could not be taken off
}

// record is one line of an operation's file: one of its fields is set.
type record struct {
	Begin *Operation `json:"begin,omitempty"`
	Step  *Step      `json:"step,omitempty"`
	Done  int        `json:"done,omitempty"`
	End   *ending    `json:"end,omitempty"`
}

type ending struct {
	State   string    `json:"state"`
	Message string    `json:"message,omitempty"`
	Time    time.Time `json:"time"`
}

// maxOperation bounds what is read of one operation, in bytes.
const maxOperation = 16 << 20

// Journal is the folder of a repository's operations. Begin, Unfinished and
// the methods of an Operation are for the holder of the Lock.
type Journal struct {
	dir string
	fs  durable.FS
	now func() time.Time
}

// Open uses dir, which is made when the first operation begins. A nil fs is
// durable.OS, a nil now is time.Now.
func Open(dir string, fs durable.FS, now func() time.Time) *Journal {
	if fs == nil {
		fs = durable.OS
	}
	if now == nil {
		now = time.Now
	}
	return &Journal{dir: dir, fs: fs, now: now}
}

// Begin starts an operation; it is on disk when Begin returns.
func (j *Journal) Begin(kind, branch, remote string) (*Operation, error) {
	if err := durable.OwnDir(j.fs, j.dir); err != nil {
		return nil, err
	}
	ids, err := j.ids()
	if err != nil {
		return nil, err
	}
	j.retain(ids)
	now := j.now()
	op := &Operation{ID: nextID(ids, now), Kind: kind, Branch: branch, Remote: remote, Began: now, journal: j}
	op.file, err = j.fs.OpenFile(j.path(op.ID, openSuffix), os.O_WRONLY|os.O_CREATE|os.O_EXCL|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	if err := op.write(record{Begin: op}, true); err != nil {
		op.file.Close()
		return nil, err
	}
	if err := j.fs.SyncDir(j.dir); err != nil {
		op.file.Close()
		return nil, err
	}
	return op, nil
}

// Step writes down, fsynced, what will be done next, and says its number.
func (op *Operation) Step(s Step) (int, error) {
	s.N, s.Done = len(op.Steps)+1, false
	if err := op.write(record{Step: &s}, true); err != nil {
		return 0, err
	}
	op.Steps = append(op.Steps, s)
	return s.N, nil
}

// Done marks a step as taken. It is not fsynced by itself: a mark that a crash
// loses is found again by looking at the repository.
func (op *Operation) Done(n int) error {
	if n < 1 || n > len(op.Steps) {
		return fmt.Errorf("operation %s has no step %d", op.ID, n)
	}
	if err := op.write(record{Done: n}, false); err != nil {
		return err
	}
	op.Steps[n-1].Done = true
	return nil
}

// End closes the operation.
func (op *Operation) End(state, message string) error {
	end := ending{State: state, Message: message, Time: op.journal.now()}
	if err := op.write(record{End: &end}, true); err != nil {
		op.file.Close()
		return err
	}
	op.State, op.Message, op.Ended = state, message, end.Time
	if err := op.file.Close(); err != nil {
		return err
	}
	return op.journal.shelve(op.ID)
}

// Leave closes an operation that cannot be ended yet: the next round finds it among
// the unfinished ones and settles it.
func (op *Operation) Leave() error { return op.file.Close() }

// shelve gives an ended operation its lasting name.
func (j *Journal) shelve(id string) error {
	if err := j.fs.Rename(j.path(id, openSuffix), j.path(id, endedSuffix)); err != nil {
		return err
	}
	return j.fs.SyncDir(j.dir)
}

// write appends one line. A line that could not be written whole is taken off
// again, so that what follows does not become part of it.
func (op *Operation) write(r record, sync bool) error {
	if op.broken != nil {
		return op.broken
	}
	line, err := json.Marshal(r)
	if err != nil {
		return err
	}
	line = append(line, '\n')
	_, err = op.file.Write(line)
	if err == nil && sync {
		err = op.file.Sync()
	}
	if err == nil {
		op.good += int64(len(line))
		return nil
	}
	if e := op.file.Truncate(op.good); e != nil {
		op.broken = err
	}
	return err
}

// Unfinished are the operations that a crash interrupted, oldest first, open
// for writing: the caller ends each.
func (j *Journal) Unfinished() ([]*Operation, error) {
	ids, err := j.ids()
	if err != nil {
		return nil, err
	}
	var ops []*Operation
	for _, id := range ids {
		if !id.open {
			continue
		}
		op, err := j.resume(id.name)
		if err != nil {
			return ops, err
		}
		if op != nil {
			ops = append(ops, op)
		}
	}
	return ops, nil
}

// resume opens an unfinished operation for writing, or tidies what needs no
// recovery: a file whose first line never got whole (nothing was done), one
// that has ended but was not renamed.
func (j *Journal) resume(id string) (*Operation, error) {
	path := j.path(id, openSuffix)
	data, err := durable.ReadFile(path, maxOperation)
	if err != nil {
		return nil, err
	}
	op := parse(data)
	if op == nil {
		return nil, j.fs.Remove(path)
	}
	if !op.Ended.IsZero() {
		return nil, j.shelve(id)
	}
	op.journal = j
	op.file, err = j.fs.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		return nil, err
	}
	op.good = int64(bytes.LastIndexByte(data, '\n') + 1)
	if op.good < int64(len(data)) {
		if err := op.file.Truncate(op.good); err != nil {
			op.file.Close()
			return nil, err
		}
	}
	return op, nil
}

// List is every operation, newest first. What cannot be read is left out.
func (j *Journal) List() ([]Operation, error) { return j.Since("") }

// Since is List of the operations behind the one with an ID, be that one kept or not,
// or behind a time as IDOf has it.
func (j *Journal) Since(after string) ([]Operation, error) {
	ids, err := j.ids()
	if err != nil {
		return nil, err
	}
	var ops []Operation
	for _, id := range slices.Backward(ids) {
		if id.name <= after {
			break
		}
		if op, err := j.read(id); err == nil && op != nil {
			ops = append(ops, *op)
		}
	}
	return ops, nil
}

func (j *Journal) read(id entry) (*Operation, error) {
	suffix := endedSuffix
	if id.open {
		suffix = openSuffix
	}
	data, err := durable.ReadFile(j.path(id.name, suffix), maxOperation)
	if errors.Is(err, os.ErrNotExist) && id.open { // it ended meanwhile
		data, err = durable.ReadFile(j.path(id.name, endedSuffix), maxOperation)
	}
	if err != nil {
		return nil, err
	}
	return parse(data), nil
}

// parse reads the whole lines of an operation's file, and is nil when even the
// first is missing. A line that is torn or not ours is passed over.
func parse(data []byte) *Operation {
	var op *Operation
	for {
		line, rest, whole := bytes.Cut(data, []byte{'\n'})
		if !whole {
			return op
		}
		data = rest
		var r record
		if json.Unmarshal(line, &r) != nil {
			continue
		}
		if op == nil {
			op = r.Begin
			continue
		}
		op.apply(r)
	}
}

func (op *Operation) apply(r record) {
	switch {
	case r.Step != nil && r.Step.N == len(op.Steps)+1:
		op.Steps = append(op.Steps, *r.Step)
	case r.Done > 0 && r.Done <= len(op.Steps):
		op.Steps[r.Done-1].Done = true
	case r.End != nil:
		op.State, op.Message, op.Ended = r.End.State, r.End.Message, r.End.Time
	}
}

// entry is an operation's file.
type entry struct {
	name string // the operation's ID
	open bool
}

// ids are the operations' files, oldest first.
func (j *Journal) ids() ([]entry, error) {
	files, err := durable.ReadDir(j.dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var ids []entry
	for _, f := range files { // ReadDir sorts, and an ID sorts by age
		if id, ok := strings.CutSuffix(f.Name(), endedSuffix); ok {
			ids = append(ids, entry{name: id})
		} else if id, ok := strings.CutSuffix(f.Name(), openSuffix); ok {
			ids = append(ids, entry{name: id, open: true})
		}
	}
	return ids, nil
}

// retain removes the oldest finished operations. Failing to is no harm.
func (j *Journal) retain(ids []entry) {
	for excess := len(ids) - (Kept - 1); excess > 0; excess-- {
		if first := ids[0]; !first.open {
			j.fs.Remove(j.path(first.name, endedSuffix))
		}
		ids = ids[1:]
	}
}

// nextID is the time, but never before the newest operation's, and a number
// one above it: a clock that jumps back changes neither order nor uniqueness.
func nextID(ids []entry, now time.Time) string {
	stamp, number := now.UTC().Format(idTime), 0
	if len(ids) > 0 {
		last, seq, _ := strings.Cut(ids[len(ids)-1].name, "-")
		stamp = max(stamp, last)
		number, _ = strconv.Atoi(seq)
	}
	return fmt.Sprintf("%s-%06d", stamp, number+1)
}

// IDTime is the time in an operation's ID.
func IDTime(id string) (time.Time, bool) {
	stamp, _, _ := strings.Cut(id, "-")
	t, err := time.Parse(idTime, stamp)
	return t, err == nil
}

// IDOf sorts before the IDs of all operations that began at a time or later.
func IDOf(t time.Time) string { return t.UTC().Format(idTime) }

// Changed is when an operation last began or ended; zero for never.
func (j *Journal) Changed() time.Time {
	info, err := os.Lstat(j.dir)
	if err != nil {
		return time.Time{}
	}
	return info.ModTime()
}

func (j *Journal) path(id, suffix string) string { return filepath.Join(j.dir, id+suffix) }
