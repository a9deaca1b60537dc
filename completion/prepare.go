package completion

import (
	"context"
	"strings"
	"time"

	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/recall"
)

// offered notes that a suggestion was returned, under an ID: the one that follows its
// acceptance is prepared.
func (e *Engine) offered(id string, base recall.Suggestion, r Request, rest Replacement) {
	e.speculator.Offered(recall.Offer{ID: id, Base: base, Prepare: func(ctx context.Context) bool {
		return e.prepare(ctx, accepted(r, rest))
	}})
}

// speculates is the median latency of who was asked, 0 where nothing is to be
// prepared.
func (e *Engine) speculates(by recall.Origin) time.Duration {
	if opts, _ := e.asked(); !opts.Speculate {
		return 0
	}
	return e.stats.median(by.Backend, by.Model)
}

// accepted is the request that an editor makes after it has accepted rest.
func accepted(r Request, rest Replacement) Request {
	text := MatchLineEndings(rest.Text, r.Document.Text)
	r.Document.Text = r.Document.Text[:rest.Start] + text + r.Document.Text[rest.End:]
	r.Offset = rest.Start + len(text)
	if r.Line > 0 {
		r.Line += strings.Count(rest.Text, "\n")
	}
	r.Selected, r.Trigger = nil, Automatic
	return r
}

// nextLine is the request that an editor makes when the user begins a new line
// behind the cursor, indented as the one before. ok is false when the cursor does
// not end its line.
func nextLine(r Request) (next Request, ok bool) {
	text := r.Document.Text
	rest, _, _ := strings.Cut(text[r.Offset:], "\n")
	line := lastLine(text[:r.Offset])
	if strings.TrimSpace(rest) != "" || strings.TrimSpace(line) == "" {
		return r, false
	}
	return accepted(r, Replacement{Start: r.Offset, End: r.Offset, Text: "\n" + indentation(line)}), true
}

// endsBlock tells whether the cursor stands in the last line of an indented block,
// which is where code is added. In the midst of one, or between declarations, who
// has taken a suggestion was not asking for another line.
func endsBlock(r Request) bool {
	before, after := r.Document.Text[:r.Offset], r.Document.Text[r.Offset:]
	indent := indentation(lastLine(before))
	if indent == "" {
		return false
	}
	for line := range strings.Lines(after) {
		if strings.TrimSpace(line) != "" {
			return !strings.HasPrefix(line, indent)
		}
	}
	return true
}

func indentation(line string) string { return line[:len(line)-len(strings.TrimLeft(line, " \t"))] }

// prepare has the suggestion for r remembered, and tells whether there is one. At
// the end of a line the user goes on in the next one: what is suggested there is
// for r, too, with the line break before it, if the block that r is in ends with it.
func (e *Engine) prepare(ctx context.Context, r Request) bool {
	if e.prepareAt(ctx, r) != nil {
		return true
	}
	next, ok := nextLine(r)
	if !ok || ctx.Err() != nil {
		return false
	}
	found := e.prepareAt(ctx, next)
	if found == nil || !endsBlock(r) {
		return false
	}
	p, _ := placeOf(r)
	begun := recall.UnixNewlines(next.Document.Text[r.Offset:next.Offset])
	e.suggestions.RememberAlso(*found, p.hole(), begun+found.Text)
	return true
}

// prepareAt has the suggestion for one place remembered, nil where there is none.
// Trouble is left to the request that may follow.
func (e *Engine) prepareAt(ctx context.Context, r Request) *recall.Suggestion {
	opts, sel := e.asked()
	a := newAttempt(r)
	a.speculative = true
	p, reason, _ := e.placeToAsk(r)
	a.at(p)
	a.cut.reason = reason
	choice, err := sel.Current(ctx)
	switch {
	case err != nil:
		a.err = err
	case choice.Backend == nil:
		a.err = choice.Err
	case reason == "":
		q := question{place: p, maxTokens: opts.maxTokens(r), timeout: opts.Timeout, priority: model.Ahead}
		a.err = e.suggest(ctx, &a, choice, q, Speculated)
	}
	e.write(&a)
	return a.found
}
