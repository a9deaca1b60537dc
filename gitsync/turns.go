package gitsync

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/airside-ls/airside/gitsync/journal"
)

// usualWait bounds the wait for another sync: a round takes seconds, and minutes
// where much is to be fetched over little.
const usualWait = 2 * time.Minute

// lock takes the repository's lock. Whoever has it is waited for, in this process
// and in others, until ctx ends or it takes too long.
func (s *Syncer) lock(ctx context.Context) (*journal.Lock, error) {
	lock, err := s.queue.Try()
	if !errors.Is(err, journal.ErrLocked) {
		return lock, err
	}
	holder := s.queue.Holder()
	wait := s.opts.Wait
	switch {
	case wait < 0:
		return nil, fmt.Errorf("%v is at work in this repository: try again", holder)
	case wait == 0:
		wait = usualWait
	}
	s.log.Debug("waiting for another sync", "holder", holder.String())
	if s.opts.Progress != nil {
		s.opts.Progress(fmt.Sprintf("waiting for %v", holder))
	}
	waiting, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	go func() {
		select {
		case <-s.clock.After(wait):
			stop(errTooLong)
		case <-waiting.Done():
		}
	}()
	lock, err = s.queue.Wait(waiting)
	switch {
	case err == nil && ctx.Err() != nil: // both at once
		lock.Release()
		return nil, fmt.Errorf("interrupted while waiting for %v; nothing was begun", holder)
	case errors.Is(err, errTooLong):
		holder = s.queue.Holder() // another one, maybe
		return nil, fmt.Errorf("%v is at work in this repository, and is not done after %v: sync again later, or end it if it hangs", holder, wait)
	case ctx.Err() != nil:
		return nil, fmt.Errorf("interrupted while waiting for %v; nothing was begun", holder)
	}
	return lock, err
}

var errTooLong = errors.New("waited too long")

// alone takes the lock for what a user has asked for, and finishes first what a crash
// has left.
func (s *Syncer) alone(ctx context.Context) (*journal.Lock, error) {
	lock, err := s.lock(ctx)
	if err != nil {
		return nil, asFailure(err)
	}
	if err := s.recover(ctx); err != nil {
		lock.Release()
		return nil, asFailure(err)
	}
	return lock, nil
}

// sharedRounds has rounds that wait for the same thing be one: a comment, a saved file
// and an impatient user make one round, behind the one that is at work.
type sharedRounds struct {
	mu   sync.Mutex
	next *nextRound // waits for its turn; nil when none does
}

type nextRound struct {
	req     Request // guarded by shared.mu until it begins
	done    chan struct{}
	results []Result // once done is closed
	cut     bool     // whoever ran it gave up
}

// run runs a round, or waits for one that has not begun yet. do calls begin when
// its turn has come, and learns by that what for: some may have joined.
func (s *sharedRounds) run(ctx context.Context, req Request, do func(ctx context.Context, begin func() Request) []Result) []Result {
	for {
		s.mu.Lock()
		next := s.next
		joins := next != nil && slices.Equal(next.req.Branches, req.Branches)
		if joins {
			next.req.User = next.req.User || req.User
			next.req.Retry = next.req.Retry || req.Retry
		} else {
			next = &nextRound{req: req, done: make(chan struct{})}
			s.next = next
		}
		s.mu.Unlock()
		if !joins {
			return s.lead(ctx, next, do)
		}
		select {
		case <-next.done:
			if !next.cut {
				return slices.Clone(next.results)
			}
		case <-ctx.Done():
			return []Result{{State: Busy, Message: "interrupted; nothing was begun"}}
		}
	}
}

func (s *sharedRounds) lead(ctx context.Context, next *nextRound, do func(context.Context, func() Request) []Result) []Result {
	begin := func() Request {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.next == next {
			s.next = nil
		}
		return next.req
	}
	next.cut = true
	defer func() {
		begin()
		close(next.done)
	}()
	next.results = do(ctx, begin)
	next.cut = ctx.Err() != nil
	return slices.Clone(next.results)
}
