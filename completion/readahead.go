package completion

import (
	"context"
	"errors"
	"math"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/model/selector"
	"github.com/airside-ls/airside/completion/prompt"
	"github.com/airside-ls/airside/completion/rhythm"
)

const (
	// restAfter is how long nothing is asked or typed before more is read.
	restAfter = 300 * time.Millisecond
	// stepTime is how long one step of reading takes: who asks meanwhile waits for
	// its end, for servers look for that only between batches.
	stepTime = 300 * time.Millisecond
	// restTime is for how long, at most, what a request would show at a cursor that
	// rests is read before it is asked.
	restTime = 1200 * time.Millisecond
	// growTime is how long, by the time that it takes when all of the machine reads, the
	// lines above a cursor are read that a prompt shows before all of its window is. With
	// 1.5 billion parameters 50% of 40 line ends in Go code of 2025 are exact with a
	// context of 500 tokens, 42% with 240, 35% with 120, of which the answer has its
	// part; a request alone has time for some 50.
	growTime = 3 * time.Second
	// growOnceTime is the same where no more than that is read: for a server that would
	// lose it.
	growOnceTime = 6 * time.Second
	// growAfter is how long the cursor has to rest for more to be read in its place.
	growAfter = 3 * time.Second
	// stopTime is how long, at most, a reading that was stopped is waited for.
	stopTime = 50 * time.Millisecond
	// minStep and maxStep bound a step, in bytes.
	minStep, maxStep = 96, 6144
	// wayTime is how long reading waits that gave way to somebody else's request.
	wayTime = 500 * time.Millisecond
	// coolFor is how long the machine rests after a step, as a share of it.
	coolFor = 0.5
)

// prereader has a model read, while nobody waits for it, what prompts will show: the
// beginning of a document that was opened, and the lines above a cursor that rests.
// It reads one place at a time, in small steps, and stops with whatever is typed or
// asked.
type prereader struct {
	mu     sync.Mutex
	cancel context.CancelFunc // of what is being read or about to be; nil for nothing
	done   chan struct{}      // closed when the latest reading has ended; nil before the first
	halted chan struct{}      // done of the latest that was stopped; nil before the first
	closed bool
	asked  Request // the latest
	all    sync.WaitGroup

	lookAt  *Document // where the cursor rests, to be looked at; nil for nothing
	looking bool      // somebody is at it
}

// askedAt notes a request, after which the status speaks of that.
func (a *prereader) askedAt(r Request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.asked, a.lookAt = r, nil
}

// look has a document looked at beside whoever calls: a disk may take its time. There
// is one look at a time, at what was wanted last; tell is called unless something newer
// is wanted by then.
func (a *prereader) look(d Document, look func(Document) (tell func())) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.lookAt = &d
	if a.closed || a.looking {
		return
	}
	a.looking = true
	a.all.Go(func() {
		a.mu.Lock()
		defer a.mu.Unlock()
		for a.lookAt != nil && !a.closed {
			wanted := a.lookAt
			a.mu.Unlock()
			tell := look(*wanted)
			a.mu.Lock()
			if a.lookAt == wanted {
				a.lookAt = nil
				a.mu.Unlock()
				tell()
				a.mu.Lock()
			}
		}
		a.looking = false
	})
}

// knows tells whether the latest request was in the line where a cursor rests, with
// the document as it is: what there is to be read for it is known.
func (a *prereader) knows(r Request) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	d := a.asked.Document
	return d.Path == r.Document.Path && d.Text == r.Document.Text &&
		lineStart(d.Text, a.asked.Offset) == lineStart(d.Text, r.Offset)
}

// stop ends the reading.
func (a *prereader) stop() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.stopLocked()
}

func (a *prereader) stopLocked() {
	if a.cancel != nil {
		a.cancel()
		a.cancel, a.halted = nil, a.done
	}
}

// settled waits, when the reading was stopped, until it is known how far it came: a
// backend that stops at once is not asked sooner for not waiting. One that goes on,
// as beside what is prepared for the next key, is not waited for.
func (a *prereader) settled(ctx context.Context) {
	a.mu.Lock()
	done := a.halted
	a.mu.Unlock()
	if done == nil {
		return
	}
	late := time.NewTimer(stopTime)
	defer late.Stop()
	select {
	case <-done:
	case <-late.C:
	case <-ctx.Done():
	}
}

func (a *prereader) close() {
	a.mu.Lock()
	a.stopLocked()
	a.closed = true
	a.mu.Unlock()
	a.all.Wait()
}

// occasion is why there is time to read.
type occasion int

const (
	atOpening occasion = iota // a document was opened, where in it the cursor is nobody knows
	atRest                    // the cursor rests somewhere
	atPause                   // a request was answered, and the next has not come
	atDoubt                   // the same, with nothing, as the model was not sure enough
)

