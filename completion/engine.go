package completion

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/model/gate"
	"github.com/airside-ls/airside/completion/model/selector"
	"github.com/airside-ls/airside/completion/secrecy"
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
	// Wait is how long a person waits for the first words of a suggestion: no more
	// of a prompt is read meanwhile than the model can, as fast as it is now. 0 reads
	// all that fits its context.
	Wait time.Duration
	// ReadAhead says whether more may be read, in small steps, while nobody waits;
	// nil is never. It is asked before each step.
	ReadAhead func() bool
	// ProbeInterval is how often backends are looked for; 2 s when zero.
	ProbeInterval time.Duration
	// Speculate prepares the suggestion after the one shown, for clients that
	// stay: see speculateBelow.
	Speculate bool
	// SelfTest has each model that answers do one sample insert, once; the
	// status tells of one that fails.
	SelfTest bool
	// Forgetful switches off the memory of the workspace: see Workspace.
	Forgetful bool
	// Confidence is how likely a suggestion must be to be right for it to be
	// shown to who has not asked for one, for models that tell;
	// DefaultConfidence when zero.
	Confidence float64
	// StateDir is a folder for statistics of use and for what was learned of
	// workspaces, made when there are some; "" keeps them in memory only.
	StateDir string
	// Hold, when set, has no backend looked for before it is closed: until then it
	// may turn out that another is wanted.
	Hold <-chan struct{}
	// Secrecy says which files are secrets; nil goes by their names and by what
	// repositories say.
	Secrecy *secrecy.Rules
	Log     *slog.Logger
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
	cache  *cache       // answers of models, by prompt
	memory *suggestions // suggestions, by place
	traces traces
	stats  statistics
	status statusBoard

	attempts   attempts
	verdicts   verdicts
	readings   readings
	ahead      ahead
	speculator speculator
	tested     tested
	workspaces workspaces

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
		workspaces: workspaces{log: opts.Log},
		log:        opts.Log, trees: syntax.NewCache(syntax.DefaultLimits),
		cache: newCache(cacheBytes), memory: newSuggestions(memoryBytes),
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
	if opts.Confidence == 0 {
		opts.Confidence = DefaultConfidence
	}
	e.changing.Lock()
	defer e.changing.Unlock()
	if e.closed {
		return errors.New("the engine is closed")
	}
	e.status.setDisabled(opts.Disabled)
	e.stats.keepIn(opts.StateDir)
	e.workspaces.setUp(opts.Forgetful, opts.StateDir, opts.Secrecy)
	oldBackends := e.opts.Backends
	if e.selector != nil {
		e.selector.Close() // first: its last word on the status must not come after the new one's
	}
	gated := e.gated(opts.Backends)
	s := selector.New(gated, selector.Options{
		Interval: opts.ProbeInterval, Hold: opts.Hold, Log: e.log, OnChange: e.status.setChoice,
	})
	e.mu.Lock()
	e.opts, e.selector = opts, s
	e.mu.Unlock()
	e.speculator.elsewhere(func(*remembered) bool { return false })
	e.ahead.stop()
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
	_, sel := e.asked()
	for {
		choice, err := sel.Current(ctx)
		if err == nil {
			return choice.Backend, choice.Info, choice.Err
		}
		before := sel
		if _, sel = e.askedNext(); !errors.Is(err, selector.ErrClosed) || sel == before {
			return nil, model.Info{}, err
		}
	}
}

// askedNext is asked once a change that is under way is done: a selector that
// fails with ErrClosed has a newer one in its place then, unless the engine is
// closed.
func (e *Engine) askedNext() (Options, *selector.Selector) {
	e.changing.Lock()
	defer e.changing.Unlock()
	return e.asked()
}

// asked is whom requests ask now, and how.
func (e *Engine) asked() (Options, *selector.Selector) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.opts, e.selector
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
	closed := e.closed
	e.closed = true // nothing changes from here on
	e.changing.Unlock()
	if closed {
		return nil
	}
	// Without the lock: what is waited for may want to know who answers now.
	e.attempts.close()
	e.ahead.close()
	e.speculator.close()
	e.tested.close()
	e.workspaces.close()
	e.selector.Close()
	errs := []error{e.stats.close()}
	for _, b := range e.opts.Backends {
		errs = append(errs, b.Close())
	}
	e.trees.CloseAll()
	return errors.Join(errs...)
}

