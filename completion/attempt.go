package completion

import (
	"time"

	"github.com/airside-ls/airside/completion/recall"
)

// attempt is a request on its way to a suggestion. Each step is given what it needs of
// the steps before it, and returns what it has found: placeToAsk the place, ask the
// exchange, show the cut. The trace is written from all of that at the end
// ([Engine.finish]), and nothing goes by it.
type attempt struct {
	request     Request
	began       time.Time
	sample      int  // see Trace.Alternative
	speculative bool // see Trace.Speculative

	place     place
	multiline bool
	asked     recall.Origin // zero: nobody
	exchange  exchange
	cut       cut
	found     *recall.Suggestion // what the attempt made and recall remembers; nil for nothing
	fate      *recall.Fate       // of what is shown; nil when there is nothing
	withheld  string             // why the text is kept from who was to be asked
	err       error              // what ended the attempt

	id      string // "" until one is given
	from    string // see Trace.From
	total   time.Duration
	pending bool         // see Result.Pending
	others  []Suggestion // beside the best
	trace   Trace
}

func newAttempt(r Request) attempt { return attempt{request: r, began: time.Now()} }

// at notes where a suggestion would go.
func (a *attempt) at(p place) { a.place, a.multiline = p, p.multiline() }

// doubted tells whether there is nothing because the model was not sure enough of what
// it had.
func (a *attempt) doubted() bool { return a.cut.Text == "" && a.cut.confidence > 0 }

// suggestions are what it has brought, the best first.
func (a *attempt) suggestions() []Suggestion {
	if a.cut.Text == "" {
		return nil
	}
	return append([]Suggestion{{a.cut.Replacement, a.id}}, a.others...)
}

func (a *attempt) result() Result {
	return Result{Suggestions: a.suggestions(), Reason: a.cut.reason, Pending: a.pending, Trace: a.trace}
}

// finish ends an attempt by which a request is answered.
func (e *Engine) finish(a *attempt) {
	e.write(a)
	if a.cut.Text != "" || a.cut.reason != "" {
		e.stats.count(a.trace)
	}
}

// write writes down what became of an attempt.
func (e *Engine) write(a *attempt) {
	r, x, reason := a.request, a.exchange, a.cut.reason
	if a.err != nil {
		reason = a.err.Error()
	}
	if a.id == "" {
		a.id = e.traces.newID()
	}
	a.total = time.Since(a.began)
	a.trace = Trace{
		ID: a.id, Time: a.began, Path: r.Document.File(), Cell: r.Cell, Language: languageIn(r.Document), Offset: r.Offset, Line: r.Line,
		Backend: a.asked.Backend, Model: a.asked.Model, Form: a.asked.Form,
		Prompt: x.prompt, Raw: x.raw, Shown: a.cut.Text, Reason: reason,
		Alternative: a.sample, Speculative: a.speculative, Cached: x.how != "", CachedBy: x.how, From: a.from,
		Multiline: a.multiline, Unread: a.place.analysis.Unread,
		PromptTokens: x.usage.PromptTokens, CachedPromptTokens: x.usage.CachedTokens, GeneratedTokens: x.usage.GeneratedTokens,
		ContextTime: a.place.took, PromptTime: x.promptTime, FirstToken: x.usage.FirstToken, Total: a.total,
		Confidence: a.cut.confidence, Remembered: a.cut.remembered, Beginning: a.cut.beginning,
		Snippets: x.snippets, NoSnippets: x.noSnippets,
		typed: max(0, r.Offset-a.cut.Start), fate: a.fate,
	}
	e.traces.add(a.trace)
	e.log.Debug("completion", "path", a.trace.Path, "offset", r.Offset, "backend", a.asked.Backend, "cached", x.how,
		"total", a.total, "shown", len(a.cut.Text), "reason", reason)
}