// readPause is a pause in which there is time to read.
type readPause struct {
	request Request
	why     occasion
	long    bool // the pause has become a long one
	stage   stage
	last    string // the prompt that was read last: who is to read it again has lost it
	more    bool   // something was read since the model was asked
}

// stage is what is read in a pause, one behind the other. None is gone back to: a
// backend that holds one text would be at it for ever.
type stage int

const (
	stageRequest stage = iota // what a request would show now
	stageLines                // more of the lines before the cursor
	stagePrefix               // all that a prompt shows before the cursor
	stageWhole                // and all behind it
	stageDone
)

// Rests tells that the cursor rests at a place, for clients that tell: what will be
// asked there, in its line or one that is opened behind it, is read before. It returns
// at once.
func (e *Engine) Rests(r Request) {
	e.ahead.look(r.Document, e.lookAt)
	if r.Offset < 0 || r.Offset > len(r.Document.Text) || e.generations.underway() || e.ahead.knows(r) {
		return
	}
	if i := strings.IndexByte(r.Document.Text[r.Offset:], '\n'); i >= 0 {
		r.Offset += i
	} else {
		r.Offset = len(r.Document.Text)
	}
	if r.Document.Text[:r.Offset] != "" && r.Document.Text[r.Offset-1] == '\r' {
		r.Offset--
	}
	e.readAhead(r, atRest)
}

