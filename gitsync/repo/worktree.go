package repo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/airside-ls/airside/gitsync/durable"
	"github.com/airside-ls/airside/gitsync/object"
)

// WorkTree compares the work tree, the index and HEAD, as git status does.
// Submodules are left to themselves: nothing here moves them.
func (r *Repo) WorkTree(ctx context.Context) (WorkTree, error) {
	out, err := r.read(ctx, "status", "--porcelain=v2", "-z", "--untracked-files=all", "--ignore-submodules=all", "--no-renames")
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
			return WorkTree{}, failed(nil, "git status said %.80q, which airside does not understand", record)
		case record[0] == '?':
			w.Untracked = append(w.Untracked, parts[1])
		default:
			w.Changed = append(w.Changed, parts[fields-1])
		}
	}
	return w, nil
}

func (r *Repo) requireClean(ctx context.Context) error {
	w, err := r.WorkTree(ctx)
	if err != nil {
		return err
	}
	if w.Clean() {
		return nil
	}
	return dirty("%s: commit or stash first", changes(w.Changed))
}

func dirty(format string, args ...any) *Error {
	return &Error{Kind: Dirty, Message: fmt.Sprintf(format, args...)}
}

// changes names one changed file and counts the others.
func changes(paths []string) string {
	if len(paths) == 1 {
		return paths[0] + " has changes that are not committed"
	}
	return fmt.Sprintf("%s and %d more have changes that are not committed", paths[0], len(paths)-1)
}

// elsewhere says whether the branch is this work tree's own. An error is that
// it is another one's.
func (r *Repo) checkedOutHere(branch string) (here bool, err error) {
	dirs, err := r.CheckedOut(branch)
	if err != nil || len(dirs) == 0 {
		return false, err
	}
	for _, dir := range dirs {
		if !sameDir(dir, r.workDir) {
			return false, busy("%s is checked out in %s: sync it there", branch, dir)
		}
	}
	head, err := r.Head()
	if err == nil && head.Branch != branch {
		err = busy("%s is being rebased", branch)
	}
	return true, err
}

// FastForward moves a branch from old to new, which has old behind it, with its
// work tree when it is checked out: only when that has no changes, by git's own
// fast-forward, which overwrites neither changed, untracked nor ignored files.
func (r *Repo) FastForward(ctx context.Context, branch string, old, new object.Hash, reason string) error {
	here, err := r.checkedOutHere(branch)
	if err != nil {
		return err
	}
	if !here {
		return r.UpdateRef(RefUpdate{Name: headsPrefix + branch, Old: old, New: new, Reason: reason})
	}
	if err := r.stands(branch, old); err != nil {
		return err
	}
	if err := r.requireClean(ctx); err != nil {
		return err
	}
	_, err = r.run(ctx, call{write: true, env: []string{"GIT_REFLOG_ACTION=" + reason},
		args: []string{"-c", "merge.autoStash=false", "merge", "--ff-only", "--no-overwrite-ignore", "--no-stat", "-q", new.String()}})
	now, refErr := r.Ref(headsPrefix + branch)
	switch {
	case refErr != nil:
		return refErr
	case now == new:
		return nil // a hook's failure afterwards does not undo it
	case err == nil || now != old:
		return &Error{Kind: Moved, Message: branch + " moved meanwhile", Err: err}
	}
	return overwriting(err)
}

// overwriting says more of a refusal to overwrite a file.
func overwriting(err error) error {
	var e *Error
	if errors.As(err, &e) && e.Kind == Dirty {
		return dirty("a file of yours that git does not track, or tracks with changes, is in the way (%s): move or commit it", e.Message)
	}
	return err
}

// stands holds that HEAD is on branch and the branch at tip.
func (r *Repo) stands(branch string, tip object.Hash) error {
	head, err := r.Head()
	if err != nil {
		return err
	}
	if head.Branch != branch || head.Hash != tip {
		return &Error{Kind: Moved, Message: branch + " moved meanwhile"}
	}
	return r.Busy()
}

