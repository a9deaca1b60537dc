package pack

import (
	"context"
	"io"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"

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
	// newest are up to n commits below tips.
	newest(ctx context.Context, tips []plumbing.Hash, n int) ([]plumbing.Hash, error)
	// packer writes what tips lead to and have lack; nil where go-git has to.
	packer(ctx context.Context, tips, have []plumbing.Hash) func(io.Writer) error
	// resolve is Database.Resolve.
	resolve(ctx context.Context, revision string) (object.Hash, error)
	// judge puts into found what is to be said of signed commits.
	judge(ctx context.Context, signed []plumbing.Hash, found map[object.Hash]Signature) error
}

// Complete fails unless everything that wants lead to is here, or in q, which may
// be nil. What our refs reach, whose objects ours lists, is taken to be complete, as
// git does.
func (d *Database) Complete(ctx context.Context, q *Quarantine, wants []plumbing.Hash, ours func() ([]plumbing.Hash, error)) error {
	return d.hands.complete(ctx, q, wants, ours)
}

// Newest are up to n commits below tips.
func (d *Database) Newest(ctx context.Context, tips []plumbing.Hash, n int) ([]plumbing.Hash, error) {
	return d.hands.newest(ctx, tips, n)
}

// Index builds the pack's index, and with it checks the hash and the form of every
// object.
func (q *Quarantine) Index(ctx context.Context) error { return q.in.hands.index(ctx, q) }

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
