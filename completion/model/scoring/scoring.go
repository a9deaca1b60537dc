// Package scoring compares texts that could stand behind one prompt, as far as they
// have to be read for that: what they begin with alike is read once, and one that
// cannot become likelier than the first is given up. Backends read.
package scoring

import (
	"math"
	"slices"

	"github.com/airside-ls/airside/completion/model"
)

// Texts are compared.
type Texts struct {
	beyond float64
	list   []*text
}

type text struct {
	tokens []int32
	known  int // so many tokens are in ln
	ln     float64
	end    float64 // ln, once it is whole
	whole  bool
	most   bool // a token was only known to be no likelier
}

// New compares texts, as tokens; beyond is [model.Request.Beyond].
func New(texts [][]int32, beyond float64) *Texts {
	t := &Texts{beyond: beyond}
	for _, tokens := range texts {
		t.list = append(t.list, &text{tokens: tokens})
	}
	return t
}

// Next is a text that has to be read on, and how many of its tokens it is known behind
// already; nil when the comparison is done.
func (t *Texts) Next() (tokens []int32, known int) {
	for i, x := range t.list {
		if !x.whole && !x.most && (i == 0 || x.ln >= t.list[0].ln+t.list[0].end+t.beyond) {
			return x.tokens, x.known
		}
	}
	return nil, 0
}

// See takes in what a model says behind so many tokens of a text, for all texts that
// begin with them. ln is that of a token's probability; exact is false where it is only
// no more than that. ends is the probability that the answer ends there.
func (t *Texts) See(behind []int32, ln func(token int32) (ln float64, exact bool), ends func() float64) {
	for _, x := range t.list {
		if x.known != len(behind) || x.whole || x.most || !slices.Equal(x.tokens[:x.known], behind) {
			continue
		}
		if x.known == len(x.tokens) {
			x.end, x.whole = math.Log(max(ends(), leastEnd)), true
			continue
		}
		p, exact := ln(x.tokens[x.known])
		x.ln += p
		x.known++
		x.most = !exact
	}
}

// leastEnd stands for a probability of nothing.
const leastEnd = 1e-12

// Scores are those of the texts, in their order.
func (t *Texts) Scores() []model.Score {
	list := make([]model.Score, len(t.list))
	for i, x := range t.list {
		list[i] = model.Score{Text: x.ln, End: x.end, Most: !x.whole}
	}
	return list
}
