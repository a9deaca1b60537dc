package recall

import (
	"context"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"

	"github.com/airside-ls/airside/completion/rhythm"
)

// Speculator prepares, while a suggestion is on the screen, the one that would
// follow its acceptance. There is one speculation at a time, it begins only
// while no request is at a model, and it is dropped when an edit does anything
// but type the suggestion, when another request comes, and when its document is
// closed. It is safe for concurrent use.
type Speculator struct {
	// Latency is the median latency of who was asked, 0 when it is not known or
	// nothing is to be prepared.
	Latency func(Origin) time.Duration
	Log     *slog.Logger

	mu      sync.Mutex
	asking  int    // requests at a model, or about to be
	tells   bool   // the client tells what it shows
	offer   *Offer // the latest suggestion; nil once it was taken up
	running *speculation
	ready   string      // the suggestion whose successor is being prepared or was
	latest  *Suggestion // the suggestion that was returned last
	pays    rhythm.Payoff
	closed  bool
	all     sync.WaitGroup
}

// Offer is a suggestion that was returned.
type Offer struct {
	ID   string // of the answer that had it
	Base Suggestion
	// Prepare has what follows it remembered, and tells whether there is anything. It
	// ends with the context.
	Prepare func(context.Context) bool
}

// speculation is one generation for the document in which base was accepted.
type speculation struct {
	base   Suggestion
	cancel context.CancelFunc
	done   chan struct{}
}

// Offered notes that a suggestion was returned, and begins to prepare the next
// one, unless the client will tell when it is shown.
func (s *Speculator) Offered(o Offer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.offer, s.latest = &o, &o.Base
	if !s.tells {
		s.foresee(o.ID)
	}
}

// Shown notes that the client tells what it shows, and that it shows id.
func (s *Speculator) Shown(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tells = true
	s.foresee(id)
}

// foresee prepares what follows the suggestion with this ID if it is the latest. The
// lock is held.
func (s *Speculator) foresee(id string) {
	o := s.offer
	if o == nil || o.ID != id || s.closed {
		return
	}
	s.offer = nil
	if s.asking > 0 || s.ready == o.Base.ID || !s.pays.Pays(s.Latency(o.Base.Origin)) {
		return
	}
	s.drop()
	ctx, cancel := context.WithCancel(context.Background())
	sp := &speculation{base: o.Base, cancel: cancel, done: make(chan struct{})}
	s.running, s.ready = sp, o.Base.ID
	s.all.Go(func() {
		defer close(sp.done)
		defer cancel()
		defer func() {
			if p := recover(); p != nil { // nobody has asked: nobody is to be troubled
				s.Log.Error("panic in a speculation", "panic", p, "stack", string(debug.Stack()))
			}
		}()
		if !o.Prepare(ctx) {
			s.end(sp)
		}
	})
}

// Foreseen notes whether a request's answer was at hand, or the suggestion before
// it was taken whole.
func (s *Speculator) Foreseen(p Place, atHand bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.latest != nil && s.latest.isAccepted(p) {
		s.pays.Taken()
		return
	}
	s.pays.Foreseen(atHand)
}

// end notes that a speculation ended without a suggestion.
func (s *Speculator) end(sp *speculation) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.running == sp {
		s.running = nil
	}
}

// drop stops the running speculation. The lock is held.
func (s *Speculator) drop() {
	if s.running == nil {
		return
	}
	s.running.cancel()
	select {
	case <-s.running.done: // its suggestion stays in memory
	default:
		s.ready = ""
	}
	s.running = nil
}

// Elsewhere stops what follows from a suggestion that keep does not accept.
func (s *Speculator) Elsewhere(keep func(base *Suggestion) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.running != nil && !keep(&s.running.base) {
		s.drop()
	}
	if s.offer != nil && !keep(&s.offer.Base) {
		s.offer = nil
	}
}

// Reached is closed when it is known what comes of what is being prepared for p; nil
// when nothing is.
func (s *Speculator) Reached(p Place) <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.running != nil && s.running.base.isAccepted(p) {
		return s.running.done
	}
	return nil
}

// Begin counts a request that goes to a model, and drops the speculation. It ends
// with Finish.
func (s *Speculator) Begin() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asking++
	s.drop()
	s.offer = nil
}

// Finish ends what Begin began.
func (s *Speculator) Finish() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asking--
}

// Wait waits for what is being prepared.
func (s *Speculator) Wait() { s.all.Wait() }

// Close stops everything and waits for its end.
func (s *Speculator) Close() {
	s.mu.Lock()
	s.closed = true
	s.drop()
	s.mu.Unlock()
	s.Wait()
}
