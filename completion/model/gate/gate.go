// Package gate lets one local model serve many askers. It runs one generation
// at a time, the most urgent first: typing before what is prepared ahead, and
// that before background work such as a review. A more urgent generation stops
// a less urgent one within a token; the one that was stopped goes on later, and
// its caller notices nothing but the time.
package gate

import (
	"context"
	"errors"
	"slices"
	"sync"

	"github.com/airside-ls/airside/completion/model"
)

// Wrap puts a gate before a backend. All of its generations, chats too, pass
// it; probes do not, nor does what a [model.Preparer] reads ahead, for that gives
// way by itself.
func Wrap(b model.Backend) model.Backend {
	g := &gatedBackend{Backend: b}
	if p, ok := b.(model.Preparer); ok {
		return gatedPreparer{g, p}
	}
	return g
}

// gatedPreparer is a gated backend that can read ahead.
type gatedPreparer struct {
	*gatedBackend
	model.Preparer
}

type gatedBackend struct {
	model.Backend
	queue queue
}

// Restartable implements [model.Restarter].
func (g *gatedBackend) Restartable() bool {
	r, ok := g.Backend.(model.Restarter)
	return ok && r.Restartable()
}

// Restart implements [model.Restarter].
func (g *gatedBackend) Restart() bool {
	r, ok := g.Backend.(model.Restarter)
	return ok && r.Restart()
}

// queue holds the generations that wait for the model. Its zero value is empty.
type queue struct {
	mu      sync.Mutex
	turns   uint64 // so far
	running *turn
	waiting []*turn
}

// turn is one generation, from its first start to its end.
type turn struct {
	priority model.Priority
	number   uint64 // newer ones have higher numbers
	ready    chan struct{}
	stop     context.CancelCauseFunc // of the attempt under way
}

// errGiveWay is why a more urgent generation stops one.
var errGiveWay = errors.New("a more urgent generation goes first")

func (q *queue) newTurn(p model.Priority) *turn {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.turns++
	return &turn{priority: p, number: q.turns}
}

// enter waits until it is t's turn; stop is called when it has to give way.
func (q *queue) enter(ctx context.Context, t *turn, stop context.CancelCauseFunc) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	q.mu.Lock()
	t.ready, t.stop = make(chan struct{}), stop
	q.waiting = append(q.waiting, t)
	q.next()
	q.mu.Unlock()
	select {
	case <-t.ready:
		return nil
	case <-ctx.Done():
		q.leave(t)
		return ctx.Err()
	}
}

// leave ends t's turn or its waiting for one.
func (q *queue) leave(t *turn) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.running == t {
		q.running = nil
	}
	q.waiting = slices.DeleteFunc(q.waiting, func(w *turn) bool { return w == t })
	q.next()
}

// next starts the most urgent generation, or has the running one give way to
// it. The lock is held.
func (q *queue) next() {
	if len(q.waiting) == 0 {
		return
	}
	first := slices.MaxFunc(q.waiting, func(a, b *turn) int {
		switch {
		case a.goesBefore(b):
			return 1
		case b.goesBefore(a):
			return -1
		case a.number < b.number: // both in the background, where order counts
			return 1
		}
		return -1
	})
	if q.running == nil {
		q.waiting = slices.DeleteFunc(q.waiting, func(w *turn) bool { return w == first })
		q.running = first
		close(first.ready)
	} else if first.goesBefore(q.running) {
		q.running.stop(errGiveWay)
	}
}

// goesBefore tells whether t is worth stopping other.
func (t *turn) goesBefore(other *turn) bool {
	if t.priority != other.priority {
		return t.priority > other.priority
	}
	return t.priority > model.Background && t.number > other.number
}
