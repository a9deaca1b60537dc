package worktree

import (
	"context"
	"path/filepath"
	"strings"

	"github.com/airside-ls/airside/gitsync/object"
	"github.com/airside-ls/airside/gitsync/repo/fault"
	"github.com/airside-ls/airside/gitsync/repo/layout"
	"github.com/airside-ls/airside/gitsync/repo/refs"
)

// FastForward moves a branch from old to new, which has old behind it, with its
// work tree when it is checked out: only when that has no changes, by git's own
// fast-forward, which overwrites neither changed, untracked nor ignored files.
// Without the git binary only branches move that no work tree has.
//
// A fast-forward that a crash cut short is completed by calling it again.
func (t *Tree) FastForward(ctx context.Context, branch string, old, new object.Hash, reason string) error {
	return t.move(ctx, refs.Update{Name: refs.Heads + branch, Old: old, New: new, Reason: reason}, t.hands.forward)
}

// RestoreTo moves a branch from one commit to another that need not have it
// behind it, with its work tree when it is checked out, under the conditions of
// FastForward.
func (t *Tree) RestoreTo(ctx context.Context, branch string, from, to object.Hash, reason string) error {
	return t.move(ctx, refs.Update{Name: refs.Heads + branch, Old: from, New: to, Reason: reason}, t.hands.restore)
}

// move changes a branch, and with do its work tree if it has one.
func (t *Tree) move(ctx context.Context, u refs.Update, do func(context.Context, string, refs.Update) error) error {
	branch := strings.TrimPrefix(u.Name, refs.Heads)
	here, err := t.checkedOutHere(branch)
	switch {
	case err != nil:
		return err
	case u.New.IsZero() || u.Old.IsZero():
		return fault.Wrap(nil, "%s: this neither makes nor deletes branches", u.Name)
	case !here:
		return t.refs.UpdateRefIf(u, func() error { return t.nowhere(branch) })
	}
	if err := t.stands(branch, u.Old); err != nil {
		return err
	}
	if err := t.Busy(); err != nil {
		return err
	}
	return do(ctx, branch, u)
}

// nowhere holds, under the branch's lock, that nobody has checked it out since.
func (t *Tree) nowhere(branch string) error {
	dirs, err := t.CheckedOut(branch)
	if err == nil && len(dirs) > 0 {
		err = fault.New(fault.Moved, "%s was checked out in %s meanwhile", branch, dirs[0])
	}
	return err
}

// CanMove tells, without changing anything, whether FastForward and RestoreTo
// would move a branch from one commit to another now.
func (t *Tree) CanMove(ctx context.Context, branch string, from, to object.Hash) error {
	here, err := t.checkedOutHere(branch)
	if err != nil || !here {
		return err
	}
	if err := t.stands(branch, from); err != nil {
		return err
	}
	if lock := t.refs.Path(refs.Heads+branch) + ".lock"; layout.Exists(lock) && !t.locks.RemoveOwn(lock) {
		return fault.New(fault.Busy, "%s is locked: another git is at work; if none is, remove %s", branch, lock)
	}
	if err := t.requireClean(ctx); err != nil {
		return err
	}
	return t.hands.inTheWay(ctx, from.String(), to.String())
}

// UndoHalfMove puts back what an interrupted move of the checked-out branch from
// one commit to another has written already, while the branch is still at from.
// Only files that hold what the move itself writes, or the beginning of it, are
// touched: all of that is in the commit to.
func (t *Tree) UndoHalfMove(ctx context.Context, from, to object.Hash) error {
	if err := t.Busy(); err != nil {
		return err
	}
	return t.hands.undo(ctx, from, to)
}

// CanMerge tells, without changing anything, whether StartMerge would begin now.
func (t *Tree) CanMerge(ctx context.Context, theirs object.Hash) error {
	return t.hands.canMerge(ctx, theirs)
}

// UndoHalfMerge puts back what StartMerge has written into the work tree, which was
// clean, when it was cut short before the merge had begun: files that hold what the
// merge of the two writes, or the beginning of it.
func (t *Tree) UndoHalfMerge(ctx context.Context, ours, theirs object.Hash) error {
	if layout.Exists(filepath.Join(t.at.Git, "MERGE_HEAD")) {
		return nil
	}
	if err := t.Busy(); err != nil {
		return err
	}
	return t.hands.undoMerge(ctx, ours, theirs)
}

// StartMerge begins an ordinary merge in the work tree, which is clean: theirs
// in MERGE_HEAD, stages in the index, markers in the files, "Merge LABEL" as the
// message to come. The user resolves and commits it, or takes it back with git
// merge --abort.
func (t *Tree) StartMerge(ctx context.Context, theirs object.Hash, label string) error {
	return t.hands.startMerge(ctx, theirs, label)
}

// PutMerged puts files of a commit into a merge that StartMerge has begun, in the place
// of those in conflict: settled ones are settled in the index, too, partly settled ones
// stay in conflict there.
func (t *Tree) PutMerged(ctx context.Context, from object.Hash, settled, partly []string) error {
	return t.hands.putMerged(ctx, from, settled, partly)
}
