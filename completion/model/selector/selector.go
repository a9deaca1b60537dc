// Package selector decides which of several backends answers now. It probes
// them in order of preference, takes the first that would answer, and keeps
// looking while it is used: a better one that comes up takes over, one that
// fails makes room for the next, without a restart.
package selector

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/airside-ls/airside/completion/model"
)

// Choice is who answers now, or why nobody does.
type Choice struct {
	Backend model.Backend // nil when none answers
	Info    model.Info
	// Why tells a person in one line why this backend and not a preferred one, or why
	// none.
	Why string
	// Err is set when none answers: every backend's own error, joined.
	Err error
}

// Options tune a Selector; the zero value is sensible.
type Options struct {
	// Interval between probe rounds while completions are asked for; 2 s when
	// zero. When nobody asks it grows with the time since the last request.
	Interval time.Duration
	// IdleAfter is how long after the last request probing ends until the next
	// one, so that an idle editor costs nothing; 2 min when zero.
	IdleAfter time.Duration
	// ProbeTimeout bounds one probe; 2 s when zero.
	ProbeTimeout time.Duration
	// MaxPenalty bounds how long a backend that answers probes but fails
	// generations is passed over; 60 s when zero.
	MaxPenalty time.Duration
	// Hold, when set, has nobody probed before it is closed.
	Hold <-chan struct{}
	Log  *slog.Logger
	// OnChange, when set, is called after each change of choice, from one
	// goroutine at a time.
	OnChange func(Choice)
}

// Selector watches backends. It is safe for concurrent use.
type Selector struct {
	backends []model.Backend
	opts     Options
	stop     context.CancelFunc
	done     chan struct{}
	wake     chan struct{} // buffered: a probe round is wanted now

	mu       sync.Mutex
	choice   Choice
	ready    chan struct{} // closed once the first round is through
	lastUsed time.Time
	probed   time.Time     // when the last round ended
	asleep   bool          // no round comes until somebody asks
	rounds   uint64        // probe rounds finished
	roundEnd chan struct{} // closed and replaced at the end of each round
	penalty  map[string]penalty
}

// penalty passes over a backend that failed to generate.
type penalty struct {
	until   time.Time
	through uint64 // rounds that have to end, too: one that begins late passes it over as well
	next    time.Duration
	err     error
}

// New starts watching backends, best first. The first round begins at once, in
// the background.
func New(backends []model.Backend, opts Options) *Selector {
	setDefault(&opts.Interval, 2*time.Second)
	setDefault(&opts.IdleAfter, 2*time.Minute)
	setDefault(&opts.ProbeTimeout, 2*time.Second)
	setDefault(&opts.MaxPenalty, time.Minute)
	if opts.Log == nil {
		opts.Log = slog.New(slog.DiscardHandler)
	}
	ctx, cancel := context.WithCancel(context.Background())
	s := &Selector{
		backends: backends, opts: opts, stop: cancel,
		done: make(chan struct{}), wake: make(chan struct{}, 1),
		ready: make(chan struct{}), roundEnd: make(chan struct{}),
		lastUsed: time.Now(), penalty: map[string]penalty{},
	}
	go s.watch(ctx)
	return s
}

func setDefault(d *time.Duration, v time.Duration) {
	if *d == 0 {
		*d = v
	}
}

// ErrClosed says that nobody was looked for, and nobody will be.
var ErrClosed = errors.New("nobody looks for a model any more")

// Current returns the present choice; it waits only for the very first round, and
// fails with ErrClosed where there was none before Close. Asking keeps the watch
// awake.
func (s *Selector) Current(ctx context.Context) (Choice, error) {
	s.mu.Lock()
	rested := s.asleep || s.rounds > 0 && time.Since(s.probed) > s.opts.Interval
	s.lastUsed = time.Now()
	s.mu.Unlock()
	if rested {
		s.Refresh()
	}
	select {
	case <-s.ready:
	case <-ctx.Done():
		return Choice{}, ctx.Err()
	case <-s.done:
		select {
		case <-s.ready:
		default:
			return Choice{}, ErrClosed
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.choice, nil
}

// Refresh has all backends probed soon.
func (s *Selector) Refresh() {
	select {
	case s.wake <- struct{}{}:
	default: // one is pending already
	}
}

// Failed reports that b could not generate. The next choice is made now, with
// b passed over for a while that doubles with every failure; Failed returns it
// when it is made, or the present one when ctx ends.
func (s *Selector) Failed(ctx context.Context, b model.Backend, err error) Choice {
	s.mu.Lock()
	p := s.penalty[b.Name()]
	if p.next == 0 {
		p.next = s.opts.Interval
	}
	p.until, p.err = time.Now().Add(p.next), err
	p.next = min(2*p.next, s.opts.MaxPenalty)
	// A round that is under way may have passed b already: wait for the one
	// after it.
	want := s.rounds + 2
	p.through = want
	s.penalty[b.Name()] = p
	s.mu.Unlock()
	s.opts.Log.Warn("backend failed", "backend", b.Name(), "error", err)
	for {
		s.Refresh()
		s.mu.Lock()
		end, choice, through := s.roundEnd, s.choice, s.rounds >= want || s.choice.Backend != b
		s.mu.Unlock()
		if through {
			return choice
		}
		select {
		case <-end:
		case <-ctx.Done():
			return choice
		case <-s.done:
			return choice
		}
	}
}

// Succeeded ends a backend's penalty after a generation that went well.
func (s *Selector) Succeeded(b model.Backend) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.penalty, b.Name())
}

