package llama

import (
	"fmt"
	"runtime/debug"
	"sync/atomic"

	"github.com/airside-ls/airside/completion/model/builtin/internal/spin"
)

// workers is a fixed set of goroutines that share loops: the caller of run and
// count-1 others. A forward pass has some thirty loops of a few microseconds
// each, so a worker that has run out of work watches for more for a short while
// before it sleeps; waking a sleeping one costs as much as a loop.
//
// Work is claimed piece by piece, never assigned: on a busy machine a worker
// that is not running holds up nobody but for the piece that it has begun. Who
// waits for that one longer than a pause sleeps, so that its processor is free for
// it, and for others.
type workers struct {
	count    int
	alone    bool // only the caller works
	current  atomic.Pointer[loop]
	sleeping atomic.Int32
	wake     chan struct{}
	over     chan struct{} // see loop
	stopped  atomic.Bool
}

// loop is one call of run. Each has its own, so that a worker that comes late
// finds its loop used up rather than half of the next one.
type loop struct {
	body   func(worker, piece int)
	pieces int32
	next   atomic.Int32 // the first unclaimed piece
	done   atomic.Int32 // how many pieces are finished
	failed atomic.Pointer[loopPanic]
	state  atomic.Int32  // under way, waited for or over
	over   chan struct{} // gets one when it is over and waited for
}

// The states of a loop.
const (
	underWay = iota
	waitedFor
	isOver
)

// loopPanic carries a panic from a worker to the caller of run.
type loopPanic struct {
	value any
	stack []byte
}

func (p *loopPanic) Error() string { return fmt.Sprintf("%v\n\nin a worker:\n%s", p.value, p.stack) }

// Unwrap is what the worker panicked with, if that is an error.
func (p *loopPanic) Unwrap() error {
	err, _ := p.value.(error)
	return err
}

// watchSpins is how often a worker looks for work before it sleeps, some 20 to
// 50 microseconds: more than the pauses between loops of one token.
const watchSpins = 1000

func newWorkers(count int) *workers {
	w := &workers{count: count, wake: make(chan struct{}, count), over: make(chan struct{}, 1)}
	for i := 1; i < count; i++ {
		go w.work(i)
	}
	return w
}

// run calls body for each piece from 0 to pieces-1 on the workers and returns
// when all are done. A panic in any of them comes out of run. Only one run may
// be under way.
func (w *workers) run(pieces int, body func(worker, piece int)) {
	if w.count == 1 || w.alone || pieces <= 1 {
		for piece := range pieces {
			body(0, piece)
		}
		return
	}
	l := &loop{body: body, pieces: int32(pieces), over: w.over}
	w.current.Store(l)
	for range w.sleeping.Load() {
		select {
		case w.wake <- struct{}{}:
		default:
		}
	}
	l.share(0)
	l.wait()
	if p := l.failed.Load(); p != nil {
		panic(p)
	}
}

// wait waits until all pieces are done.
func (l *loop) wait() {
	for range watchSpins {
		if l.done.Load() == l.pieces {
			return
		}
		spin.Pause()
	}
	if l.state.CompareAndSwap(underWay, waitedFor) {
		<-l.over
	}
}

// share works on l until its pieces are claimed.
func (l *loop) share(worker int) {
	for {
		piece := l.next.Add(1) - 1
		if piece >= l.pieces {
			return
		}
		l.one(worker, int(piece))
	}
}

func (l *loop) one(worker, piece int) {
	defer func() {
		if p := recover(); p != nil {
			l.failed.CompareAndSwap(nil, &loopPanic{p, debug.Stack()})
		}
		if l.done.Add(1) == l.pieces && !l.state.CompareAndSwap(underWay, isOver) {
			l.over <- struct{}{}
		}
	}()
	l.body(worker, piece)
}

// work is a worker's life.
func (w *workers) work(worker int) {
	// A mapped file that was truncated faults: as a panic it can be reported.
	debug.SetPanicOnFault(true)
	var last *loop
	for {
		l := w.watch(last)
		if l == nil {
			return
		}
		l.share(worker)
		last = l
	}
}

// watch waits for a loop other than last; nil means that the workers stop.
func (w *workers) watch(last *loop) *loop {
	for {
		for range watchSpins {
			if l := w.current.Load(); l != last {
				return l
			}
			if w.stopped.Load() {
				return nil
			}
			spin.Pause()
		}
		// Whoever stores a loop or stops looks at sleeping afterwards, and
		// this looks at both after it is counted: one of the two sees the other.
		w.sleeping.Add(1)
		if w.current.Load() == last && !w.stopped.Load() {
			<-w.wake
		}
		w.sleeping.Add(-1)
	}
}

// stop ends the workers; no run may be under way or follow.
func (w *workers) stop() {
	w.stopped.Store(true)
	for range w.count {
		select {
		case w.wake <- struct{}{}:
		default:
		}
	}
}
