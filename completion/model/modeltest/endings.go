package modeltest

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/airside-ls/airside/completion/model"
)

func testEnough(t *testing.T, h Harness) {
	ctx, b := open(t, h)
	var got strings.Builder
	r, err := model.Generate(ctx, b, model.Request{
		Prompt: h.Long, MaxTokens: h.LongTokens,
		OnText: func(c string) error {
			got.WriteString(c)
			return model.ErrEnough
		},
	})
	if err != nil || r.StopReason != "enough" || r.Text == "" || r.Text != got.String() {
		t.Errorf("%+v, %v; the chunks were %q", r, err, got.String())
	}
	h.Stopped(t, b)
}

func testCallersError(t *testing.T, h Harness) {
	ctx, b := open(t, h)
	boom := errors.New("the caller's own error")
	_, err := model.Generate(ctx, b, model.Request{
		Prompt: h.Long, MaxTokens: h.LongTokens, OnText: func(string) error { return boom },
	})
	if !errors.Is(err, boom) {
		t.Errorf("got %v", err)
	}
	h.Stopped(t, b)
}

func testCancelledBefore(t *testing.T, h Harness) {
	_, b := open(t, h)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	start := time.Now()
	if _, err := b.Probe(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Probe: %v", err)
	}
	_, err := model.Generate(ctx, b, model.Request{
		Prompt: h.Prompt, MaxTokens: 8,
		OnText: func(string) error { t.Error("text was generated"); return nil },
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("Generate: %v", err)
	}
	if took := time.Since(start); took > prompt {
		t.Errorf("it took %v", took)
	}
}

func testCancelled(t *testing.T, h Harness) {
	ctx, b := open(t, h)
	inner, cancel := context.WithCancel(ctx)
	defer cancel()
	var once sync.Once
	var at time.Time
	r, err := model.Generate(inner, b, model.Request{
		Prompt: h.Long, MaxTokens: h.LongTokens,
		OnText: func(string) error {
			once.Do(func() { at = time.Now(); cancel() })
			return nil
		},
	})
	if !errors.Is(err, context.Canceled) || r.Text != "" {
		t.Errorf("cancelled at the first chunk: %+v, %v", r, err)
	}
	if took := time.Since(at); took > prompt {
		t.Errorf("it returned after %v", took)
	}
	h.Stopped(t, b)
	// The model itself must not pass half an answer off as a whole one either.
	inner, cancel = context.WithCancel(ctx)
	defer cancel()
	resp, err := b.Generate(inner, model.Request{
		Prompt: h.Long, MaxTokens: h.LongTokens, OnText: func(string) error { cancel(); return nil },
	})
	if err == nil {
		t.Errorf("the backend, cancelled: %+v without an error", resp)
	}
	h.Stopped(t, b)
}

func testDeadline(t *testing.T, h Harness) {
	ctx, b := open(t, h)
	// A deadline that passes exactly when the first text has come.
	passed := make(chan struct{})
	var once sync.Once
	_, err := model.Generate(deadlineContext{ctx, passed}, b, model.Request{
		Prompt: h.Long, MaxTokens: h.LongTokens,
		OnText: func(string) error { once.Do(func() { close(passed) }); return nil },
	})
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	h.Stopped(t, b)
}

// deadlineContext is a context whose deadline passes when the test says so.
type deadlineContext struct {
	context.Context
	passed <-chan struct{}
}

func (d deadlineContext) Done() <-chan struct{} { return d.passed }

func (d deadlineContext) Err() error {
	select {
	case <-d.passed:
		return context.DeadlineExceeded
	default:
		return nil
	}
}

func testProbeWhileGenerating(t *testing.T, h Harness) {
	ctx, b := open(t, h)
	probed := false
	_, err := model.Generate(ctx, b, model.Request{
		Prompt: h.Long, MaxTokens: h.LongTokens,
		OnText: func(string) error {
			start := time.Now()
			if _, err := b.Probe(ctx); err != nil {
				t.Errorf("Probe: %v", err)
			}
			if took := time.Since(start); took > prompt {
				t.Errorf("Probe took %v while the model was busy", took)
			}
			probed = true
			return model.ErrEnough
		},
	})
	if err != nil || !probed {
		t.Errorf("Generate: %v, probed: %v", err, probed)
	}
	h.Stopped(t, b)
}

// testConcurrent mixes requests that are answered, cancelled and ended early.
func testConcurrent(t *testing.T, h Harness) {
	ctx, b := open(t, h)
	probe(t, ctx, b)
	var all sync.WaitGroup
	for i := range 12 {
		all.Go(func() {
			inner, cancel := context.WithCancel(ctx)
			defer cancel()
			var got strings.Builder
			ask := model.Request{Prompt: h.Prompt, MaxTokens: 8}
			ask.OnText = func(c string) error {
				got.WriteString(c)
				switch i % 3 {
				case 1:
					cancel()
				case 2:
					return model.ErrEnough
				}
				return nil
			}
			r, err := model.Generate(inner, b, ask)
			switch {
			case i%3 == 1:
				if !errors.Is(err, context.Canceled) {
					t.Errorf("cancelled: %+v, %v", r, err)
				}
			case err != nil || r.Text == "" || r.Text != got.String():
				t.Errorf("request %d: %+v, %v; the chunks were %q", i, r, err, got.String())
			}
		})
		all.Go(func() {
			if _, err := b.Probe(ctx); err != nil {
				t.Errorf("Probe: %v", err)
			}
		})
	}
	all.Wait()
}

func testClose(t *testing.T, h Harness) {
	ctx, b := open(t, h)
	generate(t, ctx, b, model.Request{Prompt: h.Prompt, MaxTokens: 2})
	for range 2 {
		if err := b.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	}
	never := h.Open(t)
	if err := never.Close(); err != nil {
		t.Errorf("Close of a backend that was never asked: %v", err)
	}
}
