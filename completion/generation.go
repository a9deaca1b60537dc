package completion

import (
	"context"
	"fmt"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"github.com/airside-ls/airside/completion/model/selector"
	"github.com/airside-ls/airside/completion/recall"
)

// generation is one run of a model for one place. It outlives the request that began
// it: an editor that waits no longer asks again, or is told to ([Engine.OnReady]),
// and then gets what there is by then. It ends early when the cursor has left
// what it answers: with a request for another place, an edit that is not the
// beginning of its text, or the document's end.
type generation struct {
	request   Request
	maxTokens int
	began     time.Time
	cancel    context.CancelFunc
	line      chan struct{} // closed when there is a first part
	done      chan struct{} // closed when the attempt has ended

	attempt attempt
	again   bool // nobody asked for it: the model has read more since it was not sure here

	// What follows is guarded by generations.mu.
	place recall.Suggestion // where the text goes, and the text so far, which may be cut yet
	part  string            // whole lines that could be shown now
	// standsIn says that part is what the memory is sure of, and not the model's.
	standsIn bool
	lines    int      // of the answer, when part was last looked for
	waiting  int      // requests that wait for it
	owed     *Request // the latest that went without what there is now; nil if none did
}

// generations are those that run. One that nobody waits for runs on only while it is
// the latest.
type generations struct {
	all sync.WaitGroup

	mu      sync.Mutex
	latest  *generation
	running map[*generation]bool
	ended   int // generations so far
	closed  bool
	ready   func(Notice)
}

// Notice tells that there is something for a place, or something better than what
// a request there was answered: asked again, the engine has it at hand.
type Notice struct {
	Path    string
	Version int32 // of the document in the request that was answered with less
	Offset  int   // of its cursor
}

// OnReady has f called when a suggestion has come that the latest request for its
// place was not given: because the request was cancelled, or because of its
// [Request.Within]. f is called from any goroutine and must return soon. It
// replaces an earlier f.
func (e *Engine) OnReady(f func(Notice)) {
	e.generations.mu.Lock()
	defer e.generations.mu.Unlock()
	e.generations.ready = f
}

// attend answers a request by a generation, one under way for this very place or
// for what was typed since, or a new one. Nothing was at hand for it when so many
// generations had ended.
func (e *Engine) attend(ctx context.Context, r Request, ended int) (attempt, error) {
	for {
		g, fresh, now := e.join(r, ended)
		if now > ended { // one ended since, whose answer may be the one
			if a, ok := e.recall(ctx, r); ok {
				return a, nil
			}
			ended = now
			continue
		}
		if g == nil {
			a := newAttempt(r)
			a.cut.reason = "airside is ending"
			e.finish(&a)
			return a, nil
		}
		if fresh {
			_, sel := e.asked()
			if line := e.sureLine(ctx, sel, r); line != "" {
				e.generations.standIn(g, line)
				if a, ok := e.soFar(g, r); ok {
					e.generations.leave(g, &r)
					return a, nil
				}
			}
		}
		part, settled, err := e.await(ctx, g, r)
		if err != nil || settled {
			return part, err
		}
		a := g.attempt
		if fresh {
			if a.found != nil {
				e.offered(a.id, *a.found, r, a.cut.Replacement)
			}
			return a, a.err
		}
		ended = e.generations.haveEnded()
		if a, ok := e.recall(ctx, r); ok {
			return a, nil
		}
		if a.err == nil && a.found == nil && r.Offset == g.request.Offset && r.Trigger == g.request.Trigger {
			return a, nil
		}
	}
}

// join is the generation to wait for, nil once the engine is closed. None is begun if
// more than ended have by now, which it tells.
func (e *Engine) join(r Request, ended int) (g *generation, fresh bool, now int) {
	opts, sel := e.asked()
	p, reason := placeOf(r)

	s := &e.generations
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, false, ended
	}
	if g := s.latest; reason == "" && g != nil && s.running[g] && g.maxTokens == opts.maxTokens(r) && g.place.Serves(p.hole()) {
		g.waiting++
		return g, false, ended
	}
	if s.ended > ended {
		return nil, false, s.ended
	}
	g = &generation{request: r, maxTokens: opts.maxTokens(r), waiting: 1}
	if reason == "" {
		g.place = *e.suggestions.Suggested(recall.Origin{}, p.hole(), p.selected, "", Exact)
	}
	e.start(g, opts, sel)
	return g, true, ended
}

