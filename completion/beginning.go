package completion

import (
	"math"
	"strings"

	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/model/odds"
)

// begun are the beginnings of the first line of an output, of which the whole may be
// anybody's guess.
type begun struct {
	list  []odds.Beginning
	odds  odds.Begins
	least float64 // how likely one has to be
	// whole is how likely the whole line has to be to be shown in the place of one,
	// alone where there is none.
	whole, alone float64
}

// begunAsked is how likely a beginning has to be where [Options.Confidence] is another
// than [DefaultConfidence], for which that is least: as much more or less likely.
func begunAsked(least, confidence float64) float64 {
	if confidence <= 0 || confidence >= 1 {
		return confidence
	}
	logit := func(p float64) float64 { return math.Log(p / (1 - p)) }
	return 1 / (1 + math.Exp(-logit(least)-logit(confidence)+logit(DefaultConfidence)))
}

// leastBegun is how likely the beginning of a line has to be at a place; 0 where none
// is wanted.
func (x *expecter) leastBegun(o odds.Odds) float64 {
	if a := x.place.analysis; a.InString || a.InComment || x.place.invoked || x.place.length == more {
		return 0
	}
	return begunAsked(o.Begins.Least, x.least)
}

// beginnings are those of what a model has written and a memory expects. echo is what
// both begin with that stands before the cursor, and ended tells that the model ended its
// line itself. Where nothing parses, nobody would see that a bracket is open.
func (x *expecter) beginnings(o odds.Odds, line string, tokens []model.Token, ended bool, echo string) *begun {
	b := &begun{odds: o.Begins, least: x.begun, whole: begunAsked(o.Begins.Whole, x.least), alone: begunAsked(o.Begins.Alone, x.least)}
	if b.least <= 0 {
		return nil
	}
	var expected []model.Continuation
	for _, l := range x.Expect("") {
		if strings.HasPrefix(l.Text, echo) {
			expected = append(expected, l)
		}
	}
	if !strings.HasPrefix(line, echo) {
		line, tokens, ended = echo, nil, false
	}
	for _, s := range odds.Beginnings(line, tokens, ended, expected, len(echo)) {
		if !x.place.analysis.Parsed && odds.Open(s.Text) {
			continue
		}
		s.Text = s.Text[len(echo):]
		b.list = append(b.list, s)
	}
	return b
}

// leastWhole is how likely a whole line has to be to be shown, where there is a sure
// beginning, or "": one that lacks but a character of it is no better.
func (b *begun) leastWhole(beginning, line string) float64 {
	rest, ok := strings.CutPrefix(strings.TrimSpace(line), strings.TrimSpace(beginning))
	if beginning == "" || ok && odds.Saved(rest) <= 1 {
		return b.alone
	}
	return b.whole
}

// best is the beginning to show, "" if none is likely enough.
func (b *begun) best() (s odds.Beginning, p float64) {
	if b == nil {
		return s, 0
	}
	i, p := b.odds.Best(b.list, 0, b.least)
	if i < 0 {
		return s, 0
	}
	return b.list[i], p
}
