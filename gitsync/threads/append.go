package threads

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/airside-ls/airside/gitsync/object"
	"github.com/airside-ls/airside/gitsync/repo"
)

// Receipt is what was written.
type Receipt struct {
	ID      string // of the operation
	Thread  string // of its thread
	Warning string // what did not go as it should, though the operation is kept
}

const (
	appendTries = 60
	appendPause = 10 * time.Millisecond
)

// append writes one operation, which prepare makes from what is there: it is
// called again when another process was faster, so that both operations stay.
// When append returns without an error the operation is on the disk.
func (s *Store) append(ctx context.Context, prepare func(*Snapshot) (Operation, error)) (Receipt, error) {
	who, err := s.repo.Identity()
	if err != nil {
		return Receipt{}, errors.New("git does not know who you are, so nothing can be said in your name: git config --global user.name and user.email")
	}
	for try := 1; ; try++ {
		me, err := s.makeActor()
		if err != nil {
			return Receipt{}, err
		}
		receipt, err := s.appendOnce(ctx, me, who, prepare)
		var e *repo.Error
		if err == nil || !errors.As(err, &e) || e.Kind != repo.Moved && e.Kind != repo.Busy || try == appendTries {
			return receipt, err
		}
		select {
		case <-ctx.Done():
			return Receipt{}, ctx.Err()
		case <-time.After(time.Duration(rand.Int64N(int64(appendPause) * int64(min(try, 10))))):
		}
	}
}

func (s *Store) appendOnce(ctx context.Context, me actor, who object.Signature, prepare func(*Snapshot) (Operation, error)) (Receipt, error) {
	name := OwnRefs + me.Ref
	old, err := s.repo.Ref(name) // before the operations are read: what comes later moves it
	if err != nil {
		return Receipt{}, err
	}
	s.mu.Lock()
	snap, err := s.read()
	s.mu.Unlock()
	if err != nil {
		return Receipt{}, err
	}
	o, err := prepare(snap)
	if err != nil {
		return Receipt{}, err
	}
	o.Version, o.Actor, o.Author = Version, me.ID, Author{who.Name, who.Email}
	o.Lamport, o.Time = snap.Clock+1, wireTime(s.now())
	line, err := o.Encode()
	if err == nil {
		err = o.check()
	}
	if err != nil {
		return Receipt{}, err
	}
	receipt := Receipt{ID: o.ID, Thread: o.Review}
	if o.Type == TypeComment {
		receipt.Thread = o.ID
	}
	who.When = s.now()
	commit, warning, err := s.extend(ctx, old, line, who, "airside: "+string(o.Type)+"\n")
	if err != nil {
		return Receipt{}, err
	}
	receipt.Warning = warning
	return receipt, s.repo.UpdateRef(repo.RefUpdate{Name: name, Old: old, New: commit, Reason: "airside comments: " + string(o.Type)})
}

// extend makes the commit that has a line more than old. What else is in its
// tree stays, byte for byte.
func (s *Store) extend(ctx context.Context, old object.Hash, line []byte, who object.Signature, message string) (commit object.Hash, warning string, err error) {
	objects, err := s.repo.Objects()
	if err != nil {
		return object.Zero, "", err
	}
	var root, files []object.TreeEntry
	var parents []object.Hash
	if !old.IsZero() {
		parents = []object.Hash{old}
		if root, files, err = ownTrees(objects, old); err != nil {
			return object.Zero, "", fmt.Errorf("your own comments cannot be read, so nothing is added to them (git fsck tells more): %w", err)
		}
	}
	file, content, err := lastSegment(objects, files)
	if err != nil {
		return object.Zero, "", err
	}
	blob := object.New(object.TypeBlob, append(content, line...))
	files = withEntry(files, object.TreeEntry{Name: file, Mode: object.ModeFile, Hash: blob.Hash})
	tree := object.NewTree(files)
	top := object.NewTree(withEntry(root, object.TreeEntry{Name: folder, Mode: object.ModeDir, Hash: tree.Hash}))
	if err := s.repo.WriteObjects([]object.Object{blob, tree, top}); err != nil {
		return object.Zero, "", err
	}
	c := object.Commit{Tree: top.Hash, Parents: parents, Author: who, Committer: who, Message: message}
	if signs, _ := s.repo.Signs(); signs {
		commit, err := s.repo.SignedCommit(ctx, c)
		if err == nil {
			return commit, "", nil
		}
		// What was said counts for more than the signature under it.
		warning = "it could not be signed, so others see your name as a claim: " + err.Error()
	}
	o := s.repo.CommitObject(c)
	return o.Hash, warning, s.repo.WriteObjects([]object.Object{o})
}

func ownTrees(objects object.Reader, commit object.Hash) (root, files []object.TreeEntry, err error) {
	c, err := objects.Commit(commit)
	if err != nil {
		return nil, nil, err
	}
	if root, err = objects.Tree(c.Tree); err != nil {
		return nil, nil, err
	}
	for _, e := range root {
		if e.Name == folder && e.Mode == object.ModeDir {
			files, err = objects.Tree(e.Hash)
		}
	}
	return root, files, err
}

// lastSegment is the file to append to, with what it holds: a new one when the
// last is full.
func lastSegment(objects object.Reader, files []object.TreeEntry) (name string, content []byte, err error) {
	n := -1
	var last object.TreeEntry
	for _, e := range files {
		var i int
		if _, err := fmt.Sscanf(e.Name, "%06d.ndjson", &i); err == nil && e.Name == segmentName(i) && i > n {
			n, last = i, e
		}
	}
	if n < 0 {
		return segmentName(0), nil, nil
	}
	content, err = objects.Blob(last.Hash)
	if err != nil {
		return "", nil, err
	}
	if bytes.Count(content, []byte("\n")) >= perSegment {
		return segmentName(n + 1), nil, nil
	}
	content = slices.Clone(content)
	if len(content) > 0 && content[len(content)-1] != '\n' {
		content = append(content, '\n')
	}
	return last.Name, content, nil
}

func segmentName(n int) string { return fmt.Sprintf("%06d.ndjson", n) }

func withEntry(entries []object.TreeEntry, e object.TreeEntry) []object.TreeEntry {
	entries = slices.DeleteFunc(slices.Clone(entries), func(old object.TreeEntry) bool { return old.Name == e.Name })
	return append(entries, e)
}

// Fork gives a ref of this clone another name, which it returns, with all that
// is in it: a copy of this clone has written to the old one, and only one of both
// could ever be pushed.
func (s *Store) Fork(name string) (string, error) {
	id := actorOf(name)
	old := OwnRefs + name
	tip, err := s.repo.Ref(old)
	if err != nil || tip.IsZero() || id == "" {
		return "", err
	}
	next := actor{id, id + "-" + randomHex(forkDigits)}
	if err := s.repo.UpdateRef(repo.RefUpdate{Name: OwnRefs + next.Ref, New: tip, Reason: "airside comments: a copy of this clone writes, too"}); err != nil {
		return "", err
	}
	if me := s.actor(); me.Ref == name {
		if err := s.saveActor(s.actorFile(), next); err != nil {
			return "", err
		}
	}
	return next.Ref, s.repo.UpdateRef(repo.RefUpdate{Name: old, Old: tip, Reason: "airside comments: goes on as " + next.Ref})
}
