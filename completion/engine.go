package completion

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/airside-ls/airside/completion/filter"
	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/model/gate"
	"github.com/airside-ls/airside/completion/model/selector"
	"github.com/airside-ls/airside/completion/prompt"
	"github.com/airside-ls/airside/completion/syntax"
)

// Options configure an Engine. Zero values are sensible, Backends excepted.
type Options struct {
	// Backends that may answer, best first. The engine closes them.
	Backends []model.Backend
	// Disabled switches completions off.
	Disabled bool
	// MaxTokens bounds the tokens generated for one suggestion; 128 when zero.
	MaxTokens int
	// Timeout bounds one generation, from sending it to its last token; 30 s
	// when zero. A backend that needs longer is passed over.
	Timeout time.Duration
	// ProbeInterval is how often backends are looked for; 2 s when zero.
	ProbeInterval time.Duration
	// Speculate prepares the suggestion after the one shown, for clients that
	// stay: see speculateBelow.
	Speculate bool
	// StateDir is a folder for statistics of use, made when there are some; ""
	// keeps them in memory only.
	StateDir string
	Log      *slog.Logger
}

const (
	// maxDocument is the largest document, in bytes, for which completions are
	// given: beyond it is data, not source.
	maxDocument = 8 << 20
	// maxPromptTokens bounds a prompt however large the model's context is:
	// reading a prompt is what a slow machine waits for.
	maxPromptTokens = 2048
	// singleLineTokens bounds a suggestion that can have one line only.
	singleLineTokens = 64
	cacheBytes       = 4 << 20
	memoryBytes      = 1 << 20
	// busyAfter is how long a request runs before the status says "busy".
	busyAfter = 200 * time.Millisecond
)

// Engine answers completion requests. It is safe for concurrent use.
type Engine struct {
	log    *slog.Logger
	trees  *syntax.Cache
	cache  *cache  // answers of models, by prompt
	memory *memory // suggestions, by place
	traces traces
	stats  statistics
	status statusBoard

	speculator speculator

	changing sync.Mutex      // held while backends are exchanged or closed
	gates    []model.Backend // before opts.Backends, in their order; guarded by changing
	closed   bool            // guarded by changing

	mu       sync.Mutex // guards what a request reads
	opts     Options
	selector *selector.Selector
}

// New returns an engine that looks for its backends in the background.
func New(opts Options) *Engine {
	if opts.Log == nil {
		opts.Log = slog.New(slog.DiscardHandler)
	}
	e := &Engine{
		log: opts.Log, trees: syntax.NewCache(syntax.DefaultLimits),
		cache: newCache(cacheBytes), memory: newMemory(memoryBytes),
	}
	e.Reconfigure(opts)
	return e
}

// Reconfigure takes over new options while requests run. Backends that are not
// among the new ones are closed, and their requests fail over.
func (e *Engine) Reconfigure(opts Options) error {
	if opts.MaxTokens <= 0 {
		opts.MaxTokens = 128
	}
	if opts.Timeout <= 0 {
		opts.Timeout = 30 * time.Second
	}
	e.changing.Lock()
	defer e.changing.Unlock()
	if e.closed {
		return errors.New("the engine is closed")
	}
	e.status.setDisabled(opts.Disabled)
	e.stats.keepIn(opts.StateDir)
	oldBackends := e.opts.Backends
	if e.selector != nil {
		e.selector.Close() // first: its last word on the status must not come after the new one's
	}
	gated := e.gated(opts.Backends)
	s := selector.New(gated, selector.Options{
		Interval: opts.ProbeInterval, Log: e.log, OnChange: e.status.setChoice,
	})
	e.mu.Lock()
	e.opts, e.selector = opts, s
	e.mu.Unlock()
	e.speculator.elsewhere(func(*remembered) bool { return false })
	var errs []error
	for _, b := range oldBackends {
		if !slices.Contains(opts.Backends, b) {
			errs = append(errs, b.Close())
		}
	}
	return errors.Join(errs...)
}

