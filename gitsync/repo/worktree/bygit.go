package worktree

import (
	"context"
	"os"
	"path"
	"strconv"
	"strings"

	"github.com/airside-ls/airside/gitsync/object"
	"github.com/airside-ls/airside/gitsync/repo/fault"
	"github.com/airside-ls/airside/gitsync/repo/layout"
	"github.com/airside-ls/airside/gitsync/repo/program"
	"github.com/airside-ls/airside/gitsync/repo/refs"
)

// gitHands has git look at the work tree and move it, with its filters and hooks.
type gitHands struct{ *Tree }

func (g gitHands) status(ctx context.Context, ignored string, paths []string) (Status, error) {
	args := []string{"status", "--porcelain=v2", "-z", "--untracked-files=all", "--ignore-submodules=" + ignored, "--no-renames", "--"}
	for _, p := range paths {
		args = append(args, ":(top,literal)"+p)
	}
	out, err := g.git.Read(ctx, args...)
	if err != nil {
		return Status{}, err
	}
	var w Status
	for record := range strings.SplitSeq(string(out), "\x00") {
		if record == "" {
			continue
		}
		fields := map[byte]int{'1': 9, 'u': 11, '?': 2}[record[0]]
		parts := strings.SplitN(record, " ", fields)
		switch {
		case fields == 0 || len(parts) < fields:
			return Status{}, fault.Wrap(nil, "git status said %.80q, which airside does not understand", record)
		case record[0] == '?':
			w.Untracked = append(w.Untracked, parts[1])
		default:
			w.Changed = append(w.Changed, parts[fields-1])
		}
	}
	return w, nil
}

func (g gitHands) staged(ctx context.Context, tree object.Hash) ([]Change, error) {
	base := tree.String()
	if tree.IsZero() {
		base = emptyTree
	}
	out, err := g.git.Run(ctx, program.Call{Env: []string{"GIT_INDEX_FILE=" + g.stagingIndex()}, Args: []string{
		"diff-index", "--cached", "--raw", "-z", "--no-renames", "--no-abbrev", "--ignore-submodules=none", base, "--",
	}})
	if err != nil {
		return nil, err
	}
	return parseRaw(string(out))
}

// emptyTree is the name of the tree without entries, which git knows unasked.
const emptyTree = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"

// parseRaw reads what diff-index --raw -z says: ":100644 100644 HASH HASH M",
// NUL, the path, NUL. A path in conflict comes a second time, as U.
func parseRaw(out string) ([]Change, error) {
	var list []Change
	fields := strings.Split(strings.TrimSuffix(out, "\x00"), "\x00")
	if out == "" {
		return nil, nil
	}
	for i := 0; i+1 < len(fields); i += 2 {
		parts := strings.Fields(strings.TrimPrefix(fields[i], ":"))
		bad := fault.Wrap(nil, "git diff-index said %.80q, which airside does not understand", fields[i])
		if len(parts) != 5 {
			return nil, bad
		}
		if strings.HasPrefix(parts[4], "U") {
			continue
		}
		c := Change{Path: fields[i+1]}
		oldMode, err1 := strconv.ParseUint(parts[0], 8, 32)
		newMode, err2 := strconv.ParseUint(parts[1], 8, 32)
		var err3, err4 error
		c.OldHash, err3 = object.ParseHash(parts[2])
		c.NewHash, err4 = object.ParseHash(parts[3])
		if err1 != nil || err2 != nil || err3 != nil || err4 != nil {
			return nil, bad
		}
		c.OldMode, c.NewMode = object.Mode(oldMode), object.Mode(newMode)
		list = append(list, c)
	}
	return list, nil
}

// ready holds that nothing of the user's stands in the way. here says that the work
// tree is at new already.
func (g gitHands) ready(ctx context.Context, new object.Hash) (here bool, err error) {
	err = g.requireClean(ctx)
	if fault.KindOf(err) == fault.Dirty && g.isThereAlready(ctx, new) {
		return true, nil
	}
	return false, err
}

// follow moves the branch to where the work tree is, unless err speaks against it.
func (g gitHands) follow(branch string, u refs.Update, err error) error {
	if err != nil {
		return err
	}
	return g.refs.UpdateRefIf(u, func() error { return g.stands(branch, u.Old) })
}

// isThereAlready reports that index and tracked files are as in a commit though
// HEAD is not: a crash came between the work tree and the ref.
func (g gitHands) isThereAlready(ctx context.Context, commit object.Hash) bool {
	for _, cached := range []string{"--cached", "--quiet"} {
		if _, err := g.git.Read(ctx, "diff", "--quiet", cached, "--no-ext-diff", "--ignore-submodules=all", commit.String(), "--"); err != nil {
			return false
		}
	}
	return true
}

// forward is git's own fast-forward, with its hooks.
func (g gitHands) forward(ctx context.Context, branch string, u refs.Update) error {
	if here, err := g.ready(ctx, u.New); err != nil || here {
		return g.follow(branch, u, err)
	}
	defer g.forget(ctx)
	args := append(mergeSettings(branch), "merge", "--ff-only", "--no-overwrite-ignore", "--no-squash", "--no-stat", "-q", u.New.String())
	_, err := g.git.Run(ctx, program.Call{Write: true, Moves: true, Steady: true, Env: []string{"GIT_REFLOG_ACTION=" + u.Reason}, Args: args})
	now, refErr := g.refs.Ref(u.Name)
	switch {
	case refErr != nil:
		return refErr
	case now == u.New:
		if err != nil { // a hook's failure afterwards does not undo it
			g.log.Warn("after the fast-forward", "branch", branch, "error", err)
		}
		return nil
	case err == nil || now != u.Old:
		return fault.New(fault.Moved, "%s moved meanwhile, or another branch was checked out", branch)
	}
	return overwriting(err)
}