// Close stops watching. It does not close the backends.
func (s *Selector) Close() {
	s.stop()
	<-s.done
}

func (s *Selector) watch(ctx context.Context) {
	defer close(s.done)
	if s.opts.Hold != nil {
		select {
		case <-s.opts.Hold:
		case <-ctx.Done():
			return
		}
	}
	for {
		s.round(ctx)
		var next <-chan time.Time // nil: when somebody asks
		if wait, probes := s.pause(); probes {
			next = time.After(wait)
		}
		select {
		case <-ctx.Done():
			return
		case <-s.wake:
		case <-next:
		}
	}
}

// pause is the time to the next round: the longer nobody has asked, the longer.
// After IdleAfter there is none.
func (s *Selector) pause() (wait time.Duration, probes bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	unused := time.Since(s.lastUsed)
	s.asleep = unused > s.opts.IdleAfter
	return max(s.opts.Interval, unused/2), !s.asleep
}

// round probes from the best backend down to the first that would answer.
func (s *Selector) round(ctx context.Context) {
	choice := Choice{Err: errors.New("no backend is configured")}
	var errs []error
	for _, b := range s.backends {
		info, err := s.probe(ctx, b)
		if ctx.Err() != nil {
			return
		}
		if err == nil {
			choice = Choice{Backend: b, Info: info, Why: why(info, errs)}
			break
		}
		errs = append(errs, err)
	}
	if choice.Backend == nil && errs != nil {
		told := telling(errs)
		choice.Err, choice.Why = errors.Join(told...), whyNobody(told)
	}

	s.mu.Lock()
	old := s.choice
	s.choice = choice
	first := s.rounds == 0
	s.rounds++
	s.probed = time.Now()
	close(s.roundEnd)
	s.roundEnd = make(chan struct{})
	s.mu.Unlock()

	if first {
		close(s.ready)
	}
	if first || old.Backend != choice.Backend || old.Info.Model != choice.Info.Model || old.Info.Endpoint != choice.Info.Endpoint {
		s.opts.Log.Info("model chosen", "backend", choice.Info.Backend, "model", choice.Info.Model,
			"endpoint", choice.Info.Endpoint, "why", choice.Why, "passed", errors.Join(errs...), "error", choice.Err)
		if s.opts.OnChange != nil {
			s.opts.OnChange(choice)
		}
	}
}

// telling are the errors that a person has to know: where a backend that is set up
// is unusable, that others are not there at all says nothing.
func telling(errs []error) []error {
	var broken []error
	for _, err := range errs {
		if model.IsKind(err, model.Broken) {
			broken = append(broken, err)
		}
	}
	if broken != nil {
		return broken
	}
	return errs
}

func (s *Selector) probe(ctx context.Context, b model.Backend) (model.Info, error) {
	s.mu.Lock()
	p, penalised := s.penalty[b.Name()]
	over := s.rounds >= p.through && !time.Now().Before(p.until)
	s.mu.Unlock()
	if penalised && !over {
		return model.Info{}, p.err
	}
	ctx, cancel := context.WithTimeout(ctx, s.opts.ProbeTimeout)
	defer cancel()
	info, err := b.Probe(ctx)
	if err == nil {
		return info, nil
	}
	if errors.Is(err, context.DeadlineExceeded) {
		err = &model.Error{Kind: model.Unreachable, Backend: b.Name(), Op: "probe", Err: errors.New("no answer within " + s.opts.ProbeTimeout.String())}
	}
	return model.Info{}, err
}

// why tells who else was asked, in plain words: what exactly they said is in the log,
// and who wants to know asks the doctor.
func why(info model.Info, passed []error) string {
	var parts, absent []string
	if info.Why != "" {
		parts = append(parts, info.Why)
	}
	for _, err := range passed {
		var e *model.Error
		switch {
		case !errors.As(err, &e) || e.Backend == "":
			parts = append(parts, err.Error())
		case e.Kind == model.Unreachable && e.Backend != "openai":
			absent = append(absent, plainName(e.Backend))
		default:
			parts = append(parts, plainly(e))
		}
	}
	switch last := len(absent) - 1; {
	case last == 0:
		parts = append(parts, absent[0]+" is not running here")
	case last > 0:
		parts = append(parts, strings.Join(absent[:last], ", ")+" and "+absent[last]+" are not running here")
	}
	return strings.Join(parts, "; ")
}

// whyNobody is why in the place of a model: what is to be done is told, too.
func whyNobody(errs []error) string {
	parts := make([]string, 0, len(errs))
	for _, err := range errs {
		var e *model.Error
		switch {
		case !errors.As(err, &e) || e.Backend == "" || e.Kind != model.Unreachable && e.Kind != model.NoModel:
			parts = append(parts, err.Error()) // what is wrong with it is all there is to know
		case e.Advice == "":
			parts = append(parts, plainly(e))
		default:
			parts = append(parts, plainly(e)+" ("+e.Advice+")")
		}
	}
	return strings.Join(parts, "; ")
}

func plainly(e *model.Error) string {
	switch {
	case e.Kind == model.Unreachable && e.Backend == "openai":
		return plainName(e.Backend) + " is out of reach"
	case e.Kind == model.Unreachable:
		return plainName(e.Backend) + " is not running here"
	}
	return plainName(e.Backend) + " " + e.Kind.String()
}

// plainName is what people call a backend.
func plainName(backend string) string {
	switch backend {
	case "ollama":
		return "Ollama"
	case "llamacpp":
		return "llama-server"
	case "builtin":
		return "the built-in model"
	case "openai":
		return "the server at openai.url"
	}
	return backend
}
