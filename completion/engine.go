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
	"github.com/airside-ls/airside/completion/recall"
	"github.com/airside-ls/airside/completion/rhythm"
	"github.com/airside-ls/airside/completion/secrecy"
	"github.com/airside-ls/airside/completion/syntax"
)

// Options configure an Engine. Zero values are sensible, Backends excepted.
type Options struct {
	// Backends that may answer, best first. The engine closes them.
	Backends []model.Backend
	// Disabled switches completions off.
	Disabled bool
	// Where says where suggestions are wanted; the zero value is everywhere.
	Where Coverage
	// MaxTokens bounds the tokens generated for one suggestion; 128 when zero.
	MaxTokens int
	// Timeout bounds one generation, from sending it to its last token; 30 s
	// when zero. A backend that needs longer is passed over.
	Timeout time.Duration
	// Silence is how long a model that has answered before may give no sign of life
	// before its server is started anew, if that can be; 10 s when zero. One that is
	// slow, or has much to read, gets longer.
	Silence time.Duration
	// Wait is how long a person waits for the first words of a suggestion: no more
	// of a prompt is read meanwhile than the model can, as fast as it is now. 0 reads
	// all that fits its context.
	Wait time.Duration
	// Debounce is how long a request that comes from typing waits for a newer one
	// before a model is asked; 0 adapts to the user's rhythm and the model's latency.
	// What is at hand never waits.
	Debounce time.Duration
	// ReadAhead says whether more may be read, in small steps, while nobody waits;
	// nil is never. It is asked before each step.
	ReadAhead func() bool
	// ProbeInterval is how often backends are looked for; 2 s when zero.
	ProbeInterval time.Duration
	// Speculate prepares the suggestion after the one shown, for clients that
	// stay: see [rhythm.Payoff].
	Speculate bool
	// SelfTest has each model that answers do one sample insert, once; the
	// status tells of one that fails.
	SelfTest bool
	// Forgetful switches off the memory of the workspace: see Workspace.
	Forgetful bool
	// Definitions has prompts show definitions of other files of the workspace that
	// the code around the cursor uses; it does not need the memory. With 0.5 billion
	// parameters, in code of 2025 and behind prompts that have the line as the beginning
	// of the middle, 20 of 40 lines in Go are exact with them and 19 without (of those
	// that use another file's 6 and 4 of 8), in Python 18 and 20 of 40: so nobody has
	// them who did not ask. NoDefinitions are globs of files and folders of which none
	// is shown.
	Definitions   bool
	NoDefinitions []string
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
	answersBytes     = 4 << 20
	suggestionsBytes = 1 << 20
	// busyAfter is how long a request runs before the status says "busy".
	busyAfter = 200 * time.Millisecond
)

// Engine answers completion requests. It is safe for concurrent use.
type Engine struct {
	log    *slog.Logger
	trees  *syntax.Cache
	traces traces
	stats  statistics
	uses   uses
	status statusBoard
	rhythm rhythm.Rhythm

	answers     *recall.Answers
	suggestions *recall.Suggestions
	speculator  recall.Speculator

	generations generations
	verdicts    verdicts
	readings    readings
	ahead       prereader
	tested      selfTests
	workspaces  workspaces
	definitions definitions

	changing sync.Mutex      // held while backends are exchanged or closed
	gates    []model.Backend // before opts.Backends, in their order; guarded by changing
	closed   bool            // guarded by changing

	mu       sync.Mutex // guards what a request reads
	opts     Options
	wanted   *whereFilter // of opts.Where
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
		answers: recall.NewAnswers(answersBytes), suggestions: recall.NewSuggestions(suggestionsBytes),
	}
	e.speculator.Latency, e.speculator.Log = e.speculates, opts.Log
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
	if opts.Silence <= 0 {
		opts.Silence = usualSilence
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
	e.rhythm.Set(opts.Debounce)
	e.stats.keepIn(opts.StateDir)
	e.uses.keepIn(opts.StateDir)
	e.workspaces.setUp(opts.Forgetful, opts.Definitions, opts.StateDir, opts.Secrecy)
	oldBackends := e.opts.Backends
	if e.selector != nil {
		e.selector.Close() // first: its last word on the status must not come after the new one's
	}
	gated := e.gated(opts.Backends)
	s := selector.New(gated, selector.Options{
		Interval: opts.ProbeInterval, Hold: opts.Hold, Log: e.log, OnChange: e.status.setChoice,
	})
	e.mu.Lock()
	e.opts, e.selector, e.wanted = opts, s, newWanted(opts.Where, opts.NoDefinitions...)
	e.mu.Unlock()
	e.definitions.forget()
	e.speculator.Elsewhere(func(*recall.Suggestion) bool { return false })
	e.ahead.stop()
	if seen := e.status.sees(); seen.Path != "" {
		why, withheld := e.declined(seen)
		if !withheld {
			why = ""
		}
		e.status.setWithheld(seen, why)
	}
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
	e.generations.close()
	e.ahead.close()
	e.speculator.Close()
	e.tested.close()
	e.workspaces.close()
	e.selector.Close()
	e.status.close()
	errs := []error{e.stats.saves.close(e.stats.save), e.uses.saves.close(e.uses.save)}
	for _, b := range e.opts.Backends {
		errs = append(errs, b.Close())
	}
	e.trees.CloseAll()
	return errors.Join(errs...)
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

// leastSilence is how long the fastest model may give no sign of life.
func (e *Engine) leastSilence() time.Duration {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.opts.Silence
}

// maxTokens bounds the tokens generated for a request that sets no bound.
func (e *Engine) maxTokens() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.opts.MaxTokens
}
