package reach

import (
	"context"
	"time"
)

const (
	settle    = 500 * time.Millisecond // after the last of a burst of network events
	lookEvery = 5 * time.Second        // between looks at the clocks
	slept     = 10 * time.Second       // a tick that late on the wall clock was a sleep
)

// Watch returns a channel on which a hint comes when the network has changed or
// the machine has woken from sleep. Hints that nobody has taken are one. It is
// closed when ctx has ended.
func Watch(ctx context.Context) <-chan struct{} {
	events := networkChanges(ctx)
	tick := func() <-chan time.Time { return time.After(lookEvery) }
	if clockChanges(ctx, events) {
		tick = func() <-chan time.Time { return nil }
	}
	return watch(ctx, events, time.Now, tick)
}

// tell has an event be heard; many that nobody has taken are one.
func tell(events chan<- struct{}) {
	select {
	case events <- struct{}{}:
	default:
	}
}

// watch gathers events, and finds sleeps by the wall clock at every tick: the
// monotonic one stands still meanwhile.
func watch(ctx context.Context, events <-chan struct{}, now func() time.Time, tick func() <-chan time.Time) <-chan struct{} {
	hints := make(chan struct{}, 1)
	hint := func() { tell(hints) }
	go func() {
		defer close(hints)
		last := now().Round(0) // wall clock only
		var quiet <-chan time.Time
		ticks := tick()
		for {
			select {
			case <-ctx.Done():
				return
			case _, ok := <-events:
				if !ok {
					events = nil
					continue
				}
				quiet = time.After(settle)
			case <-quiet:
				quiet = nil
				hint()
			case <-ticks:
				if at := now().Round(0); at.Sub(last) > lookEvery+slept {
					hint()
				}
				last, ticks = now().Round(0), tick()
			}
		}
	}()
	return hints
}
