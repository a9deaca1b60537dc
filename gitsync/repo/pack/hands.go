package pack

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/format/packfile"

	"github.com/airside-ls/airside/gitsync/object"
	"github.com/airside-ls/airside/gitsync/repo/fault"
)

// hands do what git does in a fraction of the time and memory that go-git takes, or
// what it alone can.
type hands interface {
	// index builds the index of a pack in quarantine, and with it checks the hash and
	// the form of every object.
	index(ctx context.Context, q *Quarantine) error
	// complete is Database.Complete.
	complete(ctx context.Context, q *Quarantine, wants []plumbing.Hash, ours func() ([]plumbing.Hash, error)) error
	// packer writes what tips lead to and have lack; nil where go-git has to.
	packer(ctx context.Context, tips, have []plumbing.Hash) func(io.Writer) error
	// resolve is Database.Resolve.
	resolve(ctx context.Context, revision string) (object.Hash, error)
	// judge puts into found what is to be said of signed commits.
	judge(ctx context.Context, signed []plumbing.Hash, found map[object.Hash]Signature) error
}

// Complete fails unless everything that wants lead to is here, or in q, which may
// be nil. What our refs reach, whose objects ours lists, is taken to be complete, as
// git does, unless q reaches further back. In a partial clone commits have to be here,
// and the rest may have stayed at the remote.
func (d *Database) Complete(ctx context.Context, q *Quarantine, wants []plumbing.Hash, ours func() ([]plumbing.Hash, error), partial bool) error {
	err := d.complete(ctx, q, wants, ours, partial)
	if ctx.Err() == nil && fault.KindOf(err) != fault.Disk && OfThisMachine(err) {
		return uncheckable(err)
	}
	return err
}

func (d *Database) complete(ctx context.Context, q *Quarantine, wants []plumbing.Hash, ours func() ([]plumbing.Hash, error), partial bool) error {
	if q == nil && len(d.Missing(hashes(wants))) > 0 { // as for what is fetched
		return plumbing.ErrObjectNotFound
	}
	if q != nil && q.bounds != nil {
		ours = func() ([]plumbing.Hash, error) { return nil, nil }
	}
	if partial {
		return d.promised(ctx, q, wants, ours)
	}
	if q != nil && q.here {
		known, err := ours()
		if err != nil {
			return err
		}
		if len(known) <= smallRefs {
			return ownHands{in: d}.complete(ctx, q, wants, func() ([]plumbing.Hash, error) { return known, nil })
		}
	}
	return d.hands.complete(ctx, q, wants, ours)
}

// promised is Complete for a partial clone. git itself would fetch, one by one, what
// it is asked whether it is there.
func (d *Database) promised(ctx context.Context, q *Quarantine, wants []plumbing.Hash, tips func() ([]plumbing.Hash, error)) error {
	s, err := d.over(q)
	if err != nil {
		return err
	}
	defer s.Close()
	ours, err := tips()
	if err != nil {
		return err
	}
	var commits []plumbing.Hash
	for _, h := range wants {
		target, err := s.peel(h)
		if err != nil {
			return err
		}
		commits = append(commits, target)
	}
	_, err = s.newCommits(ctx, commits, ours)
	return err
}

// over reads what is here and in a quarantine, which may be nil.
func (d *Database) over(q *Quarantine) (*Transfer, error) {
	s, err := d.Transfer()
	if err != nil || q == nil {
		return s, err
	}
	if !q.Empty() {
		if err := s.addPack(q); err != nil {
			s.Close()
			return nil, err
		}
		s.strict = true
	}
	if q.bounds != nil {
		s.shallow = map[plumbing.Hash]bool{}
		for _, h := range q.bounds.is {
			s.shallow[h] = true
		}
	}
	return s, nil
}

func hashes(list []plumbing.Hash) []object.Hash {
	var all []object.Hash
	for _, h := range list {
		all = append(all, object.Hash(h))
	}
	return all
}

// Missing are those of a list of objects that are not here.
func (d *Database) Missing(list []object.Hash) []object.Hash {
	storage := d.storage()
	defer storage.Close()
	return slices.DeleteFunc(slices.Clone(list), func(h object.Hash) bool {
		return h.IsZero() || storage.HasEncodedObject(plumbing.Hash(h)) == nil
	})
}

// Newest are up to n commits below tips.
func (d *Database) Newest(tips []plumbing.Hash, n int) ([]plumbing.Hash, error) {
	s, err := d.Transfer()
	if err != nil {
		return nil, err
	}
	defer s.Close()
	return s.newest(tips, n), nil
}

// ErrContent says that a pack came as it was sent, by its own checksum, and is refused
// for what is in it: it would come as it is once more.
var ErrContent = errors.New("refused for its content")

// Index builds the pack's index, and with it checks the hash and the form of every
// object.
func (q *Quarantine) Index(ctx context.Context) error {
	if !q.Empty() {
		here, err := q.readHere(ctx)
		if err == nil && !here {
			err = q.in.hands.index(ctx, q)
		}
		if errors.Is(err, packfile.ErrMalformedPackFile) {
			return fmt.Errorf("%w: %w", ErrContent, err)
		}
		if err != nil {
			return err
		}
		q.here = here
		if err := q.promise(); err != nil {
			return err
		}
	}
	if q.bounds == nil {
		return nil
	}
	return q.settle()
}

// Resolve finds the commit that a revision names, in git's syntax: a branch, a
// tag, "HEAD~2", a hash.
func (d *Database) Resolve(ctx context.Context, revision string) (object.Hash, error) {
	if strings.HasPrefix(revision, "-") || strings.ContainsAny(revision, "\x00\n") {
		return object.Zero, unknown(revision, nil)
	}
	return d.hands.resolve(ctx, revision)
}

func unknown(revision string, err error) error {
	return fault.Wrap(err, "%.100q names no commit here: a branch, a tag or a hash does, and git fetch brings those of a remote", revision)
}
