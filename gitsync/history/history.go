// Package history answers questions about the commit graph: the best common
// ancestors of two commits, whether one is behind the other, how far they are
// apart. It reads commits newest first, so that two tips which parted lately
// cost a few commits, however long the history before them is.
package history

import (
	"container/heap"
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/airside-ls/airside/gitsync/object"
)

// Flags of a commit on the way down from the tips.
const (
	ofA   = 1 << iota // reachable from a
	ofB               // reachable from b
	stale             // below a common ancestor that is known already
	base              // a candidate for a best common ancestor
)

// Bases returns the best common ancestors of a and b: those that are no
// ancestor of another one. None means that the histories are unrelated, more
// than one that they criss-cross. The order is that of the walk, newest first.
//
// A shallow clone ends at some commits, which count as if they had no parents: see
// Reach. A parent that is missing otherwise is an error that wraps object.ErrNotFound,
// unless the answer does not need it.
func Bases(ctx context.Context, r object.Reader, a, b object.Hash) ([]object.Hash, error) {
	if a == b {
		return []object.Hash{a}, nil
	}
	p, err := paint(ctx, r, a, b, false)
	if err != nil {
		return nil, err
	}
	var candidates []object.Hash
	for _, h := range p.order {
		if p.flags[h]&base != 0 && p.flags[h]&stale == 0 {
			candidates = append(candidates, h)
		}
	}
	return independent(ctx, r, candidates)
}

// Reach tells whether two commits have a common ancestor within reach, and whether a
// shallow clone ends on the way there: if it does, what Bases, IsAncestor and
// AheadBehind say of them may be otherwise where the history is whole. That one commit
// is another's ancestor is true in any case.
func Reach(ctx context.Context, r object.Reader, a, b object.Hash) (common, cut bool, err error) {
	if a == b {
		return true, false, nil
	}
	p, err := paint(ctx, r, a, b, false)
	if err != nil {
		return false, false, err
	}
	for _, h := range p.order {
		common = common || p.flags[h]&base != 0
		cut = cut || p.commits[h].Cut && p.flags[h]&(base|stale) == 0
	}
	return common, cut, nil
}

// IsAncestor reports whether ancestor is commit or stands somewhere below it.
func IsAncestor(ctx context.Context, r object.Reader, ancestor, commit object.Hash) (bool, error) {
	if ancestor == commit {
		return true, nil
	}
	p, err := paint(ctx, r, ancestor, commit, false)
	if err != nil {
		return false, err
	}
	return p.flags[ancestor]&ofB != 0, nil
}

// AheadBehind counts the commits that only local has and those that only
// remote has. Where a commit is dated before its own parent (a clock was wrong)
// the counts can be too high, as git's can; Bases and IsAncestor are exact
// whatever the dates say.
func AheadBehind(ctx context.Context, r object.Reader, local, remote object.Hash) (ahead, behind int, err error) {
	if local == remote {
		return 0, 0, nil
	}
	p, err := paint(ctx, r, local, remote, true)
	if err != nil {
		return 0, 0, err
	}
	for _, h := range p.order {
		switch p.flags[h] & (ofA | ofB) {
		case ofA:
			ahead++
		case ofB:
			behind++
		}
	}
	return ahead, behind, nil
}

// Only are the commits that tip has behind it and not below, newest first; tip is one
// of them unless below has it. What AheadBehind says of wrong clocks holds here.
func Only(ctx context.Context, r object.Reader, below, tip object.Hash) ([]object.Commit, error) {
	if below == tip {
		return nil, nil
	}
	p, err := paint(ctx, r, below, tip, true)
	if err != nil {
		return nil, err
	}
	var list []object.Commit
	for _, h := range p.order {
		if p.flags[h]&(ofA|ofB) == ofB {
			list = append(list, p.commits[h])
		}
	}
	slices.SortStableFunc(list, func(a, b object.Commit) int { return b.Committer.When.Compare(a.Committer.When) })
	return list, nil
}

