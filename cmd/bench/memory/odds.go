package main

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"

	"github.com/airside-ls/airside/completion"
	"github.com/airside-ls/airside/completion/model/odds"
)

// neutral is what odds are drawn to where the places say little.
var neutral = odds.Odds{Own: odds.Weights{Bias: 2, Network: 1, Memory: 1}, Other: odds.Weights{Bias: 1, Network: 0.1, Memory: 2}, Unseen: 0.1}

// pull is how strongly, by the square of the distance; pullNext is the same for
// larger networks, of which there are fewer places, to the odds of the next smaller
// (the best of 0.003 to 0.3 when each repository that was fitted on was left out in
// turn).
const pull, pullNext = 0.003, 0.03

// vector is what is fitted of odds.
func vector(o odds.Odds) []float64 {
	return []float64{o.Own.Bias, o.Own.Network, o.Own.Memory, o.Other.Bias, o.Other.Network, o.Other.Memory, math.Log(o.Unseen)}
}

func oddsFrom(v []float64) odds.Odds {
	return odds.Odds{Own: odds.Weights{Bias: v[0], Network: v[1], Memory: v[2]}, Other: odds.Weights{Bias: v[3], Network: v[4], Memory: v[5]}, Unseen: math.Exp(v[6])}
}

// loss is the negative log likelihood of what was right, by place.
func loss(o odds.Odds, places []weighedPlace) float64 {
	sum := 0.0
	for _, p := range places {
		total, right := 1.0, 1.0
		for _, x := range p.Options {
			e := math.Exp(o.Score(x))
			total += e
			if p.right(x) {
				right = e
			}
		}
		sum += math.Log(total) - math.Log(right)
	}
	return sum / float64(len(places))
}

// fitOdds searches from a prior, to which it is pulled: seven numbers, and the loss is smooth.
func fitOdds(places []weighedPlace, prior odds.Odds, pull float64) odds.Odds {
	from := vector(prior)
	cost := func(v []float64) float64 {
		far := 0.0
		for i := range v {
			far += (v[i] - from[i]) * (v[i] - from[i])
		}
		return loss(oddsFrom(v), places) + pull*far
	}
	random := rand.New(rand.NewPCG(1, 1))
	best := slices.Clone(from)
	least := cost(best)
	for step := 0.5; step > 0.002; step *= 0.997 {
		try := slices.Clone(best)
		for i := range try {
			try[i] += step * random.NormFloat64()
		}
		if l := cost(try); l < least {
			best, least = try, l
		}
	}
	return oddsFrom(best)
}

// asServer are places as a server tells of them: of the lines that are not the
// network's own only what it said on its way.
func asServer(places []weighedPlace) []weighedPlace {
	list := slices.Clone(places)
	for i := range list {
		list[i].Options = slices.Clone(list[i].Options)
		for k := range list[i].Options {
			if o := &list[i].Options[k]; !o.Own {
				o.Network = max(o.Known, leastTold)
			}
		}
	}
	return list
}

// leastTold is about what a server's answer says of a token that is not among the
// likeliest.
const leastTold = -9

// judgeOdds fits odds on the places of one file and tells what they and those of
// package odds give on the places of another, which are of other repositories.
func judgeOdds(fitOn, tryOn string, parameters int64) error {
	fit, err := readWeighed(fitOn)
	if err != nil {
		return err
	}
	held, err := readWeighed(tryOn)
	if err != nil {
		return err
	}
	for _, p := range held {
		if slices.ContainsFunc(fit, func(f weighedPlace) bool { return f.Repository == p.Repository }) {
			return fmt.Errorf("%s is in both %s and %s", p.Repository, filepath.Base(fitOn), filepath.Base(tryOn))
		}
	}
	for _, way := range []struct {
		name string
		see  func([]weighedPlace) []weighedPlace
		of   func(int64) (odds.Odds, bool)
	}{
		{"in the engine", func(p []weighedPlace) []weighedPlace { return p }, odds.Of},
		{"behind a server", asServer, odds.OfServer},
	} {
		fit, held := way.see(fit), way.see(held)
		prior, pull := neutral, pull
		if smaller, ok := way.of(parameters / 2); ok {
			prior, pull = smaller, pullNext
		}
		o := fitOdds(fit, prior, pull)
		fmt.Printf("%s, fitted on %d places: Own: Weights{%.2f, %.2f, %.2f}, Other: Weights{%.2f, %.2f, %.2f}, Unseen: %.3f; loss %.3f, on the %d others %.3f\n",
			way.name, len(fit), o.Own.Bias, o.Own.Network, o.Own.Memory, o.Other.Bias, o.Other.Network, o.Other.Memory, o.Unseen, loss(o, fit), len(held), loss(o, held))
		tell(o, held)
		tellBegins(o, fitBegins(fit, neutralBegins), held)
		if known, ok := way.of(parameters); ok {
			fmt.Printf("%s, as they are in the product: loss %.3f\n", way.name, loss(known, held))
			tell(known, held)
		}
	}
	tellSure(append(slices.Clone(fit), held...))
	return nil
}

