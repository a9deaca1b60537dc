package gitsync

import (
	"context"
	"errors"
	"path"

	"github.com/airside-ls/airside/gitsync/object"
	"github.com/airside-ls/airside/gitsync/repo"
)

// A partial clone has left files, and maybe folders, at its remote. What a merge reads
// and a move writes is brought before, all at once: git would fetch one by one what it
// misses, and in the midst of moving the work tree, when nobody can stop it.

// maxBrings bounds how often a merge is tried anew because it looked at what the trees
// alone did not tell.
const maxBrings = 20

// gapReader is a reader that notes what is missing.
type gapReader struct {
	object.Reader
	lenient bool // a folder that is missing is an empty one
	missing []object.Hash
}

func (l *gapReader) note(h object.Hash, err error) error {
	if errors.Is(err, object.ErrNotFound) {
		l.missing = append(l.missing, h)
	}
	return err
}

func (l *gapReader) Tree(h object.Hash) ([]object.TreeEntry, error) {
	entries, err := l.Reader.Tree(h)
	if l.note(h, err) != nil && l.lenient && errors.Is(err, object.ErrNotFound) {
		return nil, nil
	}
	return entries, err
}

func (l *gapReader) Blob(h object.Hash) ([]byte, error) {
	data, err := l.Reader.Blob(h)
	return data, l.note(h, err)
}

func (l *gapReader) BlobSize(h object.Hash) (int64, error) {
	size, err := l.Reader.BlobSize(h)
	return size, l.note(h, err)
}

// bring fetches those of a list of folders and files that a partial clone has left at
// its remote, if the user has opted in.
func (s *Syncer) bring(ctx context.Context, want []object.Hash) error {
	if s.Enabled() {
		return s.repo.Bring(ctx, want)
	}
	objects, err := s.repo.Objects()
	if err != nil {
		return err
	}
	return unasked(objects, want)
}

// unasked says of a list of which something is missing that its remote is not asked.
func unasked(objects object.Reader, want []object.Hash) error {
	for _, h := range want {
		if h.IsZero() {
			continue
		}
		if _, err := objects.BlobSize(h); errors.Is(err, object.ErrNotFound) {
			return failure("it stayed at the remote of this partial clone, which is asked only where you opted in to sync: `airside sync enable` opts in")
		}
	}
	return nil
}

// mergeHere merges ours and theirs of a branch; in a partial clone after what that
// reads was brought.
func (r *round) mergeHere(ctx context.Context, l labels) (objects object.Reader, m mergeOutcome, err error) {
	if objects, err = r.repo.Objects(); err != nil {
		return nil, mergeOutcome{}, err
	}
	if !r.repo.Partial() {
		m, err = r.merge(ctx, objects, r.local, r.remote, l)
		return objects, m, err
	}
	if err := r.bringForMerge(ctx); err != nil {
		return nil, mergeOutcome{}, err
	}
	for range maxBrings {
		if objects, err = r.repo.Objects(); err != nil {
			return nil, mergeOutcome{}, err
		}
		reader := &gapReader{Reader: objects}
		m, err = r.merge(ctx, reader, r.local, r.remote, l)
		if len(reader.missing) == 0 {
			break
		}
		if err := r.bring(ctx, reader.missing); err != nil {
			return nil, mergeOutcome{}, err
		}
	}
	return objects, m, err
}

// bringForMerge brings the files that both sides have changed since they parted, or
// that one may have renamed, and what says how they are to be merged.
func (r *round) bringForMerge(ctx context.Context) error {
	objects, err := r.repo.Objects()
	if err != nil {
		return err
	}
	bases, err := r.bases(ctx, objects, r.local, r.remote)
	if err != nil {
		return err
	}
	var want []object.Hash
	for _, base := range bases {
		ours, err := r.differences(ctx, base, r.local)
		if err != nil {
			return err
		}
		theirs, err := r.differences(ctx, base, r.remote)
		if err != nil {
			return err
		}
		want = append(append(want, needed(ours, theirs)...), needed(theirs, ours)...)
		for _, c := range theirs {
			want = append(want, r.attributesAbove(objects, c.Path)...)
		}
	}
	return r.bring(ctx, want)
}