// gated puts a gate before each backend: its old one if it was there before,
// which may have a generation under way. changing is held.
func (e *Engine) gated(backends []model.Backend) []model.Backend {
	gates := make([]model.Backend, len(backends))
	for i, b := range backends {
		if old := slices.Index(e.opts.Backends, b); old >= 0 {
			gates[i] = e.gates[old]
		} else {
			gates[i] = gate.Wrap(b)
		}
	}
	e.gates = gates
	return gates
}

// Chosen is the backend that answers now, behind the gate that completions
// pass, for those who want to ask it something else: without a priority of
// theirs (see package gate) completions go first. The error says why none
// answers.
func (e *Engine) Chosen(ctx context.Context) (model.Backend, model.Info, error) {
	e.mu.Lock()
	sel := e.selector
	e.mu.Unlock()
	choice, err := sel.Current(ctx)
	if err != nil {
		return nil, model.Info{}, err
	}
	return choice.Backend, choice.Info, choice.Err
}

// Backends returns the backends that may answer, best first.
func (e *Engine) Backends() []model.Backend {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.opts.Backends
}

// Close stops every generation and closes the backends.
func (e *Engine) Close() error {
	e.changing.Lock()
	defer e.changing.Unlock()
	if e.closed {
		return nil
	}
	e.closed = true
	e.speculator.close()
	e.selector.Close()
	errs := []error{e.stats.close()}
	for _, b := range e.opts.Backends {
		errs = append(errs, b.Close())
	}
	e.trees.CloseAll()
	return errors.Join(errs...)
}

// DidOpen makes the document known, so that its syntax tree is ready before
// the first request. Opening an open document replaces it.
func (e *Engine) DidOpen(d Document) {
	if refuse(d) == "" {
		e.trees.Open(source(d))
	}
}

// DidChange tells how an open document became d. The edits lead from the
// version last told of to d; nil edits mean that all of it changed. It returns
// at once: trees follow when they are needed.
func (e *Engine) DidChange(d Document, edits []Edit) {
	e.speculator.elsewhere(func(base *remembered) bool { return base.isTypedIn(e.memory.seed, d.Path, d.Text) })
	switch {
	case refuse(d) != "":
		e.trees.Close(d.Path)
	case edits == nil:
		e.trees.Open(source(d))
	default:
		moves := make([]syntax.Edit, len(edits))
		for i, ed := range edits {
			moves[i] = syntax.Edit{Start: ed.Start, OldEnd: ed.End, NewEnd: ed.Start + len(ed.New)}
		}
		e.trees.Edit(d.Path, moves, d.Text)
	}
}

func source(d Document) syntax.Document {
	return syntax.Document{Key: d.Path, Language: d.Language, Text: d.Text}
}

// DidClose forgets a document.
func (e *Engine) DidClose(path string) {
	e.speculator.elsewhere(func(base *remembered) bool { return base.path != path })
	e.trees.Close(path)
	e.memory.forget(path)
}

// Complete answers one request. It ends early, with ctx.Err(), when ctx does,
// and the model stops generating then. Every other trouble (no backend, model
// failing, nothing worth showing) is an answer with a Reason, not an error.
func (e *Engine) Complete(ctx context.Context, r Request) (Result, error) {
	if res, ok := e.Recall(ctx, r); ok {
		return res, nil
	}
	e.mu.Lock()
	opts, sel := e.opts, e.selector
	e.mu.Unlock()

	e.speculator.begin()
	idle := e.status.begin()
	t := newTrace(r)
	res, next, err := e.complete(ctx, r, opts, sel, &t)
	idle()
	e.speculator.finish()
	if err != nil {
		t.Reason = err.Error()
	}
	e.finish(&res, t)
	if next != nil {
		e.offered(offer{t.ID, *next, r, res.Suggestions[0].Replacement})
	}
	return res, err
}

