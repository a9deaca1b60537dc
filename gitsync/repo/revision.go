package repo

import (
	"context"
	"path/filepath"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/airside-ls/airside/gitsync/durable"
	"github.com/airside-ls/airside/gitsync/object"
	"github.com/airside-ls/airside/gitsync/repo/fault"
	"github.com/airside-ls/airside/gitsync/repo/layout"
)

// Resolve finds the commit that a revision names, in git's syntax: a branch, a
// tag, "HEAD~2", a hash.
func (r *Repo) Resolve(ctx context.Context, revision string) (object.Hash, error) {
	unknown := func(err error) error {
		return fault.Wrap(err, "%.100q names no commit here: a branch, a tag or a hash does, and git fetch brings those of a remote", revision)
	}
	if strings.HasPrefix(revision, "-") || strings.ContainsAny(revision, "\x00\n") {
		return object.Zero, unknown(nil)
	}
	if r.program.Git != "" {
		out, err := r.program.Read(ctx, "rev-parse", "--verify", "--quiet", "--end-of-options", revision+"^{commit}")
		if err != nil {
			if ctx.Err() != nil {
				return object.Zero, err
			}
			return object.Zero, unknown(err)
		}
		h, err := object.ParseHash(strings.TrimSpace(string(out)))
		return h, fault.As(err)
	}
	git, err := r.open()
	if err != nil {
		return object.Zero, err
	}
	h, err := git.ResolveRevision(plumbing.Revision(revision))
	if err != nil {
		return object.Zero, unknown(err)
	}
	return object.Hash(*h), nil
}

// Tracking is the ref in which the upstream of a branch was last fetched
// ("refs/remotes/origin/main"), "" when it has none.
func (r *Repo) Tracking(branch string) string {
	c, err := r.Config.All()
	if err != nil {
		return ""
	}
	remote := c.Last("branch." + branch + ".remote")
	name, ok := strings.CutPrefix(c.Last("branch."+branch+".merge"), headsPrefix)
	if remote == "" || !ok {
		return ""
	}
	if remote == "." {
		return headsPrefix + name
	}
	ref := "refs/remotes/" + remote + "/" + name
	if h, err := r.Ref(ref); err != nil || h.IsZero() {
		return ""
	}
	return ref
}

// DefaultBranch is the ref of a remote's default branch as git clone or git
// remote set-head noted it, else its main or master, else "".
func (r *Repo) DefaultBranch(remote string) string {
	prefix := "refs/remotes/" + remote + "/"
	if CheckRefName(prefix+"HEAD") != nil {
		return ""
	}
	if data, err := durable.ReadFile(filepath.Join(r.Common, filepath.FromSlash(prefix+"HEAD")), layout.MaxPointer); err == nil {
		if ref, ok := strings.CutPrefix(strings.TrimSpace(string(data)), "ref: "); ok && strings.HasPrefix(ref, prefix) {
			if h, err := r.Ref(ref); err == nil && !h.IsZero() {
				return ref
			}
		}
	}
	for _, name := range []string{"main", "master"} {
		if h, err := r.Ref(prefix + name); err == nil && !h.IsZero() {
			return prefix + name
		}
	}
	return ""
}
