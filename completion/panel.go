package completion

import (
	"context"
	"strings"

	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/recall"
)

const (
	// maxPanelTries bounds the generations spent on a panel of alternatives, and
	// maxPanelInVain those in a row that brought nothing new.
	maxPanelTries, maxPanelInVain = 12, 4
	// longerTokens is how many times the usual tokens a suggestion may have that is
	// longer than usual.
	longerTokens = 2
)

// Panel looks for different suggestions for a place, of different lengths, at most so
// many, and has found called with each as it comes, the best first. It takes as long
// as it takes, until ctx ends, and gives way to whoever types. reason says why there
// is none; a search that ends early in trouble, having found some, is none.
func (e *Engine) Panel(ctx context.Context, r Request, most int, found func(Suggestion)) (reason string, err error) {
	e.ahead.stop()
	r.Trigger, r.Alternatives, r.Within, r.Selected = Invoked, 1, 0, nil
	best, err := e.best(ctx, r)
	if err != nil {
		return "", err
	}
	known := best.suggestions()
	add := func(s *Suggestion) {
		known = append(known, *s)
		found(*s)
	}
	for _, s := range known {
		found(s)
	}
	if len(known) == 0 && best.asked.Backend == "" { // nobody was asked
		return best.cut.reason, nil
	}
	if s := e.firstLine(r, best); s != nil && most > 1 {
		add(s)
	}
	defer e.status.begin()()
	for n, vain := 0, 0; n < maxPanelTries && vain < maxPanelInVain && len(known) < most; n++ {
		by := extraSample{sample: n, length: usual, priority: model.Ahead}
		longer := r
		if n%2 == 0 { // first what the model finds best, then samples
			by.length = more
			longer.MaxTokens = longerTokens * e.maxTokensOf(r)
		}
		s, _, err := e.another(ctx, longer, by, known)
		switch {
		case ctx.Err() != nil:
			return "", ctx.Err()
		case err != nil && len(known) == 0:
			return err.Error(), nil
		case err != nil:
			return "", nil
		case s == nil:
			vain++
		default:
			vain = 0
			add(s)
		}
	}
	if len(known) == 0 {
		return best.cut.reason, nil
	}
	return "", nil
}

// firstLine is the rest of the cursor's line of a suggestion that has more, as one of
// its own; nil where that is none.
func (e *Engine) firstLine(r Request, of attempt) *Suggestion {
	line, rest, more := strings.Cut(of.cut.Text, "\n")
	if !more || strings.TrimSpace(line) == "" || strings.TrimSpace(rest) == "" {
		return nil
	}
	a := newAttempt(r)
	p, reason, _ := e.placeToAsk(r)
	if reason != "" || of.cut.Start != p.start {
		return nil
	}
	a.at(p)
	p.length = oneLine
	if a.cut = e.show(p, output{text: line}, nil); a.cut.Text != strings.TrimRight(line, " \t\r") {
		return nil // a line that begins a block is none without it
	}
	a.asked, a.from, a.sample, a.exchange.how, a.fate = of.asked, of.id, 1, InPart, new(recall.Fate)
	e.write(&a)
	return &Suggestion{a.cut.Replacement, a.id}
}

// maxTokensOf bounds the tokens generated for a request.
func (e *Engine) maxTokensOf(r Request) int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.opts.maxTokens(r)
}
