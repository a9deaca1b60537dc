package repo

import (
	"bytes"
	"context"
	"fmt"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/airside-ls/airside/gitsync/repo/program"
)

// complete fails unless everything that wants lead to is here, or in q. What
// our refs reach is taken to be complete, as git does.
func (r *Repo) complete(ctx context.Context, q *quarantine, wants []plumbing.Hash) error {
	if r.program.Git != "" {
		c := program.Call{Args: []string{"rev-list", "--objects", "--stdin", "--not", "--all", "--quiet", "--alternate-refs"}, Stdin: lines(wants)}
		if q != nil {
			c.Env = q.environ()
		}
		_, err := r.program.Run(ctx, c)
		return err
	}
	s, err := r.store()
	if err != nil {
		return err
	}
	defer s.close()
	if q != nil && !q.empty() {
		if err := s.addPack(q); err != nil {
			return err
		}
		s.strict = true
	}
	ours, err := r.tips("refs/")
	if err != nil {
		return err
	}
	return s.complete(ctx, wants, ours)
}

// complete is Repo.complete without git. A tag is followed to its commit.
func (s *store) complete(ctx context.Context, wants, ours []plumbing.Hash) error {
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
func (s *store) peel(h plumbing.Hash) (plumbing.Hash, error) {
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
