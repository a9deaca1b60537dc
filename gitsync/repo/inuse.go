package repo

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/airside-ls/airside/gitsync/durable"
)

// workTree is one of the work trees that share the repository.
type workTree struct{ gitDir, dir string }

func (r *Repo) workTrees() []workTree {
	list := []workTree{{r.gitDir, r.workDir}}
	if r.gitDir != r.commonDir && !r.mainIsBare() {
		list = append(list, workTree{r.commonDir, filepath.Dir(r.commonDir)})
	}
	entries, _ := durable.ReadDir(filepath.Join(r.commonDir, "worktrees"))
	for _, e := range entries {
		git := filepath.Join(r.commonDir, "worktrees", e.Name())
		if sameDir(git, r.gitDir) {
			continue
		}
		dot, err := durable.ReadFile(filepath.Join(git, "gitdir"), maxPointer)
		if err == nil {
			list = append(list, workTree{git, filepath.Dir(strings.TrimSpace(string(dot)))})
		}
	}
	return list
}

// mainIsBare reports that all work trees are linked ones, of a bare repository.
func (r *Repo) mainIsBare() bool {
	c := settings{}
	if err := c.readFile(filepath.Join(r.commonDir, "config"), ""); err != nil {
		return false
	}
	return c.bool("core.bare")
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
			data, err := durable.ReadFile(filepath.Join(w.gitDir, filepath.FromSlash(state.file)), maxPointer)
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
		filepath.Join(r.gitDir, "index.lock"), filepath.Join(r.gitDir, "HEAD.lock"),
		filepath.Join(r.commonDir, "config.lock"), filepath.Join(r.commonDir, "packed-refs.lock"), filepath.Join(r.commonDir, "shallow.lock"),
	} {
		if _, err := os.Lstat(path); err == nil && !r.removeOwn(path) {
			return busy("%s is there: %s", filepath.Base(path), lockAdvice(path))
		}
	}
	for _, s := range states {
		if _, err := os.Lstat(filepath.Join(r.gitDir, s.file)); err == nil {
			return busy("%s: %s", s.what, s.end)
		}
	}
	return r.unmerged()
}
