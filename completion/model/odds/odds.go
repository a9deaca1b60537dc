// Package odds says how likely a line is right by what a network and the memory of
// the workspace think of it: a conditional logit, in which that none of the lines
// is right has the weight 1 and each of them e to its score. It is fitted for each
// size of network on places in code that is younger than the models, and tried on
// places of other repositories: make bench-odds.
package odds

import "math"

// Option is a line that an answer could go on with.
type Option struct {
	Text    string
	Own     bool    // the network has written it; the others were expected only
	Network float64 // ln of its probability, with its end, by the network
	Memory  float64 // how likely it was expected; 0 if it was not
	// Known is Network at most, by what the network said while it wrote its own line.
	Known float64
}

// Odds are the weights for one size of network.
type Odds struct {
	Parameters int64 // of a network at least
	Own, Other Weights
	// Unseen is how likely the memory is taken to find what it does not name.
	Unseen float64
	// Sure is how likely a line has to be expected to be taken unread.
	Sure   float64
	Begins Begins // how likely the beginnings of lines are
}

// Weights make the score of an option.
type Weights struct {
	Bias    float64
	Network float64 // times the network's ln
	Memory  float64 // times ln of (how likely the memory finds it + unseen)
}

// Score is the logarithm of an option's weight. A line that both have thought of is
// as good as the better of its two sides.
func (o Odds) Score(x Option) float64 {
	other := o.Other.score(x, o.Unseen)
	switch own := o.Own.score(x, o.Unseen); {
	case !x.Own:
		return other
	case x.Memory > 0:
		return max(own, other)
	default:
		return own
	}
}

func (w Weights) score(x Option, unseen float64) float64 {
	return w.Bias + w.Network*x.Network + w.Memory*math.Log(x.Memory+unseen)
}

// Choose is the likeliest of the options, and how likely it is right.
func (o Odds) Choose(options []Option) (chosen int, p float64) {
	best, total := math.Inf(-1), 1.0
	for i, x := range options {
		s := o.Score(x)
		total += math.Exp(s)
		if s > best {
			chosen, best = i, s
		}
	}
	return chosen, math.Exp(best) / total
}

// Alone is how likely an option is right of which there is no other.
func (o Odds) Alone(x Option) float64 { return 1 / (1 + math.Exp(-o.Score(x))) }

// Of are the odds for a network of so many parameters that is asked what it thinks
// of each line; ok is false for one too small to know code.
func Of(parameters int64) (o Odds, ok bool) { return of(engine, parameters) }

// OfServer are those for a network behind a server, which tells how likely its own
// line was and, of the others, only what it wrote on its way.
func OfServer(parameters int64) (o Odds, ok bool) { return of(server, parameters) }

func of(list []Odds, parameters int64) (o Odds, ok bool) {
	for _, o := range list {
		if parameters >= o.Parameters {
			return o, true
		}
	}
	return Odds{}, false
}
