package completion

import (
	"context"
	"fmt"
	"hash/maphash"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"github.com/airside-ls/airside/completion/model/selector"
	"github.com/airside-ls/airside/completion/syntax"
)

// attempt is one generation for one place. It outlives the request that began
// it: an editor that waits no longer asks again, or is told to ([Engine.OnReady]),
// and then gets what there is by then. It ends early when the cursor has left
// what it answers: with a request for another place, an edit that is not the
// beginning of its text, or the document's end.
type attempt struct {
	request   Request
	maxTokens int
	began     time.Time
	cancel    context.CancelFunc
	line      chan struct{} // closed when there is a first part
	done      chan struct{} // closed when res and found are there

	res   Result
	found *remembered // nil without a suggestion
	err   error

	// What follows is guarded by attempts.mu.
	place remembered // and the text so far, which may be cut yet
	part  string     // whole lines that could be shown now
	// standsIn says that part is what the memory is sure of, and not the model's.
	standsIn bool
	lines    int      // of the answer, when part was last looked for
	waiting  int      // requests
	owed     *Request // the latest that went without what there is now; nil if none did
}

// attempts are those that run. One that nobody waits for runs on only while it is
// the latest.
type attempts struct {
	all sync.WaitGroup

	mu      sync.Mutex
	latest  *attempt
	running map[*attempt]bool
	ended   int // attempts so far
	closed  bool
	ready   func(More)
}

// More tells that there is something for a place, or something better than what
// a request there was answered: asked again, the engine has it at hand.
type More struct {
	Path    string
	Version int32 // of the document in the request that was answered with less
	Offset  int   // of its cursor
}

// OnReady has f called when a suggestion has come that the latest request for its
// place was not given: because the request was cancelled, or because of its
// [Request.Within]. f is called from any goroutine and must return soon. It
// replaces an earlier f.
func (e *Engine) OnReady(f func(More)) {
	e.attempts.mu.Lock()
	defer e.attempts.mu.Unlock()
	e.attempts.ready = f
}

// attend answers a request by an attempt, one under way for this very place or
// for what was typed since, or a new one. Nothing was at hand for it when so many
// attempts had ended.
func (e *Engine) attend(ctx context.Context, r Request, ended int) (Result, error) {
	for {
		a, fresh, now := e.join(r, ended)
		if now > ended { // one ended since, whose answer may be the one
			if res, ok := e.Recall(ctx, r); ok {
				return res, nil
			}
			ended = now
			continue
		}
		if a == nil {
			t := newTrace(r)
			res := none(&t, "airside is ending")
			e.finish(&res, t)
			return res, nil
		}
		if fresh {
			e.mu.Lock()
			sel := e.selector
			e.mu.Unlock()
			if line := e.sureLine(ctx, sel, r); line != "" {
				e.attempts.standIn(a, line)
				if res, ok := e.soFar(a, r); ok {
					e.attempts.leave(a, &r)
					return res, nil
				}
			}
		}
		res, settled, err := e.await(ctx, a, r)
		switch {
		case err != nil || settled:
			return res, err
		case fresh:
			if a.found != nil {
				e.offered(offer{a.res.Trace.ID, *a.found, r, a.res.Suggestions[0].Replacement})
			}
			return a.res, a.err
		}
		ended = e.attempts.haveEnded()
		if res, ok := e.Recall(ctx, r); ok {
			return res, nil
		}
		if a.err == nil && a.found == nil && r.Offset == a.request.Offset && r.Trigger == a.request.Trigger {
			return a.res, nil
		}
	}
}

// join is the attempt to wait for, nil once the engine is closed. None is begun if
// more than ended have by now, which it tells.
func (e *Engine) join(r Request, ended int) (a *attempt, fresh bool, now int) {
	e.mu.Lock()
	opts, sel := e.opts, e.selector
	e.mu.Unlock()
	p, reason := placeOf(r)

	s := &e.attempts
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, false, ended
	}
	if a := s.latest; reason == "" && a != nil && s.running[a] && a.maxTokens == opts.maxTokens(r) && a.serves(e.memory.seed, p) {
		a.waiting++
		return a, false, ended
	}
	if s.ended > ended {
		return nil, false, s.ended
	}
	ctx, cancel := context.WithCancel(context.Background())
	a = &attempt{
		request: r, maxTokens: opts.maxTokens(r), began: time.Now(), cancel: cancel, waiting: 1,
		line: make(chan struct{}), done: make(chan struct{}),
	}
	if reason == "" {
		a.place = *e.memory.suggested(asked{}, p, p.selected, "", Exact)
	}
	if s.running == nil {
		s.running = map[*attempt]bool{}
	}
	s.running[a], s.latest = true, a
	s.dropUnwatched()
	s.all.Go(func() { e.run(ctx, a, opts, sel) })
	return a, true, ended
}

