package gitsync

import (
	"fmt"
	"sync"
	"time"

	"github.com/airside-ls/airside/gitsync/journal"
)

// tellAfter is how long something is waited for before who watches is told: most hooks
// are done by then, and a status that flickers says nothing.
const tellAfter = 2 * time.Second

// waiter is what a round of this process waits for and does not do itself: a program of
// the user's, which may take its time. Others read it in the lock of the round.
type waiter struct {
	of *Syncer

	mu     sync.Mutex
	lock   *journal.Lock // of the round that is at work; nil when none is
	branch string        // that it is about
	now    *journal.Wait // nil for nothing
	long   chan struct{} // Watch's: something is waited for that takes long
}

// round says which round is at work, nil for none.
func (w *waiter) round(lock *journal.Lock) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.lock, w.branch = lock, ""
}

// about says which branch it is about.
func (w *waiter) about(branch string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.branch = branch
}

// begin is repo.Options.Waiting.
func (w *waiter) begin(what string) (done func()) {
	if tell := w.of.opts.Progress; tell != nil {
		tell("waiting for " + what)
	}
	now := w.of.clock.Now()
	w.mu.Lock()
	w.now = &journal.Wait{For: what, Branch: w.branch, Since: now.UTC().Truncate(time.Second)}
	if w.lock != nil {
		w.lock.Waits(w.now)
	}
	w.mu.Unlock()
	over := make(chan struct{})
	go func() {
		select {
		case <-w.of.clock.After(tellAfter):
			w.hear()
		case <-over:
		}
	}()
	return func() {
		close(over)
		w.mu.Lock()
		defer w.mu.Unlock()
		w.now = nil
		if w.lock != nil {
			w.lock.Waits(nil)
		}
	}
}

// hear tells Watch, which tells whoever it works for: one goroutine does, so that what is
// waited for is never told after how the round has ended.
func (w *waiter) hear() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.now == nil {
		return
	}
	select {
	case w.long <- struct{}{}:
	default: // one is pending already
	}
}

// waiting is what the round that is at work waits for, here or in another process; nil
// for nothing.
func (s *Syncer) waiting() *journal.Wait {
	s.waits.mu.Lock()
	now := s.waits.now
	s.waits.mu.Unlock()
	if now == nil {
		now = s.queue.Waits()
	}
	return now
}

// overlay has the branch say that its round waits for something.
func (s *Syncer) overlay(results []Result) []Result {
	now := s.waiting()
	if now == nil {
		return results
	}
	for i := range results {
		if results[i].Branch == now.Branch || now.Branch == "" {
			results[i].State = Busy
			results[i].Message = fmt.Sprintf("waiting for %s since %s", now.For, now.Since.Local().Format("15:04:05"))
			break
		}
	}
	return results
}
