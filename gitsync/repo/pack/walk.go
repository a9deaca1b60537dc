package pack

import (
	"container/heap"
	"context"
	"slices"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/airside-ls/airside/gitsync/object"
)

// Flags of a commit on the way down.
const (
	wanted = 1 << iota // reachable from what is asked for
	known              // reachable from what the other side has
)

// newCommits lists the commits that are reachable from tips and from none of
// have, newest first. It reads commits by date and stops once everything that
// waits is reachable from have, so that the cost is that of what is new. Where
// a clock was wrong, a few commits that are not new may be among them.
//
// What of have is missing here, or is no commit, is passed over; a commit that
// is missing below tips is an error.
func (s *Transfer) newCommits(ctx context.Context, tips, have []plumbing.Hash) ([]plumbing.Hash, error) {
	w := walk{store: s, flags: map[plumbing.Hash]int{}}
	for _, h := range have {
		if w.flags[h] == 0 {
			if err := w.add(h, known); err != nil {
				delete(w.flags, h)
			}
		}
	}
	for _, h := range tips {
		if w.flags[h]&wanted != 0 {
			continue
		}
		if err := w.add(h, wanted); err != nil {
			return nil, err
		}
	}
	if err := w.run(ctx); err != nil {
		return nil, err
	}
	var list []plumbing.Hash
	for _, h := range w.order {
		if w.flags[h] == wanted {
			list = append(list, h)
		}
	}
	return list, nil
}

// Contains reports whether old is commit or below it.
func (s *Transfer) Contains(ctx context.Context, commit, old plumbing.Hash) (bool, error) {
	if commit == old {
		return true, nil
	}
	w := walk{store: s, flags: map[plumbing.Hash]int{}}
	for h, flag := range map[plumbing.Hash]int{commit: wanted, old: known} {
		if err := w.add(h, flag); err != nil {
			return false, err
		}
	}
	err := w.run(ctx)
	return w.flags[old]&wanted != 0, err
}

// newest lists up to n commits below tips, newest first.
func (s *Transfer) newest(tips []plumbing.Hash, n int) []plumbing.Hash {
	w := walk{store: s, flags: map[plumbing.Hash]int{}}
	for _, h := range tips {
		if w.add(h, wanted) != nil {
			delete(w.flags, h)
		}
	}
	var list []plumbing.Hash
	for len(w.queue) > 0 && len(list) < n {
		next := heap.Pop(&w.queue).(datedCommit)
		list = append(list, next.hash)
		for _, p := range s.commits[next.hash].parents {
			if w.flags[p] == 0 && w.add(p, wanted) != nil {
				delete(w.flags, p)
			}
		}
	}
	return list
}

type walk struct {
	store *Transfer
	flags map[plumbing.Hash]int
	order []plumbing.Hash // each commit once, as it was popped first
	seen  map[plumbing.Hash]bool
	queue byDate
	fresh int // entries of the queue that were wanted alone when they went in
}

func (w *walk) add(h plumbing.Hash, flag int) error {
	w.flags[h] |= flag
	c, err := w.store.commit(h)
	if err != nil {
		return err
	}
	e := datedCommit{h, c.date, w.flags[h] == wanted}
	if e.fresh {
		w.fresh++
	}
	heap.Push(&w.queue, e)
	return nil
}

func (w *walk) run(ctx context.Context) error {
	w.seen = map[plumbing.Hash]bool{}
	for w.fresh > 0 {
		if err := ctx.Err(); err != nil {
			return err
		}
		next := heap.Pop(&w.queue).(datedCommit)
		if next.fresh {
			w.fresh--
		}
		if !w.seen[next.hash] {
			w.seen[next.hash] = true
			w.order = append(w.order, next.hash)
		}
		flags := w.flags[next.hash]
		for _, p := range w.store.commits[next.hash].parents {
			if w.flags[p]&flags == flags {
				continue
			}
			if err := w.add(p, flags); err != nil {
				if flags&known != 0 { // a hole below what the other side has
					continue
				}
				return err
			}
		}
	}
	return nil
}

type datedCommit struct {
	hash  plumbing.Hash
	date  int64 // seconds
	fresh bool
}

// byDate is a heap, newest first.
type byDate []datedCommit