// Recall answers a request for which a suggestion is at hand: one made for this
// very place, one that the user has typed a part of since, or one that is being
// prepared, for which it waits. It asks neither the model nor the parser. ok is
// false when there is none; then [Engine.Complete] is to be called.
func (e *Engine) Recall(ctx context.Context, r Request) (res Result, ok bool) {
	e.mu.Lock()
	opts, sel := e.opts, e.selector
	e.mu.Unlock()
	t := newTrace(r)
	if opts.Disabled || e.memory.empty() || refuse(r.Document) != "" {
		return Result{}, false
	}
	p, reason := placeOf(r)
	if reason != "" {
		return Result{}, false
	}
	if sp := e.speculator.reached(e.memory.seed, r); sp != nil {
		idle := e.status.begin()
		select {
		case <-sp.done:
		case <-ctx.Done():
		}
		idle()
	}
	choice, err := sel.Current(ctx)
	if err != nil || choice.Backend == nil || ctx.Err() != nil {
		return Result{}, false
	}
	found, rest, how, ok := e.memory.recall(askedOf(choice.Info, opts.maxTokens(r)), p)
	if !ok {
		return Result{}, false
	}
	t.Backend, t.Model, t.Form = found.backend, found.model, found.form
	t.Cached, t.CachedBy, t.From = true, how, found.id
	t.Multiline, t.Raw, t.Shown, t.fate = found.multiline, found.text, rest.Text, found.fate
	res.Suggestions = []Suggestion{{Replacement: rest}}
	t.ID = e.finish(&res, t)
	e.offered(offer{t.ID, found, r, rest})
	return res, true
}

func newTrace(r Request) Trace {
	return Trace{Time: time.Now(), Path: r.Document.Path, Offset: r.Offset}
}

// finish records what became of a request, and returns its ID.
func (e *Engine) finish(res *Result, t Trace) (id string) {
	t.Total = time.Since(t.Time)
	if t.ID == "" {
		t.ID = e.traces.newID()
	}
	res.Trace = t
	e.traces.add(t)
	if !t.Speculative && (len(res.Suggestions) > 0 || res.Reason != "") {
		e.stats.count(t)
	}
	for i := range res.Suggestions {
		res.Suggestions[i].ID = t.ID
	}
	e.log.Debug("completion", "path", t.Path, "offset", t.Offset, "backend", t.Backend, "cached", t.CachedBy,
		"total", t.Total, "shown", len(t.Shown), "reason", t.Reason)
	return t.ID
}

// maxTokens bounds the tokens generated for a request.
func (o Options) maxTokens(r Request) int {
	if r.MaxTokens > 0 {
		return r.MaxTokens
	}
	return o.MaxTokens
}

// complete asks the backends. found is what it will remember of the suggestion,
// nil without one.
func (e *Engine) complete(ctx context.Context, r Request, opts Options, sel *selector.Selector, t *Trace) (res Result, found *remembered, err error) {
	if opts.Disabled {
		return none(t, "completions are switched off (completion.enabled)"), nil, nil
	}
	p, reason := e.placeToAsk(r, t)
	if reason != "" {
		return none(t, reason), nil, nil
	}
	// Every backend gets one chance, the best first.
	var failed error
	for range len(opts.Backends) + 1 {
		choice, err := sel.Current(ctx)
		if err != nil {
			return Result{}, nil, err
		}
		if choice.Backend == nil {
			failed = choice.Err
			break
		}
		res, found, err := e.suggest(ctx, choice, p, opts.maxTokens(r), opts.Timeout, Exact, t)
		if err == nil {
			return res, found, nil
		}
		if ctx.Err() != nil {
			return Result{}, nil, ctx.Err()
		}
		failed = err
		sel.Failed(ctx, choice.Backend, err)
	}
	return none(t, failed.Error()), nil, nil
}

