package builtin

import (
	"math"
	"strings"

	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/model/builtin/tokenizer"
)

const (
	// agreement is how much the network's opinion of an expected token weighs: one
	// that it finds 100 times less likely than its own best counts half.
	agreement = 0.15
	// certain is how likely an expected token has to be for the network not to be
	// asked about it.
	certain = 0.5
	// maxAsked bounds how often the expecter is asked for one answer.
	maxAsked = 6
)

// mixer chooses the next token by what an expecter and the network say.
//
// The expecter knows texts, the network tokens: so each text that is expected is
// encoded by the model's own tokenizer, and its probability goes to the tokens
// that spell it. The two are mixed as whole texts: either one of the expected
// texts is right, or, with the probability that they leave, the network is. Each
// token that is chosen says which is the likelier: a text that does not go on so
// is out, and the network's weight shrinks by what it gave that token. So what is
// certain needs no second opinion, and what nobody has expected is left to the
// network.
type mixer struct {
	expect model.Expecter
	least  float64 // how likely the answer has to be
	tok    *tokenizer.Tokenizer
	closes string

	answer strings.Builder
	asked  int

	lines []expectedLine
	depth int     // tokens of the lines that have been chosen
	rest  float64 // the network's weight; with the lines' it is 1

	probabilities []float32 // of the network, by token; nil if it was not asked
}

// expectedLine is an expected text that what was chosen agrees with.
type expectedLine struct {
	tokens []int32
	p      float64
	ends   bool
}

// ending stands for the end of the answer among tokens.
const ending int32 = -1

// choice is what comes next.
type choice struct {
	token    int32 // or ending
	p        float64
	expected bool
}

// newMixer makes a mixer for an answer that has begun so.
func newMixer(e model.Expecter, least float64, tok *tokenizer.Tokenizer, begun string) *mixer {
	m := &mixer{expect: e, least: least, tok: tok, closes: e.Closes(), rest: 1}
	m.answer.WriteString(begun)
	return m
}

// renew asks the expecter when none of its texts is left.
func (m *mixer) renew() {
	if len(m.lines) > 0 || m.asked >= maxAsked {
		return
	}
	m.asked++
	m.depth, m.rest = 0, 1
	for _, x := range m.expect.Expect(m.answer.String()) {
		if line := (expectedLine{m.tok.Encode(x.Text), x.P, x.Ends}); len(line.tokens) > 0 || line.ends {
			m.lines = append(m.lines, line)
			m.rest -= x.P
		}
	}
	m.rest = max(m.rest, 0)
}

// next is the token of a line that is to be chosen, or ending.
func (m *mixer) next(l expectedLine) int32 {
	if m.depth < len(l.tokens) {
		return l.tokens[m.depth]
	}
	return ending
}

// certainly is the choice that needs no network.
func (m *mixer) certainly() (c choice, ok bool) {
	for token, p := range m.weigh() {
		if p >= certain {
			c := choice{token, p + m.rest*p, true} // the network agrees as much
			m.rest *= p
			return c, true
		}
	}
	return choice{}, false
}

// weigh is the probability of each token that is expected.
func (m *mixer) weigh() map[int32]float64 {
	weights := make(map[int32]float64)
	for _, l := range m.lines {
		weights[m.next(l)] += l.p
	}
	return weights
}

// agree shifts weight from lines that the network finds unlikely to those that it
// does not, and to itself. top is the probability of its best.
func (m *mixer) agree(network func(token int32) float64, top float64) {
	total := m.rest
	for i := range m.lines {
		l := &m.lines[i]
		l.p *= math.Pow((network(m.next(*l))+1e-4)/(top+1e-4), agreement)
		total += l.p
	}
	for i := range m.lines {
		m.lines[i].p /= total
	}
	m.rest /= total
}

// choose takes the likeliest token. logits are the network's; stops are the
// tokens with which it ends a text.
func (m *mixer) choose(logits []float32, stops map[int32]bool) (choice, error) {
	best, ends, err := m.network(logits, stops)
	if err != nil {
		return choice{}, err
	}
	network := func(token int32) float64 {
		if token == ending {
			return ends
		}
		return float64(m.probabilities[token])
	}
	m.agree(network, max(network(best), ends))
	c := choice{token: best, p: m.rest * network(best)}
	if p := m.rest * ends; p > c.p {
		c = choice{token: ending, p: p}
	}
	for token, p := range m.weigh() {
		if p += m.rest * network(token); p > c.p || p == c.p && token < c.token {
			c = choice{token, p, true}
		}
	}
	m.rest *= network(c.token)
	return c, nil
}

// network turns logits into probabilities. best is the likeliest token that does
// not end the answer, ends the probability of those together that do.
func (m *mixer) network(logits []float32, stops map[int32]bool) (best int32, ends float64, err error) {
	top := logits[argmax(logits)]
	if math.IsNaN(float64(top)) || math.IsInf(float64(top), 0) {
		return 0, 0, errNotANumber
	}
	if len(m.probabilities) != len(logits) {
		m.probabilities = make([]float32, len(logits))
	}
	sum := 0.0
	for i, l := range logits {
		p := float32(math.Exp(float64(l - top)))
		m.probabilities[i] = p
		sum += float64(p)
	}
	best = ending
	for i := range m.probabilities {
		m.probabilities[i] = float32(float64(m.probabilities[i]) / sum)
		p := m.probabilities[i]
		switch {
		case p > 1e-4 && m.isEnding(int32(i), stops):
			ends += float64(p)
		case best == ending || p > m.probabilities[best]:
			best = int32(i)
		}
	}
	return best, ends, nil
}

// isEnding tells whether a token ends the answer: the model says so, or the text
// goes on like it behind the answer.
func (m *mixer) isEnding(token int32, stops map[int32]bool) bool {
	if stops[token] {
		return true
	}
	piece := string(m.tok.Piece(token))
	return m.closes != "" && piece != "" && (strings.HasPrefix(piece, m.closes) || strings.HasPrefix(m.closes, piece))
}

// take makes a token the next of the answer.
func (m *mixer) take(c choice, piece string) {
	m.answer.WriteString(piece)
	left := m.lines[:0]
	total := m.rest
	for _, l := range m.lines {
		if m.depth < len(l.tokens) && l.tokens[m.depth] == c.token {
			left = append(left, l)
			total += l.p
		}
	}
	m.lines = left
	m.depth++
	if total <= 0 {
		m.lines, m.rest = nil, 1
		return
	}
	for i := range m.lines {
		m.lines[i].p /= total
	}
	m.rest /= total
	// A text that is spelled out and does not end the answer says no more.
	whole := 0
	for _, l := range m.lines {
		if m.depth >= len(l.tokens) && !l.ends {
			whole++
		}
	}
	if whole == len(m.lines) {
		m.lines = m.lines[:0]
	}
}
