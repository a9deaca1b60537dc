package httpapi

import (
	"context"
	"io"
	"net/http"
	"sync"
	"time"
)

const (
	// fastPiece is the usual time between two pieces below which an answer is
	// read to its end: it does not last.
	fastPiece = 2 * time.Millisecond
	// maxGentle is how long a dropped connection may stay open for want of a
	// pause.
	maxGentle = time.Second
	// A pause is longer than these: firstPause as long as it is not known how
	// often pieces come, never more than maxPause.
	firstPause = 20 * time.Millisecond
	maxPause   = 10 * time.Millisecond
)

// gentleTransport is a round tripper that closes the connection of an unfinished answer
// not in the midst of pieces that arrive together, but in the pause before the
// next.
//
// Ollama (issue 17131, open in 2026) loses its only sequence for good when the
// connection goes while one piece is being written and the next is ready: every
// later request waits for ever. In a pause there is none ready. Callers do not
// notice: their reads end with the context as ever, the rest is done behind
// them.
type gentleTransport struct{ next http.RoundTripper }

func (g gentleTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	ctx := r.Context()
	inner, cancel := context.WithCancel(context.WithoutCancel(ctx))
	detach := context.AfterFunc(ctx, cancel)
	response, err := g.next.RoundTrip(r.WithContext(inner))
	if !detach() && err == nil {
		response.Body.Close()
		err = ctx.Err()
	}
	if err != nil {
		cancel()
		if ctx.Err() != nil {
			err = ctx.Err()
		}
		return nil, err
	}
	b := &gentleBody{
		ctx: ctx, body: response.Body, cancel: cancel,
		pieces: make(chan []byte), dropped: make(chan struct{}),
	}
	go b.pump()
	response.Body = b
	return response, nil
}

// gentleBody hands on what pump reads, until it is closed.
type gentleBody struct {
	ctx     context.Context
	body    io.ReadCloser
	cancel  context.CancelFunc
	pieces  chan []byte
	err     error // of the last read; set before pieces is closed
	rest    []byte
	drop    sync.Once
	dropped chan struct{} // closed by Close

	mu     sync.Mutex
	first  time.Time // when the first piece came
	last   time.Time
	count  int
	closer *time.Timer // closes the connection; set by Close
}

// Read implements io.Reader.
func (b *gentleBody) Read(p []byte) (int, error) {
	if len(b.rest) == 0 {
		select {
		case piece, ok := <-b.pieces:
			if !ok {
				return 0, b.err
			}
			b.rest = piece
		case <-b.ctx.Done():
			return 0, b.ctx.Err()
		}
	}
	n := copy(p, b.rest)
	b.rest = b.rest[n:]
	return n, nil
}

// Close implements io.Closer: the connection is closed in the next pause.
func (b *gentleBody) Close() error {
	b.drop.Do(func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.closer = time.AfterFunc(b.pause(), b.cancel)
		close(b.dropped)
	})
	return nil
}

// pause is how long nothing must have come. b.mu is held.
func (b *gentleBody) pause() time.Duration {
	if b.count < 3 {
		return firstPause
	}
	usual := b.last.Sub(b.first) / time.Duration(b.count-1)
	if usual < fastPiece {
		return maxGentle
	}
	return min(usual*3/5, maxPause)
}

// pump reads the answer to its end, or until a pause after it was dropped.
func (b *gentleBody) pump() {
	defer b.cancel()
	defer b.body.Close()
	defer close(b.pieces)
	buffer := make([]byte, 4<<10)
	var deadline *time.Timer
	for {
		n, err := b.body.Read(buffer)
		if n > 0 {
			b.arrived()
			select {
			case <-b.dropped:
				if deadline == nil {
					deadline = time.AfterFunc(maxGentle, b.cancel)
					defer deadline.Stop()
				}
			case b.pieces <- append([]byte(nil), buffer[:n]...):
			}
		}
		if err != nil {
			b.err = err
			b.mu.Lock()
			defer b.mu.Unlock()
			if b.closer != nil {
				b.closer.Stop()
			}
			return
		}
	}
}

// arrived notes that a piece has come, which puts off the closing.
func (b *gentleBody) arrived() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.last = time.Now()
	if b.count == 0 {
		b.first = b.last
	}
	b.count++
	if b.closer != nil {
		b.closer.Reset(b.pause())
	}
}
