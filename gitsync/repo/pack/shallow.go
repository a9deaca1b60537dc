package pack

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/airside-ls/airside/gitsync/durable"
	"github.com/airside-ls/airside/gitsync/repo/fault"
	"github.com/airside-ls/airside/gitsync/repo/layout"
)

// Shallow lists the commits at which a shallow clone ends.
func (d *Database) Shallow() ([]plumbing.Hash, error) {
	data, err := durable.ReadFile(filepath.Join(d.at.Common, "shallow"), layout.MaxList)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fault.Wrap(err, "%v", err)
	}
	var list []plumbing.Hash
	for line := range strings.Lines(string(data)) {
		if name := strings.TrimRight(line, "\r\n"); plumbing.IsHash(name) {
			list = append(list, plumbing.NewHash(name))
		}
	}
	return list, nil
}

// IsShallow tells whether the history here ends before it began.
func (d *Database) IsShallow() bool {
	info, err := os.Stat(filepath.Join(d.at.Common, "shallow"))
	return err == nil && info.Size() > 0
}

// bounds are where a shallow clone ends before a fetch that reaches further back, and
// behind it.
type bounds struct {
	was, is []plumbing.Hash
	freed   []plumbing.Hash // where it ends no more, as the remote says
}

// file is where git finds them as long as the pack is in quarantine.
func (b *bounds) file(q *Quarantine) string { return filepath.Join(q.dir, "shallow") }

// Reaches takes in where the history ends that has come, and where it ended and does
// no more, as the remote says.
func (q *Quarantine) Reaches(ends, freed []plumbing.Hash) error {
	was, err := q.in.Shallow()
	if err != nil {
		return err
	}
	is := slices.DeleteFunc(slices.Clone(was), func(h plumbing.Hash) bool { return slices.Contains(freed, h) })
	for _, h := range ends {
		if !slices.Contains(is, h) {
			is = append(is, h)
		}
	}
	q.bounds = &bounds{was, is, freed}
	return q.writeBounds()
}

// settle corrects what the remote has said by what is here: history ends where a
// parent is missing, and only there. Which ends there were stays unless the remote has
// sent what is behind one.
func (q *Quarantine) settle() error {
	s, err := q.in.Transfer()
	if err != nil {
		return err
	}
	defer s.Close()
	if !q.Empty() {
		if err := s.addPack(q); err != nil {
			return err
		}
	}
	s.shallow = nil
	lacks := func(h plumbing.Hash) bool {
		c, err := s.commit(h)
		return err == nil && slices.ContainsFunc(c.parents, func(p plumbing.Hash) bool { return !s.has(p) })
	}
	b := q.bounds
	var is []plumbing.Hash
	for _, h := range b.was {
		if !slices.Contains(b.freed, h) || lacks(h) {
			is = append(is, h)
		}
	}
	for _, h := range b.is {
		if !slices.Contains(is, h) && lacks(h) {
			is = append(is, h)
		}
	}
	plumbing.HashesSort(is)
	b.is = is
	return q.writeBounds()
}

func (q *Quarantine) writeBounds() error {
	name := q.bounds.file(q)
	if err := q.in.fs.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fault.Wrap(err, "%v", err)
	}
	if err := durable.Create(q.in.fs, name, lines(q.bounds.is), 0o600); err != nil {
		return fault.Wrap(err, "%v", err)
	}
	return nil
}

// publish makes the ends those of the repository, by git's own protocol: under
// shallow.lock, and only if nobody else has moved them. What came before is there by
// now: a crash in between leaves a history that ends where it did.
func (b *bounds) publish(d *Database) error {
	path := filepath.Join(d.at.Common, "shallow")
	if locks := d.program.Locks; locks != nil {
		held, err := locks.Acquire(path+".lock", "shallow")
		if err != nil {
			return err
		}
		defer held.Release()
	}
	now, err := d.Shallow()
	if err != nil {
		return err
	}
	if !slices.Equal(now, b.was) {
		return fault.New(fault.Moved, "another git fetches history here: it is tried again")
	}
	if len(b.is) == 0 {
		if err := d.fs.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fault.Wrap(err, "%v", err)
		}
		return d.synced()
	}
	dir := filepath.Join(d.at.Common, "airside")
	if err := durable.OwnDir(d.fs, dir); err != nil {
		return fault.Wrap(err, "%v", err)
	}
	if err := durable.Replace(d.fs, durable.TempName(dir, "shallow"), path, lines(b.is), 0o666); err != nil {
		return fault.Wrap(err, "%v", err)
	}
	return d.synced()
}

func (d *Database) synced() error {
	if err := d.fs.SyncDir(d.at.Common); err != nil {
		return fault.Wrap(err, "%v", err)
	}
	return nil
}
