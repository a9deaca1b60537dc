// Package awake bounds and measures work by the time that this process ran. A
// laptop that sleeps in the middle of a token, a virtual machine that is suspended
// and a process that is stopped are not slow.
//
// Go's monotonic clock stands still while Linux and macOS sleep; elsewhere, and
// where a machine or a process is stopped from outside, it goes on, and all that
// waits is late at once. So the time is taken in small steps, and a step that took
// far too long was none.
package awake

import (
	"context"
	"sync"
	"time"
)

const (
	// step is how often is looked whether the process runs.
	step = 250 * time.Millisecond
	// late is how long a step took in which it did not. A machine with twenty busy
	// processes for each core wakes a process within a tenth of that.
	late = 3 * time.Second
)

// clock tells the time, again and again until stop is called.
type clock struct {
	now   func() time.Time
	ticks <-chan time.Time
	stop  func()
}

func systemClock() clock {
	t := time.NewTicker(step)
	return clock{time.Now, t.C, t.Stop}
}

// WithTimeout is [context.WithTimeout] that does not count the time in which the
// process did not run; slept tells how much that was so far. The context's error is
// context.DeadlineExceeded once it is over; contexts that are derived from it may
// have context.Canceled instead, with that cause.
func WithTimeout(parent context.Context, d time.Duration) (ctx context.Context, cancel context.CancelFunc, slept func() time.Duration) {
	return withTimeout(parent, d, systemClock())
}

func withTimeout(parent context.Context, d time.Duration, c clock) (context.Context, context.CancelFunc, func() time.Duration) {
	inner, cancel := context.WithCancelCause(parent)
	var mu sync.Mutex // guards last and lost
	var lost time.Duration
	start := c.now()
	last := start
	// take takes the time since it was taken last.
	take := func() (ran, slept time.Duration) {
		mu.Lock()
		defer mu.Unlock()
		now := c.now()
		if gap := now.Sub(last); gap > late {
			lost += gap - step
		}
		last = now
		return now.Sub(start) - lost, lost
	}
	go func() {
		defer c.stop()
		for {
			select {
			case <-inner.Done():
				return
			case <-c.ticks:
				if ran, _ := take(); ran >= d {
					cancel(context.DeadlineExceeded)
					return
				}
			}
		}
	}()
	slept := func() time.Duration {
		_, slept := take() // who asks may be earlier than the next tick
		return slept
	}
	return timeout{inner}, func() { cancel(context.Canceled) }, slept
}

// timeout is a context whose error says that its time is over.
type timeout struct{ context.Context }

// Err implements [context.Context].
func (t timeout) Err() error {
	err := t.Context.Err()
	if err != nil && context.Cause(t.Context) == context.DeadlineExceeded {
		return context.DeadlineExceeded
	}
	return err
}