// readAhead begins to read for a place once nothing has been asked for a while; of
// a document that was just opened, its beginning.
func (e *Engine) readAhead(r Request, why occasion) {
	opts, sel := e.asked()
	if opts.Wait <= 0 || opts.ReadAhead == nil {
		return
	}
	a := &e.ahead
	a.mu.Lock()
	defer a.mu.Unlock()
	a.stopLocked() // in one step with what takes its place, or nobody could stop that
	if a.closed {
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	before, done := a.done, make(chan struct{})
	a.cancel, a.done = cancel, done
	a.all.Go(func() {
		defer close(done)
		defer cancel()
		if before != nil {
			<-before // it was stopped, and has the model until it ends
		}
		if why, _ := e.refused(r.Document); why != "" {
			return // found out here: whether a file is a secret the disk tells
		}
		rest := restAfter
		if why == atRest {
			rest = 0 // the client has waited
		}
		p := readPause{request: r, why: why}
		for rhythm.Pause(ctx, rest) && opts.ReadAhead() {
			var more bool
			if rest, more = e.readStep(ctx, sel, &p); !more {
				e.compare(ctx, sel)
				return
			}
		}
	})
}

// readStep has the model read some more for a place: first what a request there
// would show now, then, in steps, all of the window. more is false when there is
// nothing left, or trouble, which is left to the request that may follow; rest is how
// long to wait before the next step.
func (e *Engine) readStep(ctx context.Context, sel *selector.Selector, ps *readPause) (rest time.Duration, more bool) {
	r := ps.request
	choice, err := sel.Current(ctx)
	if err != nil || choice.Backend == nil || choice.Info.PromptTokens > 0 || e.Withheld(r.Document.File(), choice.Info) != "" {
		return 0, false
	}
	info, form, served := choice.Info, prompt.Choose(choice.Info), keyOf(choice.Info)
	speed := e.stats.speed(info.Backend, info.Model).presumed(info.Parameters)
	room := min(e.room(info), e.readings.roomFor(served, speed))
	if ps.why == atOpening {
		r.Offset = headBytes(r.Document.Text, prompt.BudgetFor(room, form))
	}
	p, reason := placeOf(r)
	if reason != "" {
		return 0, false
	}
	p.analysis = e.trees.Analyze(p.doc, p.at)
	patience := patienceFor(speed, e.wait())
	w, _, _ := e.window(p, info, form, room, patience)
	patience.idle = true
	_, gentle := choice.Backend.(model.Preparer)
	gentle = gentle && info.Expects // the engine, and not the server that it may stand in for
	rd := reader{&e.readings, served, speed, form, p, w, patience, gentle, ps.why == atRest || info.Beside || e.readings.partial(served, p.doc.Key)}
	for ; ps.stage < stageDone; ps.stage++ {
		part, left := rd.part(ps.why, ps.stage)
		if !left || part.String() == ps.last {
			if ps.more && ps.why == atDoubt && (ps.stage == stageLines || ps.stage == stageWhole) {
				ps.more = false
				e.tryAgain(ctx, r)
			}
			continue
		}
		// A server reads on to the end of a batch when somebody asks, and without a
		// place beside loses for what is read what a request needs.
		if ps.stage > stageRequest && rd.loses && !gentle && !ps.long && ps.why != atOpening {
			ps.long = true
			return growAfter, true
		}
		took, err := e.readPart(ctx, choice, part, ps, gentle)
		if errors.Is(err, model.ErrGaveWay) && ctx.Err() == nil {
			return wayTime, true // to a self-test, a review, another document: the pause goes on
		}
		ps.last, ps.more = part.String(), true
		if ps.stage == stageLines && gentle {
			took = 0 // on one thread, and what the next key needs
		}
		return time.Duration(coolFor * float64(took)), err == nil
	}
	return 0, false
}

// reader says what of a place a model is to read ahead.
type reader struct {
	readings *readings
	served   servedModel
	speed    Speed
	form     prompt.Form
	place    place
	window   prompt.Window
	patience patience
	gentle   bool // others' texts stay known, and whoever asks does not wait
	loses    bool // a request may need what is lost for more than what is near
}

// part is what comes next in a stage; left is false where nothing does.
func (rd reader) part(why occasion, s stage) (part model.Prompt, left bool) {
	switch {
	case why == atOpening:
		if s == stagePrefix {
			return rd.lines(rd.window)
		}
	case s == stageRequest && why == atRest:
		return rd.prompt(int(rd.speed.Read * restTime.Seconds()))
	case s == stageLines:
		most := growTime
		if !rd.gentle {
			most = growOnceTime
		}
		return rd.lines(rd.readings.grow(rd.served, rd.place, rd.form, rd.window, int(rd.speed.Read*most.Seconds()*tokenBytes)))
	case s == stagePrefix && (rd.gentle || !rd.loses):
		return rd.lines(rd.window)
	case s == stageWhole && (rd.gentle || !rd.loses):
		return rd.prompt(math.MaxInt32)
	}
	return nil, false
}

// prompt is what a request would show if so many tokens could be read for it.
func (rd reader) prompt(tokens int) (part model.Prompt, left bool) {
	rd.patience.tokens = tokens
	part = rd.form.Build(rd.readings.inTime(rd.served, rd.place, rd.form, rd.window, rd.patience)).Prompt
	return part, len(part.String())-rd.readings.has(rd.served, part.String()) >= minStep/2
}

// lines is the beginning of a window's prompt with a step more of its lines than the
// model has read. The cursor's own changes with every key.
func (rd reader) lines(w prompt.Window) (part model.Prompt, left bool) {
	rd.readings.mu.Lock()
	has := rd.readings.of(rd.served).headOf(rd.form, w)
	rd.readings.mu.Unlock()
	all := len(w.Prefix) - len(lastLine(w.Prefix))
	if has >= all {
		return nil, false
	}
	step := min(maxStep, max(minStep, int(rd.speed.Read*stepTime.Seconds()*tokenBytes)))
	w.Prefix = w.Prefix[:min(all, lineAt(w.Prefix, min(len(w.Prefix), has+step)))]
	return rd.form.Head(w), true
}

// readPart has the model read a prompt or the beginning of one: beside what it holds,
// where it can.
func (e *Engine) readPart(ctx context.Context, choice selector.Choice, part model.Prompt, ps *readPause, gentle bool) (took time.Duration, err error) {
	info, served, text := choice.Info, keyOf(choice.Info), part.String()
	start, has := time.Now(), e.readings.has(served, text)
	ask := model.Request{Prompt: part, MaxTokens: 1, ReadAhead: ps.stage > stageRequest && info.Beside}
	switch {
	case gentle:
		ask.OnReading = e.noting(served, text, new(atomic.Bool))
	case !ask.ReadAhead:
		ask.OnReading = e.reads(served, text, new(atomic.Bool))
	}
	usage, err := readHead(ctx, choice.Backend, ask)
	if err != nil {
		e.log.Debug("reading ahead ended", "model", info.Model, "path", ps.request.Document.Path, "error", err)
		return 0, err
	}
	e.stats.spoke(info.Backend, info.Model, usage, estimate(part, has))
	e.readings.read(served, text, has, usage.CachedTokens, usage.PromptTokens)
	e.log.Debug("read ahead", "model", info.Model, "path", ps.request.Document.Path, "bytes", len(text)-has, "of", len(text), "took", time.Since(start))
	return time.Since(start), nil
}

// readHead has a backend read the beginning of a prompt: with a part of the machine
// that nobody misses where the backend can, which tells nothing of its speed, and as
// a generation in the background otherwise.
func readHead(ctx context.Context, b model.Backend, head model.Request) (model.Usage, error) {
	if p, ok := b.(model.Preparer); ok {
		if err := p.Prepare(ctx, head.Prompt, head.OnReading); !errors.Is(err, model.ErrNotPrepared) {
			return model.Usage{}, err
		}
	}
	resp, err := model.Generate(ctx, b, head)
	return resp.Usage, err
}
