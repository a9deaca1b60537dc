package modeltest

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/airside-ls/airside/completion/model"
)

// Fault is something that can be wrong with a model server.
type Fault string

const (
	Gone        Fault = "gone"         // nobody listens
	WebPage     Fault = "web page"     // status 200 and HTML
	Status500   Fault = "status 500"   // with a message in the server's JSON
	InvalidJSON Fault = "invalid JSON" // a complete answer that is none
	HugeLine    Fault = "huge line"    // a line that does not end
	HalfAnswer  Fault = "half answer"  // the connection breaks in mid-answer
	EndsEarly   Fault = "ends early"   // a clean end of transfer, too soon
	Redirect    Fault = "redirect"     // to an address that must not be visited
	Silent      Fault = "silent"       // accepts and never answers
	FallsSilent Fault = "falls silent" // in mid-answer
	LoadingNow  Fault = "loading"      // the server says that it is loading
)

// faults and the kinds of error they are. The silent ones end with the
// context.
var faults = []struct {
	fault Fault
	kind  model.Kind
	early bool // also seen by Probe
}{
	{Gone, model.Unreachable, true},
	{WebPage, model.BadReply, true},
	{Status500, model.BadReply, true},
	{InvalidJSON, model.BadReply, true},
	{HugeLine, model.BadReply, true},
	{HalfAnswer, model.BadReply, true},
	{EndsEarly, model.BadReply, false},
	{Redirect, model.BadReply, true},
	{LoadingNow, model.Loading, true},
}

func testFaults(t *testing.T, h Harness) {
	if h.Faulty == nil {
		t.Skip("this backend has no server that could fail")
	}
	for _, f := range faults {
		if f.early {
			t.Run("Probe/"+string(f.fault), func(t *testing.T) {
				ctx, b := openFaulty(t, h, f.fault, false)
				info, err := b.Probe(ctx)
				wantKind(t, err, f.kind, b.Name())
				if info.Model != "" {
					t.Errorf("info beside an error: %+v", info)
				}
				_, err = model.Generate(ctx, b, model.Request{Prompt: h.Prompt, MaxTokens: 8})
				wantKind(t, err, f.kind, b.Name())
			})
		}
		t.Run("Generate/"+string(f.fault), func(t *testing.T) {
			ctx, b := openFaulty(t, h, f.fault, true)
			r, err := model.Generate(ctx, b, model.Request{Prompt: h.Prompt, MaxTokens: 8})
			wantKind(t, err, f.kind, b.Name())
			if r.Text != "" {
				t.Errorf("text beside an error: %+v", r)
			}
		})
	}
	t.Run("Probe/silent", func(t *testing.T) {
		ctx, b := openFaulty(t, h, Silent, false)
		testSilence(t, ctx, func(ctx context.Context) error { _, err := b.Probe(ctx); return err })
	})
	for _, fault := range []Fault{Silent, FallsSilent} {
		t.Run("Generate/"+string(fault), func(t *testing.T) {
			ctx, b := openFaulty(t, h, fault, true)
			testSilence(t, ctx, func(ctx context.Context) error {
				_, err := model.Generate(ctx, b, model.Request{Prompt: h.Prompt, MaxTokens: 8})
				return err
			})
		})
	}
}

// testSilence checks that ask ends with its deadline and not much later.
func testSilence(t *testing.T, ctx context.Context, ask func(context.Context) error) {
	t.Helper()
	const limit = 50 * time.Millisecond
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	start := time.Now()
	if err := ask(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want the deadline's error", err)
	}
	if took := time.Since(start); took > limit+prompt {
		t.Errorf("it took %v", took)
	}
}

func openFaulty(t *testing.T, h Harness, f Fault, late bool) (context.Context, model.Backend) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	noGoroutinesLeft(t)
	b := h.Faulty(t, f, late)
	if b == nil {
		t.Skip("this cannot happen to this backend")
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return ctx, b
}

func wantKind(t *testing.T, err error, kind model.Kind, backend string) {
	t.Helper()
	var e *model.Error
	if !errors.As(err, &e) {
		t.Fatalf("got %v (%T), want a model.Error of kind %q", err, err, kind)
	}
	if e.Kind != kind {
		t.Errorf("kind %q, want %q: %v", e.Kind, kind, err)
	}
	if e.Backend != backend || e.Op == "" || e.Err == nil {
		t.Errorf("the error does not tell who, what and why: %#v", e)
	}
	if len(err.Error()) > 1000 {
		t.Errorf("the message has %d bytes", len(err.Error()))
	}
}
