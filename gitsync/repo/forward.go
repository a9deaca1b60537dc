package repo

import (
	"context"
	"errors"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/airside-ls/airside/gitsync/object"
	"github.com/airside-ls/airside/gitsync/repo/fault"
	"github.com/airside-ls/airside/gitsync/repo/program"
)

// FastForward moves a branch from old to new, which has old behind it, with its
// work tree when it is checked out: only when that has no changes, by git's own
// fast-forward, which overwrites neither changed, untracked nor ignored files.
// Without the git binary it does the same by itself, where no filter and no
// conversion of line ends has a say; then the post-merge hook is not run.
//
// A fast-forward that a crash cut short is completed by calling it again.
func (r *Repo) FastForward(ctx context.Context, branch string, old, new object.Hash, reason string) error {
	return r.move(ctx, RefUpdate{Name: headsPrefix + branch, Old: old, New: new, Reason: reason}, r.mergeForward)
}

// RestoreTo moves a branch from one commit to another that need not have it
// behind it, with its work tree when it is checked out, under the conditions of
// FastForward.
func (r *Repo) RestoreTo(ctx context.Context, branch string, from, to object.Hash, reason string) error {
	return r.move(ctx, RefUpdate{Name: headsPrefix + branch, Old: from, New: to, Reason: reason}, r.switchTrees)
}

// move changes a branch, and with do its work tree if it has one.
func (r *Repo) move(ctx context.Context, u RefUpdate, do func(context.Context, string, RefUpdate) error) error {
	branch := strings.TrimPrefix(u.Name, headsPrefix)
	here, err := r.checkedOutHere(branch)
	switch {
	case err != nil:
		return err
	case u.New.IsZero() || u.Old.IsZero():
		return fault.Wrap(nil, "%s: this neither makes nor deletes branches", u.Name)
	case !here:
		return r.updateRef(u, func() error { return r.nowhere(branch) })
	}
	if err := r.stands(branch, u.Old); err != nil {
		return err
	}
	if err := r.Busy(); err != nil {
		return err
	}
	if r.program.Git == "" {
		return r.moveByHand(ctx, u)
	}
	err = r.requireClean(ctx)
	if fault.KindOf(err) == fault.Dirty && r.isThereAlready(ctx, u.New) {
		return r.updateRef(u, func() error { return r.stands(branch, u.Old) })
	}
	if err != nil {
		return err
	}
	return do(ctx, branch, u)
}

// nowhere holds, under the branch's lock, that nobody has checked it out since.
func (r *Repo) nowhere(branch string) error {
	dirs, err := r.CheckedOut(branch)
	if err == nil && len(dirs) > 0 {
		err = fault.New(fault.Moved, "%s was checked out in %s meanwhile", branch, dirs[0])
	}
	return err
}

// isThereAlready reports that index and tracked files are as in a commit though
// HEAD is not: a crash came between the work tree and the ref.
func (r *Repo) isThereAlready(ctx context.Context, commit object.Hash) bool {
	for _, cached := range []string{"--cached", "--quiet"} {
		if _, err := r.program.Read(ctx, "diff", "--quiet", cached, "--no-ext-diff", "--ignore-submodules=all", commit.String(), "--"); err != nil {
			return false
		}
	}
	return true
}

// mergeForward is git's own fast-forward, with its hooks.
func (r *Repo) mergeForward(ctx context.Context, branch string, u RefUpdate) error {
	args := append(mergeSettings(branch), "merge", "--ff-only", "--no-overwrite-ignore", "--no-squash", "--no-stat", "-q", u.New.String())
	_, err := r.program.Run(ctx, program.Call{Write: true, Steady: true, Env: []string{"GIT_REFLOG_ACTION=" + u.Reason}, Args: args})
	now, refErr := r.Ref(u.Name)
	switch {
	case refErr != nil:
		return refErr
	case now == u.New:
		if err != nil { // a hook's failure afterwards does not undo it
			r.opts.Log.Warn("after the fast-forward", "branch", branch, "error", err)
		}
		return nil
	case err == nil || now != u.Old:
		return fault.New(fault.Moved, "%s moved meanwhile, or another branch was checked out", branch)
	}
	return overwriting(err)
}

// mergeSettings turn off what the user's config.Settings would add to a merge.
func mergeSettings(branch string) []string {
	args := []string{"-c", "merge.autoStash=false"}
	if !strings.Contains(branch, "=") { // -c ends the key there
		args = append(args, "-c", "branch."+branch+".mergeOptions=")
	}
	return args
}

// overwriting says more of a refusal to overwrite a file.
func overwriting(err error) error {
	var e *fault.Error
	if errors.As(err, &e) && e.Kind == fault.Dirty {
		return fault.New(fault.Dirty, "a file that git does not track, or one with changes, is in the way: move or commit it (%s)", e.Message)
	}
	return err
}

// switchTrees moves the work tree by the two-tree merge of read-tree, which
// changes only files that are as in the old commit, and then the branch.
func (r *Repo) switchTrees(ctx context.Context, branch string, u RefUpdate) error {
	if err := r.nothingInTheWay(ctx, u.Old.String(), u.New.String()); err != nil {
		return err
	}
	change := func(ctx context.Context, from, to object.Hash) error {
		_, err := r.program.Run(ctx, program.Call{Write: true, Steady: true, Args: []string{"read-tree", "-m", "-u", from.String(), to.String()}})
		return err
	}
	if err := change(ctx, u.Old, u.New); err != nil {
		return overwriting(err)
	}
	err := r.updateRef(u, func() error { return r.stands(branch, u.Old) })
	if now, e := r.Ref(u.Name); e == nil && now == u.New {
		return err // only telling about it failed
	}
	if err != nil {
		if e := change(context.WithoutCancel(ctx), u.New, u.Old); e != nil {
			r.opts.Log.Error("the work tree stands at a commit that its branch is not at", "branch", branch, "commit", u.New, "error", e)
		}
	}
	return err
}

// nothingInTheWay holds that no file that git does not track stands where the
// tree to has one that from has not. git itself would overwrite an ignored one.
func (r *Repo) nothingInTheWay(ctx context.Context, from, to string) error {
	out, err := r.program.Read(ctx, "diff-tree", "-r", "-z", "--name-only", "--no-renames", "--diff-filter=A", from, to)
	if err != nil {
		return err
	}
	suspects := map[string]bool{}
	for name := range strings.SplitSeq(strings.TrimSuffix(string(out), "\x00"), "\x00") {
		for p := name; p != "." && p != "/" && p != ""; p = path.Dir(p) {
			info, err := os.Lstat(filepath.Join(r.Work, filepath.FromSlash(p)))
			if err == nil && (p == name || !info.IsDir()) {
				suspects[p] = true
			}
		}
	}
	args := []string{"--literal-pathspecs", "ls-files", "-z", "--others", "--"}
	const batch = 500 // paths a command line holds on every system
	for list := args; len(suspects) > 0; list = args {
		for p := range suspects {
			if list = append(list, p); len(list) >= batch {
				break
			}
		}
		for _, p := range list[len(args):] {
			delete(suspects, p)
		}
		out, err := r.program.Read(ctx, list...)
		if err != nil {
			return err
		}
		if name, _, found := strings.Cut(string(out), "\x00"); found {
			return fault.New(fault.Dirty, "%s is in the way, and git does not track it: move or add it", name)
		}
	}
	return nil
}
