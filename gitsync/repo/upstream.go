package repo

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/airside-ls/airside/gitsync/object"
)

// Upstream is a branch's counterpart at a remote, by branch.NAME.remote and
// .merge; ok is false when it has none.
func (r *Repo) Upstream(branch string) (up Upstream, ok bool, err error) {
	c, err := r.config()
	if err != nil {
		return Upstream{}, false, err
	}
	up.Remote, up.Ref = c.last("branch."+branch+".remote"), c.last("branch."+branch+".merge")
	if up.Remote == "" || up.Remote == "." || up.Ref == "" {
		return Upstream{}, false, nil
	}
	if err := CheckRefName(up.Ref); err != nil {
		return Upstream{}, false, err
	}
	push := c.last("branch." + branch + ".pushremote")
	if push == "" {
		push = c.last("remote.pushdefault")
	}
	if push != "" && push != up.Remote {
		return Upstream{}, false, unsupported("%s is pulled from %s and pushed to %s: airside syncs only branches with one remote", branch, up.Remote, push)
	}
	url := c.last("remote." + up.Remote + ".url")
	if url == "" {
		url = up.Remote // git takes a URL or path for a remote, too
	}
	up.URL = c.rewrite(url, "insteadof")
	up.Push = c.rewrite(url, "pushinsteadof")
	if up.Push == url {
		up.Push = up.URL
	}
	if explicit := c["remote."+up.Remote+".pushurl"]; len(explicit) > 0 {
		if len(explicit) > 1 {
			return Upstream{}, false, unsupported("%s has %d push addresses: airside pushes to one", up.Remote, len(explicit))
		}
		up.Push = c.rewrite(explicit[0], "insteadof")
	}
	return up, true, nil
}

// rewrite applies url.BASE.insteadOf: the longest match wins.
func (s settings) rewrite(url, how string) string {
	best, base := "", ""
	for key, values := range s {
		name, ok := strings.CutPrefix(key, "url.")
		if !ok || !strings.HasSuffix(name, "."+how) {
			continue
		}
		for _, prefix := range values {
			if prefix != "" && strings.HasPrefix(url, prefix) && len(prefix) > len(best) {
				best, base = prefix, strings.TrimSuffix(name, "."+how)
			}
		}
	}
	if best == "" {
		return url
	}
	return base + url[len(best):]
}

// Remotes are the names of the configured remotes.
func (r *Repo) Remotes() ([]string, error) {
	c, err := r.config()
	var names []string
	for key := range c {
		if name, ok := strings.CutPrefix(key, "remote."); ok && strings.HasSuffix(name, ".url") {
			names = append(names, strings.TrimSuffix(name, ".url"))
		}
	}
	slices.Sort(names)
	return names, err
}

// workTree is one of the work trees that share the repository.
type workTree struct{ gitDir, dir string }

func (r *Repo) workTrees() []workTree {
	list := []workTree{{r.gitDir, r.workDir}}
	if r.gitDir != r.commonDir {
		list = append(list, workTree{r.commonDir, filepath.Dir(r.commonDir)})
	}
	entries, _ := os.ReadDir(filepath.Join(r.commonDir, "worktrees"))
	for _, e := range entries {
		git := filepath.Join(r.commonDir, "worktrees", e.Name())
		if sameDir(git, r.gitDir) {
			continue
		}
		dot, err := os.ReadFile(filepath.Join(git, "gitdir"))
		if err == nil {
			list = append(list, workTree{git, filepath.Dir(strings.TrimSpace(string(dot)))})
		}
	}
	return list
}

// CheckedOut are the work trees that have a branch, or are rebasing it.
func (r *Repo) CheckedOut(branch string) ([]string, error) {
	var dirs []string
	for _, w := range r.workTrees() {
		uses := false
		if data, err := os.ReadFile(filepath.Join(w.gitDir, "HEAD")); err == nil {
			uses = strings.TrimSpace(string(data)) == "ref: "+headsPrefix+branch
		}
		for _, state := range []string{"rebase-merge/head-name", "rebase-apply/head-name"} {
			data, err := os.ReadFile(filepath.Join(w.gitDir, filepath.FromSlash(state)))
			uses = uses || err == nil && strings.TrimSpace(string(data)) == headsPrefix+branch
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
	for _, lock := range []string{
		filepath.Join(r.gitDir, "index.lock"), filepath.Join(r.gitDir, "HEAD.lock"),
		filepath.Join(r.commonDir, "config.lock"), filepath.Join(r.commonDir, "packed-refs.lock"), filepath.Join(r.commonDir, "shallow.lock"),
	} {
		if _, err := os.Lstat(lock); err == nil {
			return busy("%s is there%s: another git is at work; if none is, remove it", lock, since(lock))
		}
	}
	for _, s := range states {
		if _, err := os.Lstat(filepath.Join(r.gitDir, s.file)); err == nil {
			return busy("%s: %s", s.what, s.end)
		}
	}
	return nil
}

// Identity is who commits, as git finds it. When is left to the caller.
func (r *Repo) Identity() (object.Signature, error) {
	c, err := r.config()
	if err != nil {
		return object.Signature{}, err
	}
	first := func(values ...string) string {
		for _, v := range values {
			if v = strings.TrimSpace(strings.Map(dropUnsigned, v)); v != "" {
				return v
			}
		}
		return ""
	}
	who := object.Signature{
		Name:  first(r.environ("GIT_COMMITTER_NAME"), c.last("committer.name"), c.last("user.name")),
		Email: first(r.environ("GIT_COMMITTER_EMAIL"), c.last("committer.email"), c.last("user.email"), r.environ("EMAIL")),
	}
	if who.Name == "" || who.Email == "" {
		return who, failed(nil, "git does not know who you are, so no merge can be committed: git config --global user.name and user.email")
	}
	return who, nil
}

// dropUnsigned drops what a commit's header cannot hold.
func dropUnsigned(c rune) rune {
	if c == '<' || c == '>' || c < 0x20 {
		return -1
	}
	return c
}

// Signs says whether commits are to be signed, and why.
func (r *Repo) Signs() (bool, string) {
	c, err := r.config()
	if err != nil || !c.bool("commit.gpgsign") {
		return false, ""
	}
	return true, "commit.gpgSign is set"
}

// hooksDir is where the user's hooks are.
func (r *Repo) hooksDir() string {
	if dir, ok := r.Config("core.hooksPath"); ok && dir != "" {
		return absFrom(r.workDir, expandHome(dir, r.environ("HOME")))
	}
	return filepath.Join(r.commonDir, "hooks")
}

// MergeHooks are the hooks that git would run for a merge commit.
func (r *Repo) MergeHooks() []string {
	var found []string
	for _, name := range []string{"pre-merge-commit", "prepare-commit-msg", "commit-msg"} {
		if info, err := os.Stat(filepath.Join(r.hooksDir(), name)); err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0 {
			found = append(found, name)
		}
	}
	return found
}

// lastCommitNotice is when this work tree's HEAD was last logged; zero when it
// never was. It changes with every commit, and costs one stat.
func (r *Repo) HeadChanged() time.Time {
	info, err := os.Stat(filepath.Join(r.gitDir, "logs", "HEAD"))
	if errors.Is(err, fs.ErrNotExist) {
		info, err = os.Stat(filepath.Join(r.gitDir, "HEAD"))
	}
	if err != nil {
		return time.Time{}
	}
	return info.ModTime()
}