// prepare has the suggestion for r remembered, and tells whether there is one.
// Where there is none at the end of a line, the user goes on in the next.
func (e *Engine) prepare(ctx context.Context, r Request, opts Options, sel *selector.Selector) bool {
	if e.prepareAt(ctx, r, opts, sel) {
		return true
	}
	next, ok := nextLine(r)
	if ok && ctx.Err() == nil {
		e.prepareAt(ctx, next, opts, sel)
	}
	return false
}

// prepareAt is prepare for one place. Trouble is left to the request that may
// follow.
func (e *Engine) prepareAt(ctx context.Context, r Request, opts Options, sel *selector.Selector) bool {
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
		res, found, err = e.suggest(ctx, choice, p, opts.maxTokens(r), opts.Timeout, Speculated, &t)
		if err != nil {
			reason = err.Error()
		}
	}
	if reason != "" {
		t.Reason = reason
	}
	e.finish(&res, t)
	return found != nil
}

// placeToAsk is the analyzed place of a request; reason says why nobody is to be
// asked about it.
func (e *Engine) placeToAsk(r Request, t *Trace) (p place, reason string) {
	if reason := refuse(r.Document); reason != "" {
		return p, reason
	}
	p, reason = placeOf(r)
	if reason == "" {
		reason = p.refuse()
	}
	if reason != "" {
		return p, reason
	}
	start := time.Now()
	p.analysis = e.trees.Analyze(p.doc, p.at)
	t.ContextTime = time.Since(start)
	t.Multiline = p.multiline()
	return p, ""
}

// suggest asks one backend, and remembers its suggestion as how.
func (e *Engine) suggest(ctx context.Context, choice selector.Choice, p place, maxTokens int, timeout time.Duration, how How, t *Trace) (Result, *remembered, error) {
	start := time.Now()
	if ctx = gate.With(ctx, gate.Typing); t.Speculative {
		ctx = gate.With(ctx, gate.Ahead)
	}
	answer, err := e.ask(ctx, choice, p, maxTokens, timeout, t)
	if err != nil {
		return Result{}, nil, err
	}
	if !t.Cached && !t.Speculative {
		e.stats.answered(choice.Info.Backend, choice.Info.Model, time.Since(start))
	}
	res := e.show(p, answer, t)
	if len(res.Suggestions) == 0 {
		return res, nil, nil
	}
	t.ID = e.traces.newID()
	found := e.memory.remember(askedOf(choice.Info, maxTokens), p, t.Shown, t.ID, how)
	t.fate = found.fate
	return res, &found, nil
}

// refuse says why a document gets no completions, or "".
func refuse(d Document) string {
	if len(d.Text) > maxDocument {
		return fmt.Sprintf("the document is larger than %d MiB", maxDocument>>20)
	}
	if strings.IndexByte(d.Text, 0) >= 0 {
		return "the document is binary"
	}
	return ""
}

func none(t *Trace, reason string) Result {
	t.Reason = reason
	return Result{Reason: reason}
}

