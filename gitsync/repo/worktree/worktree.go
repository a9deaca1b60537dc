// Package worktree looks at the files of a repository and moves them from one commit
// to another. It is one Tree with two pairs of hands: git's binary, and this process
// alone, which looks and changes nothing.
//
// Looking without git is needed whatever is installed: comments are shown in folders
// that nobody has said to trust, where no program may run that a repository could
// name, and changes are reviewed by editors that were started without git on their
// PATH. Moving files without it is not: filters, converted line ends, hooks and
// submodules need git in any case, who has a repository with a remote has git, and
// no round of sync ever got that far, as what is in the way is asked of git first.
package worktree

import (
	"context"
	"log/slog"

	"github.com/airside-ls/airside/gitsync/durable"
	"github.com/airside-ls/airside/gitsync/object"
	"github.com/airside-ls/airside/gitsync/repo/config"
	"github.com/airside-ls/airside/gitsync/repo/fault"
	"github.com/airside-ls/airside/gitsync/repo/layout"
	"github.com/airside-ls/airside/gitsync/repo/lock"
	"github.com/airside-ls/airside/gitsync/repo/pack"
	"github.com/airside-ls/airside/gitsync/repo/program"
	"github.com/airside-ls/airside/gitsync/repo/refs"
)

// Status is what stands in the work tree beside HEAD.
type Status struct {
	Changed   []string // tracked files that differ from the index or HEAD, conflicts included; slash-separated
	Untracked []string // not ignored
}

// Clean reports whether every tracked file is as in HEAD.
func (w Status) Clean() bool { return len(w.Changed) == 0 }

// Tree is the work tree of one repository. Its methods may be called from several
// goroutines.
type Tree struct {
	at      layout.Layout
	fs      durable.FS
	log     *slog.Logger
	config  *config.Config
	objects *pack.Database
	refs    *refs.Store
	locks   *lock.Locks
	git     *program.Runner
	hands   hands
}

// hands are what looks at a work tree and changes it.
type hands interface {
	// status compares it with the index and HEAD. Of submodules what the word says is
	// ignored, as by git's option. Where there are paths, what is elsewhere may be
	// missing.
	status(ctx context.Context, ignored string, paths []string) (Status, error)
	// staged compares the index with a tree, Zero for none.
	staged(ctx context.Context, tree object.Hash) ([]Change, error)
	// unmerged says whether there are conflicts in the index.
	unmerged() error
	// trees stores what was staged and what is in the work tree.
	trees(ctx context.Context, w Status) (staged, all object.Hash, err error)
	// forward and restore move the checked-out branch, which stands at u.Old, and the
	// files: to a commit that has that behind it, and to any.
	forward(ctx context.Context, branch string, u refs.Update) error
	restore(ctx context.Context, branch string, u refs.Update) error
	// inTheWay holds that no file that git does not track stands where the tree to
	// has one that from has not.
	inTheWay(ctx context.Context, from, to string) error
	// undo is Tree.UndoHalfMove, undoMerge Tree.UndoHalfMerge, startMerge
	// Tree.StartMerge, putMerged Tree.PutMerged.
	undo(ctx context.Context, from, to object.Hash) error
	undoMerge(ctx context.Context, ours, theirs object.Hash) error
	canMerge(ctx context.Context, theirs object.Hash) error
	startMerge(ctx context.Context, theirs object.Hash, label string) error
	putMerged(ctx context.Context, from object.Hash, settled, partly []string) error
}

// New is a work tree over the rooms of its repository: by git, if git has a binary,
// and else by hand.
func New(at layout.Layout, fs durable.FS, log *slog.Logger, c *config.Config, objects *pack.Database, refs *refs.Store, locks *lock.Locks, git *program.Runner) *Tree {
	t := &Tree{at, fs, log, c, objects, refs, locks, git, nil}
	if t.hands = hands(ownHands{t}); git.Has() {
		t.hands = gitHands{t}
	}
	return t
}

// requireClean holds that every tracked file is as in HEAD.
func (t *Tree) requireClean(ctx context.Context) error {
	w, err := t.WorkTree(ctx)
	if err == nil && !w.Clean() {
		err = uncommitted(w.Changed)
	}
	return err
}

// uncommitted names one changed file and counts the others.
func uncommitted(paths []string) error {
	if len(paths) == 1 {
		return fault.New(fault.Dirty, "%s has changes that are not committed: commit or stash them", paths[0])
	}
	return fault.New(fault.Dirty, "%s and %d more have changes that are not committed: commit or stash them", paths[0], len(paths)-1)
}

// checkedOutHere says whether the branch is this work tree's own. An error is
// that it is another one's, or that HEAD has left it only for a while.
func (t *Tree) checkedOutHere(branch string) (here bool, err error) {
	dirs, err := t.CheckedOut(branch)
	if err != nil || len(dirs) == 0 {
		return false, err
	}
	for _, dir := range dirs {
		if !layout.SameDir(dir, t.at.Work) {
			return false, fault.New(fault.Busy, "%s is checked out in %s: sync it there, or git worktree prune if that is gone", branch, dir)
		}
	}
	head, err := t.refs.Head()
	if err == nil && head.Branch != branch {
		err = fault.New(fault.Busy, "%s is being rebased or bisected here: finish that first", branch)
	}
	return true, err
}

// stands holds that HEAD is on branch and the branch at tip.
func (t *Tree) stands(branch string, tip object.Hash) error {
	head, err := t.refs.Head()
	if err == nil && (head.Branch != branch || head.Hash != tip) {
		err = fault.New(fault.Moved, "%s moved meanwhile, or another branch was checked out", branch)
	}
	return err
}
