package builtin

import (
	"context"
	"sync"
)

// ahead has the network read a prompt that was answered without it, so that when
// it is asked, a few keystrokes later, it has only these to read: a prompt of 256
// tokens takes the small model some 13 milliseconds, a keystroke one. It gives
// way at once, within a layer of a batch, to whoever wants the turn; what it has
// read by then stays.
type ahead struct {
	mu      sync.Mutex
	waiting int                // for the turn
	stop    context.CancelFunc // of what is being read; nil when nothing is
}

// wait counts one more who wants the turn, and stops what is being read. The turn
// once taken or given up, got takes the count back.
func (a *ahead) wait() (got func()) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.waiting++
	if a.stop != nil {
		a.stop()
	}
	return func() {
		a.mu.Lock()
		defer a.mu.Unlock()
		a.waiting--
	}
}

// readAhead reads tokens in the background unless somebody has or wants the turn.
func (e *Engine) readAhead(tokens []int32) {
	a := &e.ahead
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.waiting > 0 || e.closing.Err() != nil {
		return
	}
	select {
	case <-e.turn:
	default:
		return
	}
	ctx, stop := context.WithCancel(e.closing)
	a.stop = stop
	go func() {
		defer e.release()
		defer func() {
			a.mu.Lock()
			defer a.mu.Unlock()
			a.stop = nil
			stop()
		}()
		var err error // what is wrong with the file comes out when it is asked for
		defer catch(&err)()
		if err = e.load(); err == nil {
			_, err = e.session.Evaluate(ctx, tokens)
		}
	}()
}

// Settle waits until what is being read ahead has been read, as it has been when
// the next key is pressed: for measurements.
func (b *Backend) Settle(ctx context.Context) error {
	select {
	case <-b.engine.turn:
		b.engine.release()
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