// mergeSettings turn off what the user's settings would add to a merge.
func mergeSettings(branch string) []string {
	args := []string{"-c", "merge.autoStash=false"}
	if !strings.Contains(branch, "=") { // -c ends the key there
		args = append(args, "-c", "branch."+branch+".mergeOptions=")
	}
	return args
}

// overwriting says more of a refusal to overwrite a file that names none as its kind.
func overwriting(err error) error {
	if fault.KindOf(err) == fault.Dirty && strings.HasPrefix(err.Error(), "git ") {
		return fault.New(fault.Dirty, "a file that git does not track, or one with changes, is in the way: move or commit it (%v)", err)
	}
	return err
}

// restore moves the work tree by the two-tree merge of read-tree, which
// changes only files that are as in the old commit, and then the branch.
func (g gitHands) restore(ctx context.Context, branch string, u refs.Update) error {
	if here, err := g.ready(ctx, u.New); err != nil || here {
		return g.follow(branch, u, err)
	}
	if err := g.inTheWay(ctx, u.Old.String(), u.New.String()); err != nil {
		return err
	}
	defer g.forget(ctx)
	change := func(ctx context.Context, from, to object.Hash) error {
		_, err := g.git.Run(ctx, program.Call{Write: true, Moves: true, Steady: true, Args: []string{"read-tree", "-m", "-u", from.String(), to.String()}})
		return err
	}
	if err := change(ctx, u.Old, u.New); err != nil {
		return overwriting(err)
	}
	err := g.refs.UpdateRefIf(u, func() error { return g.stands(branch, u.Old) })
	if now, e := g.refs.Ref(u.Name); e == nil && now == u.New {
		return err // only telling about it failed
	}
	if err != nil {
		if e := change(context.WithoutCancel(ctx), u.New, u.Old); e != nil {
			g.log.Error("the work tree stands at a commit that its branch is not at", "branch", branch, "commit", u.New, "error", e)
		}
	}
	return err
}

// inTheWayAsGitSays is inTheWay by two processes.
func (g gitHands) inTheWayAsGitSays(ctx context.Context, from, to string) error {
	out, err := g.git.Read(ctx, "diff-tree", "-r", "-z", "--name-only", "--no-renames", "--diff-filter=A", from, to)
	if err != nil {
		return err
	}
	suspects := map[string]bool{}
	for name := range strings.SplitSeq(strings.TrimSuffix(string(out), "\x00"), "\x00") {
		for p := name; p != "." && p != "/" && p != ""; p = path.Dir(p) {
			info, err := os.Lstat(g.at.InWork(p))
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
		out, err := g.git.Read(ctx, list...)
		if err != nil {
			return err
		}
		if name, _, found := strings.Cut(string(out), "\x00"); found {
			return fault.New(fault.Dirty, "%s is in the way, and git does not track it: move or add it", name)
		}
	}
	return nil
}

// undo takes back a move to a commit, or to the tree that a merge would write.
func (g gitHands) undo(ctx context.Context, from, to object.Hash) error {
	defer g.forget(ctx)
	// The index goes last but for the branch: if it is at to, all files are.
	if _, err := g.git.Read(ctx, "diff-index", "--cached", "--quiet", to.String()); err == nil {
		_, err := g.git.Run(ctx, program.Call{Write: true, Moves: true, Args: []string{"read-tree", "-m", "-u", to.String(), from.String()}})
		return err
	}
	out, err := g.git.Read(ctx, "diff-tree", "-r", "-z", "--no-renames", from.String(), to.String())
	if err != nil {
		return err
	}
	leftOut, err := g.leftOut()
	if err != nil {
		return err
	}
	fields := strings.Split(string(out), "\x00")
	for i := 0; i+1 < len(fields); i += 2 {
		// ":100644 100644 OLD NEW M", then the path
		words := strings.Fields(strings.TrimPrefix(fields[i], ":"))
		if len(words) != 5 {
			return fault.Wrap(nil, "git diff-tree said %.80q, which airside does not understand", fields[i])
		}
		m := movedFile{path: fields[i+1], wasMode: words[0], isMode: words[1], to: to}
		if was, err := leftOut(m.path); err != nil {
			return err
		} else if was != (leaf{}) && !layout.Exists(g.at.InWork(m.path)) {
			continue
		}
		if err := g.undoFile(ctx, m); err != nil {
			return err
		}
	}
	_, err = g.git.Run(ctx, program.Call{Write: true, Moves: true, Okay: 1, Args: []string{"update-index", "-q", "--refresh"}})
	return err
}

func (g gitHands) unmerged() error {
	err := g.conflict()
	if fault.KindOf(err) == fault.Unsupported { // an index that git alone reads
		return nil // git status lists conflicts
	}
	return err
}
