package awake

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"
)

// hand is a clock that is moved by hand.
type hand struct {
	mu    sync.Mutex
	at    time.Time
	ticks chan time.Time
}

func newHand() *hand { return &hand{at: time.Unix(1e9, 0), ticks: make(chan time.Time)} }

func (h *hand) clock() clock {
	return clock{func() time.Time {
		h.mu.Lock()
		defer h.mu.Unlock()
		return h.at
	}, h.ticks, func() {}}
}

func (h *hand) move(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.at = h.at.Add(d)
}

// passes moves the clock and waits until that was seen: a second tick is taken only
// after the first.
func (h *hand) passes(ctx context.Context, d time.Duration) {
	h.move(d)
	for range 2 {
		select {
		case h.ticks <- time.Time{}:
		case <-ctx.Done():
		}
	}
}

// TestSleepIsNotCounted: an hour of sleep in the middle of a second.
func TestSleepIsNotCounted(t *testing.T) {
	h := newHand()
	ctx, cancel, slept := withTimeout(t.Context(), 2*time.Second, h.clock())
	defer cancel()
	for range 6 {
		h.passes(ctx, step)
	}
	if slept() != 0 {
		t.Errorf("slept %v", slept())
	}
	h.passes(ctx, time.Hour)
	if ctx.Err() != nil {
		t.Fatalf("an hour of sleep ended it: %v", ctx.Err())
	}
	if slept() != time.Hour-step {
		t.Errorf("slept %v", slept())
	}
	h.passes(ctx, step)
	<-ctx.Done()
	if !errors.Is(ctx.Err(), context.DeadlineExceeded) || !errors.Is(context.Cause(ctx), context.DeadlineExceeded) {
		t.Errorf("%v, %v", ctx.Err(), context.Cause(ctx))
	}
}

// TestAskedBeforeTheTick: a sleep is known to who asks before the next tick.
func TestAskedBeforeTheTick(t *testing.T) {
	h := newHand()
	_, cancel, slept := withTimeout(t.Context(), time.Second, h.clock())
	defer cancel()
	h.move(time.Minute)
	if slept() != time.Minute-step {
		t.Errorf("slept %v", slept())
	}
}

func TestEndsWithItsParent(t *testing.T) {
	parent, end := context.WithCancel(t.Context())
	ctx, cancel, _ := WithTimeout(parent, time.Hour)
	end()
	<-ctx.Done()
	if ctx.Err() != context.Canceled {
		t.Error(ctx.Err())
	}
	cancel()
	ctx, cancel, _ = WithTimeout(t.Context(), time.Nanosecond)
	defer cancel()
	<-ctx.Done()
	if ctx.Err() != context.DeadlineExceeded {
		t.Error(ctx.Err())
	}
}
