package completion

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/model/selector"
	"github.com/airside-ls/airside/completion/prompt"
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
	// growAfter is how long the cursor has to rest for more to be read in its place.
	growAfter = 3 * time.Second
	// stopTime is how long, at most, a reading that was stopped is waited for.
	stopTime = 50 * time.Millisecond
	// minStep and maxStep bound a step, in bytes.
	minStep, maxStep = 96, 6144
	// coolFor is how long the machine rests after a step, as a share of it.
	coolFor = 0.5
)

// ahead has a model read, while nobody waits for it, what prompts will show: the
// beginning of a document that was opened, and the lines above a cursor that rests.
// It reads one place at a time, in small steps, and stops with whatever is typed or
// asked.
type ahead struct {
	mu     sync.Mutex
	cancel context.CancelFunc // of what is being read or about to be; nil for nothing
	done   chan struct{}      // closed when the latest reading has ended; nil before the first
	halted chan struct{}      // done of the latest that was stopped; nil before the first
	closed bool
	asked  Request // the latest
	all    sync.WaitGroup
}

// askedAt notes a request.
func (a *ahead) askedAt(r Request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.asked = r
}

// knows tells whether the latest request was in the line where a cursor rests, with
// the document as it is: what there is to be read for it is known.
func (a *ahead) knows(r Request) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	d := a.asked.Document
	return d.Path == r.Document.Path && d.Text == r.Document.Text &&
		lineStart(d.Text, a.asked.Offset) == lineStart(d.Text, r.Offset)
}

// stop ends the reading.
func (a *ahead) stop() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.stopLocked()
}

func (a *ahead) stopLocked() {
	if a.cancel != nil {
		a.cancel()
		a.cancel, a.halted = nil, a.done
	}
}

