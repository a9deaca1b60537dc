package repo

import (
	"context"
	"strings"

	"github.com/airside-ls/airside/gitsync/object"
	"github.com/airside-ls/airside/gitsync/repo/fault"
	"github.com/airside-ls/airside/gitsync/repo/layout"
)

// WorkTree compares the work tree, the index and HEAD, as git status does.
// Submodules are left to themselves: nothing here moves them.
func (r *Repo) WorkTree(ctx context.Context) (WorkTree, error) { return r.workTree(ctx, "all", nil) }

// workTree ignores of submodules what the word says, as git's option does. Where
// there are paths, git looks at these files and folders alone.
func (r *Repo) workTree(ctx context.Context, ignored string, paths []string) (WorkTree, error) {
	if r.program.Git == "" {
		return r.inspect(ctx)
	}
	args := []string{"status", "--porcelain=v2", "-z", "--untracked-files=all", "--ignore-submodules=" + ignored, "--no-renames", "--"}
	for _, p := range paths {
		args = append(args, ":(top,literal)"+p)
	}
	out, err := r.program.Read(ctx, args...)
	if err != nil {
		return WorkTree{}, err
	}
	var w WorkTree
	for record := range strings.SplitSeq(string(out), "\x00") {
		if record == "" {
			continue
		}
		fields := map[byte]int{'1': 9, 'u': 11, '?': 2}[record[0]]
		parts := strings.SplitN(record, " ", fields)
		switch {
		case fields == 0 || len(parts) < fields:
			return WorkTree{}, fault.Wrap(nil, "git status said %.80q, which airside does not understand", record)
		case record[0] == '?':
			w.Untracked = append(w.Untracked, parts[1])
		default:
			w.Changed = append(w.Changed, parts[fields-1])
		}
	}
	return w, nil
}

// requireClean holds that every tracked file is as in HEAD.
func (r *Repo) requireClean(ctx context.Context) error {
	w, err := r.WorkTree(ctx)
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
func (r *Repo) checkedOutHere(branch string) (here bool, err error) {
	dirs, err := r.CheckedOut(branch)
	if err != nil || len(dirs) == 0 {
		return false, err
	}
	for _, dir := range dirs {
		if !layout.SameDir(dir, r.Work) {
			return false, fault.New(fault.Busy, "%s is checked out in %s: sync it there, or git worktree prune if that is gone", branch, dir)
		}
	}
	head, err := r.Head()
	if err == nil && head.Branch != branch {
		err = fault.New(fault.Busy, "%s is being rebased or bisected here: finish that first", branch)
	}
	return true, err
}

// stands holds that HEAD is on branch and the branch at tip.
func (r *Repo) stands(branch string, tip object.Hash) error {
	head, err := r.Head()
	if err == nil && (head.Branch != branch || head.Hash != tip) {
		err = fault.New(fault.Moved, "%s moved meanwhile, or another branch was checked out", branch)
	}
	return err
}
