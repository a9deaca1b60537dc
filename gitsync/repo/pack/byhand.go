package pack

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"os"

	gogit "github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/format/idxfile"
	"github.com/go-git/go-git/v5/plumbing/format/packfile"

	"github.com/airside-ls/airside/gitsync/durable"
	"github.com/airside-ls/airside/gitsync/object"
	"github.com/airside-ls/airside/gitsync/repo/fault"
)

// ownHands is the same without git, by go-git and by what is in this package.
type ownHands struct {
	in        *Database
	unchecked string // why signatures are not looked at
}

// maxObject bounds a single object that is indexed in memory, in bytes.
const maxObject = 512 << 20

// index reads the pack by go-git, each object whole.
func (ownHands) index(_ context.Context, q *Quarantine) error {
	f, _, err := durable.Open(q.pack)
	if err != nil {
		return fault.Wrap(err, "%v", err)
	}
	defer f.Close()
	if err := checkSizes(f); err != nil {
		return err
	}
	w := new(idxfile.Writer)
	parser, err := packfile.NewParser(packfile.NewScanner(f), w)
	if err != nil {
		return err
	}
	if _, err := parser.Parse(); err != nil {
		return fmt.Errorf("%w: %w", packfile.ErrMalformedPackFile, err)
	}
	index, err := w.Index()
	if err != nil {
		return err
	}
	var data bytes.Buffer
	if _, err := idxfile.NewEncoder(&data).Encode(index); err != nil {
		return err
	}
	if err := durable.Create(q.in.fs, q.idx, data.Bytes(), 0o600); err != nil {
		return fault.Wrap(err, "%v", err)
	}
	return nil
}

// checkSizes refuses objects that say they are larger than memory should be:
// go-git reads each whole.
func checkSizes(f *os.File) error {
	var head [packHeader]byte
	if _, err := io.ReadFull(f, head[:]); err != nil {
		return err
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	s := packfile.NewScanner(f)
	for range binary.BigEndian.Uint32(head[8:]) {
		h, err := s.NextObjectHeader()
		if err != nil {
			return fmt.Errorf("%w: %w", packfile.ErrMalformedPackFile, err)
		}
		if h.Length > maxObject {
			return fmt.Errorf("%w: an object of %d bytes: this needs the git binary", packfile.ErrMalformedPackFile, h.Length)
		}
		if _, _, err := s.NextObject(io.Discard); err != nil {
			return fmt.Errorf("%w: %w", packfile.ErrMalformedPackFile, err)
		}
	}
	_, err := f.Seek(0, io.SeekStart)
	return err
}

func (b ownHands) complete(ctx context.Context, q *Quarantine, wants []plumbing.Hash, tips func() ([]plumbing.Hash, error)) error {
	s, err := b.in.over(q)
	if err != nil {
		return err
	}
	defer s.Close()
	ours, err := tips()
	if err != nil {
		return err
	}
	return s.complete(ctx, wants, ours)
}

// complete fails unless everything that wants lead to is here. What ours reach is
// taken to be complete. A tag is followed to its commit.
func (s *Transfer) complete(ctx context.Context, wants, ours []plumbing.Hash) error {
	var tips []plumbing.Hash
	for _, h := range wants {
		target, err := s.peel(h)
		if err != nil {
			return err
		}
		tips = append(tips, target)
	}
	commits, err := s.newCommits(ctx, tips, ours)
	if err != nil {
		return err
	}
	return s.newObjects(ctx, commits, func(h plumbing.Hash, kind plumbing.ObjectType) error {
		if kind == plumbing.BlobObject && !s.has(h) {
			return fmt.Errorf("object %s: %w", h, plumbing.ErrObjectNotFound)
		}
		return nil // commits and trees were read
	})
}

// peel follows tags, at most 8 of them.
func (s *Transfer) peel(h plumbing.Hash) (plumbing.Hash, error) {
	for range 8 {
		kind, data, err := s.read(h)
		if err != nil || kind != plumbing.TagObject {
			return h, err
		}
		target, ok := bytes.CutPrefix(data, []byte("object "))
		if !ok || len(target) < 40 {
			return h, fmt.Errorf("tag %s is malformed", h)
		}
		h = plumbing.NewHash(string(target[:40]))
	}
	return h, fmt.Errorf("tag %s: too many tags of tags", h)
}

func (ownHands) packer(context.Context, []plumbing.Hash, []plumbing.Hash) func(io.Writer) error {
	return nil
}

func (b ownHands) resolve(_ context.Context, revision string) (object.Hash, error) {
	git, err := gogit.Open(storer{b.in.storage()}, nil)
	if err != nil {
		return object.Zero, fault.Wrap(err, "%s: go-git cannot open it: %v", b.in.at.Common, err)
	}
	h, err := git.ResolveRevision(plumbing.Revision(revision))
	if err != nil {
		return object.Zero, unknown(revision, err)
	}
	return object.Hash(*h), nil
}

func (b ownHands) judge(_ context.Context, signed []plumbing.Hash, found map[object.Hash]Signature) error {
	for _, h := range signed {
		found[object.Hash(h)] = Signature{Signed: true, Why: b.unchecked}
	}
	return nil
}
