package repo

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/airside-ls/airside/gitsync/durable"
	"github.com/airside-ls/airside/gitsync/object"
	"github.com/airside-ls/airside/gitsync/repo/fault"
	"github.com/airside-ls/airside/gitsync/repo/layout"
	"github.com/airside-ls/airside/gitsync/repo/program"
)

// maxSnapshotFile is the largest untracked file, in bytes, that a snapshot
// holds: nothing here overwrites it, and copies of large data fill a disk.
const maxSnapshotFile = 64 << 20

// Snapshot keeps what is in the work tree beside HEAD (changes, staged or not,
// and untracked files that are not ignored) in a commit under ref. It uses an
// index of its own, so that the user's stays as it is. Repositories inside this
// one are left out, as are untracked files that cannot be read. The result is
// Zero when there is nothing beside HEAD, and the last snapshot when nothing
// changed since.
func (r *Repo) Snapshot(ctx context.Context, ref, message string) (object.Hash, error) {
	head, err := r.Head()
	if err != nil {
		return object.Zero, err
	}
	w, err := r.WorkTree(ctx)
	if err != nil || w.Clean() && len(w.Untracked) == 0 || head.Hash.IsZero() {
		return object.Zero, err
	}
	trees := r.treesByGit
	if r.program.Git == "" {
		trees = r.treesByHand
	}
	staged, all, err := trees(ctx, w)
	if err != nil {
		return object.Zero, err
	}
	return r.keepSnapshot(ref, message, head.Hash, staged, all)
}

// treesByGit has git store what was staged and what is in the work tree. staged
// is Zero where the index holds conflicts: such an index has no tree, and its
// stages are objects of the user's own.
func (r *Repo) treesByGit(ctx context.Context, w WorkTree) (staged, all object.Hash, err error) {
	index, err := r.copyIndex()
	if err != nil {
		return staged, all, fault.Wrap(err, "a snapshot of the work tree cannot be taken: %v", err)
	}
	defer r.opts.FS.Remove(index)
	git := func(stdin string, args ...string) (object.Hash, error) {
		out, err := r.program.Run(ctx, program.Call{Write: true, Env: []string{"GIT_INDEX_FILE=" + index}, Stdin: []byte(stdin),
			Args: append([]string{"-c", "core.fsync=loose-object", "-c", "core.safecrlf=false"}, args...)})
		if err != nil || args[0] != "write-tree" {
			return object.Zero, err
		}
		return object.ParseHash(strings.TrimSpace(string(out)))
	}
	if staged, err = git("", "write-tree"); err != nil {
		if fault.KindOf(err) == fault.Disk || ctx.Err() != nil {
			return staged, all, err
		}
		staged = object.Zero
	}
	paths := ".\x00"
	for _, name := range w.Untracked {
		if !r.worthKeeping(name) {
			paths += ":(exclude,literal,top)" + strings.TrimSuffix(name, "/") + "\x00"
		}
	}
	if _, err = git(paths, "add", "-A", "--pathspec-from-file=-", "--pathspec-file-nul"); err != nil {
		return staged, all, err
	}
	all, err = git("", "write-tree")
	return staged, all, err
}

// worthKeeping says whether an untracked path goes into a snapshot: a readable
// file that is not too large, or a link.
func (r *Repo) worthKeeping(name string) bool {
	path := filepath.Join(r.Work, filepath.FromSlash(name))
	info, err := os.Lstat(path)
	switch {
	case err != nil || strings.HasSuffix(name, "/"): // a repository
		return false
	case info.Mode()&fs.ModeSymlink != 0:
		return true
	case !info.Mode().IsRegular() || info.Size() > maxSnapshotFile:
		return false
	}
	f, _, err := durable.Open(path)
	if err != nil {
		r.opts.Log.Warn("not in the snapshot", "path", name, "error", err)
		return false
	}
	f.Close()
	return true
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
		return object.Zero, fault.As(err)
	}
	if all == tip.Tree && (staged == tip.Tree || staged.IsZero()) {
		return object.Zero, nil
	}
	if staged == all || staged == tip.Tree {
		staged = object.Zero
	}
	old, err := r.Ref(ref)
	if err != nil || isSnapshotOf(reader, old, head, staged, all) {
		return old, err
	}
	who, err := r.Config.Identity()
	if err != nil {
		who = nobody
	}
	who.When = time.Now()
	var list []object.Object
	parents := []object.Hash{head}
	if !staged.IsZero() {
		o := r.CommitObject(object.Commit{Tree: staged, Parents: parents, Author: who, Committer: who, Message: "staged: " + message + "\n"})
		list, parents = append(list, o), []object.Hash{head, o.Hash}
	}
	o := r.CommitObject(object.Commit{Tree: all, Parents: parents, Author: who, Committer: who, Message: message + "\n"})
	if err := r.WriteObjects(append(list, o)); err != nil {
		return object.Zero, err
	}
	return o.Hash, r.UpdateRef(RefUpdate{Name: ref, Old: old, New: o.Hash, Reason: message})
}

