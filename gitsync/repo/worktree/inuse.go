package worktree

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/airside-ls/airside/gitsync/durable"
	"github.com/airside-ls/airside/gitsync/object"
	"github.com/airside-ls/airside/gitsync/repo/config"
	"github.com/airside-ls/airside/gitsync/repo/fault"
	"github.com/airside-ls/airside/gitsync/repo/layout"
	"github.com/airside-ls/airside/gitsync/repo/lock"
	"github.com/airside-ls/airside/gitsync/repo/refs"
)

// workTree is one of the work trees that share the repository.
type workTree struct{ gitDir, dir string }

func (t *Tree) workTrees() []workTree {
	list := []workTree{{t.at.Git, t.at.Work}}
	if t.at.Git != t.at.Common && !t.mainIsBare() {
		list = append(list, workTree{t.at.Common, filepath.Dir(t.at.Common)})
	}
	entries, _ := durable.ReadDir(filepath.Join(t.at.Common, "worktrees"))
	for _, e := range entries {
		git := filepath.Join(t.at.Common, "worktrees", e.Name())
		if layout.SameDir(git, t.at.Git) {
			continue
		}
		dot, err := durable.ReadFile(filepath.Join(git, "gitdir"), layout.MaxPointer)
		if err == nil {
			list = append(list, workTree{git, filepath.Dir(strings.TrimSpace(string(dot)))})
		}
	}
	return list
}

// mainIsBare reports that all work trees are linked ones, of a bare repository.
func (t *Tree) mainIsBare() bool {
	c, err := config.File(filepath.Join(t.at.Common, "config"), "")
	return err == nil && c.Bool("core.bare")
}

// CheckedOut are the work trees that have a branch, or have left it only to
// rebase or bisect it.
func (t *Tree) CheckedOut(branch string) ([]string, error) {
	var dirs []string
	for _, w := range t.workTrees() {
		uses := false
		for _, state := range []struct{ file, line string }{
			{"HEAD", "ref: " + refs.Heads + branch},
			{"rebase-merge/head-name", refs.Heads + branch},
			{"rebase-apply/head-name", refs.Heads + branch},
			{"rebase-merge/update-refs", refs.Heads + branch},
			{"BISECT_START", branch},
		} {
			data, err := durable.ReadFile(filepath.Join(w.gitDir, filepath.FromSlash(state.file)), layout.MaxPointer)
			uses = uses || err == nil && slices.Contains(strings.Split(strings.TrimSpace(string(data)), "\n"), state.line)
		}
		if uses {
			dirs = append(dirs, w.dir)
		}
	}
	return dirs, nil
}

// states are files by which git remembers what it is in the middle of.
var states = []struct{ file, what, end string }{
	{"MERGE_HEAD", "a merge is in progress", "commit it, or git merge --abort"},
	{"rebase-merge", "a rebase is in progress", "git rebase --continue or --abort"},
	{"rebase-apply", "a rebase or git am is in progress", "git rebase --continue or --abort"},
	{"CHERRY_PICK_HEAD", "a cherry-pick is in progress", "git cherry-pick --continue or --abort"},
	{"REVERT_HEAD", "a revert is in progress", "git revert --continue or --abort"},
	{"sequencer", "a cherry-pick or revert of several commits is in progress", "git cherry-pick --continue or --abort"},
	{"BISECT_LOG", "a bisection is in progress", "git bisect reset"},
}

// Merging is the commit that is being merged into the work tree, Zero for none.
func (t *Tree) Merging() (object.Hash, error) {
	data, err := durable.ReadFile(filepath.Join(t.at.Git, "MERGE_HEAD"), layout.MaxPointer)
	if errors.Is(err, fs.ErrNotExist) {
		return object.Zero, nil
	}
	if err != nil {
		return object.Zero, fault.As(err)
	}
	first, _, _ := strings.Cut(string(data), "\n")
	h, err := object.ParseHash(strings.TrimSpace(first))
	return h, fault.As(err)
}

// Busy says why this is no time to touch the repository: somebody's lock, or
// git in the middle of something. No lock is removed but those of the dead (see
// [lock.Locks.RemoveOwn]).
func (t *Tree) Busy() error {
	paths := []string{
		filepath.Join(t.at.Git, "index.lock"), filepath.Join(t.at.Git, "HEAD.lock"), filepath.Join(t.at.Git, "ORIG_HEAD.lock"),
		filepath.Join(t.at.Common, "config.lock"), filepath.Join(t.at.Common, "packed-refs.lock"), filepath.Join(t.at.Common, "shallow.lock"),
	}
	if head, err := t.refs.Head(); err == nil && head.Branch != "" {
		paths = append(paths, t.refs.Path(refs.Heads+head.Branch)+".lock")
	}
	for _, path := range paths {
		if _, err := os.Lstat(path); err == nil && !t.locks.RemoveOwn(path) {
			return fault.New(fault.Busy, "%s is there: %s", filepath.Base(path), lock.Advice(path))
		}
	}
	t.locks.ForgetDead()
	for _, s := range states {
		if _, err := os.Lstat(filepath.Join(t.at.Git, s.file)); err == nil {
			return fault.New(fault.Busy, "%s: %s", s.what, s.end)
		}
	}
	return t.hands.unmerged()
}
