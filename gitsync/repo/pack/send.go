package pack

import (
	"context"
	"fmt"
	"io"
	"slices"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/format/packfile"
	gitstorer "github.com/go-git/go-git/v5/plumbing/storer"

	"github.com/airside-ls/airside/gitsync/repo/fault"
)

// ManyCommits is from where on git packs what is pushed: it reuses the deltas
// that are there, and takes its own memory. Below that, starting it costs more
// than it saves.
const ManyCommits = 200

// Packer says how to write what tips lead to and a remote with have lacks.
func (s *Transfer) Packer(ctx context.Context, tips, have []plumbing.Hash) (func(io.Writer) error, error) {
	have = slices.DeleteFunc(have, func(h plumbing.Hash) bool { return !s.has(h) })
	commits, err := s.commitsToSend(ctx, tips, have)
	if err != nil {
		return nil, err
	}
	if len(commits) > ManyCommits {
		if write := s.in.hands.packer(ctx, tips, have); write != nil {
			return write, nil
		}
	}
	objects, err := s.toSend(ctx, commits)
	return func(w io.Writer) error { return s.writePack(w, objects) }, err
}

func (s *Transfer) commitsToSend(ctx context.Context, tips, have []plumbing.Hash) ([]plumbing.Hash, error) {
	for _, tip := range tips {
		if target, err := s.peel(tip); err != nil {
			return nil, err
		} else if target != tip {
			return nil, fmt.Errorf("object %s: %w", tip, ErrNotCommit)
		}
	}
	return s.newCommits(ctx, tips, have)
}

// toSend lists the objects of new commits, those that a parent has left out.
func (s *Transfer) toSend(ctx context.Context, commits []plumbing.Hash) ([]plumbing.Hash, error) {
	var list []plumbing.Hash
	err := s.newObjects(ctx, commits, func(h plumbing.Hash, _ plumbing.ObjectType) error {
		list = append(list, h)
		return nil
	})
	return list, err
}

// faultWriter keeps the error of a write.
type faultWriter struct {
	to  io.Writer
	err error
}

func (f *faultWriter) Write(p []byte) (int, error) {
	n, err := f.to.Write(p)
	if err != nil {
		f.err = err
	}
	return n, err
}

// writePack encodes the objects, without deltas, reading each only when its
// turn comes: a large push stays small in memory.
func (s *Transfer) writePack(w io.Writer, objects []plumbing.Hash) error {
	out := &faultWriter{to: w}
	_, err := packfile.NewEncoder(out, lazyStorer{store: s}, false).Encode(objects, 0)
	if err == nil || out.err != nil {
		return out.err
	}
	return fault.Wrap(err, "the pack could not be written: %v", err)
}

// lazyStorer gives go-git's encoder objects that are read when they are
// written.
type lazyStorer struct {
	gitstorer.EncodedObjectStorer // nil: the encoder calls nothing else
	store                         *Transfer
}

func (l lazyStorer) EncodedObject(_ plumbing.ObjectType, h plumbing.Hash) (plumbing.EncodedObject, error) {
	return &lazyObject{hash: h, store: l.store}, nil
}

type lazyObject struct {
	plumbing.EncodedObject // nil: the encoder does not write to it
	hash                   plumbing.Hash
	store                  *Transfer
	loaded                 plumbing.EncodedObject
}

func (o *lazyObject) Hash() plumbing.Hash { return o.hash }

func (o *lazyObject) load() plumbing.EncodedObject {
	if o.loaded == nil {
		var err error
		if o.loaded, err = o.store.object(o.hash); err != nil {
			o.loaded = brokenObject{&plumbing.MemoryObject{}, err}
		}
	}
	return o.loaded
}

func (o *lazyObject) Type() plumbing.ObjectType { return o.load().Type() }
func (o *lazyObject) Size() int64               { return o.load().Size() }

func (o *lazyObject) Reader() (io.ReadCloser, error) {
	r, err := o.load().Reader()
	o.loaded = nil
	return r, err
}

// brokenObject reports an object that cannot be read once it is written.
type brokenObject struct {
	*plumbing.MemoryObject
	err error
}

func (b brokenObject) Reader() (io.ReadCloser, error) { return nil, b.err }