// start has a generation be the latest, and run. The lock is held.
func (e *Engine) start(g *generation, opts Options, sel *selector.Selector) {
	s := &e.generations
	var ctx context.Context
	ctx, g.cancel = context.WithCancel(context.Background())
	g.began, g.line, g.done = time.Now(), make(chan struct{}), make(chan struct{})
	if s.running == nil {
		s.running = map[*generation]bool{}
	}
	s.running[g], s.latest = true, g
	s.dropUnwatched()
	s.all.Go(func() { e.run(ctx, g, opts, sel) })
}

// tryAgain asks once more for a place where the model was not sure, and tells who wants
// to hear it if it is now. Nobody waits for it: it is not begun while anybody does, nor
// when the pause is over, and with it ctx.
func (e *Engine) tryAgain(ctx context.Context, r Request) {
	opts, sel := e.asked()
	p, reason := placeOf(r)
	s := &e.generations
	s.mu.Lock()
	defer s.mu.Unlock()
	if ctx.Err() != nil || s.closed || s.ready == nil || s.latest != nil || reason != "" {
		return
	}
	place := *e.suggestions.Suggested(recall.Origin{}, p.hole(), p.selected, "", Exact)
	e.start(&generation{request: r, maxTokens: opts.maxTokens(r), place: place, again: true, owed: &r}, opts, sel)
}

// run generates.
func (e *Engine) run(ctx context.Context, g *generation, opts Options, sel *selector.Selector) {
	defer g.cancel()
	e.speculator.Begin()
	idle := e.status.begin()
	a := newAttempt(g.request)
	func() {
		defer func() {
			if p := recover(); p != nil {
				e.log.Error("panic in a completion", "panic", p, "stack", string(debug.Stack()))
				a.cut, a.found, a.err = cut{}, nil, fmt.Errorf("panic: %v", p)
			}
		}()
		a.err = e.complete(ctx, &a, opts, sel, func(p place, said output, stop []string) { e.heard(g, p, said, stop) })
	}()
	idle()
	e.speculator.Finish()
	e.status.setWithheld(g.request.Document, a.withheld)
	e.finish(&a)
	g.attempt = a

	s := &e.generations
	s.mu.Lock()
	delete(s.running, g)
	s.ended++
	left := s.latest == g && g.waiting == 0 && !g.again // by an editor that waits no longer
	if s.latest == g {
		s.latest = nil
	}
	tell := s.news(g, a.found != nil && a.found.Text != g.part)
	s.mu.Unlock()
	close(g.done)
	tell()
	if left && a.err == nil && a.doubted() {
		e.readAhead(g.request, atDoubt)
	}
}

// heard takes in the answer so far: see hearer.
func (e *Engine) heard(g *generation, p place, said output, stop []string) {
	s := &e.generations
	lines := strings.Count(said.text, "\n")
	s.mu.Lock()
	g.place.Text = p.selected + said.text
	more := lines > g.lines
	g.lines = lines
	s.mu.Unlock()
	if !more {
		return
	}
	if odds := said.odds; odds != nil { // of what comes behind the last step nothing is known yet
		known := 0
		if n := len(odds.Steps); n > 0 {
			known = max(0, odds.Steps[n-1].End-said.echo)
		}
		said.text = said.text[:min(known, len(said.text))]
	}
	part := e.wholeLines(p, said, stop)
	s.mu.Lock()
	first := g.part == "" && part != ""
	better := first || g.standsIn && part != "" && part != g.part
	if part != "" {
		g.part, g.standsIn = part, false
	}
	if first {
		close(g.line)
	}
	tell := s.news(g, better)
	s.mu.Unlock()
	tell()
}

// news is the function that tells who was answered with less that there is more,
// if there is and nobody waits for it. The lock is held.
func (s *generations) news(g *generation, more bool) (tell func()) {
	if g.owed == nil || g.waiting > 0 || s.ready == nil || !more {
		return func() {}
	}
	f, ready := s.ready, Notice{g.owed.Document.Path, g.owed.Document.Version, g.owed.Offset}
	return func() { f(ready) }
}

