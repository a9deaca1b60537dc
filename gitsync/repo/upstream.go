package repo

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

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
	url := up.Remote // git takes a URL or path for a remote, too
	if urls := c["remote."+up.Remote+".url"]; len(urls) > 0 {
		url = urls[0] // where git fetches from; it pushes to all
		if len(urls) > 1 && len(c["remote."+up.Remote+".pushurl"]) == 0 {
			return Upstream{}, false, unsupported("%s has %d addresses: airside pushes to one", up.Remote, len(urls))
		}
	} else {
		up.Remote = withoutPassword(up.Remote) // which is shown and kept
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
		Name:  first(r.environ("GIT_COMMITTER_NAME"), c.last("committer.name"), c.last("user.name"), r.environ("GIT_AUTHOR_NAME")),
		Email: first(r.environ("GIT_COMMITTER_EMAIL"), c.last("committer.email"), c.last("user.email"), r.environ("GIT_AUTHOR_EMAIL"), r.environ("EMAIL")),
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
