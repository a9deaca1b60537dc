package completion

import (
	"context"
	"hash/maphash"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"github.com/airside-ls/airside/completion/model/selector"
)

// speculateBelow is the median latency of a model up to which the suggestion
// after the one shown is prepared. People look at a suggestion for about a
// second before they take it: a slower model would seldom be done by then, and
// would spend the machine on what is mostly thrown away. Until a model was
// asked once, its latency counts as too long.
const speculateBelow = 2 * time.Second

const (
	// maxAstray is the share of requests of late that no suggestion foresaw from
	// which on nothing is prepared: who departs from nearly every suggestion will
	// from this one, too.
	maxAstray = 0.9
	// astraySmoothing is the share of the latest request in it.
	astraySmoothing = 0.2
)

// speculator prepares, while a suggestion is on the screen, the one that would
// follow its acceptance. There is one speculation at a time, it begins only
// while no request is at a model, and it is dropped when an edit does anything
// but type the suggestion, when another request comes, and when its document is
// closed.
type speculator struct {
	mu      sync.Mutex
	asking  int    // requests at a model, or about to be
	tells   bool   // the client tells what it shows
	offer   *offer // the latest suggestion; nil once it was taken up
	running *speculation
	ready   string      // the suggestion whose successor is being prepared or was
	latest  *remembered // the suggestion that was returned last
	astray  float64     // share of the requests that nothing was at hand for
	closed  bool
	all     sync.WaitGroup
}

// offer is a suggestion that was returned.
type offer struct {
	id      string // it went out under
	base    remembered
	request Request
	rest    Replacement
}

// speculation is one generation for the document in which base was accepted.
type speculation struct {
	base   remembered
	cancel context.CancelFunc
	done   chan struct{}
}

// offered notes that a suggestion was returned, and begins to prepare the next
// one, unless the client will tell when it is shown.
func (e *Engine) offered(o offer) {
	s := &e.speculator
	s.mu.Lock()
	s.offer, s.latest = &o, &o.base
	tells := s.tells
	s.mu.Unlock()
	if !tells {
		e.foresee(o.id)
	}
}

// shown notes that the client tells what it shows, and that it shows id.
func (e *Engine) shown(id string) {
	e.speculator.mu.Lock()
	e.speculator.tells = true
	e.speculator.mu.Unlock()
	e.foresee(id)
}

// foresee prepares what follows the suggestion with this ID if it is the latest.
func (e *Engine) foresee(id string) {
	e.mu.Lock()
	opts, sel := e.opts, e.selector
	e.mu.Unlock()
	s := &e.speculator
	s.mu.Lock()
	defer s.mu.Unlock()
	o := s.offer
	if o == nil || o.id != id || s.closed {
		return
	}
	s.offer = nil
	if !opts.Speculate || s.asking > 0 || s.ready == o.base.id || s.astray > maxAstray {
		return
	}
	if median := e.stats.median(o.base.backend, o.base.model); median == 0 || median > speculateBelow {
		return
	}
	s.drop()
	ctx, cancel := context.WithCancel(context.Background())
	sp := &speculation{base: o.base, cancel: cancel, done: make(chan struct{})}
	s.running, s.ready = sp, o.base.id
	s.all.Go(func() {
		defer close(sp.done)
		defer cancel()
		defer func() {
			if p := recover(); p != nil { // nobody has asked: nobody is to be troubled
				e.log.Error("panic in a speculation", "panic", p, "stack", string(debug.Stack()))
			}
		}()
		if !e.prepare(ctx, accepted(o.request, o.rest), opts, sel) {
			s.end(sp)
		}
	})
}

// foreseen notes whether a request's answer was at hand, or the suggestion before
// it was taken whole.
func (s *speculator) foreseen(seed maphash.Seed, r Request, atHand bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.latest != nil && s.latest.isAccepted(seed, r) {
		s.astray = 0
		return
	}
	s.astray -= astraySmoothing * s.astray
	if !atHand {
		s.astray += astraySmoothing
	}
}

// end notes that a speculation ended without a suggestion.
func (s *speculator) end(sp *speculation) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.running == sp {
		s.running = nil
	}
}

// accepted is the request that an editor makes after it has accepted rest.
func accepted(r Request, rest Replacement) Request {
	text := MatchLineEndings(rest.Text, r.Document.Text)
	r.Document.Text = r.Document.Text[:rest.Start] + text + r.Document.Text[rest.End:]
	r.Offset = rest.Start + len(text)
	if r.Line > 0 {
		r.Line += strings.Count(rest.Text, "\n")
	}
	r.Selected, r.Trigger = nil, Automatic
	return r
}