// paintedWalk is what a walk has seen: the marks, the commits, and in which order.
type paintedWalk struct {
	flags   map[object.Hash]int
	commits map[object.Hash]object.Commit
	order   []object.Hash
}

// paint walks down from a and b, newest committer date first, and marks who
// reaches what. It ends when everything that waits lies below a common
// ancestor: that finds every best common ancestor, for the way to one leads
// over no commit below another. A commit that is reached again with a new mark
// is walked again.
//
// To count, the marks of all that was visited must be right: then it goes on
// until what waits is older than every commit that has one mark only.
func paint(ctx context.Context, r object.Reader, a, b object.Hash, count bool) (paintedWalk, error) {
	flags := map[object.Hash]int{a: ofA, b: ofB}
	commits := map[object.Hash]object.Commit{}
	var order []object.Hash
	var queue commitHeap
	add := func(h object.Hash) error {
		c, seen := commits[h]
		if !seen {
			var err error
			if c, err = r.Commit(h); err != nil {
				return fmt.Errorf("commit %s: %w", h.Short(), err)
			}
			commits[h] = c
			order = append(order, h)
		}
		heap.Push(&queue, queuedCommit{h, c.Committer.When.Unix()})
		return nil
	}
	for _, tip := range []object.Hash{a, b} {
		if err := add(tip); err != nil {
			return paintedWalk{}, err
		}
	}
	oldest := int64(math.MaxInt64) // of the commits walked with one mark
	for queue.anyFresh(flags) || count && len(queue) > 0 && queue[0].date >= oldest {
		if err := ctx.Err(); err != nil {
			return paintedWalk{}, err
		}
		next := heap.Pop(&queue).(queuedCommit)
		h := next.hash
		down := flags[h] & (ofA | ofB | stale)
		if down&(ofA|ofB) == ofA|ofB {
			flags[h] |= base
			down |= stale
		} else {
			oldest = min(oldest, next.date)
		}
		for _, p := range commits[h].Parents {
			if flags[p]&down == down {
				continue
			}
			flags[p] |= down
			if err := add(p); err != nil {
				return paintedWalk{}, err
			}
		}
	}
	return paintedWalk{flags, commits, order}, nil
}

// independent drops each candidate that another one reaches. paint finds that
// out itself unless a clock was wrong, so that there is nearly always one
// candidate and nothing to do.
func independent(ctx context.Context, r object.Reader, candidates []object.Hash) ([]object.Hash, error) {
	if len(candidates) < 2 {
		return candidates, nil
	}
	var best []object.Hash
	for i, c := range candidates {
		reached := false
		for j, other := range candidates {
			if i == j || reached {
				continue
			}
			var err error
			if reached, err = IsAncestor(ctx, r, c, other); err != nil {
				return nil, err
			}
		}
		if !reached {
			best = append(best, c)
		}
	}
	return best, nil
}

// queuedCommit is a commit to be walked.
type queuedCommit struct {
	hash object.Hash
	date int64 // committer's, seconds
}

// commitHeap is a heap, newest first.
type commitHeap []queuedCommit

func (d commitHeap) Len() int           { return len(d) }
func (d commitHeap) Less(i, j int) bool { return d[i].date > d[j].date }
func (d commitHeap) Swap(i, j int)      { d[i], d[j] = d[j], d[i] }
func (d *commitHeap) Push(x any)        { *d = append(*d, x.(queuedCommit)) }
func (d *commitHeap) Pop() any {
	last := (*d)[len(*d)-1]
	*d = (*d)[:len(*d)-1]
	return last
}

// anyFresh reports whether something waits that is not below a common
// ancestor.
func (d commitHeap) anyFresh(flags map[object.Hash]int) bool {
	for _, w := range d {
		if flags[w.hash]&stale == 0 {
			return true
		}
	}
	return false
}
