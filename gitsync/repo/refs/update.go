package refs

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/airside-ls/airside/gitsync/durable"
	"github.com/airside-ls/airside/gitsync/object"
	"github.com/airside-ls/airside/gitsync/repo/fault"
	"github.com/airside-ls/airside/gitsync/repo/layout"
)

// UpdateRef changes one ref by git's own protocol: NAME.lock is made, which
// fails if anybody else holds it; the old value is compared under the lock; the
// new one is written, synced and renamed into place before the lock goes. Moved says that the old
// value is another, Busy that the ref is locked. The hook reference-transaction
// is not run.
func (s *Store) UpdateRef(u Update) error { return s.UpdateRefIf(u, nil) }

// UpdateRefIf calls guard, if there is one, under the lock; its error stops the
// update.
func (s *Store) UpdateRefIf(u Update, guard func() error) error {
	if err := CheckName(u.Name); err != nil {
		return err
	}
	if err := s.mayPoint(u); err != nil {
		return err
	}
	path := s.Path(u.Name)
	held, err := s.locks.Acquire(path+".lock", u.Name)
	if err != nil {
		return err
	}
	defer held.Release()
	err = s.compareRef(u)
	if err == nil && guard != nil {
		err = guard()
	}
	switch {
	case err != nil:
	case u.New.IsZero():
		err = s.deleteRef(u)
	default:
		err = s.writeRef(u)
	}
	var e *fault.Error
	if err != nil && !errors.As(err, &e) {
		err = fault.Wrap(err, "%s cannot be written: %v", u.Name, err)
	}
	return err
}

// writeRef puts the new value in place, under the lock. It is written in a
// folder of airside's first: git lists whatever it finds under refs.
func (s *Store) writeRef(u Update) error {
	dir := s.refDir(u.Name)
	if err := durable.OwnDir(s.fs, filepath.Join(dir, "airside")); err != nil {
		return err
	}
	tmp := durable.TempName(filepath.Join(dir, "airside"), "ref")
	err := durable.Create(s.fs, tmp, []byte(u.New.String()+"\n"), 0o666)
	if err != nil {
		return err
	}
	err = s.logRef(u)
	path := s.Path(u.Name)
	if info, e := os.Lstat(path); e == nil && info.IsDir() {
		durable.RemoveEmpty(s.fs, path)
	}
	if err == nil {
		err = s.fs.Rename(tmp, path)
	}
	if err != nil {
		s.fs.Remove(tmp)
		return err
	}
	return s.fs.SyncDir(filepath.Dir(path))
}

// mayPoint holds that the new object exists and that a branch names a commit:
// git holds a ref to nothing for a broken repository.
func (s *Store) mayPoint(u Update) error {
	if u.New.IsZero() {
		return nil
	}
	switch err := s.objects.Check(u.New, strings.HasPrefix(u.Name, Heads)); {
	case errors.Is(err, object.ErrNotFound):
		return fault.Wrap(err, "%s cannot be set to %s: no such object here", u.Name, u.New.Short())
	case err != nil:
		return fault.Wrap(err, "%s cannot be set to %s, which cannot be read: %v", u.Name, u.New.Short(), err)
	}
	return nil
}

func (s *Store) compareRef(u Update) error {
	now, err := s.Ref(u.Name)
	if err != nil {
		return err
	}
	if now != u.Old {
		return fault.New(fault.Moved, "%s moved meanwhile: it is %s, not %s", u.Name, name(now), name(u.Old))
	}
	if !u.Old.IsZero() || u.New.IsZero() {
		return nil
	}
	return s.noneAbove(u.Name)
}

// noneAbove holds that a new ref and an old one are not each other's folder.
func (s *Store) noneAbove(name string) error {
	beside := func(other string) error {
		return fault.Wrap(nil, "%s cannot be made beside %s: one would be the folder of the other", name, other)
	}
	packed, err := s.packedRefs()
	if err != nil {
		return err
	}
	for i := len("refs/"); i < len(name); i++ {
		if _, found := packed[name[:i]]; found && name[i] == '/' {
			if now, err := s.Ref(name[:i]); err == nil && !now.IsZero() {
				return beside(name[:i])
			}
		}
	}
	below, err := s.Refs(name + "/")
	if err == nil && len(below) > 0 {
		err = beside(below[0].Name)
	}
	return err
}

func name(h object.Hash) string {
	if h.IsZero() {
		return "absent"
	}
	return h.Short()
}

// deleteRef removes a ref whose lock is held: from packed-refs first, or an old
// value would come back to light. packed-refs stays locked until the loose ref
// is gone, or a `git pack-refs` in between would bring it back.
func (s *Store) deleteRef(u Update) error {
	packed := filepath.Join(s.at.Common, "packed-refs")
	held, err := s.locks.Acquire(packed+".lock", "packed-refs")
	if err != nil {
		return err
	}
	defer held.Release()
	if err := s.unpackRef(packed, u.Name); err != nil {
		return err
	}
	path := s.Path(u.Name)
	for _, file := range []string{path, filepath.Join(s.refDir(u.Name), "logs", filepath.FromSlash(u.Name))} {
		if info, err := os.Lstat(file); err != nil || info.IsDir() {
			continue
		}
		if err := s.fs.Remove(file); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return s.fs.SyncDir(filepath.Dir(path))
}

// unpackRef rewrites packed-refs, whose lock is held, without a ref.
func (s *Store) unpackRef(path, name string) error {
	data, err := durable.ReadFile(path, layout.MaxList)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	rest := withoutRef(data, name)
	if len(rest) == len(data) {
		return nil
	}
	dir := filepath.Join(s.at.Common, "airside")
	if err := durable.OwnDir(s.fs, dir); err != nil {
		return err
	}
	tmp := durable.TempName(dir, "packed-refs")
	if err := durable.Replace(s.fs, tmp, path, rest, 0o666); err != nil {
		return err
	}
	return s.fs.SyncDir(s.at.Common)
}

// withoutRef drops a ref's line and the peeled object behind it.
func withoutRef(packed []byte, name string) []byte {
	var out bytes.Buffer
	dropped := false
	for line := range bytes.Lines(packed) {
		if dropped && bytes.HasPrefix(line, []byte("^")) {
			continue
		}
		_, of, _ := strings.Cut(strings.TrimRight(string(line), "\r\n"), " ")
		if dropped = of == name && !bytes.HasPrefix(line, []byte("#")); !dropped {
			out.Write(line)
		}
	}
	return out.Bytes()
}
