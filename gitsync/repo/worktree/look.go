package worktree

import (
	"context"
	"sync"
	"time"
)

// lookHolds is for how long what was seen of a work tree is taken to be so within one
// round. What a person changes meanwhile git itself does not overwrite.
const lookHolds = 2 * time.Second

// look is what was seen of a work tree, shared by those who ask with one context.
type look struct {
	mu   sync.Mutex
	of   *Tree
	seen Status
	when time.Time // zero: nothing was seen, or something has moved since
}

type lookKey struct{}

// LookOnce has a work tree be looked at once for all that is asked with the context,
// within moments and until something here moves it: a look costs a process, and more
// in a large work tree than all else that a round does.
func LookOnce(ctx context.Context) context.Context {
	return context.WithValue(ctx, lookKey{}, &look{})
}

// lookOf is the context's shared look at this work tree; nil where none is shared.
func (t *Tree) lookOf(ctx context.Context) *look {
	l, _ := ctx.Value(lookKey{}).(*look)
	return l
}

// forget is for who has moved the work tree, or begun to.
func (t *Tree) forget(ctx context.Context) {
	if l := t.lookOf(ctx); l != nil {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.when = time.Time{}
	}
}

// WorkTree compares the work tree, the index and HEAD, as git status does.
// Submodules are left to themselves: nothing here moves them.
func (t *Tree) WorkTree(ctx context.Context) (Status, error) {
	l := t.lookOf(ctx)
	if l == nil {
		return t.hands.status(ctx, "all", nil)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.of == t && !l.when.IsZero() && time.Since(l.when) < lookHolds {
		return l.seen, nil
	}
	began := time.Now()
	seen, err := t.hands.status(ctx, "all", nil)
	if err == nil {
		l.of, l.seen, l.when = t, seen, began
	}
	return seen, err
}