// ask gets the model's answer, from the cache if the same prompt was answered
// before. A prompt that does not fit is cut again, smaller.
func (e *Engine) ask(ctx context.Context, choice selector.Choice, p place, maxTokens int, timeout time.Duration, t *Trace) (string, error) {
	info := choice.Info
	form := prompt.Choose(info)
	t.Backend, t.Model, t.Form = info.Backend, info.Model, form.Name
	if !p.multiline() {
		maxTokens = min(maxTokens, singleLineTokens)
	}
	maxTokens = min(maxTokens, info.ContextTokens/2)

	for tokens := min(info.ContextTokens-maxTokens, maxPromptTokens); ; tokens /= 2 {
		start := time.Now()
		window := prompt.Cut(p.doc.Text, p.at, prompt.BudgetFor(tokens, form), p.keep())
		window = normalizeNewlines(window)
		window.Prefix += p.selected
		built := form.Build(window)
		t.Prompt = built.Prompt.String()
		t.PromptTime += time.Since(start)

		key := strings.Join([]string{info.Backend, info.Endpoint, info.Model, form.Name, fmt.Sprint(maxTokens, t.Multiline), t.Prompt}, "\x00")
		if answer, ok := e.cache.get(key); ok {
			t.Cached, t.CachedBy, t.Raw = true, Exact, answer
			return answer, nil
		}
		e.log.Debug("asking", "backend", info.Backend, "model", info.Model, "bytes", len(t.Prompt), "multiline", t.Multiline)
		resp, err := generate(ctx, choice.Backend, p, built, form, maxTokens, timeout)
		if model.IsKind(err, model.TooLong) && tokens > 128 {
			e.log.Debug("prompt cut again", "tokens", tokens, "error", err)
			continue
		}
		if err != nil {
			return "", err
		}
		t.PromptTokens, t.CachedPromptTokens = resp.Usage.PromptTokens, resp.Usage.CachedTokens
		t.GeneratedTokens, t.FirstToken = resp.Usage.GeneratedTokens, resp.Usage.FirstToken
		t.Raw = resp.Text
		e.cache.put(key, resp.Text)
		return resp.Text, nil
	}
}

// generate asks the backend, and stops it as soon as the suggestion has ended.
// The text it returns lacks the prompt's echo.
func generate(ctx context.Context, b model.Backend, p place, built prompt.Built, form prompt.Form, maxTokens int, timeout time.Duration) (model.Response, error) {
	limited, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	end := p.ender()
	stop := form.Stop
	if !p.multiline() {
		stop = append([]string{"\n"}, stop...)
	}
	var text strings.Builder
	resp, err := model.Generate(limited, b.Insert(), model.Request{
		Prompt: built.Prompt, MaxTokens: maxTokens, Stop: stop,
		OnText: func(chunk string) error {
			text.WriteString(chunk)
			answer, _ := cutEcho(text.String(), built.Echo)
			if _, certain := end(answer); certain {
				return model.ErrEnough
			}
			return nil
		},
	})
	if err != nil && ctx.Err() == nil && errors.Is(limited.Err(), context.DeadlineExceeded) {
		err = &model.Error{Kind: model.Unreachable, Backend: b.Name(), Op: "generate", Err: errors.New("no answer within " + timeout.String())}
	}
	if err != nil {
		return model.Response{}, err
	}
	answer, ok := cutEcho(resp.Text, built.Echo)
	if !ok {
		answer = "" // it went on in another way than the document does
	}
	n, _ := end(answer)
	resp.Text = answer[:n]
	return resp, nil
}

// cutEcho removes echo, or as much of it as has come, from the text's start.
// ok is false when the text begins otherwise.
func cutEcho(text, echo string) (rest string, ok bool) {
	if len(text) < len(echo) {
		return "", strings.HasPrefix(echo, text)
	}
	return strings.CutPrefix(text, echo)
}

// show filters the answer.
func (e *Engine) show(p place, answer string, t *Trace) Result {
	text, reason := filter.Apply(filter.Input{
		Prefix: p.doc.Text[:p.at] + p.selected, Suffix: p.doc.Text[p.end:], Text: answer,
		Stop: []string{"<EOT>"},
	})
	if text == "" {
		return none(t, reason)
	}
	if breaks, keep := e.trees.Breaks(p.doc, syntax.Range{Start: p.start, End: p.end}, p.selected+text); breaks {
		keep -= len(p.selected)
		if keep <= 0 || strings.TrimSpace(text[:keep]) == "" {
			return none(t, "it would break the syntax")
		}
		text = strings.TrimRight(text[:keep], " \t\r\n")
	}
	t.Shown = p.selected + text
	return Result{Suggestions: []Suggestion{{Replacement: Replacement{Start: p.start, End: p.end, Text: t.Shown}}}}
}