// isSnapshotOf reports that a commit is a snapshot of the same state.
func isSnapshotOf(reader object.Reader, old, head, staged, all object.Hash) bool {
	if old.IsZero() {
		return false
	}
	c, err := reader.Commit(old)
	if err != nil || c.Tree != all || len(c.Parents) == 0 || c.Parents[0] != head {
		return false
	}
	if len(c.Parents) == 1 {
		return staged.IsZero()
	}
	second, err := reader.Commit(c.Parents[1])
	return err == nil && second.Tree == staged
}

// copyIndex copies the user's index, so that git need not hash again what has
// not changed. Nobody else uses the copy: rounds of one repository exclude each
// other.
func (r *Repo) copyIndex() (string, error) {
	dir := filepath.Join(r.Git, "airside")
	if err := durable.OwnDir(r.opts.FS, dir); err != nil {
		return "", err
	}
	const prefix = "snapshot-index"
	left, _ := durable.ReadDir(dir)
	for _, e := range left { // of a crash, git's lock beside it too
		if strings.HasPrefix(e.Name(), prefix) {
			r.opts.FS.Remove(filepath.Join(dir, e.Name()))
		}
	}
	path := durable.TempName(dir, prefix)
	source := filepath.Join(r.Git, "index")
	info, err := os.Stat(source)
	if errors.Is(err, fs.ErrNotExist) {
		return path, nil
	}
	if err != nil {
		return "", err
	}
	data, err := durable.ReadFile(source, layout.MaxIndex)
	if err != nil {
		return "", err
	}
	target, err := r.opts.FS.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return "", err
	}
	_, err = target.Write(data)
	if e := target.Close(); err == nil {
		err = e
	}
	if err == nil {
		// Its time is what git compares files' times with to find racy ones.
		err = r.opts.FS.Chtimes(path, info.ModTime())
	}
	return path, err
}

// treesByHand stores the same without git, where no filter has a say: inspect
// has seen to that.
func (r *Repo) treesByHand(ctx context.Context, w WorkTree) (staged, all object.Hash, err error) {
	index, err := r.readIndex()
	if err != nil {
		return staged, all, err
	}
	files := listing{}
	for i := range index.entries {
		if e := &index.entries[i]; e.stage() <= 2 && e.flags&flagIntentToAdd == 0 {
			files[e.name] = leaf{e.mode, e.hash} // of a conflict, our side
		}
	}
	if staged, err = r.writeTree(files); err != nil {
		return staged, all, err
	}
	for _, name := range slices.Concat(w.Changed, w.Untracked) {
		if err := ctx.Err(); err != nil {
			return staged, all, fault.Wrap(err, "the snapshot was stopped: %v", err)
		}
		data, mode, err := r.fileContent(name)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			delete(files, name)
			continue
		case slices.Contains(w.Untracked, name) && !r.worthKeeping(name):
			continue
		case err != nil:
			return staged, all, fault.Wrap(err, "a snapshot of %s cannot be taken: %v", name, err)
		}
		o := object.Object{Type: object.TypeBlob, Hash: hashOf(object.TypeBlob, data), Data: data}
		if err := r.WriteObjects([]object.Object{o}); err != nil {
			return staged, all, err
		}
		files[name] = leaf{mode, o.Hash}
	}
	all, err = r.writeTree(files)
	return staged, all, err
}