// settled waits, when the reading was stopped, until it is known how far it came: a
// backend that stops at once is not asked sooner for not waiting. One that goes on,
// as beside what is prepared for the next key, is not waited for.
func (a *ahead) settled(ctx context.Context) {
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

func (a *ahead) close() {
	a.mu.Lock()
	a.stopLocked()
	a.closed = true
	a.mu.Unlock()
	a.all.Wait()
}

// occasion is why there is time to read.
type occasion int

const (
	opened occasion = iota // a document was opened, where in it the cursor is nobody knows
	rested                 // the cursor rests somewhere
	paused                 // a request was answered, and the next has not come
)

// pausing is a pause in which there is time to read.
type pausing struct {
	request Request
	why     occasion
	long    bool // it has become a long one
}

// Rests tells that the cursor rests at a place, for clients that tell: what will be
// asked there, in its line or one that is opened behind it, is read before.
func (e *Engine) Rests(r Request) {
	if r.Offset < 0 || r.Offset > len(r.Document.Text) || e.attempts.underway() || e.ahead.knows(r) {
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
	e.readAhead(r, rested)
}

// readAhead begins to read for a place once nothing has been asked for a while; of
// a document that was just opened, its beginning.
func (e *Engine) readAhead(r Request, why occasion) {
	e.mu.Lock()
	opts, sel := e.opts, e.selector
	e.mu.Unlock()
	if opts.Disabled || opts.Wait <= 0 || opts.ReadAhead == nil || refuse(r.Document) != "" {
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
		rest := restAfter
		if why == rested {
			rest = 0 // the client has waited
		}
		p := pausing{request: r, why: why}
		for pause(ctx, rest) && opts.ReadAhead() {
			took, more := e.readStep(ctx, sel, &p)
			if !more {
				e.compare(ctx, sel)
				return
			}
			rest = time.Duration(coolFor * float64(took))
			if took == 0 {
				rest = growAfter
			}
		}
	})
}

func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

// readStep has the model read some more for a place: first what a request there
// would show now, then, in steps, all of the window. more is false when there is
// nothing left, or trouble, which is left to the request that may follow; took is 0
// where that is for a longer pause.
func (e *Engine) readStep(ctx context.Context, sel *selector.Selector, ps *pausing) (took time.Duration, more bool) {
	r := ps.request
	choice, err := sel.Current(ctx)
	if err != nil || choice.Backend == nil || choice.Info.PromptTokens > 0 || e.Withheld(r.Document.Path, choice.Info) != "" {
		return 0, false
	}
	info, form, served := choice.Info, prompt.Choose(choice.Info), keyOf(choice.Info)
	speed := e.stats.speed(info.Backend, info.Model).presumed(info.Parameters)
	room := min(e.room(info), e.readings.roomFor(served, speed))
	if ps.why == opened {
		r.Offset = headBytes(r.Document.Text, prompt.BudgetFor(room, form))
	}
	p, reason := placeOf(r)
	if reason != "" {
		return 0, false
	}
	p.analysis = e.trees.Analyze(p.doc, p.at)
	patience := patienceFor(speed, e.wait())
	w := e.window(p, info, form, room, patience)
	patience.idle = true

	if ps.why == rested {
		patience.tokens = int(speed.Read * restTime.Seconds())
		near := form.Build(e.readings.inTime(served, p, form, w, patience)).Prompt
		if len(near.String())-e.readings.has(served, near.String()) >= minStep/2 {
			return e.readPart(ctx, choice, near, r, false)
		}
	}
	// The rest only in a long pause. A server reads on to the end of a batch when
	// somebody asks, and without a place beside loses for it what a request needs.
	_, gentle := choice.Backend.(model.Preparer)
	gentle = gentle && info.Expects // the engine, and not the server that it may stand in for
	loses := ps.why == rested || info.Beside || e.readings.partial(served, p.doc.Key)
	if loses && !gentle && !ps.long && ps.why != opened {
		ps.long = true
		return 0, true
	}

	e.readings.mu.Lock()
	has := e.readings.of(served).headOf(form, w)
	e.readings.mu.Unlock()
	whole := len(w.Prefix) - len(lastLine(w.Prefix)) // the cursor's own line changes with every key
	if has >= whole {
		if ps.why == opened {
			return 0, false
		}
		patience.tokens = info.ContextTokens
		all := form.Build(e.readings.inTime(served, p, form, w, patience)).Prompt
		if len(all.String())-e.readings.has(served, all.String()) < minStep/2 {
			return 0, false
		}
		return e.readPart(ctx, choice, all, r, true)
	}
	step := min(maxStep, max(minStep, int(speed.Read*stepTime.Seconds()*tokenBytes)))
	end := min(whole, lineAt(w.Prefix, min(len(w.Prefix), has+step)))
	w.Prefix = w.Prefix[:end]
	return e.readPart(ctx, choice, form.Head(w), r, true)
}

// readPart has the model read a prompt or the beginning of one: beside what it holds,
// where it can.
func (e *Engine) readPart(ctx context.Context, choice selector.Choice, part model.Prompt, r Request, beside bool) (took time.Duration, more bool) {
	info, served, text := choice.Info, keyOf(choice.Info), part.String()
	start, has := time.Now(), e.readings.has(served, text)
	ask := model.Request{Prompt: part, MaxTokens: 1, ReadAhead: beside && info.Beside}
	if !ask.ReadAhead {
		ask.OnReading = e.reads(served, text, new(atomic.Bool))
	}
	usage, err := readHead(ctx, choice.Backend, ask)
	if err != nil {
		e.log.Debug("reading ahead ended", "model", info.Model, "path", r.Document.Path, "error", err)
		return 0, false
	}
	e.stats.spoke(info.Backend, info.Model, usage, estimate(part, has))
	e.readings.read(served, text, has, usage.CachedTokens, usage.PromptTokens)
	e.log.Debug("read ahead", "model", info.Model, "path", r.Document.Path, "bytes", len(text)-has, "of", len(text), "took", time.Since(start))
	return max(time.Since(start), 1), true
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
