package wire

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/airside-ls/airside/gitsync/repo/fault"
)

var (
	errIdle    = errors.New("the remote fell silent")
	errTooMuch = errors.New("the remote sends more than airside takes")
)

// watch ends a conversation in which nothing moves, and counts what comes in.
// Its context is that of everything the conversation needs: the process, the
// socket, the request.
type watch struct {
	ctx    context.Context
	cancel context.CancelCauseFunc
	idle   time.Duration
	timer  *time.Timer
	left   atomic.Int64 // bytes that may still come in

	mu     sync.Mutex
	broken error // the first error of a read or write, before go-git rewords it
}

func newWatch(ctx context.Context, lim limits) *watch {
	w := &watch{idle: lim.idle}
	w.ctx, w.cancel = context.WithCancelCause(ctx)
	w.timer = time.AfterFunc(w.idle, func() {
		w.cancel(fmt.Errorf("%w: nothing for %v", errIdle, w.idle))
	})
	return w
}

func (w *watch) end()          { w.timer.Stop(); w.cancel(nil) }
func (w *watch) pause()        { w.timer.Stop() }
func (w *watch) moved()        { w.timer.Reset(w.idle) }
func (w *watch) allow(n int64) { w.left.Store(n) }

// note keeps the first error that broke the connection.
func (w *watch) note(err error) {
	if err == nil || errors.Is(err, io.EOF) {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.broken == nil {
		w.broken = err
	}
}

// cause is what lies behind err: the deadline on silence, the caller's end, a
// broken connection, or err itself.
func (w *watch) cause(err error) error {
	var ours *fault.Error
	if err == nil || errors.As(err, &ours) {
		return err
	}
	if c := context.Cause(w.ctx); c != nil {
		return c
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.broken != nil {
		return w.broken
	}
	return err
}

// reader counts what comes from the remote; each byte puts off the deadline.
func (w *watch) reader(r io.Reader) io.Reader { return &watchedReader{r, w} }

func (w *watch) body(r io.ReadCloser) io.ReadCloser {
	return struct {
		io.Reader
		io.Closer
	}{w.reader(r), r}
}

type watchedReader struct {
	r io.Reader
	w *watch
}

func (r *watchedReader) Read(p []byte) (int, error) {
	n, err := r.r.Read(p)
	if n > 0 {
		r.w.moved()
	}
	if r.w.left.Add(int64(-n)) < 0 {
		err = errTooMuch
	}
	r.w.note(err)
	return n, err
}

// writer puts off the deadline with each byte that goes out.
func (w *watch) writer(to io.Writer) io.Writer { return &watchedWriter{to, w} }

type watchedWriter struct {
	to io.Writer
	w  *watch
}

func (wr *watchedWriter) Write(p []byte) (int, error) {
	n, err := wr.to.Write(p)
	if n > 0 {
		wr.w.moved()
	}
	return n, err
}

// sending puts off the deadline with each byte of a request's body.
func (w *watch) sending(body io.ReadCloser) io.ReadCloser {
	return struct {
		io.Reader
		io.Closer
	}{io.TeeReader(body, w.writer(io.Discard)), body}
}

// patient puts off the deadline while what is sent is still being made: the
// remote is not to blame for a pack that takes minutes to compress. While a
// write hangs the deadline stands.
func (w *watch) patient(produce func(io.Writer) error) func(io.Writer) error {
	return func(to io.Writer) error {
		out := &writeGauge{to: to}
		done := make(chan struct{})
		defer close(done)
		go func() {
			tick := time.NewTicker(w.idle / 4)
			defer tick.Stop()
			for {
				select {
				case <-tick.C:
					if !out.writing.Load() {
						w.moved()
					}
				case <-done:
					return
				case <-w.ctx.Done():
					return
				}
			}
		}()
		return produce(out)
	}
}

// writeGauge knows whether a write is under way.
type writeGauge struct {
	to      io.Writer
	writing atomic.Bool
}

func (h *writeGauge) Write(p []byte) (int, error) {
	h.writing.Store(true)
	defer h.writing.Store(false)
	return h.to.Write(p)
}