func (d byDate) Len() int           { return len(d) }
func (d byDate) Less(i, j int) bool { return d[i].date > d[j].date }
func (d byDate) Swap(i, j int)      { d[i], d[j] = d[j], d[i] }
func (d *byDate) Push(x any)        { *d = append(*d, x.(datedCommit)) }
func (d *byDate) Pop() any {
	last := (*d)[len(*d)-1]
	*d = (*d)[:len(*d)-1]
	return last
}

// newObjects calls visit for each commit, and for each tree and blob in it
// that none of its parents has in the same place: a file that did not change
// costs nothing, nor does a folder. Every object comes once, commits first. A
// file that moved comes as if it were new.
//
// Parents come before their children: a folder that was looked at once is known
// to be complete only if what was left out of it, because a parent has it, has
// come before.
func (s *Transfer) newObjects(ctx context.Context, commits []plumbing.Hash, visit func(plumbing.Hash, plumbing.ObjectType) error) error {
	seen := map[plumbing.Hash]bool{}
	d := &descent{store: s, seen: seen, visit: visit}
	for _, h := range commits {
		if err := visit(h, plumbing.CommitObject); err != nil {
			return err
		}
	}
	ordered, err := s.parentsFirst(commits)
	if err != nil {
		return err
	}
	for _, h := range ordered {
		if err := ctx.Err(); err != nil {
			return err
		}
		c, err := s.commit(h)
		if err != nil {
			return err
		}
		var parents []plumbing.Hash
		for _, p := range c.parents {
			if pc, err := s.commit(p); err == nil {
				parents = append(parents, pc.tree)
			}
		}
		if err := d.tree(c.tree, parents); err != nil {
			return err
		}
	}
	return nil
}

// parentsFirst orders commits so that each stands behind those of its parents
// that are among them, whatever their dates say.
func (s *Transfer) parentsFirst(commits []plumbing.Hash) ([]plumbing.Hash, error) {
	waiting := make(map[plumbing.Hash]bool, len(commits))
	for _, h := range commits {
		waiting[h] = true
	}
	ordered := make([]plumbing.Hash, 0, len(commits))
	for i := len(commits) - 1; i >= 0; i-- { // they come newest first
		for stack := []plumbing.Hash{commits[i]}; len(stack) > 0; {
			h := stack[len(stack)-1]
			if !waiting[h] {
				stack = stack[:len(stack)-1]
				continue
			}
			c, err := s.commit(h)
			if err != nil {
				return nil, err
			}
			before := len(stack)
			for _, p := range c.parents {
				if waiting[p] {
					stack = append(stack, p)
				}
			}
			if len(stack) == before {
				waiting[h] = false
				ordered = append(ordered, h)
			}
		}
	}
	return ordered, nil
}

type descent struct {
	store *Transfer
	seen  map[plumbing.Hash]bool
	visit func(plumbing.Hash, plumbing.ObjectType) error
}

func (d *descent) tree(h plumbing.Hash, parents []plumbing.Hash) error {
	if slices.Contains(parents, h) || d.seen[h] {
		return nil
	}
	d.seen[h] = true
	entries, err := d.store.tree(h)
	if d.store.left(err) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := d.visit(h, plumbing.TreeObject); err != nil {
		return err
	}
	type entryKey struct {
		dir  bool
		name string
	}
	before := map[entryKey][]plumbing.Hash{}
	at := func(e object.TreeEntry) entryKey { return entryKey{e.Mode == object.ModeDir, e.Name} }
	for _, p := range parents {
		old, err := d.store.tree(p)
		if err != nil {
			continue // not here in full: its content counts as new
		}
		for _, e := range old {
			before[at(e)] = append(before[at(e)], plumbing.Hash(e.Hash))
		}
	}
	for _, e := range entries {
		if err := d.entry(e, before[at(e)]); err != nil {
			return err
		}
	}
	return nil
}

func (d *descent) entry(e object.TreeEntry, before []plumbing.Hash) error {
	h := plumbing.Hash(e.Hash)
	switch {
	case e.Mode == object.ModeSubmodule:
		return nil
	case e.Mode == object.ModeDir:
		return d.tree(h, before)
	case slices.Contains(before, h), d.seen[h], d.store.Promised && !d.store.has(h):
		return nil
	}
	d.seen[h] = true
	return d.visit(h, plumbing.BlobObject)
}
