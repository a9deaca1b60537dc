package frame

import (
	"context"
	"errors"
	"io"
	"strconv"
	"sync"
	"time"

	"go.lsp.dev/jsonrpc2"
)

const (
	// maxUnread bounds in bytes what waits for a client that does not read.
	maxUnread = 64 << 20
	// flushGrace is how long Close waits for such a client.
	flushGrace = time.Second
)

// ErrUnread ends a stream whose client lets messages pile up unread.
var ErrUnread = errors.New("frame: the client does not read")

// writer writes frames from its own goroutine, so that whoever sends never
// waits for the client: text sync goes on while the client is slow to read,
// and two sides that only write cannot lock each other up.
type writer struct {
	conn io.WriteCloser
	wake chan struct{} // holds a token while there is something to do
	done chan struct{} // closed when the goroutine has ended

	mu      sync.Mutex
	pending []byte // whole frames
	closing bool
	err     error
}

func newWriter(conn io.WriteCloser) *writer {
	w := &writer{conn: conn, wake: make(chan struct{}, 1), done: make(chan struct{})}
	go w.run()
	return w
}

// write queues one frame.
func (w *writer) write(body []byte) (int64, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case w.err != nil:
		return 0, w.err
	case w.closing:
		return 0, io.ErrClosedPipe
	case len(w.pending) > maxUnread:
		w.err = ErrUnread
		w.conn.Close()
		return 0, w.err
	}
	before := len(w.pending)
	w.pending = append(w.pending, "Content-Length: "...)
	w.pending = strconv.AppendInt(w.pending, int64(len(body)), 10)
	w.pending = append(w.pending, "\r\n\r\n"...)
	w.pending = append(w.pending, body...)
	w.signal()
	return int64(len(w.pending) - before), nil
}

func (w *writer) signal() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

func (w *writer) run() {
	defer close(w.done)
	var writing []byte
	for range w.wake {
		w.mu.Lock()
		writing, w.pending = w.pending, writing[:0]
		closing, err := w.closing, w.err
		w.mu.Unlock()
		if err != nil {
			return
		}
		if len(writing) > 0 {
			if _, err := w.conn.Write(writing); err != nil {
				w.fail(err)
				return
			}
		}
		if closing {
			return
		}
		if cap(writing) > keptBuffer {
			writing = nil
		}
	}
}

// fail ends the connection: the reader is not to wait for a client that can no
// longer be answered.
func (w *writer) fail(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err == nil {
		w.err = err
	}
	w.conn.Close()
}

// close writes what is pending, for as long as flushGrace, and ends.
func (w *writer) close() error {
	w.mu.Lock()
	w.closing = true
	w.signal()
	w.mu.Unlock()

	grace := time.NewTimer(flushGrace)
	defer grace.Stop()
	select {
	case <-w.done:
	case <-grace.C:
	}
	return w.conn.Close()
}

// Write implements [jsonrpc2.Stream]. It queues the message and returns.
func (s *Stream) Write(_ context.Context, msg jsonrpc2.Message) (int64, error) {
	body := jsonrpc2.AppendMessage(nil, msg)
	n, err := s.out.write(body)
	if isResponse(body) {
		s.owing.add(-1)
	}
	return n, err
}

// WriteFrame queues an encoded body, such as the answer to a batch.
func (s *Stream) WriteFrame(_ context.Context, body []byte) (int64, error) {
	return s.out.write(body)
}

// Close writes what is queued and closes the connection. A client that does
// not read gets a second for it.
func (s *Stream) Close() error { return s.out.close() }
