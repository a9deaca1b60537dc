package builtin

import (
	"context"
	"runtime"
	"sync"

	"github.com/airside-ls/airside/completion/model"
)

// prereader has the network read a prompt before it is asked about it: what was
// answered without it, so that when it is asked, a few keystrokes later, it has
// only these to read; and what [Backend.Prepare] is given. It gives way at once,
// within a layer of a batch, to whoever wants the turn; what it has read by then
// stays.
type prereader struct {
	mu      sync.Mutex
	waiting int                // for the turn
	stop    context.CancelFunc // of what is being read; nil when nothing is
}

// wait counts one more who wants the turn, and stops what is being read. The turn
// once taken or given up, got takes the count back.
func (a *prereader) wait() (got func()) {
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

// readEnd is how reading ended: so many tokens of the beginning are known.
type readEnd struct {
	read int
	err  error
}

// readAhead reads tokens in the background unless somebody has or wants the turn.
// The channel gets how that ended; it is nil if it did not begin. Gently means on
// one thread, of low priority where the system has such.
func (e *Engine) readAhead(ctx context.Context, tokens []int32, gently bool) <-chan readEnd {
	a := &e.ahead
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.waiting > 0 || e.closing.Err() != nil {
		return nil
	}
	select {
	case <-e.turn:
	default:
		return nil
	}
	ctx, stop := context.WithCancel(ctx)
	unlink := context.AfterFunc(e.closing, stop)
	a.stop = stop
	ended := make(chan readEnd, 1)
	go func() {
		if gently {
			runtime.LockOSThread() // and never unlocked: the thread ends with its priority
			yieldToOthers()
		}
		end := readEnd{err: e.readNow(ctx, tokens, gently)}
		if e.session != nil {
			end.read = common(e.session.Tokens(), tokens)
		}
		a.mu.Lock()
		a.stop = nil
		a.mu.Unlock()
		unlink()
		stop()
		ended <- end
		e.release()
	}()
	return ended
}

// common is how many tokens two sequences begin alike with.
func common(a, b []int32) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}

// readNow is readAhead's reading. What is wrong with the file comes out when it is
// asked for.
func (e *Engine) readNow(ctx context.Context, tokens []int32, gently bool) (err error) {
	defer catch(&err)()
	if err := e.load(); err != nil {
		return err
	}
	if gently {
		e.session.Gently(true)
		defer e.session.Gently(false)
	}
	_, err = e.session.Evaluate(ctx, tokens)
	return err
}

// Prepare implements [model.Preparer]: it reads the prompt on one thread, at a low
// priority, and gives way to whoever asks.
func (b *Backend) Prepare(ctx context.Context, p model.Prompt, onReading func(read, of int)) error {
	if b.broken != nil {
		return b.error("open", b.broken)
	}
	tok, err := b.engine.Tokenizer()
	if err != nil {
		return b.error("read "+b.path, err)
	}
	tokens, err := encode(tok, p)
	if err != nil {
		return &model.Error{Kind: model.NoInsert, Backend: backendName, Op: "encode the prompt", Err: err}
	}
	ended := b.engine.readAhead(ctx, tokens, true)
	if ended == nil {
		return model.ErrGaveWay
	}
	end := <-ended // soon, whoever stops it
	if onReading != nil {
		onReading(end.read, len(tokens))
	}
	err = end.err
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err == context.Canceled: // by who wants the turn
		return model.ErrGaveWay
	case err != nil:
		return b.error("read ahead", err)
	}
	return nil
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