// run generates.
func (e *Engine) run(ctx context.Context, a *attempt, opts Options, sel *selector.Selector) {
	defer a.cancel()
	e.speculator.begin()
	idle := e.status.begin()
	t := newTrace(a.request)
	func() {
		defer func() {
			if p := recover(); p != nil {
				e.log.Error("panic in a completion", "panic", p, "stack", string(debug.Stack()))
				a.res, a.found, a.err = Result{}, nil, fmt.Errorf("panic: %v", p)
			}
		}()
		a.res, a.found, a.err = e.complete(ctx, a.request, opts, sel, &t, func(p place, stop []string, answer string, told Trace) {
			e.heard(a, p, stop, answer, told)
		})
	}()
	idle()
	e.speculator.finish()
	if a.err != nil {
		t.Reason = a.err.Error()
	}
	e.status.setWithheld(t.withheld)
	e.finish(&a.res, t)

	s := &e.attempts
	s.mu.Lock()
	delete(s.running, a)
	s.ended++
	if s.latest == a {
		s.latest = nil
	}
	tell := s.news(a, a.found != nil && a.found.text != a.part)
	s.mu.Unlock()
	close(a.done)
	tell()
}

// heard takes in the answer so far: see hearer.
func (e *Engine) heard(a *attempt, p place, stop []string, answer string, told Trace) {
	s := &e.attempts
	lines := strings.Count(answer, "\n")
	s.mu.Lock()
	a.place.text = p.selected + answer
	more := lines > a.lines
	a.lines = lines
	s.mu.Unlock()
	if !more {
		return
	}
	if odds := told.odds; odds != nil { // of what comes behind the last step nothing is known yet
		known := 0
		if n := len(odds.Steps); n > 0 {
			known = max(0, odds.Steps[n-1].End-told.echo)
		}
		answer = answer[:min(known, len(answer))]
	}
	part := e.wholeLines(p, stop, answer, told)
	s.mu.Lock()
	first := a.part == "" && part != ""
	better := first || a.standsIn && part != "" && part != a.part
	if part != "" {
		a.part, a.standsIn = part, false
	}
	if first {
		close(a.line)
	}
	tell := s.news(a, better)
	s.mu.Unlock()
	tell()
}

// wholeLines is what could be shown of an answer that is not complete yet: lines
// that end where a statement does, and are likely enough. "" if there are none.
func (e *Engine) wholeLines(p place, stop []string, answer string, told Trace) string {
	for {
		i := strings.LastIndexByte(answer, '\n')
		if i < 0 {
			return ""
		}
		n, _ := p.ender()(answer[:i])
		t := told
		res := e.show(p, answer[:n], stop, &t)
		if len(res.Suggestions) == 0 {
			return ""
		}
		text := res.Suggestions[0].Text
		whole := answer[:n]
		answer = strings.TrimPrefix(text, p.selected)
		if rest, ok := strings.CutPrefix(whole, answer); ok && strings.TrimSpace(rest) != "" && !strings.HasPrefix(strings.TrimLeft(rest, " \t\r"), "\n") {
			continue // the last line is not whole without what is to come
		}
		after := p.doc.Text[:p.start] + text + "\n"
		if !e.trees.Analyze(syntax.Document{Language: p.doc.Language, Text: after + p.doc.Text[p.end:]}, len(after)).OpensBlock() {
			return text
		}
	}
}

// news is the function that tells who was answered with less that there is more,
// if there is and nobody waits for it. The lock is held.
func (s *attempts) news(a *attempt, more bool) (tell func()) {
	if a.owed == nil || a.waiting > 0 || s.ready == nil || !more {
		return func() {}
	}
	f, ready := s.ready, More{a.owed.Document.Path, a.owed.Document.Version, a.owed.Offset}
	return func() { f(ready) }
}

// await waits for an attempt as long as the request allows. settled is false when
// the attempt has ended: then it is known what came of it.
func (e *Engine) await(ctx context.Context, a *attempt, r Request) (res Result, settled bool, err error) {
	var late <-chan time.Time
	var line <-chan struct{}
	if r.Within > 0 {
		timer := time.NewTimer(r.Within)
		defer timer.Stop()
		late = timer.C
		if time.Since(a.began) >= r.Within { // the request was answered with less before
			line = a.line
		}
	}
	for {
		select {
		case <-a.done:
			e.attempts.leave(a, nil)
			return Result{}, false, nil
		case <-ctx.Done():
			e.attempts.leave(a, &r)
			return Result{}, false, ctx.Err()
		case <-late: // what there is now, or what comes first
			late, line = nil, a.line
		case <-line:
			line = nil
			if res, ok := e.soFar(a, r); ok {
				e.attempts.leave(a, &r)
				return res, true, nil
			}
		}
	}
}

