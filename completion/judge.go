package completion

import (
	"math"
	"slices"
	"strings"

	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/model/odds"
	"github.com/airside-ls/airside/completion/recall"
)

// judge compares the answer of a model on a server, which tells how likely its
// tokens were, with what the memory of the workspace expects, and says how likely
// it is right. What the memory says enters no prompt: it changes with every key.
type judge struct {
	odds   odds.Odds
	expect *expecter
	least  float64           // how likely an answer has to be to be of use
	likely *model.Likelihood // what was told last

	lines []model.Continuation // how the memory would go on where the answer begins
	asked bool                 // the memory was asked for lines
	given bool                 // the answer was given up: see hopeless
	heard string               // the whole lines of the answer so far
	soon  *model.Odds          // the odds of heard; nil until they are known
}

// judge is the judge of a model's answers; nil where there is none: the model is too
// small or of a size that nobody tells, or it tells no probabilities, or those of the
// memory are in its odds.
func (e *Engine) judge(info model.Info, p place) *judge {
	o, ok := odds.OfServer(info.Parameters)
	if !ok || !info.Likely || info.Expects {
		return nil
	}
	x := &expecter{memory: e.remembers(p), place: p, least: e.least(p, true)}
	x.begun = x.leastBegun(o)
	return &judge{odds: o, expect: x, least: x.least, likely: new(model.Likelihood)}
}

// begin forgets an answer that was not used.
func (j *judge) begin() {
	j.likely, j.asked, j.given, j.heard, j.soon = new(model.Likelihood), false, false, "", nil
}

// gaveUp tells whether the answer was given up as hopeless.
func (j *judge) gaveUp() bool { return j != nil && j.given }

// soFar are the odds of the whole lines of an answer that is not complete; nil if
// the model does not tell. Of an answer that the memory's line takes the place of
// there are none.
func (j *judge) soFar(answer, echo string) *model.Odds {
	if len(j.likely.Tokens) == 0 {
		return nil
	}
	whole := answer[:strings.LastIndexByte(answer, '\n')+1]
	if whole != j.heard || j.soon == nil {
		j.heard, j.soon = whole, new(model.Odds)
		if whole != "" {
			if text, told := j.of(recall.Answer{Text: whole, Tokens: j.likely.Tokens}, echo); text == whole {
				j.soon = told
			}
		}
	}
	return j.soon
}

// hopeless tells whether neither the line that a model has begun nor one of the
// memory's can become likely enough to be of use, so that the rest need not be
// written.
func (j *judge) hopeless(answer, echo string) bool {
	if j == nil || j.least <= 0 || len(j.likely.Tokens) == 0 || strings.Contains(answer, "\n") {
		return false
	}
	if j.expect.echo = echo; !j.asked {
		j.lines, j.asked = j.expect.Expect(echo), true
	}
	own := odds.Option{Own: true, Network: along(j.likely.Tokens, echo, len(echo), len(echo)+len(answer))}
	for _, x := range j.lines[:min(len(j.lines), maxExpected)] {
		if strings.HasPrefix(x.Text, answer) {
			own.Memory = max(own.Memory, x.P)
		}
		if j.odds.Alone(odds.Option{Memory: x.P}) >= j.least {
			return false
		}
	}
	if least := j.expect.begun; least > 0 {
		b := odds.Beginning{Own: true, Network: own.Network}
		for _, x := range j.lines {
			if strings.HasPrefix(x.Text, answer) {
				b.Memory += x.P
			}
		}
		if j.odds.Begins.Of(b) >= least {
			return false
		}
	}
	j.given = j.odds.Alone(own) < j.least
	return j.given
}

// told is what an answer becomes, with how likely it is.
func (j *judge) told(a recall.Answer, echo string) output {
	if j == nil || len(a.Tokens) == 0 {
		return output{text: a.Text}
	}
	text, told := j.of(a, echo)
	line := echo + a.Text
	return output{text, told, len(echo), true, j.expect.beginnings(j.odds, line, asDemanded(a.Tokens, echo), a.Ended, echo)}
}

