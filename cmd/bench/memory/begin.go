package main

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/airside-ls/airside/cmd/bench/heldout"
	"github.com/airside-ls/airside/completion"
	"github.com/airside-ls/airside/completion/model/odds"
	"github.com/airside-ls/airside/completion/prompt"
)

// neutralBegins is what the weights of beginnings are drawn to.
var neutralBegins = odds.Begins{Own: odds.Weights{Bias: 2, Network: 1, Memory: 0.5}, Other: odds.Weights{Bias: 1, Network: 0.1, Memory: 2}, Unseen: 0.1}

// beginning is one of a place's, and whether what was wanted begins so.
type beginning struct {
	odds.Beginning
	right bool
	saved int // characters, blanks aside
}

// beginnings are those of the lines that were thought of at a place, as a server tells
// of them or the engine.
func (w weighedPlace) beginnings() (list []beginning) {
	echo := len(prompt.Unfinished(w.Before))
	for _, b := range odds.Beginnings(w.Line, w.Tokens, !w.Cut, w.Expected, echo) {
		text := b.Text[echo:]
		list = append(list, beginning{b, odds.HasBeginning(strings.TrimSpace(w.Want), strings.TrimSpace(text)), odds.Saved(text)})
	}
	return list
}

// fitBegins fits the weights of beginnings: each place counts the same.
func fitBegins(places []weighedPlace, prior odds.Begins) odds.Begins {
	type sample struct {
		beginning
		weight float64
	}
	var samples []sample
	for _, p := range places {
		list := p.beginnings()
		for _, b := range list {
			samples = append(samples, sample{b, 1 / float64(len(list))})
		}
	}
	vector := func(b odds.Begins) []float64 {
		return []float64{b.Own.Bias, b.Own.Network, b.Own.Memory, b.Other.Bias, b.Other.Network, b.Other.Memory, math.Log(b.Unseen)}
	}
	of := func(v []float64) odds.Begins {
		return odds.Begins{Own: odds.Weights{Bias: v[0], Network: v[1], Memory: v[2]}, Other: odds.Weights{Bias: v[3], Network: v[4], Memory: v[5]}, Unseen: math.Exp(v[6])}
	}
	from := vector(prior)
	cost := func(v []float64) float64 {
		b, sum, far := of(v), 0.0, 0.0
		for _, s := range samples {
			p := min(max(b.Of(s.Beginning), 1e-9), 1-1e-9)
			if !s.right {
				p = 1 - p
			}
			sum -= s.weight * math.Log(p)
		}
		for i := range v {
			far += (v[i] - from[i]) * (v[i] - from[i])
		}
		return sum/float64(len(places)) + pull*far
	}
	random := rand.New(rand.NewPCG(3, 3))
	best := slices.Clone(from)
	least := cost(best)
	for step := 0.5; step > 0.002; step *= 0.994 {
		try := slices.Clone(best)
		for i := range try {
			try[i] += step * random.NormFloat64()
		}
		if l := cost(try); l < least {
			best, least = try, l
		}
	}
	return of(best)
}

// tellBegins prints what a user sees who has not asked: whole lines that are sure, the
// beginnings of others, and lines without a sure beginning, by how sure each has to be.
func tellBegins(o odds.Odds, b odds.Begins, places []weighedPlace) {
	fmt.Printf("  beginnings: Own: Weights{%.2f, %.2f, %.2f}, Other: Weights{%.2f, %.2f, %.2f}, Unseen: %.3f\n",
		b.Own.Bias, b.Own.Network, b.Own.Memory, b.Other.Bias, b.Other.Network, b.Other.Memory, b.Unseen)
	names := []string{""}
	for _, p := range places {
		if !slices.Contains(names, p.Set) {
			names = append(names, p.Set)
		}
	}
	slices.Sort(names)
	const none = 2 // more than sure
	ways := []odds.Begins{{Least: none, Whole: none, Alone: completion.DefaultConfidence}}
	for _, least := range []float64{0.4, 0.45, 0.5, 0.55, 0.6} {
		ways = append(ways, odds.Begins{Least: least, Whole: 0.6, Alone: 0.4})
	}
	for _, name := range append(names[1:], "") {
		var these []weighedPlace
		for _, p := range places {
			if name == "" || p.Set == name {
				these = append(these, p)
			}
		}
		for _, w := range ways {
			b.Least, b.Whole, b.Alone = w.Least, w.Whole, w.Alone
			var shown, right, begun []bool
			saved, wanted := 0, 0
			for _, p := range these {
				s := p.sees(o, b)
				wanted += odds.Saved(p.Want)
				shown = append(shown, s.shown)
				if s.shown {
					right = append(right, s.right)
				}
				if s.begun {
					begun = append(begun, s.right)
				}
				if s.right {
					saved += s.saved
				}
			}
			what := "whole lines only"
			if b.Least < none {
				what = fmt.Sprintf("beginnings from %.2f on", b.Least)
			}
			fmt.Printf("  %-12s n %4d, %s: shown %s, right of these %s; beginnings %d, right %s; saved %.1f%%\n",
				cmp.Or(name, "all"), len(these), what, share(shown), share(right), len(begun), share(begun), 100*float64(saved)/float64(max(1, wanted)))
		}
	}
}

// seen is what is shown at a place.
type seen struct {
	shown, right, begun bool
	saved               int // characters, if it is right
}

// sees is what a user sees at a place.
func (w weighedPlace) sees(o odds.Odds, b odds.Begins) seen {
	if len(w.Options) == 0 {
		return seen{}
	}
	list := w.beginnings()
	all := make([]odds.Beginning, len(list))
	for i := range list {
		all[i] = list[i].Beginning
	}
	best, _ := b.Best(all, len(prompt.Unfinished(w.Before)), b.Least)
	least := b.Alone
	if best >= 0 {
		least = b.Whole
	}
	chosen, p := o.Choose(w.Options)
	if best >= 0 {
		if rest, ok := strings.CutPrefix(heldout.FirstLine(w.Options[chosen].Text), list[best].Text); ok && odds.Saved(rest) <= 1 {
			least = b.Alone
		}
	}
	if p >= least {
		return seen{shown: true, right: w.right(w.Options[chosen]), saved: odds.Saved(w.Want)}
	}
	if best < 0 {
		return seen{}
	}
	return seen{shown: true, right: list[best].right, begun: true, saved: list[best].saved}
}