// nextLine is the request that an editor makes when the user begins a new line
// behind the cursor, indented as the one before. ok is false when the cursor does
// not end its line.
func nextLine(r Request) (next Request, ok bool) {
	text := r.Document.Text
	rest, _, _ := strings.Cut(text[r.Offset:], "\n")
	line := lastLine(text[:r.Offset])
	if strings.TrimSpace(rest) != "" || strings.TrimSpace(line) == "" {
		return r, false
	}
	return accepted(r, Replacement{Start: r.Offset, End: r.Offset, Text: "\n" + indentation(line)}), true
}

// endsBlock tells whether the cursor stands in the last line of an indented block,
// which is where code is added. In the midst of one, or between declarations, who
// has taken a suggestion was not asking for another line.
func endsBlock(r Request) bool {
	before, after := r.Document.Text[:r.Offset], r.Document.Text[r.Offset:]
	indent := indentation(lastLine(before))
	if indent == "" {
		return false
	}
	for line := range strings.Lines(after) {
		if strings.TrimSpace(line) != "" {
			return !strings.HasPrefix(line, indent)
		}
	}
	return true
}

func indentation(line string) string { return line[:len(line)-len(strings.TrimLeft(line, " \t"))] }

// drop stops the running speculation. The lock is held.
func (s *speculator) drop() {
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

// elsewhere stops what follows from a suggestion that keep does not accept.
func (s *speculator) elsewhere(keep func(base *remembered) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.running != nil && !keep(&s.running.base) {
		s.drop()
	}
	if s.offer != nil && !keep(&s.offer.base) {
		s.offer = nil
	}
}

// reached is the speculation that answers r, nil without one.
func (s *speculator) reached(seed maphash.Seed, r Request) *speculation {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.running != nil && s.running.base.isAccepted(seed, r) {
		return s.running
	}
	return nil
}

// begin counts a request that goes to a model, and drops the speculation.
func (s *speculator) begin() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asking++
	s.drop()
	s.offer = nil
}

func (s *speculator) finish() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asking--
}

// close stops everything and waits for its end.
func (s *speculator) close() {
	s.mu.Lock()
	s.closed = true
	s.drop()
	s.mu.Unlock()
	s.all.Wait()
}

// isTypedIn tells whether text differs from what the suggestion was made for at
// most by a beginning of it and by brackets that the editor added.
func (r *remembered) isTypedIn(seed maphash.Seed, path, text string) bool {
	end := len(text) - r.afterLen
	if path != r.path || end < r.start || !r.fits(seed, text) {
		return false
	}
	typed := unixNewlines(text[r.start:end])
	i := 0
	for i < len(typed) && i < len(r.text) && typed[i] == r.text[i] {
		i++
	}
	return len(typed)-i <= maxClosers && strings.Trim(typed[i:], closersAndBlanks) == ""
}

// isAccepted tells whether the request stands behind the whole suggestion.
func (r *remembered) isAccepted(seed maphash.Seed, q Request) bool {
	text := q.Document.Text
	return q.Document.Path == r.path && q.Selected == nil && q.Offset >= r.start && len(text)-q.Offset == r.afterLen &&
		unixNewlines(text[r.start:q.Offset]) == r.text && r.fits(seed, text)
}

// prepare has the suggestion for r remembered, and tells whether there is one. At
// the end of a line the user goes on in the next one: what is suggested there is
// for r, too, with the line break before it, if the block that r is in ends with it.
func (e *Engine) prepare(ctx context.Context, r Request, opts Options, sel *selector.Selector) bool {
	if e.prepareAt(ctx, r, opts, sel) != nil {
		return true
	}
	next, ok := nextLine(r)
	if !ok || ctx.Err() != nil {
		return false
	}
	found := e.prepareAt(ctx, next, opts, sel)
	if found == nil || !endsBlock(r) {
		return false
	}
	p, _ := placeOf(r)
	begun := unixNewlines(next.Document.Text[r.Offset:next.Offset])
	e.memory.rememberAlso(*found, p, begun+found.text)
	return true
}

// prepareAt has the suggestion for one place remembered, nil where there is none.
// Trouble is left to the request that may follow.
func (e *Engine) prepareAt(ctx context.Context, r Request, opts Options, sel *selector.Selector) *remembered {
	t := newTrace(r)
	t.Speculative = true
	var res Result
	var found *remembered
	p, reason := e.placeToAsk(r, &t)
	choice, err := sel.Current(ctx)
	switch {
	case err != nil:
		reason = err.Error()
	case choice.Backend == nil:
		reason = choice.Err.Error()
	case reason == "":
		q := question{place: p, maxTokens: opts.maxTokens(r), timeout: opts.Timeout}
		res, found, err = e.suggest(ctx, choice, q, Speculated, &t)
		if err != nil {
			reason = err.Error()
		}
	}
	if reason != "" {
		t.Reason = reason
	}
	e.finish(&res, t)
	return found
}
