package journal

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/airside-ls/airside/gitsync/durable"
)

func TestLock(t *testing.T) {
	path := filepath.Join(t.TempDir(), "airside", "lock")
	l, err := Acquire(durable.OS, path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Acquire(durable.OS, path); !errors.Is(err, ErrLocked) {
		t.Error(err)
	}
	l.Release()
	l, err = Acquire(durable.OS, path)
	if err != nil {
		t.Fatal(err)
	}
	l.Release()
}

func newQueues(t *testing.T) (one, two *Queue) {
	path := filepath.Join(t.TempDir(), "lock")
	return NewQueue(durable.OS, path, "airside in One", time.Now), NewQueue(durable.OS, path, "airside in Two", time.Now)
}

// TestQueue: who waits has the lock when it is free, and knows who had it.
func TestQueue(t *testing.T) {
	one, two := newQueues(t)
	held, err := one.Try()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := two.Try(); !errors.Is(err, ErrLocked) {
		t.Error(err)
	}
	if h := two.Holder(); h.PID != os.Getpid() || h.Name != "airside in One" || h.Since.IsZero() {
		t.Errorf("holder %+v", h)
	}
	const waiters = 5
	got := make(chan error, waiters)
	for range waiters {
		go func() {
			l, err := two.Wait(t.Context())
			if err == nil {
				if h := one.Holder(); h.Name != "airside in Two" {
					err = errors.New("held by " + h.Name)
				}
				l.Release()
			}
			got <- err
		}()
	}
	held.Release()
	for range waiters {
		if err := <-got; err != nil {
			t.Error(err)
		}
	}
}

// TestQueueGivesUp: who gives up does so at once, does not come to hold the lock
// later, and can wait again.
func TestQueueGivesUp(t *testing.T) {
	one, two := newQueues(t)
	held, err := one.Try()
	if err != nil {
		t.Fatal(err)
	}
	why := errors.New("bored")
	for range 3 { // with one goroutine in the kernel, not three
		ctx, stop := context.WithCancelCause(t.Context())
		done := make(chan error)
		go func() { _, err := two.Wait(ctx); done <- err }()
		stop(why)
		if err := <-done; !errors.Is(err, why) {
			t.Fatal(err)
		}
	}
	// The one in the kernel is there for who waits now.
	done := make(chan error)
	wait := func() {
		l, err := two.Wait(t.Context())
		if err == nil {
			l.Release()
		}
		done <- err
	}
	go wait()
	for len(two.turn) == 0 {
		runtime.Gosched()
	}
	held.Release()
	if err := <-done; err != nil {
		t.Error(err)
	}
	l, err := one.Wait(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancelCause(t.Context())
	stop(why)
	if _, err := two.Wait(ctx); !errors.Is(err, why) {
		t.Error(err)
	}
	l.Release()
	if l, err = one.Wait(t.Context()); err != nil { // and lets go where nobody does
		t.Fatal(err)
	}
	go wait()
	l.Release()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// TestHolder: what the file says is words, whatever it says.
func TestHolder(t *testing.T) {
	tests := map[string]string{
		"":                                     "another airside",
		"\x00":                                 "another airside",
		"\x00{}":                               "another airside",
		"\x00{\"pid\":7":                       "another airside",
		"\x00{\"pid\":7,\"name\":\"airside\"}": "airside (process 7)",
		"\x00{\"pid\":7,\"name\":\"a\\u001b[31m\\nb\"}":          "a[31mb (process 7)",
		"\x00{\"pid\":7,\"name\":\"" + strings.Repeat("x", 2000): "another airside",
	}
	for text, want := range tests {
		path := filepath.Join(t.TempDir(), "lock")
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if got := holder(path).String(); got != want {
			t.Errorf("%.40q: %q, want %q", text, got, want)
		}
	}
	// A name that is too long is cut, and the rest is known as before.
	q := NewQueue(durable.OS, filepath.Join(t.TempDir(), "lock"), strings.Repeat("x", 2*mostHolder), time.Now)
	l, err := q.Try()
	if err != nil {
		t.Fatal(err)
	}
	defer l.Release()
	if h := q.Holder(); h.PID != os.Getpid() || h.Name == "" || h.Since.IsZero() {
		t.Errorf("%+v", h)
	}
	if got := (Holder{PID: os.Getpid(), Name: "x"}).String(); !strings.Contains(got, "here already") {
		t.Error(got)
	}
}

// TestAskedWhileTaken: whoever asks what the holder waits for keeps nobody from the lock.
func TestAskedWhileTaken(t *testing.T) {
	q := NewQueue(durable.OS, filepath.Join(t.TempDir(), "lock"), "airside", time.Now)
	first, err := q.Try()
	if err != nil {
		t.Fatal(err)
	}
	first.Waits(&Wait{For: "a hook"})
	if q.Waits() == nil {
		t.Error("it waits for nothing")
	}
	first.Release()
	ctx, cancel := context.WithCancel(t.Context())
	var askers sync.WaitGroup
	for range 4 {
		askers.Go(func() {
			for ctx.Err() == nil {
				q.Waits()
			}
		})
	}
	for range 500 {
		l, err := q.Try()
		if err != nil {
			t.Errorf("it is said to be taken: %v", err)
			break
		}
		l.Waits(&Wait{For: "a hook"})
		l.Release()
	}
	cancel()
	askers.Wait()
}