// RestoreTo moves a branch from one commit to another that need not have it
// behind it, with its work tree when it is checked out, under the conditions of
// FastForward.
func (r *Repo) RestoreTo(ctx context.Context, branch string, from, to object.Hash, reason string) error {
	here, err := r.checkedOutHere(branch)
	if err != nil {
		return err
	}
	update := RefUpdate{Name: headsPrefix + branch, Old: from, New: to, Reason: reason}
	if !here {
		return r.UpdateRef(update)
	}
	if err := r.stands(branch, from); err != nil {
		return err
	}
	if err := r.requireClean(ctx); err != nil {
		return err
	}
	if err := r.nothingInTheWay(ctx, from, to); err != nil {
		return err
	}
	// The two-tree merge of read-tree changes only files that are as in from.
	if _, err := r.run(ctx, call{write: true, args: []string{"read-tree", "-m", "-u", from.String(), to.String()}}); err != nil {
		return overwriting(err)
	}
	if err := r.UpdateRef(update); err != nil {
		r.run(ctx, call{write: true, args: []string{"read-tree", "-m", "-u", to.String(), from.String()}})
		return err
	}
	return nil
}

// nothingInTheWay holds that no file stands where to has one that from has not:
// git would overwrite it if it is ignored.
func (r *Repo) nothingInTheWay(ctx context.Context, from, to object.Hash) error {
	out, err := r.read(ctx, "diff-tree", "-r", "-z", "--name-only", "--no-renames", "--diff-filter=A", from.String(), to.String())
	if err != nil {
		return err
	}
	tracked := map[string]bool{}
	for path := range strings.SplitSeq(string(out), "\x00") {
		if path == "" {
			continue
		}
		for p := path; p != "." && p != "/"; p = filepath.ToSlash(filepath.Dir(p)) {
			info, err := os.Lstat(filepath.Join(r.workDir, filepath.FromSlash(p)))
			if err != nil || p != path && info.IsDir() {
				continue
			}
			if known, seen := tracked[p]; seen && known {
				continue
			}
			listed, err := r.read(ctx, "--literal-pathspecs", "ls-files", "-z", "--", p)
			if err != nil {
				return err
			}
			if tracked[p] = len(listed) > 0; !tracked[p] {
				return dirty("%s is in the way, and git does not track it: move it", p)
			}
		}
	}
	return nil
}

// StartMerge begins an ordinary merge in the work tree, which is clean: theirs
// in MERGE_HEAD, stages in the index, markers in the files. The user commits it.
func (r *Repo) StartMerge(ctx context.Context, theirs object.Hash, label string) error {
	if err := r.Busy(); err != nil {
		return err
	}
	if err := r.requireClean(ctx); err != nil {
		return err
	}
	head, err := r.Head()
	if err != nil {
		return err
	}
	// A true merge overwrites ignored files whatever its options say.
	if err := r.nothingInTheWay(ctx, head.Hash, theirs); err != nil {
		return err
	}
	_, err = r.run(ctx, call{write: true, okay: 1, args: []string{"-c", "merge.autoStash=false", "merge",
		"--no-ff", "--no-commit", "--no-stat", "-q", "-m", "Merge " + label, theirs.String()}})
	if err != nil {
		return overwriting(err)
	}
	if _, err := os.Stat(filepath.Join(r.gitDir, "MERGE_HEAD")); err != nil {
		return failed(err, "git began no merge: it may be done already, or a file is in the way")
	}
	return nil
}

// maxSnapshotFile is the largest untracked file, in bytes, that a snapshot
// holds: nothing here overwrites it, and copies of large data fill a disk.
const maxSnapshotFile = 64 << 20

// Snapshot keeps what is in the work tree beside HEAD (changes, staged or not,
// and untracked files that are not ignored) in a commit under ref. It uses an
// index of its own, so that the user's stays as it is. The result is Zero when
// there is nothing beside HEAD.
func (r *Repo) Snapshot(ctx context.Context, ref, message string) (object.Hash, error) {
	head, err := r.Head()
	if err != nil {
		return object.Zero, err
	}
	w, err := r.WorkTree(ctx)
	if err != nil || w.Clean() && len(w.Untracked) == 0 || head.Hash.IsZero() {
		return object.Zero, err
	}
	index, err := r.copyIndex()
	if err != nil {
		return object.Zero, failed(err, "a snapshot of the work tree cannot be taken: %v", err)
	}
	defer r.opts.FS.Remove(index)
	defer r.opts.FS.Remove(index + ".lock")
	env := []string{"GIT_INDEX_FILE=" + index}
	tree := func(args ...string) (object.Hash, error) {
		out, err := r.run(ctx, call{write: true, env: env, args: append([]string{"-c", "core.fsync=loose-object"}, args...)})
		if err != nil {
			return object.Zero, err
		}
		return object.ParseHash(strings.TrimSpace(string(out)))
	}
	staged, err := tree("write-tree")
	if err != nil {
		staged = object.Zero // a conflicted index has no tree; its stages are the user's own objects
	}
	paths := []byte(".\x00")
	for _, path := range w.Untracked {
		info, err := os.Lstat(filepath.Join(r.workDir, filepath.FromSlash(path)))
		if err != nil || info.Size() > maxSnapshotFile || strings.HasSuffix(path, "/") {
			paths = append(paths, ":(exclude,literal,top)"+strings.TrimSuffix(path, "/")+"\x00"...)
		}
	}
	_, err = r.run(ctx, call{write: true, env: env, stdin: paths,
		args: []string{"-c", "core.fsync=loose-object", "add", "-A", "--pathspec-from-file=-", "--pathspec-file-nul"}})
	if err != nil {
		return object.Zero, err
	}
	all, err := tree("write-tree")
	if err != nil {
		return object.Zero, err
	}
	return r.keepSnapshot(ref, message, head.Hash, staged, all)
}

