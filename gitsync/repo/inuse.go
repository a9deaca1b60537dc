package repo

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/airside-ls/airside/gitsync/durable"
	"github.com/airside-ls/airside/gitsync/repo/config"
	"github.com/airside-ls/airside/gitsync/repo/fault"
	"github.com/airside-ls/airside/gitsync/repo/layout"
)

// workTree is one of the work trees that share the repository.
type workTree struct{ gitDir, dir string }

func (r *Repo) workTrees() []workTree {
	list := []workTree{{r.Git, r.Work}}
	if r.Git != r.Common && !r.mainIsBare() {
		list = append(list, workTree{r.Common, filepath.Dir(r.Common)})
	}
	entries, _ := durable.ReadDir(filepath.Join(r.Common, "worktrees"))
	for _, e := range entries {
		git := filepath.Join(r.Common, "worktrees", e.Name())
		if layout.SameDir(git, r.Git) {
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
func (r *Repo) mainIsBare() bool {
	c, err := config.File(filepath.Join(r.Common, "config"), "")
	return err == nil && c.Bool("core.bare")
}

// CheckedOut are the work trees that have a branch, or have left it only to
// rebase or bisect it.
func (r *Repo) CheckedOut(branch string) ([]string, error) {
	var dirs []string
	for _, w := range r.workTrees() {
		uses := false
		for _, state := range []struct{ file, line string }{
			{"HEAD", "ref: " + headsPrefix + branch},
			{"rebase-merge/head-name", headsPrefix + branch},
			{"rebase-apply/head-name", headsPrefix + branch},
			{"rebase-merge/update-refs", headsPrefix + branch},
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

// Busy says why this is no time to touch the repository: somebody's lock, or
// git in the middle of something. Nobody's lock is ever removed.
func (r *Repo) Busy() error {
	for _, path := range []string{
		filepath.Join(r.Git, "index.lock"), filepath.Join(r.Git, "HEAD.lock"),
		filepath.Join(r.Common, "config.lock"), filepath.Join(r.Common, "packed-refs.lock"), filepath.Join(r.Common, "shallow.lock"),
	} {
		if _, err := os.Lstat(path); err == nil && !r.removeOwn(path) {
			return fault.New(fault.Busy, "%s is there: %s", filepath.Base(path), lockAdvice(path))
		}
	}
	for _, s := range states {
		if _, err := os.Lstat(filepath.Join(r.Git, s.file)); err == nil {
			return fault.New(fault.Busy, "%s: %s", s.what, s.end)
		}
	}
	return r.unmerged()
}
