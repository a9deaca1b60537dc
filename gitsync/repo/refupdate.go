package repo

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"

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
func (r *Repo) UpdateRef(u RefUpdate) error { return r.updateRef(u, nil) }

// updateRef calls guard, if there is one, under the lock; its error stops the
// update.
func (r *Repo) updateRef(u RefUpdate, guard func() error) error {
	if err := CheckRefName(u.Name); err != nil {
		return err
	}
	if err := r.mayPoint(u); err != nil {
		return err
	}
	path := r.refPath(u.Name)
	lock, err := r.acquire(path+".lock", u.Name)
	if err != nil {
		return err
	}
	defer lock.release()
	err = r.compareRef(u)
	if err == nil && guard != nil {
		err = guard()
	}
	switch {
	case err != nil:
	case u.New.IsZero():
		err = r.deleteRef(u)
	default:
		err = r.writeRef(u)
	}
	var e *fault.Error
	if err != nil && !errors.As(err, &e) {
		err = fault.Wrap(err, "%s cannot be written: %v", u.Name, err)
	}
	return err
}

// writeRef puts the new value in place, under the lock. It is written in a
// folder of airside's first: git lists whatever it finds under refs.
func (r *Repo) writeRef(u RefUpdate) error {
	dir := r.refDir(u.Name)
	if err := durable.OwnDir(r.opts.FS, filepath.Join(dir, "airside")); err != nil {
		return err
	}
	tmp := durable.TempName(filepath.Join(dir, "airside"), "ref")
	f, err := r.opts.FS.OpenFile(tmp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return err
	}
	err = writeAll(f, []byte(u.New.String()+"\n"))
	if e := f.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = r.logRef(u)
	}
	path := r.refPath(u.Name)
	if info, e := os.Lstat(path); e == nil && info.IsDir() {
		removeEmptyDirs(r.opts.FS, path)
	}
	if err == nil {
		err = r.opts.FS.Rename(tmp, path)
	}
	if err != nil {
		r.opts.FS.Remove(tmp)
		return err
	}
	return r.opts.FS.SyncDir(filepath.Dir(path))
}

// mayPoint holds that the new object exists and that a branch names a commit:
// git holds a ref to nothing for a broken repository.
func (r *Repo) mayPoint(u RefUpdate) error {
	if u.New.IsZero() {
		return nil
	}
	kind := plumbing.AnyObject
	if strings.HasPrefix(u.Name, headsPrefix) {
		kind = plumbing.CommitObject
	}
	o := &objects{repo: r, storage: r.storage()}
	switch _, err := o.get(kind, u.New); {
	case errors.Is(err, object.ErrNotFound):
		return fault.Wrap(err, "%s cannot be set to %s: no such object here", u.Name, u.New.Short())
	case err != nil:
		return fault.Wrap(err, "%s cannot be set to %s, which cannot be read: %v", u.Name, u.New.Short(), err)
	}
	return nil
}

// writeAll writes and syncs a file that is not closed yet.
func writeAll(f durable.File, data []byte) error {
	_, err := f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	return err
}

func (r *Repo) compareRef(u RefUpdate) error {
	now, err := r.Ref(u.Name)
	if err != nil {
		return err
	}
	if now != u.Old {
		return &fault.Error{Kind: fault.Moved, Message: fmt.Sprintf("%s moved meanwhile: it is %s, not %s", u.Name, name(now), name(u.Old))}
	}
	if !u.Old.IsZero() || u.New.IsZero() {
		return nil
	}
	return r.noneAbove(u.Name)
}

// noneAbove holds that a new ref and an old one are not each other's folder.
func (r *Repo) noneAbove(name string) error {
	beside := func(other string) error {
		return fault.Wrap(nil, "%s cannot be made beside %s: one would be the folder of the other", name, other)
	}
	packed, err := r.packedRefs()
	if err != nil {
		return err
	}
	for i := len("refs/"); i < len(name); i++ {
		if _, found := packed[name[:i]]; found && name[i] == '/' {
			if now, err := r.Ref(name[:i]); err == nil && !now.IsZero() {
				return beside(name[:i])
			}
		}
	}
	below, err := r.Refs(name + "/")
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
func (r *Repo) deleteRef(u RefUpdate) error {
	packed := filepath.Join(r.Common, "packed-refs")
	lock, err := r.acquire(packed+".lock", "packed-refs")
	if err != nil {
		return err
	}
	defer lock.release()
	if err := r.unpackRef(packed, u.Name); err != nil {
		return err
	}
	path := r.refPath(u.Name)
	for _, file := range []string{path, filepath.Join(r.refDir(u.Name), "logs", filepath.FromSlash(u.Name))} {
		if info, err := os.Lstat(file); err != nil || info.IsDir() {
			continue
		}
		if err := r.opts.FS.Remove(file); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return r.opts.FS.SyncDir(filepath.Dir(path))
}

// unpackRef rewrites packed-refs, whose lock is held, without a ref.
func (r *Repo) unpackRef(path, name string) error {
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
	dir := filepath.Join(r.Common, "airside")
	if err := durable.OwnDir(r.opts.FS, dir); err != nil {
		return err
	}
	tmp := durable.TempName(dir, "packed-refs")
	f, err := r.opts.FS.OpenFile(tmp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return err
	}
	err = writeAll(f, rest)
	if e := f.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = r.opts.FS.Rename(tmp, path)
	}
	if err != nil {
		r.opts.FS.Remove(tmp)
		return err
	}
	return r.opts.FS.SyncDir(r.Common)
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

// removeEmptyDirs removes a tree of folders as long as there is no file in it.
func removeEmptyDirs(f durable.FS, dir string) {
	entries, err := durable.ReadDir(dir)
	if err != nil {
		return
	}
	for _, e := range entries {
		if e.IsDir() {
			removeEmptyDirs(f, filepath.Join(dir, e.Name()))
		}
	}
	f.Remove(dir) // fails unless empty
}
