package worktree

import (
	"context"
	"io/fs"
	"os"
	"strings"
	"time"

	"github.com/airside-ls/airside/gitsync/durable"
	"github.com/airside-ls/airside/gitsync/object"
	"github.com/airside-ls/airside/gitsync/repo/fault"
	"github.com/airside-ls/airside/gitsync/repo/refs"
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
func (t *Tree) Snapshot(ctx context.Context, ref, message string) (object.Hash, error) {
	head, err := t.refs.Head()
	if err != nil {
		return object.Zero, err
	}
	w, err := t.WorkTree(ctx)
	if err != nil || w.Clean() && len(w.Untracked) == 0 || head.Hash.IsZero() {
		return object.Zero, err
	}
	staged, all, err := t.hands.trees(ctx, w)
	if err != nil {
		return object.Zero, err
	}
	return t.keepSnapshot(ref, message, head.Hash, staged, all)
}

// worthKeeping says whether an untracked path goes into a snapshot: a readable
// file that is not too large, or a link.
func (t *Tree) worthKeeping(name string) bool {
	path := t.at.InWork(name)
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
		t.log.Warn("not in the snapshot", "path", name, "error", err)
		return false
	}
	f.Close()
	return true
}

// keepSnapshot commits a snapshot's trees: all on top of HEAD and, if that is
// something of its own, of what was staged.
func (t *Tree) keepSnapshot(ref, message string, head, staged, all object.Hash) (object.Hash, error) {
	reader, err := t.objects.Objects()
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
	old, err := t.refs.Ref(ref)
	if err != nil || isSnapshotOf(reader, old, head, staged, all) {
		return old, err
	}
	who, err := t.config.Identity()
	if err != nil {
		who = refs.Nobody
	}
	who.When = time.Now()
	var list []object.Object
	parents := []object.Hash{head}
	if !staged.IsZero() {
		o := t.objects.CommitObject(object.Commit{Tree: staged, Parents: parents, Author: who, Committer: who, Message: "staged: " + message + "\n"})
		list, parents = append(list, o), []object.Hash{head, o.Hash}
	}
	o := t.objects.CommitObject(object.Commit{Tree: all, Parents: parents, Author: who, Committer: who, Message: message + "\n"})
	if err := t.objects.WriteObjects(append(list, o)); err != nil {
		return object.Zero, err
	}
	return o.Hash, t.refs.UpdateRef(refs.Update{Name: ref, Old: old, New: o.Hash, Reason: message})
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