// leave notes that a request waits no longer; short is it if it got less than
// what is to come, or than what has come in this moment.
func (s *attempts) leave(a *attempt, short *Request) {
	s.mu.Lock()
	a.waiting--
	a.owed = short
	s.dropUnwatched()
	tell := s.news(a, !s.running[a] && a.found != nil)
	s.mu.Unlock()
	tell()
}

// partAtHand is what there is of an attempt that a request has been answered with
// less of; ok is false without any.
func (e *Engine) partAtHand(r Request) (res Result, ok bool) {
	p, reason := placeOf(r)
	if reason != "" || r.Within <= 0 {
		return Result{}, false
	}
	s := &e.attempts
	s.mu.Lock()
	a := s.latest
	if a == nil || a.part == "" || time.Since(a.began) < r.Within || !a.serves(e.memory.seed, p) {
		s.mu.Unlock()
		return Result{}, false
	}
	known := a.place
	known.text = a.part
	_, ok = known.rest(p)
	if ok {
		a.owed = &r
	}
	s.mu.Unlock()
	if !ok {
		return Result{}, false
	}
	return e.soFar(a, r)
}

// soFar answers a request with what there is of an attempt; ok is false when that
// is nothing.
func (e *Engine) soFar(a *attempt, r Request) (res Result, ok bool) {
	e.attempts.mu.Lock()
	known, by := a.place, InPart
	known.text = a.part
	if a.standsIn {
		by = Remembered
	}
	e.attempts.mu.Unlock()
	p, _ := placeOf(r)
	rest, ok := known.rest(p)
	if !ok || known.text == "" {
		return Result{}, false
	}
	t := newTrace(r)
	t.Cached, t.CachedBy, t.Shown, t.fate = true, by, rest.Text, new(fate)
	res = Result{Suggestions: []Suggestion{{Replacement: rest}}, Pending: true}
	e.finish(&res, t)
	return res, true
}

// elsewhere stops attempts that a document's text, as it is now, contradicts.
func (s *attempts) elsewhere(seed maphash.Seed, path, text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if a := s.latest; a != nil && a.request.Document.Path == path && !a.mayServe(seed, text) {
		s.latest = nil
		s.dropUnwatched()
	}
}

// closeDocument stops the attempt in a document.
func (s *attempts) closeDocument(path string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.latest != nil && s.latest.request.Document.Path == path {
		s.latest = nil
		s.dropUnwatched()
	}
}

// haveEnded is how many attempts have ended. What came of them is at hand.
func (s *attempts) haveEnded() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ended
}

// underway tells whether something is generated for somebody.
func (s *attempts) underway() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.latest != nil && s.running[s.latest]
}

// dropUnwatched stops the attempts that nobody waits for or will ask about. The
// lock is held.
func (s *attempts) dropUnwatched() {
	for a := range s.running {
		if a != s.latest && a.waiting == 0 {
			a.cancel()
		}
	}
}

// close stops everything and waits for its end.
func (s *attempts) close() {
	s.mu.Lock()
	s.closed, s.latest, s.ready = true, nil, nil
	for a := range s.running {
		a.cancel()
	}
	s.mu.Unlock()
	s.all.Wait()
}

// serves tells whether what the attempt generates goes on at p: what was typed
// since it began is what it has generated. attempts.mu is held.
func (a *attempt) serves(seed maphash.Seed, p place) bool {
	m, text := &a.place, p.doc.Text
	added := len(text) - p.end - m.afterLen
	if m.path != p.doc.Key || m.language != p.doc.Language || p.start < m.start || added < 0 || added > maxClosers {
		return false
	}
	return strings.Trim(text[p.end:p.end+added], closersAndBlanks) == "" && m.fits(seed, text) &&
		strings.HasPrefix(m.text, unixNewlines(text[m.start:p.start])+p.selected)
}

// mayServe tells whether text differs from the attempt's document by nothing but
// a beginning of what it generates, as far as that is known, and brackets that the
// editor added. attempts.mu is held.
func (a *attempt) mayServe(seed maphash.Seed, text string) bool {
	m := &a.place
	if m.isTypedIn(seed, m.path, text) {
		return true
	}
	end := len(text) - m.afterLen
	return end >= m.start && m.fits(seed, text) && strings.HasPrefix(unixNewlines(text[m.start:end]), m.text)
}
