package selector

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/model/modeltest"
)

// named gives a scripted backend its own name.
type named struct {
	*modeltest.Fake
	name string
}

func (n named) Name() string { return n.name }

func backend(name string) named {
	f := modeltest.NewFake("x")
	f.SetInfo(func(i *model.Info) {
		*i = model.Info{Backend: name, Model: name + "-model", ContextTokens: 100, Why: "it is there"}
	})
	return named{f, name}
}

func down(name string) error {
	return &model.Error{Kind: model.Unreachable, Backend: name, Err: errors.New("connection refused")}
}

// watch starts a selector whose choices arrive on a channel.
func watch(t *testing.T, backends ...model.Backend) (*Selector, func() Choice) {
	t.Helper()
	choices := make(chan Choice, 100)
	s := New(backends, Options{Interval: time.Millisecond, OnChange: func(c Choice) { choices <- c }})
	t.Cleanup(s.Close)
	return s, func() Choice {
		t.Helper()
		select {
		case c := <-choices:
			return c
		case <-time.After(10 * time.Second):
			t.Fatal("the choice did not change")
			return Choice{}
		}
	}
}

func TestComesAndGoes(t *testing.T) {
	a, b := backend("a"), backend("b")
	a.FailProbe(down("a"))
	_, next := watch(t, a, b)
	c := next()
	if c.Backend != model.Backend(b) || !strings.Contains(c.Why, "a is not running here") || strings.Contains(c.Why, "refused") || !strings.Contains(c.Why, "it is there") {
		t.Errorf("first choice %+v", c)
	}
	a.FailProbe(nil)
	if c := next(); c.Backend != model.Backend(a) {
		t.Errorf("a came up, choice %+v", c)
	}
	a.FailProbe(down("a"))
	if c := next(); c.Backend != model.Backend(b) {
		t.Errorf("a went, choice %+v", c)
	}
	b.FailProbe(down("b"))
	if c := next(); c.Backend != nil || !strings.Contains(c.Err.Error(), "a is not") || !strings.Contains(c.Err.Error(), "b is not") {
		t.Errorf("both went, choice %+v", c)
	}
}

// TestWhy: no address and no error of the network's in what a person reads.
func TestWhy(t *testing.T) {
	gone := func(name string) error {
		return &model.Error{Kind: model.Unreachable, Backend: name, Op: "GET /x", Err: errors.New("dial tcp 127.0.0.1:1: connection refused"), Advice: "start it"}
	}
	none := &model.Error{Kind: model.NoModel, Backend: "ollama", Op: "GET /api/tags"}
	broken := &model.Error{Kind: model.Broken, Backend: "builtin", Err: errors.New("no such file")}
	for want, passed := range map[string][]error{
		"it is there": nil,
		"it is there; Ollama is not running here":                                           {gone("ollama")},
		"it is there; Ollama and llama-server are not running here":                         {gone("ollama"), gone("llamacpp")},
		"it is there; the server at openai.url is out of reach; Ollama has no code model":   {gone("openai"), none},
		"it is there; the built-in model is unusable; a teapot; Ollama is not running here": {gone("ollama"), broken, errors.New("a teapot")},
	} {
		if got := why(model.Info{Why: "it is there"}, passed); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	want := "Ollama is not running here (start it); builtin is unusable: no such file"
	if got := whyNobody([]error{gone("ollama"), broken}); got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// TestProbesLessWhenUnused: the longer nobody asks, the longer between two rounds;
// in the end there are none, until somebody asks.
func TestProbesLessWhenUnused(t *testing.T) {
	s := &Selector{opts: Options{Interval: 2 * time.Second, IdleAfter: 2 * time.Minute}}
	for unused, want := range map[time.Duration]time.Duration{0: 2 * time.Second, time.Minute: 30 * time.Second, 3 * time.Minute: 0} {
		s.lastUsed = time.Now().Add(-unused)
		wait, probes := s.pause()
		if probes != (want > 0) || probes && wait.Round(time.Second) != want {
			t.Errorf("unused for %v: %v, %v", unused, wait, probes)
		}
	}
	a := backend("a")
	asked, next := watch(t, a)
	next()
	asked.mu.Lock()
	asked.lastUsed, asked.opts.IdleAfter = time.Now().Add(-time.Hour), time.Second
	asked.mu.Unlock()
	a.FailProbe(down("a"))
	if _, err := asked.Current(t.Context()); err != nil {
		t.Fatal(err)
	}
	if c := next(); c.Backend != nil {
		t.Errorf("asked again, the choice is %+v", c)
	}
}

func TestFailedGeneration(t *testing.T) {
	a, b := backend("a"), backend("b")
	s, next := watch(t, a, b)
	if c := next(); c.Backend != model.Backend(a) {
		t.Fatalf("choice %+v", c)
	}
	// a still answers probes, but cannot generate.
	if c := s.Failed(context.Background(), a, down("a")); c.Backend != model.Backend(b) {
		t.Errorf("after the failure: %+v", c)
	}
	next() // b
	if c := next(); c.Backend != model.Backend(a) {
		t.Errorf("the penalty never ended: %+v", c)
	}
}

// TestForgiven: failures with good answers between them are each the first.
func TestForgiven(t *testing.T) {
	a, b := backend("a"), backend("b")
	s, next := watch(t, a, b)
	next()
	for range 3 {
		s.Failed(context.Background(), a, down("a"))
		next() // b
		next() // a again
		if p := s.penalty[a.Name()]; p.next != 2*s.opts.Interval {
			t.Errorf("passed over for %v the next time, want %v", p.next, 2*s.opts.Interval)
		}
		s.Succeeded(a)
	}
}

func TestFailedReturnsWhenNobodyElseAnswers(t *testing.T) {
	a := backend("a")
	s, next := watch(t, a)
	next()
	if c := s.Failed(context.Background(), a, down("a")); c.Backend != nil || c.Err == nil {
		t.Errorf("choice %+v", c)
	}
}

func TestCurrentHonoursItsContext(t *testing.T) {
	s := &Selector{ready: make(chan struct{})} // a first round that never ends
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := s.Current(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

func TestHoldProbesNobody(t *testing.T) {
	b, hold := backend("a"), make(chan struct{})
	s := New([]model.Backend{b}, Options{Hold: hold})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Current(ctx); !errors.Is(err, context.Canceled) || b.Counts().Probes != 0 {
		t.Errorf("%v, %d probes", err, b.Counts().Probes)
	}
	close(hold)
	if c, err := s.Current(t.Context()); err != nil || c.Backend != model.Backend(b) {
		t.Errorf("%+v, %v", c, err)
	}
	s.Close()
	if c, err := s.Current(t.Context()); err != nil || c.Backend == nil {
		t.Errorf("after Close: %+v, %v", c, err)
	}
	held := New([]model.Backend{b}, Options{Hold: make(chan struct{})})
	held.Close()
	if _, err := held.Current(t.Context()); !errors.Is(err, ErrClosed) {
		t.Errorf("closed before the first look: %v", err)
	}
}
