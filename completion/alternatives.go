package completion

import (
	"context"
	"strings"

	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/prompt"
)

const (
	// maxAlternativeTries bounds the generations spent on alternatives: a model that is
	// sure of itself says the same again and again.
	maxAlternativeTries = 4
	// sampleTemperature makes a code model vary without making it babble.
	sampleTemperature = 0.7
)

// addAlternatives samples other suggestions for the place of r until there are
// as many as it wants. The prompt is the one that was just answered, so a server
// reads none of it again. Trouble ends the search: what was found stays.
func (e *Engine) addAlternatives(ctx context.Context, r Request, res *Result) {
	e.mu.Lock()
	opts, sel := e.opts, e.selector
	e.mu.Unlock()
	e.speculator.begin()
	defer e.speculator.finish()
	defer e.status.begin()()

	for n := 1; n <= maxAlternativeTries && len(res.Suggestions) < r.Alternatives; n++ {
		t := newTrace(r)
		t.Alternative = n
		p, reason := e.placeToAsk(r, &t)
		choice, err := sel.Current(ctx)
		if reason != "" || err != nil || choice.Backend == nil || e.Withheld(p.doc.Key, choice.Info) != "" {
			return
		}
		q := question{place: p, maxTokens: opts.maxTokens(r), timeout: opts.Timeout, priority: model.Typing}
		answer, err := e.ask(ctx, choice, q, &t)
		if err != nil {
			t.Reason = err.Error()
			e.finish(&Result{}, t)
			return
		}
		found := e.show(p, answer, prompt.Choose(choice.Info).Stop, &t)
		if len(found.Suggestions) > 0 && known(res.Suggestions, found.Suggestions[0]) {
			found = none(&t, "the same as a better alternative")
		}
		if len(found.Suggestions) > 0 {
			t.ID = e.traces.newID()
			t.fate = e.memory.rememberBehind(askedOf(choice.Info, opts.maxTokens(r)), p, t.Shown, t.ID).fate
			res.Suggestions = append(res.Suggestions, Suggestion{found.Suggestions[0].Replacement, t.ID})
		}
		e.finish(&Result{}, t) // one request is counted once in the statistics
	}
}

// known tells whether one more suggestion would look like one that there is.
func known(list []Suggestion, s Suggestion) bool {
	for _, other := range list {
		if strings.TrimSpace(other.Text) == strings.TrimSpace(s.Text) {
			return true
		}
	}
	return false
}