// tally is what each way of choosing makes of places.
type tally struct {
	network, memory, either, both []bool
	p                             []float64 // of what both choose
}

func tallyOf(o odds.Odds, places []weighedPlace) (t tally) {
	for _, p := range places {
		var network, memory, both bool
		chance := 0.0
		if len(p.Options) > 0 {
			remembered := slices.MaxFunc(p.Options, func(a, b odds.Option) int { return cmp.Compare(a.Memory, b.Memory) })
			network, memory = p.right(p.Options[0]), remembered.Memory > 0 && p.right(remembered)
			var chosen int
			chosen, chance = o.Choose(p.Options)
			both = p.right(p.Options[chosen])
		}
		t.network, t.memory = append(t.network, network), append(t.memory, memory)
		t.either, t.both = append(t.either, network || memory), append(t.both, both)
		t.p = append(t.p, chance)
	}
	return t
}

// tell prints a line for each set and one for all.
func tell(o odds.Odds, places []weighedPlace) {
	names := []string{""}
	for _, p := range places {
		if !slices.Contains(names, p.Set) {
			names = append(names, p.Set)
		}
	}
	slices.Sort(names)
	for _, name := range append(names[1:], "") {
		var these []weighedPlace
		for _, p := range places {
			if name == "" || p.Set == name {
				these = append(these, p)
			}
		}
		t := tallyOf(o, these)
		low, high := t.times()
		fmt.Printf("  %-12s n %4d: network %s, memory %s, both %s, %.2fx of the better (%.2f to %.2f), either %s;",
			cmp.Or(name, "all"), len(these), share(t.network), share(t.memory), share(t.both), timesOf(t, nil), low, high, share(t.either))
		var shown, right []bool
		for i, p := range t.p {
			shown = append(shown, p >= completion.DefaultConfidence)
			if shown[i] {
				right = append(right, t.both[i])
			}
		}
		fmt.Printf(" shown %s, right of these %s\n", share(shown), share(right))
	}
}

// tellSure prints how often the likeliest line of the memory is right, by how likely
// it says it is: for odds.Odds.Sure.
func tellSure(places []weighedPlace) {
	for _, least := range []float64{0.7, 0.75, 0.8, 0.85, 0.9} {
		var right []bool
		for _, p := range places {
			if len(p.Options) == 0 {
				continue
			}
			m := slices.MaxFunc(p.Options, func(a, b odds.Option) int { return cmp.Compare(a.Memory, b.Memory) })
			if m.Memory >= least {
				right = append(right, p.right(m))
			}
		}
		fmt.Printf("lines that the memory expects at %.2f or more: %d of %d places, right %s\n", least, len(right), len(places), share(right))
	}
}

// share is how many are true, in percent, with Wilson's 95% interval.
func share(of []bool) string {
	low, high := wilson(count(of), len(of))
	return fmt.Sprintf("%.1f%% (%.0f-%.0f)", 100*float64(count(of))/float64(max(1, len(of))), 100*low, 100*high)
}

func wilson(k, n int) (low, high float64) {
	if n == 0 {
		return 0, 1
	}
	const z = 1.96
	p, m := float64(k)/float64(n), float64(n)
	middle, half := p+z*z/(2*m), z*math.Sqrt(p*(1-p)/m+z*z/(4*m*m))
	return (middle - half) / (1 + z*z/m), (middle + half) / (1 + z*z/m)
}

func count(of []bool) (n int) {
	for _, b := range of {
		if b {
			n++
		}
	}
	return n
}

// timesOf is how many times as often both are right as the better of the two alone,
// at the places with these indexes; nil is all.
func timesOf(t tally, at []int) float64 {
	of := func(list []bool) (n float64) {
		if at == nil {
			return float64(count(list))
		}
		for _, i := range at {
			if list[i] {
				n++
			}
		}
		return n
	}
	return of(t.both) / max(1, of(t.network), of(t.memory))
}

// times is the 95% interval of timesOf, by drawing the places again.
func (t tally) times() (low, high float64) {
	random := rand.New(rand.NewPCG(2, 2))
	var list []float64
	at := make([]int, len(t.both))
	for range 2000 {
		for i := range at {
			at[i] = random.IntN(len(at))
		}
		list = append(list, timesOf(t, at))
	}
	slices.Sort(list)
	return list[len(list)*25/1000], list[len(list)*975/1000]
}

func fail(err error) {
	if server != nil {
		server.Close()
	}
	fmt.Fprintln(os.Stderr, "bench/memory:", err)
	os.Exit(1)
}
