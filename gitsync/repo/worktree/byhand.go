package worktree

import (
	"context"
	"errors"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"github.com/airside-ls/airside/gitsync/object"
	"github.com/airside-ls/airside/gitsync/repo/fault"
	"github.com/airside-ls/airside/gitsync/repo/program"
	"github.com/airside-ls/airside/gitsync/repo/refs"
)

// byHand does the same in this process, for where there is no git or none may be
// started. Repositories whose files are not as git keeps them, by filters or
// converted line ends, are refused.
type byHand struct{ *Tree }

func (h byHand) status(ctx context.Context, _ string, _ []string) (Status, error) {
	index, err := h.readIndex()
	if err != nil {
		return Status{}, err
	}
	head, err := h.refs.Head()
	if err != nil {
		return Status{}, err
	}
	reader, err := h.objects.Objects()
	if err != nil {
		return Status{}, err
	}
	committed := listing{}
	if !head.Hash.IsZero() {
		if committed, err = list(reader, head.Hash); err != nil {
			return Status{}, err
		}
	}
	look, err := h.looking(index, reader)
	if err != nil {
		return Status{}, err
	}
	tracked := listing{}
	changed := map[string]bool{}
	for i := range index.entries {
		if err := ctx.Err(); err != nil {
			return Status{}, fault.Wrap(err, "looking at the work tree was stopped: %v", err)
		}
		e := &index.entries[i]
		tracked[e.name] = leaf{e.mode, e.hash}
		if committed[e.name] != tracked[e.name] || e.stage() != 0 || e.flags&flagIntentToAdd != 0 || !look.asInIndex(e) {
			changed[e.name] = true
		}
	}
	for name := range committed {
		if _, staged := tracked[name]; !staged {
			changed[name] = true
		}
	}
	w := Status{}
	for name := range changed {
		w.Changed = append(w.Changed, name)
	}
	slices.Sort(w.Changed)
	w.Untracked, err = h.untracked(tracked)
	return w, err
}

func (h byHand) staged(_ context.Context, tree object.Hash) ([]Change, error) {
	index, err := readIndexFile(h.stagingIndex())
	if err != nil {
		return nil, err
	}
	reader, err := h.objects.Objects()
	if err != nil {
		return nil, err
	}
	committed := listing{}
	if !tree.IsZero() {
		if err := committed.add(reader, tree, "", 0); err != nil {
			return nil, err
		}
	}
	var list []Change
	for i := range index.entries {
		e := &index.entries[i]
		if e.stage() != 0 && e.stage() != 2 || e.flags&flagIntentToAdd != 0 {
			continue
		}
		was := committed[e.name]
		delete(committed, e.name)
		if is := (leaf{e.mode, e.hash}); was != is {
			list = append(list, Change{e.name, was.mode, is.mode, was.hash, is.hash})
		}
	}
	for name, was := range committed {
		list = append(list, Change{Path: name, OldMode: was.mode, OldHash: was.hash})
	}
	slices.SortFunc(list, func(a, b Change) int { return strings.Compare(a.Path, b.Path) })
	return list, nil
}

// forward moves the work tree and its branch without the git binary, under
// git's own lock of the index: files first, then the index, then the ref. What
// a crash leaves behind is completed by calling it again with the same commits:
// a file that is as in the new commit already counts as unchanged.
//
// Everything that takes room on the disk is written before anything moves. Each
// file is looked at again right before it is replaced by a rename. When
// something fails, what was moved is moved back.
func (h byHand) forward(ctx context.Context, branch string, u refs.Update) error {
	held, err := h.locks.Acquire(filepath.Join(h.at.Git, "index.lock"), "the index")
	if err != nil {
		return err
	}
	defer held.Release()
	c, err := h.newCheckout(branch, u)
	if err != nil {
		return err
	}
	if err := c.plan(ctx); err != nil {
		return err
	}
	if !c.indexed {
		defer c.clear()
		if err := c.stage(); err != nil {
			return fault.Wrap(err, "the files of %s cannot be written: %v", u.New.Short(), err)
		}
		err = c.apply()
	}
	if err == nil {
		err = h.refs.UpdateRefIf(u, func() error { return h.stands(branch, u.Old) })
	}
	if now, e := h.refs.Ref(u.Name); e == nil && now == u.New {
		return err // only telling about it failed
	}
	if err != nil {
		c.back()
		return fault.As(err)
	}
	return nil
}

func (h byHand) restore(ctx context.Context, branch string, u refs.Update) error {
	return h.forward(ctx, branch, u)
}

// trees stores the same without git, where no filter has a say: status
// has seen to that.
func (h byHand) trees(ctx context.Context, w Status) (staged, all object.Hash, err error) {
	index, err := h.readIndex()
	if err != nil {
		return staged, all, err
	}
	files := listing{}
	for i := range index.entries {
		if e := &index.entries[i]; e.stage() <= 2 && e.flags&flagIntentToAdd == 0 {
			files[e.name] = leaf{e.mode, e.hash} // of a conflict, our side
		}
	}
	if staged, err = h.writeTree(files); err != nil {
		return staged, all, err
	}
	for _, name := range slices.Concat(w.Changed, w.Untracked) {
		if err := ctx.Err(); err != nil {
			return staged, all, fault.Wrap(err, "the snapshot was stopped: %v", err)
		}
		data, mode, err := h.fileContent(name)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			delete(files, name)
			continue
		case slices.Contains(w.Untracked, name) && !h.worthKeeping(name):
			continue
		case err != nil:
			return staged, all, fault.Wrap(err, "a snapshot of %s cannot be taken: %v", name, err)
		}
		o := object.New(object.TypeBlob, data)
		if err := h.objects.WriteObjects([]object.Object{o}); err != nil {
			return staged, all, err
		}
		files[name] = leaf{mode, o.Hash}
	}
	all, err = h.writeTree(files)
	return staged, all, err
}

func (h byHand) unmerged() error { return h.conflict() }

func (byHand) inTheWay(context.Context, string, string) error { return program.ErrNoGit }

func (byHand) undo(context.Context, object.Hash, object.Hash) error { return program.ErrNoGit }

func (byHand) startMerge(context.Context, object.Hash, string) error {
	return fault.New(fault.Unsupported, "a merge in the work tree needs the git binary, and none was found")
}