// bringForMergeOf brings what git reads and writes to begin a merge of another commit in
// the work tree: it fetches nothing itself.
func (r *round) bringForMergeOf(ctx context.Context, theirs object.Hash) error {
	if !r.repo.Partial() {
		return nil
	}
	begun := *r
	begun.remote = theirs
	if err := begun.bringForMerge(ctx); err != nil {
		return err
	}
	return r.bringForMove(ctx, r.local, theirs)
}

// needed are the files of one side's changes that a merge with the other's reads.
func needed(changes, others []repo.Change) (want []object.Hash) {
	touched := map[string]bool{}
	for _, c := range others {
		touched[c.Path] = true
	}
	added, removed := false, false
	for _, c := range changes {
		added, removed = added || c.OldMode == 0, removed || c.NewMode == 0
	}
	for _, c := range changes {
		renamed := added && removed && (c.OldMode == 0 || c.NewMode == 0)
		if !touched[c.Path] && !renamed {
			continue
		}
		if c.OldMode.IsFile() || c.OldMode == object.ModeSymlink {
			want = append(want, c.OldHash)
		}
		if c.NewMode.IsFile() || c.NewMode == object.ModeSymlink {
			want = append(want, c.NewHash)
		}
	}
	return want
}

// attributesAbove are the files .gitattributes of ours that are about a path.
func (r *round) attributesAbove(objects object.Reader, name string) (want []object.Hash) {
	c, err := objects.Commit(r.local)
	if err != nil {
		return nil
	}
	for dir := path.Dir(name); ; dir = path.Dir(dir) {
		if h, ok := entryAt(objects, nil, c.Tree, path.Join(dir, ".gitattributes")); ok {
			want = append(want, h)
		}
		if dir == "." {
			return want
		}
	}
}

// bringForMove brings the files that a move of the work tree from one commit to
// another writes: those that differ, and that a sparse checkout has.
func (r *round) bringForMove(ctx context.Context, from, to object.Hash) error {
	if !r.repo.Partial() || !r.current {
		return nil
	}
	changes, err := r.differences(ctx, from, to)
	if err != nil {
		return err
	}
	checkedOut, err := r.repo.SparseSet()
	if err != nil {
		return err
	}
	var want []object.Hash
	for _, c := range changes {
		if (c.NewMode.IsFile() || c.NewMode == object.ModeSymlink) && (checkedOut == nil || checkedOut(c.Path)) {
			want = append(want, c.NewHash)
		}
	}
	return r.bring(ctx, want)
}

// differences are what differs between the trees of two commits.
func (r *round) differences(ctx context.Context, from, to object.Hash) ([]repo.Change, error) {
	objects, err := r.repo.Objects()
	if err != nil {
		return nil, err
	}
	a, err := objects.Commit(from)
	if err != nil {
		return nil, err
	}
	b, err := objects.Commit(to)
	if err != nil {
		return nil, err
	}
	return treeChanges(ctx, r.repo.Objects, r.bring, a.Tree, b.Tree)
}

// treeChanges are what differs between two trees, after the folders were brought in
// which something does.
func treeChanges(ctx context.Context, read func() (object.Reader, error), bring func(context.Context, []object.Hash) error, old, new object.Hash) ([]repo.Change, error) {
	for {
		objects, err := read()
		if err != nil {
			return nil, err
		}
		reader := &gapReader{Reader: objects, lenient: true}
		changes, err := repo.TreeChanges(ctx, reader, old, new)
		if err != nil || len(reader.missing) == 0 {
			return changes, err
		}
		if err := bring(ctx, reader.missing); err != nil {
			return nil, err
		}
	}
}
