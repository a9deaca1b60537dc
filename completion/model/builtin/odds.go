package builtin

import "math"

// Weighed is what was said of a line of an answer by the network and by what was
// expected, and which was chosen.
type Weighed struct {
	Options []Option // the network's own line first
	Chosen  int
	P       float64 // how likely the chosen line is right
}

// Option is a line that the answer could go on with.
type Option struct {
	Text    string
	Network float64 // ln of its probability, with its end, by the network
	Memory  float64 // how likely it was expected; 0 if it was not
}

// odds say how likely a line is right by what the network and the memory of the
// workspace think of it: a conditional logit, in which none of the lines is right
// with the weight 1 and each of them with e to its score. Fitted for each size of
// network on places in code that is younger than the models, of other repositories
// than those that the figures are taken on: make bench-memory MODEL=file WEIGHED=file.jsonl, then ODDS=file.jsonl.
type odds struct {
	parameters int64 // of a network at least
	bias       float64
	network    float64 // times the network's ln
	memory     float64 // times ln of (how likely the memory finds it + unseen)
	unseen     float64
	sure       float64 // how likely a line has to be expected to be taken unread
}

// fitted are the odds by size, the largest first: on 42 places each of code first
// published in 2025 or later (airside itself, five Python and TypeScript packages),
// which are few. Of lines expected at 0.8 or more 27 of 30 were right. Smaller
// networks are mixed with what is expected token by token: see mixer.
var fitted = []odds{
	{parameters: 1e9, bias: 1.96, network: 0.215, memory: 0.613, unseen: 0.033, sure: 0.8},
	{parameters: 3e8, bias: 1.47, network: 0.147, memory: 0.689, unseen: 0.029, sure: 0.8},
}

// oddsOf are the odds for a network; ok is false if it is mixed.
func oddsOf(parameters int64) (o odds, ok bool) {
	for _, o := range fitted {
		if parameters >= o.parameters {
			return o, true
		}
	}
	return odds{}, false
}

func (o odds) score(x Option) float64 {
	return o.bias + o.network*x.Network + o.memory*math.Log(x.Memory+o.unseen)
}

// choose is the likeliest of the options, and how likely it is right.
func (o odds) choose(options []Option) (chosen int, p float64) {
	best, total := math.Inf(-1), 1.0
	for i, x := range options {
		s := o.score(x)
		total += math.Exp(s)
		if s > best {
			chosen, best = i, s
		}
	}
	return chosen, math.Exp(best) / total
}

// alone is how likely an option is right of which there is no other.
func (o odds) alone(x Option) float64 { return 1 / (1 + math.Exp(-o.score(x))) }