// keepSnapshot commits a snapshot's trees: all on top of HEAD and, if that is
// something of its own, of what was staged.
func (r *Repo) keepSnapshot(ref, message string, head, staged, all object.Hash) (object.Hash, error) {
	reader, err := r.Objects()
	if err != nil {
		return object.Zero, err
	}
	tip, err := reader.Commit(head)
	if err != nil {
		return object.Zero, asError(err)
	}
	if all == tip.Tree && (staged == tip.Tree || staged.IsZero()) {
		return object.Zero, nil
	}
	who, err := r.Identity()
	if err != nil {
		who = object.Signature{Name: "airside", Email: "airside@localhost"}
	}
	who.When = time.Now()
	var list []object.Object
	parents := []object.Hash{head}
	if !staged.IsZero() && staged != all && staged != tip.Tree {
		o := r.CommitObject(object.Commit{Tree: staged, Parents: []object.Hash{head}, Author: who, Committer: who, Message: "staged: " + message + "\n"})
		list, parents = append(list, o), append(parents, o.Hash)
	}
	o := r.CommitObject(object.Commit{Tree: all, Parents: parents, Author: who, Committer: who, Message: message + "\n"})
	if err := r.WriteObjects(append(list, o)); err != nil {
		return object.Zero, err
	}
	old, err := r.Ref(ref)
	if err != nil {
		return object.Zero, err
	}
	return o.Hash, r.UpdateRef(RefUpdate{Name: ref, Old: old, New: o.Hash, Reason: message})
}

// copyIndex copies the user's index, so that git need not hash again what has
// not changed.
func (r *Repo) copyIndex() (string, error) {
	dir := filepath.Join(r.gitDir, "airside")
	if err := durable.MkdirAll(r.opts.FS, dir, 0o755); err != nil {
		return "", err
	}
	path := filepath.Join(dir, "snapshot-index")
	source, err := os.Open(filepath.Join(r.gitDir, "index"))
	if errors.Is(err, os.ErrNotExist) {
		r.opts.FS.Remove(path)
		return path, nil
	}
	if err != nil {
		return "", err
	}
	defer source.Close()
	info, err := source.Stat()
	if err != nil {
		return "", err
	}
	target, err := r.opts.FS.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return "", err
	}
	var data bytes.Buffer
	_, err = io.Copy(&data, source)
	if err == nil {
		_, err = target.Write(data.Bytes())
	}
	if e := target.Close(); err == nil {
		err = e
	}
	if err == nil {
		// Its time is what git compares files' times with to find racy ones.
		err = os.Chtimes(path, info.ModTime(), info.ModTime())
	}
	r.opts.FS.Remove(path + ".lock") // of a crash; nobody else uses this index
	return path, err
}

// Attributes tells how .gitattributes, as a commit has them, wants paths to be
// merged: "text", "binary", "union" or "driver".
func (r *Repo) Attributes(commit object.Hash) (func(path string) string, error) {
	reader, err := r.Objects()
	if err != nil {
		return nil, err
	}
	c, err := reader.Commit(commit)
	if err != nil {
		return nil, asError(err)
	}
	a := &attributes{reader: reader, root: c.Tree, files: map[string][]byte{}}
	if data, err := os.ReadFile(filepath.Join(r.commonDir, "info", "attributes")); err == nil {
		a.info = data
	}
	if v, ok := r.Config("merge.default"); ok {
		a.fallback = v
	}
	drivers, err := r.config()
	if err != nil {
		return nil, err
	}
	a.drivers = slices.DeleteFunc(drivers.keys(), func(k string) bool {
		return !strings.HasPrefix(k, "merge.") || !strings.HasSuffix(k, ".driver")
	})
	return a.merge, nil
}