// of is the answer, or the line of the memory that is likelier to be right than its
// first; and how likely each line of it is. echo is what the model wrote before it.
func (j *judge) of(a recall.Answer, echo string) (text string, told *model.Odds) {
	told = &model.Odds{Begin: len(echo)}
	j.expect.echo = echo
	for start := 0; start < len(a.Text) || start == 0; {
		end := len(a.Text)
		if i := strings.IndexByte(a.Text[start:], '\n'); i >= 0 {
			end = start + i
		}
		options := j.options(a, echo, start, end)
		chosen, p := 0, j.odds.Alone(options[0])
		if start == 0 {
			chosen, p = j.odds.Choose(options)
		}
		if chosen > 0 {
			text := options[chosen].Text
			told.Steps = append(told.Steps, model.Step{End: len(echo) + len(text), P: p, Expected: true})
			return text, told
		}
		next := min(end+1, len(a.Text))
		told.Steps = append(told.Steps, model.Step{End: len(echo) + next, P: p, Expected: options[0].Memory > 0})
		if start = next; start == 0 {
			break
		}
	}
	return a.Text, told
}

// options are the line [start, end) of an answer and what the memory expects there.
func (j *judge) options(a recall.Answer, echo string, start, end int) []odds.Option {
	own := odds.Option{Text: a.Text[start:end], Own: true, Network: along(a.Tokens, echo, len(echo)+start, len(echo)+end)}
	options := []odds.Option{own}
	for i, x := range j.expect.Expect(echo + a.Text[:start]) {
		line, _, _ := strings.Cut(x.Text, "\n")
		line = strings.TrimRight(line, " \t")
		switch {
		case line == strings.TrimRight(own.Text, " \t"):
			options[0].Memory += x.P
		case start == 0 && i < maxExpected && line != "":
			o := odds.Option{Text: line, Memory: x.P}
			o.Known = atMost(a.Tokens, echo+a.Text, echo, echo+line)
			o.Network = o.Known
			options = append(options, o)
		}
	}
	return options
}

// maxExpected is how many expected lines are compared with the model's own.
const maxExpected = 3

// along is ln of the probability of the tokens that spell an answer's bytes from
// start to end, with the one that ends the line. What is demanded of the first is
// taken as given.
func along(tokens []model.Token, echo string, start, end int) float64 {
	ln, from := 0.0, 0
	for _, t := range tokens {
		switch {
		case from > end:
		case from >= start && (t.End > start || t.End == from):
			ln += t.Ln
		case from < start && t.End > start && start == len(echo):
			ln += t.Ln - math.Log(max(goingAlong(t.Best, echo[min(from, len(echo)):]), math.Exp(t.Ln)))
		}
		from = t.End
	}
	return ln
}

// asDemanded are tokens with what is demanded of the first taken as given.
func asDemanded(tokens []model.Token, echo string) []model.Token {
	tokens = slices.Clone(tokens)
	from := 0
	for i, t := range tokens {
		if from < len(echo) && t.End > len(echo) {
			tokens[i].Ln -= math.Log(max(goingAlong(t.Best, echo[from:]), math.Exp(t.Ln)))
		}
		from = t.End
	}
	return tokens
}

// goingAlong is the probability of the tokens, of those that are told, that go along
// with what is demanded.
func goingAlong(best []model.Alternative, demand string) (p float64) {
	for _, b := range best {
		if strings.HasPrefix(b.Text, demand) || strings.HasPrefix(demand, b.Text) {
			p += math.Exp(b.Ln)
		}
	}
	return min(p, 1)
}

// leastKnown is ln of what is taken for a probability that is not told.
const leastKnown = -9

// atMost is ln of how likely a text is at most, by the tokens of another that begins
// as it does, and what could have come where they part.
func atMost(tokens []model.Token, written, echo, text string) float64 {
	ln, from := 0.0, 0
	for _, t := range tokens {
		piece := written[min(from, len(written)):min(t.End, len(written))]
		if strings.HasPrefix(text[min(from, len(text)):], piece) && t.End <= len(text) && t.End > from {
			if t.End > len(echo) {
				ln += t.Ln
			}
			from = t.End
			continue
		}
		rest := text[min(from, len(text)):]
		p := 0.0
		for _, b := range t.Best {
			if b.Text != "" && (strings.HasPrefix(rest, b.Text) || rest != "" && strings.HasPrefix(b.Text, rest)) {
				p += math.Exp(b.Ln)
			}
		}
		return ln + max(math.Log(max(p, 1e-12)), leastKnown)
	}
	return ln
}