// await waits for a generation as long as the request allows. settled is false when
// the generation has ended: then it is known what came of it.
func (e *Engine) await(ctx context.Context, g *generation, r Request) (part attempt, settled bool, err error) {
	var late <-chan time.Time
	var line <-chan struct{}
	if r.Within > 0 {
		timer := time.NewTimer(r.Within)
		defer timer.Stop()
		late = timer.C
		if time.Since(g.began) >= r.Within { // the request was answered with less before
			line = g.line
		}
	}
	for {
		select {
		case <-g.done:
			e.generations.leave(g, nil)
			return attempt{}, false, nil
		case <-ctx.Done():
			e.generations.leave(g, &r)
			return attempt{}, false, ctx.Err()
		case <-late: // what there is now, or what comes first
			late, line = nil, g.line
		case <-line:
			line = nil
			if part, ok := e.soFar(g, r); ok {
				e.generations.leave(g, &r)
				return part, true, nil
			}
		}
	}
}

// leave notes that a request waits no longer; short is it if it got less than
// what is to come, or than what has come in this moment.
func (s *generations) leave(g *generation, short *Request) {
	s.mu.Lock()
	g.waiting--
	g.owed = short
	s.dropUnwatched()
	tell := s.news(g, !s.running[g] && g.attempt.found != nil)
	s.mu.Unlock()
	tell()
}

// partAtHand is what there is of a generation that a request has been answered with
// less of; ok is false without any.
func (e *Engine) partAtHand(r Request) (a attempt, ok bool) {
	p, reason := placeOf(r)
	if reason != "" || r.Within <= 0 {
		return a, false
	}
	s := &e.generations
	s.mu.Lock()
	g := s.latest
	if g == nil || g.part == "" || time.Since(g.began) < r.Within || !g.place.Serves(p.hole()) {
		s.mu.Unlock()
		return a, false
	}
	known := g.place
	known.Text = g.part
	_, ok = known.Rest(p.hole())
	if ok {
		g.owed = &r
	}
	s.mu.Unlock()
	if !ok {
		return a, false
	}
	return e.soFar(g, r)
}

// soFar answers a request with what there is of a generation; ok is false when that
// is nothing.
func (e *Engine) soFar(g *generation, r Request) (a attempt, ok bool) {
	e.generations.mu.Lock()
	known, by := g.place, InPart
	known.Text = g.part
	if g.standsIn {
		by = Remembered
	}
	e.generations.mu.Unlock()
	p, _ := placeOf(r)
	rest, ok := known.Rest(p.hole())
	if !ok || known.Text == "" {
		return a, false
	}
	a = newAttempt(r)
	a.exchange.how, a.cut.Replacement, a.fate, a.pending = by, Replacement(rest), new(recall.Fate), true
	e.finish(&a)
	return a, true
}

// elsewhere stops generations that a document's text, as it is now, contradicts.
func (s *generations) elsewhere(path, text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if g := s.latest; g != nil && g.request.Document.Path == path && !g.place.MayServe(text) {
		s.latest = nil
		s.dropUnwatched()
	}
}

// closeDocument stops the generation in a document.
func (s *generations) closeDocument(path string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.latest != nil && s.latest.request.Document.Path == path {
		s.latest = nil
		s.dropUnwatched()
	}
}

// haveEnded is how many generations have ended. What came of them is at hand.
func (s *generations) haveEnded() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ended
}

// underway tells whether something is generated for somebody.
func (s *generations) underway() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.latest != nil && s.running[s.latest]
}

// dropUnwatched stops the generations that nobody waits for or will ask about. The
// lock is held.
func (s *generations) dropUnwatched() {
	for g := range s.running {
		if g != s.latest && g.waiting == 0 {
			g.cancel()
		}
	}
}

// close stops everything and waits for its end.
func (s *generations) close() {
	s.mu.Lock()
	s.closed, s.latest, s.ready = true, nil, nil
	for g := range s.running {
		g.cancel()
	}
	s.mu.Unlock()
	s.all.Wait()
}
