package wire

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestPatience: making a pack may take long, sending one may not hang.
func TestPatience(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWatch(context.Background(), usual)
		defer w.end()
		w.patient(func(to io.Writer) error {
			<-time.After(10 * usual.idle)
			_, err := to.Write([]byte("pack"))
			return err
		})(io.Discard)
		if w.ctx.Err() != nil {
			t.Error("it did not wait for what was being made")
		}
		r, hung := io.Pipe()
		context.AfterFunc(w.ctx, func() { r.Close() })
		start := time.Now()
		err := w.patient(func(to io.Writer) error {
			_, err := to.Write([]byte("pack"))
			return err
		})(hung)
		if took := time.Since(start); !errors.Is(context.Cause(w.ctx), errIdle) || took > usual.idle {
			t.Errorf("a write that hangs: %v after %v", err, took)
		}
	})
}

// TestWatch: each byte puts the deadline off, and the count ends the stream.
func TestWatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWatch(context.Background(), usual)
		defer w.end()
		w.allow(25)
		r := w.reader(strings.NewReader(strings.Repeat("x", 30)))
		for range 25 {
			<-time.After(usual.idle - time.Second)
			if _, err := r.Read(make([]byte, 1)); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := r.Read(make([]byte, 1)); !errors.Is(err, errTooMuch) || w.cause(io.EOF) != errTooMuch {
			t.Errorf("the 26th byte: %v, %v", err, w.cause(io.EOF))
		}
		<-time.After(usual.idle + time.Second)
		if !errors.Is(w.cause(io.EOF), errIdle) {
			t.Errorf("silence: %v", w.cause(io.EOF))
		}
	})
}
