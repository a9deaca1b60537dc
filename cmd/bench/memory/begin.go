package main

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"

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
func (w weighed) beginnings() (list []beginning) {
	echo := len(prompt.Unfinished(w.Before))
	for _, b := range odds.Beginnings(w.Line, w.Tokens, w.Expected, echo) {
		text := b.Text[echo:]
		list = append(list, beginning{b, odds.HasBeginning(strings.TrimSpace(w.Want), strings.TrimSpace(text)), odds.Saved(text)})
	}
	return list
}

// fitBegins fits the weights of beginnings: each place counts the same.
func fitBegins(places []weighed, prior odds.Begins) odds.Begins {
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

// tellBegins prints what a user sees who has not asked: lines as likely as is asked for,
// and in the place of others their sure beginnings, by how sure these have to be.
func tellBegins(o odds.Odds, b odds.Begins, places []weighed) {
	fmt.Printf("  with beginnings: Own: Weights{%.2f, %.2f, %.2f}, Other: Weights{%.2f, %.2f, %.2f}, Unseen: %.3f\n",
		b.Own.Bias, b.Own.Network, b.Own.Memory, b.Other.Bias, b.Other.Network, b.Other.Memory, b.Unseen)
	names := []string{""}
	for _, p := range places {
		if !slices.Contains(names, p.Set) {
			names = append(names, p.Set)
		}
	}
	slices.Sort(names)
	for _, name := range append(names[1:], "") {
		var these []weighed
		for _, p := range places {
			if name == "" || p.Set == name {
				these = append(these, p)
			}
		}
		for _, least := range []float64{1, 0.8, 0.7, 0.65, 0.6, 0.55, 0.5, 0.45, 0.4} {
			var shown, right, begun []bool
			saved, wanted := 0, 0
			for _, p := range these {
				wanted += odds.Saved(p.Want)
				chance, chosen := 0.0, 0
				if len(p.Options) > 0 {
					chosen, chance = o.Choose(p.Options)
				}
				if chance >= completion.DefaultConfidence {
					shown = append(shown, true)
					right = append(right, p.right(p.Options[chosen]))
					if right[len(right)-1] {
						saved += odds.Saved(p.Want)
					}
					continue
				}
				list := p.beginnings()
				all := make([]odds.Beginning, len(list))
				for i := range list {
					all[i] = list[i].Beginning
				}
				i, _ := b.Best(all, len(prompt.Unfinished(p.Before)), least)
				shown = append(shown, i >= 0)
				if i >= 0 {
					right, begun = append(right, list[i].right), append(begun, list[i].right)
					if list[i].right {
						saved += list[i].saved
					}
				}
			}
			fmt.Printf("  %-12s n %4d: beginnings from %.2f on: shown %s, right of these %s; beginnings %d, right %s; saved %.1f%%\n",
				orAll(name), len(these), least, share(shown), share(right), len(begun), share(begun), 100*float64(saved)/float64(max(1, wanted)))
		}
	}
}

func orAll(name string) string {
	if name == "" {
		return "all"
	}
	return name
}
