package repo

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/format/packfile"
	gitstorer "github.com/go-git/go-git/v5/plumbing/storer"
)

// toSend lists the objects that tips lead to and a remote with have lacks.
func (s *store) toSend(ctx context.Context, tips, have []plumbing.Hash) ([]plumbing.Hash, error) {
	var there []plumbing.Hash
	for _, h := range have {
		if s.has(h) {
			there = append(there, h)
		}
	}
	var list, commits []plumbing.Hash
	for _, tip := range tips {
		target, err := s.peel(tip)
		if err != nil {
			return nil, err
		}
		if target != tip {
			return nil, fmt.Errorf("object %s: %w", tip, errNotCommit)
		}
	}
	commits, err := s.newCommits(ctx, tips, there)
	if err != nil {
		return nil, err
	}
	err = s.newObjects(ctx, commits, func(h plumbing.Hash, _ plumbing.ObjectType) error {
		list = append(list, h)
		return nil
	})
	return list, err
}

// writePack encodes the objects, without deltas, reading each only when its
// turn comes: a large push stays small in memory.
func (s *store) writePack(w io.Writer, objects []plumbing.Hash) error {
	_, err := packfile.NewEncoder(w, lazyStorer{store: s}, false).Encode(objects, 0)
	if err != nil && !errors.Is(err, io.ErrClosedPipe) {
		return failed(err, "the pack could not be written: %v", err)
	}
	return err
}

// lazyStorer gives go-git's encoder objects that are read when they are
// written.
type lazyStorer struct {
	gitstorer.EncodedObjectStorer // nil: the encoder calls nothing else
	store                         *store
}

func (l lazyStorer) EncodedObject(_ plumbing.ObjectType, h plumbing.Hash) (plumbing.EncodedObject, error) {
	return &lazyObject{hash: h, store: l.store}, nil
}

type lazyObject struct {
	plumbing.EncodedObject // nil: the encoder does not write to it
	hash                   plumbing.Hash
	store                  *store
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
