package completion

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/prompt"
)

const (
	// maxAlternativeTries bounds the generations spent on alternatives: a model that is
	// sure of itself says the same again and again.
	maxAlternativeTries = 4
	// sampleTemperature makes a code model vary without making it babble. One that
	// still says the same is heated up to maxTemperature.
	sampleTemperature, maxTemperature = 0.7, 1.1
)

// alternatives samples suggestions for the place of r beside those that are known,
// until there are as many as it wants. The prompt is the one that was just answered, so
// a server reads none of it again. Trouble ends the search: what was found stays.
func (e *Engine) alternatives(ctx context.Context, r Request, known []Suggestion) (others []Suggestion) {
	e.speculator.Begin()
	defer e.speculator.Finish()
	defer e.status.begin()()
	for n := 1; n <= maxAlternativeTries && len(known)+len(others) < r.Alternatives; n++ {
		s, _, err := e.another(ctx, r, extraSample{n, usual, model.Typing}, slices.Concat(known, others))
		if err != nil {
			break
		}
		if s != nil {
			others = append(others, *s)
		}
	}
	return others
}

// extraSample is one more generation for a place: the n-th sample, 0 for what the model finds
// best.
type extraSample struct {
	sample   int
	length   length
	priority model.Priority
}

// another asks the model once more, and returns what it says unless that looks like
// one of known. reason says why nothing was found; err ends the search.
func (e *Engine) another(ctx context.Context, r Request, by extraSample, known []Suggestion) (found *Suggestion, reason string, err error) {
	opts, sel := e.asked()
	a := newAttempt(r)
	a.sample = by.sample
	p, reason, _ := e.placeToAsk(r)
	if reason != "" {
		return nil, reason, errors.New(reason)
	}
	p.length = by.length
	a.at(p)
	choice, err := sel.Current(ctx)
	if err == nil && choice.Backend == nil {
		err = choice.Err
	}
	if err != nil {
		return nil, "", err
	}
	if reason := e.Withheld(p.file, choice.Info); reason != "" {
		return nil, reason, errors.New(reason)
	}
	q := question{place: p, sample: by.sample, maxTokens: opts.maxTokens(r), timeout: opts.Timeout, priority: by.priority}
	a.asked = askedOf(choice.Info, q.maxTokens)
	defer e.write(&a) // one request is counted once in the statistics
	if a.exchange, a.err = e.ask(ctx, choice, q); a.err != nil {
		return nil, "", a.err
	}
	a.cut = e.show(p, a.exchange.output, prompt.Choose(choice.Info).Stop)
	switch {
	case a.cut.Text == "":
	case isKnown(known, a.cut.Text):
		a.cut.reason = "the same as a better alternative"
	default:
		a.id = e.traces.newID()
		a.fate = e.suggestions.RememberBehind(a.asked, p.hole(), a.cut.Text, a.id).Fate
		found = &Suggestion{a.cut.Replacement, a.id}
	}
	return found, a.cut.reason, nil
}

// isKnown tells whether one more suggestion would look like one that there is.
func isKnown(list []Suggestion, text string) bool {
	for _, other := range list {
		if strings.TrimSpace(other.Text) == strings.TrimSpace(text) {
			return true
		}
	}
	return false
}
