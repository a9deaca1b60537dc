package completion

import (
	"context"
	"sync"
	"time"

	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/model/gate"
	"github.com/airside-ls/airside/completion/model/selector"
	"github.com/airside-ls/airside/completion/prompt"
)

const (
	// restAfter is how long nothing is asked or typed before more is read.
	restAfter = 300 * time.Millisecond
	// stepTime is how long one step of reading takes: who asks meanwhile waits for
	// its end, for servers look for that only between batches.
	stepTime = 300 * time.Millisecond
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
	closed bool
	all    sync.WaitGroup
}

// stop ends the reading.
func (a *ahead) stop() {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.cancel != nil {
		a.cancel()
		a.cancel = nil
	}
}

func (a *ahead) close() {
	a.stop()
	a.mu.Lock()
	a.closed = true
	a.mu.Unlock()
	a.all.Wait()
}

// readAhead begins to read for a place once nothing has been asked for a while; of
// a document that was just opened, its beginning.
func (e *Engine) readAhead(r Request, opened bool) {
	e.mu.Lock()
	opts, sel := e.opts, e.selector
	e.mu.Unlock()
	if opts.Disabled || opts.Wait <= 0 || opts.ReadAhead == nil || refuse(r.Document) != "" {
		return
	}
	a := &e.ahead
	a.stop()
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.closed {
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	a.cancel = cancel
	a.all.Go(func() {
		defer cancel()
		for rest := restAfter; pause(ctx, rest) && opts.ReadAhead(); {
			took, more := e.readStep(ctx, sel, r, opened)
			if !more {
				return
			}
			rest = time.Duration(coolFor * float64(took))
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

// readStep has the model read some more for a place. more is false when there is
// nothing left, or trouble, which is left to the request that may follow.
func (e *Engine) readStep(ctx context.Context, sel *selector.Selector, r Request, opened bool) (took time.Duration, more bool) {
	choice, err := sel.Current(ctx)
	if err != nil || choice.Backend == nil || choice.Info.PromptTokens > 0 || e.Withheld(r.Document.Path, choice.Info) != "" {
		return 0, false
	}
	info, form, served := choice.Info, prompt.Choose(choice.Info), keyOf(choice.Info)
	speed := e.stats.speed(info.Backend, info.Model).presumed(info.Parameters)
	room := min(e.room(info), e.readings.roomFor(served, speed))
	if opened {
		r.Offset = headBytes(r.Document.Text, prompt.BudgetFor(room, form))
	}
	p, reason := placeOf(r)
	if reason != "" {
		return 0, false
	}
	p.analysis = e.trees.Analyze(p.doc, p.at)
	w := e.window(p, info, form, room, patienceFor(speed, e.wait()))

	e.readings.mu.Lock()
	has := e.readings.of(served).headOf(form, w)
	e.readings.mu.Unlock()
	whole := len(w.Prefix) - len(lastLine(w.Prefix)) // the cursor's own line changes with every key
	if has >= whole {
		return 0, false
	}
	step := min(maxStep, max(minStep, int(speed.Read*stepTime.Seconds()*tokenBytes)))
	end := min(whole, lineAt(w.Prefix, min(len(w.Prefix), has+step)))
	w.Prefix = w.Prefix[:end]
	head := form.Head(w)
	start := time.Now()
	usage, err := readHead(ctx, choice.Backend, head)
	if err != nil {
		e.log.Debug("reading ahead ended", "model", info.Model, "path", r.Document.Path, "error", err)
		return 0, false
	}
	text := head.String()
	e.stats.spoke(info.Backend, info.Model, usage, estimate(head, e.readings.has(served, text)))
	e.readings.read(served, text, usage.CachedTokens, usage.PromptTokens)
	e.log.Debug("read ahead", "model", info.Model, "path", r.Document.Path, "bytes", end, "of", whole, "took", time.Since(start))
	return time.Since(start), true
}

// readHead has a backend read the beginning of a prompt: with a part of the machine
// that nobody misses where the backend can, which tells nothing of its speed, and as
// a generation in the background otherwise.
func readHead(ctx context.Context, b model.Backend, head model.Prompt) (model.Usage, error) {
	if p, ok := b.(model.Preparer); ok {
		return model.Usage{}, p.Prepare(ctx, head)
	}
	resp, err := model.Generate(gate.With(ctx, gate.Background), b.Insert(), model.Request{Prompt: head, MaxTokens: 1})
	return resp.Usage, err
}