// Complete answers one request. It ends early, with ctx.Err(), when ctx does; the
// model goes on until the cursor is known to have left the place, so that a
// request that comes again finds its answer ([Engine.OnReady]). Every other
// trouble (no backend, model failing, nothing worth showing) is an answer with a
// Reason, not an error.
func (e *Engine) Complete(ctx context.Context, r Request) (Result, error) {
	e.ahead.stop()
	e.ahead.askedAt(r)
	res, err := e.best(ctx, r)
	if err == nil && !res.Pending {
		defer e.readAhead(r, paused)
	}
	if err == nil && len(res.Suggestions) > 0 && r.Alternatives > 1 && !res.Pending {
		e.addAlternatives(ctx, r, &res)
		err = ctx.Err()
	}
	return res, err
}

// best answers a request with one suggestion.
func (e *Engine) best(ctx context.Context, r Request) (Result, error) {
	ended := e.attempts.haveEnded()
	if res, ok := e.Recall(ctx, r); ok {
		return res, nil
	}
	if err := ctx.Err(); err != nil {
		return Result{}, err
	}
	e.speculator.foreseen(e.memory.seed, r, false)
	return e.attend(ctx, r, ended)
}

// Recall answers a request for which a suggestion is at hand: one made for this
// very place, one that the user has typed a part of since, one that is being
// prepared, for which it waits, or, past [Request.Within], whole lines of one that
// is being generated. It asks neither the model nor the parser. ok is
// false when there is none; then [Engine.Complete] is to be called.
func (e *Engine) Recall(ctx context.Context, r Request) (res Result, ok bool) {
	e.mu.Lock()
	opts, sel := e.opts, e.selector
	e.mu.Unlock()
	t := newTrace(r)
	if opts.Disabled || refuse(r.Document) != "" || e.secret(r.Document.Path) != "" {
		return Result{}, false
	}
	if res, ok := e.partAtHand(r); ok {
		return res, true
	}
	if e.memory.empty() {
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
	e.speculator.foreseen(e.memory.seed, r, true)
	e.offered(offer{t.ID, found, r, rest})
	return res, true
}

func newTrace(r Request) Trace {
	return Trace{Time: time.Now(), Path: r.Document.Path, Offset: r.Offset, Line: r.Line}
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

// wait is how long a person waits.
func (e *Engine) wait() time.Duration {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.opts.Wait
}

// maxTokens bounds the tokens generated for a request that sets no bound.
func (e *Engine) maxTokens() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.opts.MaxTokens
}

// complete asks the backends. found is what it will remember of the suggestion,
// nil without one; heard is told how the answer grows.
func (e *Engine) complete(ctx context.Context, r Request, opts Options, sel *selector.Selector, t *Trace, heard hearer) (res Result, found *remembered, err error) {
	if opts.Disabled {
		return none(t, "completions are switched off (completion.enabled)"), nil, nil
	}
	p, reason := e.placeToAsk(r, t)
	if reason != "" {
		return none(t, reason), nil, nil
	}
	q := question{place: p, maxTokens: opts.maxTokens(r), timeout: opts.Timeout, heard: heard}
	// Every backend gets one chance, the best first.
	choice, err := sel.Current(ctx)
	if errors.Is(err, selector.ErrClosed) {
		if newOpts, newer := e.askedNext(); newer != sel {
			return e.complete(ctx, r, newOpts, newer, t, heard)
		}
	}
	if err != nil {
		return Result{}, nil, err
	}
	var failed error
	for range len(opts.Backends) + 1 {
		if choice.Backend == nil {
			failed = choice.Err
			break
		}
		res, found, err := e.suggest(ctx, choice, q, Exact, t)
		if err == nil {
			sel.Succeeded(choice.Backend)
			return res, found, nil
		}
		if ctx.Err() != nil {
			return Result{}, nil, ctx.Err()
		}
		failed = err
		if model.IsKind(err, model.Slow) {
			break // it is at work: a guess of another model would be no better
		}
		choice = sel.Failed(ctx, choice.Backend, err)
	}
	return none(t, failed.Error()), nil, nil
}

// placeToAsk is the analyzed place of a request; reason says why nobody is to be
// asked about it.
func (e *Engine) placeToAsk(r Request, t *Trace) (p place, reason string) {
	if reason := refuse(r.Document); reason != "" {
		return p, reason
	}
	if t.withheld = e.secret(r.Document.Path); t.withheld != "" {
		return p, t.withheld
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
	t.Multiline, t.Unread = p.multiline(), p.analysis.Unread
	return p, ""
}
