package gitsync

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/airside-ls/airside/gitsync/journal"
	"github.com/airside-ls/airside/gitsync/repo"
)

// turns is a repository that another airside syncs, and what waits for it.
type turns struct {
	t     *testing.T
	s     *Syncer
	held  *journal.Lock
	told  chan string // progress
	asked chan bool   // rounds that began, and whether a person asked
	clock *lateClock
}

// lateClock lets a wait end when the test says so.
type lateClock struct {
	realClock
	late chan time.Time
}

func (c *lateClock) After(time.Duration) <-chan time.Time { return c.late }

func newTurns(t *testing.T) *turns {
	f := newFake(t)
	k := &turns{t: t, told: make(chan string, 100), asked: make(chan bool, 100), clock: &lateClock{late: make(chan time.Time)}}
	k.s = f.syncer(func(p *parts) {
		p.probe = func(context.Context, repo.Upstream) verdict {
			k.asked <- true
			return verdict{state: reachable}
		}
	})
	k.s.clock = k.clock
	k.s.opts.Progress = func(line string) { k.told <- line }
	other := journal.NewQueue(k.s.fs, k.s.dir("lock"), "airside in Neovim", time.Now)
	var err error
	if k.held, err = other.Try(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(k.nobodyWaits)
	return k
}

// nobodyWaits returns once the goroutine that waits in the kernel has ended, also
// one that somebody left there who gave up: it writes into the repository.
func (k *turns) nobodyWaits() {
	k.held.Release()
	l, err := k.s.queue.Wait(context.Background())
	if err != nil {
		k.t.Fatal(err)
	}
	l.Release()
}

// round asks for one and returns once it waits, or has joined one that does.
func (k *turns) round(ctx context.Context, req Request) <-chan Result {
	got := make(chan Result, 1)
	k.s.shared.mu.Lock()
	joins := k.s.shared.next != nil
	k.s.shared.mu.Unlock()
	go func() { got <- k.s.Round(ctx, req)[0] }()
	if !joins {
		if line := <-k.told; !strings.HasPrefix(line, "waiting for ") {
			k.t.Errorf("told %q", line)
		}
	}
	return got
}

// TestTurns: what is asked for while another is at work runs once that is done,
// as one round, and nobody looks at a clock.
func TestTurns(t *testing.T) {
	k := newTurns(t)
	background := k.round(t.Context(), Request{})
	var all []<-chan Result
	for range 3 {
		all = append(all, k.round(t.Context(), Request{User: true}))
	}
	k.held.Release()
	for _, got := range append(all, background) {
		if r := <-got; r.State != Idle || r.Message == "" && r.LastSync.IsZero() {
			t.Errorf("%+v", r)
		}
	}
	// Those that had not joined in time have one of their own.
	if n := len(k.asked); n < 1 || n > 4 {
		t.Errorf("%d rounds", n)
	}
}

// TestTurnsJoin: what waits for the same is one round, and what a person asks
// for is that person's.
func TestTurnsJoin(t *testing.T) {
	var s sharedRounds
	var once sync.Once
	waits, free := make(chan struct{}), make(chan struct{})
	var began []Request
	do := func(_ context.Context, begin func() Request) []Result {
		once.Do(func() { close(waits) })
		<-free
		began = append(began, begin())
		return []Result{{State: Idle, Message: "done"}}
	}
	got := make(chan Result, 10)
	ask := func(ctx context.Context, req Request) { go func() { got <- s.run(ctx, req, do)[0] }() }
	ask(t.Context(), Request{})
	<-waits
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if r := s.run(gone, Request{User: true}, do)[0]; r.State != Busy {
		t.Errorf("who gave up: %+v", r)
	}
	// What is for other branches does not join it.
	if r := s.run(t.Context(), Request{Branches: []string{"x"}}, func(_ context.Context, begin func() Request) []Result {
		return []Result{{Branch: begin().Branches[0]}}
	})[0]; r.Branch != "x" {
		t.Errorf("a round of its own: %+v", r)
	}
	close(free)
	if r := <-got; r.Message != "done" {
		t.Errorf("%+v", r)
	}
	if len(began) != 1 || !began[0].User {
		t.Errorf("began %+v", began)
	}
}

// TestTurnsLeaderLeaves: when the one that runs a round gives up, those that had
// joined it run it themselves.
func TestTurnsLeaderLeaves(t *testing.T) {
	var s sharedRounds
	waits := make(chan context.Context, 2)
	do := func(ctx context.Context, begin func() Request) []Result {
		waits <- ctx
		if ctx.Value(turns{}) != nil {
			<-ctx.Done()
			begin()
			return []Result{{State: Busy}}
		}
		begin()
		return []Result{{State: Idle}}
	}
	first, cancel := context.WithCancel(context.WithValue(t.Context(), turns{}, true))
	led := make(chan Result, 1)
	go func() { led <- s.run(first, Request{}, do)[0] }()
	<-waits
	joined := make(chan Result, 1)
	go func() { joined <- s.run(t.Context(), Request{}, do)[0] }()
	cancel()
	if r := <-led; r.State != Busy {
		t.Errorf("the first: %+v", r)
	}
	if r := <-joined; r.State != Idle {
		t.Errorf("the second: %+v", r)
	}
}

// TestTurnsEnd: a wait can be given up, is bounded, and says who is waited for.
func TestTurnsEnd(t *testing.T) {
	wants := map[string]struct {
		do   func(k *turns, cancel func())
		wait time.Duration
		says string
	}{
		"cancelled":   {func(_ *turns, cancel func()) { cancel() }, 0, "interrupted while waiting for the sync that is at work here already; nothing was begun"},
		"too long":    {func(k *turns, _ func()) { k.clock.late <- time.Time{} }, 0, "is at work in this repository, and is not done after 2m0s"},
		"not at all":  {nil, -1, "is at work in this repository: try again"},
		"other limit": {func(k *turns, _ func()) { k.clock.late <- time.Time{} }, time.Hour, "not done after 1h0m0s"},
	}
	for name, tt := range wants {
		t.Run(name, func(t *testing.T) {
			k := newTurns(t)
			k.s.opts.Wait = tt.wait
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			var r Result
			if tt.do == nil {
				r = k.s.Round(ctx, Request{User: true})[0]
			} else {
				got := k.round(ctx, Request{User: true})
				tt.do(k, cancel)
				r = <-got
			}
			if r.State != Busy || !strings.Contains(r.Message, tt.says) {
				t.Errorf("%+v", r)
			}
			if _, err := k.s.journal.List(); err != nil || len(k.asked) > 0 {
				t.Errorf("something was begun: %v", err)
			}
			// The lock is not held by who gave up.
			k.held.Release()
			k.s.opts.Wait = 0
			if r := k.s.Round(t.Context(), Request{})[0]; r.State != Idle {
				t.Errorf("afterwards: %+v", r)
			}
		})
	}
}

// TestTurnsOfCommands: undo and resolve wait as rounds do.
func TestTurnsOfCommands(t *testing.T) {
	for name, do := range map[string]func(*Syncer, context.Context) error{
		"undo":     func(s *Syncer, ctx context.Context) error { _, err := s.Undo(ctx, ""); return err },
		"resolve":  func(s *Syncer, ctx context.Context) error { _, err := s.Resolve(ctx, ""); return err },
		"proposal": func(s *Syncer, ctx context.Context) error { _, err := s.TakeProposal(ctx, ""); return err },
	} {
		k := newTurns(t)
		got := make(chan error)
		go func() { got <- do(k.s, t.Context()) }()
		<-k.told
		k.held.Release()
		if err := <-got; err == nil || strings.Contains(err.Error(), "at work") {
			t.Errorf("%s: %v", name, err) // there is nothing to take back or to resolve
		}
	}
}
