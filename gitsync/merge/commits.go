package merge

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/airside-ls/airside/gitsync/history"
	"github.com/airside-ls/airside/gitsync/object"
)

// Commits merges two commits with their best common ancestors, which it also
// returns, newest first. Several are merged into one first, the oldest two
// before the others, with whatever conflicts they have left in the text: where
// both sides settled them alike, the text is not looked at again.
func Commits(ctx context.Context, r object.Reader, ours, theirs object.Hash, o Options) (Result, []object.Hash, error) {
	objects := newOverlay(r)
	bases, err := history.Bases(ctx, objects, ours, theirs)
	if err != nil {
		return Result{}, nil, err
	}
	if len(bases) == 0 {
		return Result{}, nil, ErrUnrelated
	}
	base, err := joinBases(ctx, objects, bases, o, 1)
	if err != nil {
		return Result{}, bases, err
	}
	trees, err := treesOf(objects, base, ours, theirs)
	if err != nil {
		return Result{}, bases, err
	}
	result, err := mergeTrees(ctx, objects, trees[0], trees[1], trees[2], o)
	return result, bases, err
}

// maxDepth bounds merges of merges of bases.
const maxDepth = 50

// joinBases returns one commit that stands for all bases, newest first; depth
// is how many merges stand above this one. None is the empty tree.
func joinBases(ctx context.Context, objects *overlay, bases []object.Hash, o Options, depth int) (object.Hash, error) {
	if depth > maxDepth {
		return object.Zero, errors.New("the histories cross too often")
	}
	if len(bases) == 0 {
		return objects.addCommit(emptyTree), nil
	}
	oldest := slices.Clone(bases)
	slices.Reverse(oldest)
	joined := oldest[0]
	for _, next := range oldest[1:] {
		below, err := history.Bases(ctx, objects, joined, next)
		if err != nil {
			return object.Zero, err
		}
		base, err := joinBases(ctx, objects, below, o, depth+1)
		if err != nil {
			return object.Zero, err
		}
		trees, err := treesOf(objects, base, joined, next)
		if err != nil {
			return object.Zero, err
		}
		inner := o
		inner.Ours, inner.Theirs = "Temporary merge branch 1", "Temporary merge branch 2"
		tree, err := newMerger(ctx, objects, inner, depth).merge(trees[0], trees[1], trees[2])
		if err != nil {
			return object.Zero, fmt.Errorf("merging common ancestors %s and %s: %w", joined.Short(), next.Short(), err)
		}
		joined = objects.addCommit(tree, joined, next)
	}
	return joined, nil
}

func treesOf(r object.Reader, commits ...object.Hash) ([3]object.Hash, error) {
	var trees [3]object.Hash
	for i, h := range commits {
		c, err := r.Commit(h)
		if err != nil {
			return trees, fmt.Errorf("commit %s: %w", h.Short(), err)
		}
		trees[i] = c.Tree
	}
	return trees, nil
}
