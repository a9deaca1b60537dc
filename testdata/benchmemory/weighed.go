package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/airside-ls/airside/completion/model/builtin"
)

var (
	engineOptions builtin.Options
	weighedTo     string // where record writes; "" for nowhere
	heard         []builtin.Weighed
	heardEnough   context.CancelFunc // ends the answer under way
)

// weighed is what was said of one place: the lines that the network and the memory
// had for it.
type weighed struct {
	Set, Repository string
	Before, Want    string
	Options         []builtin.Option
}

// record appends what was heard of a place, the first line of its answer.
func record(set, root string, p place) error {
	if weighedTo == "" || len(heard) == 0 {
		return nil
	}
	line, err := json.Marshal(weighed{
		Set: set, Repository: filepath.Base(root), Before: p.text[max(0, p.at-40):p.at], Want: p.want, Options: heard[0].Options,
	})
	if err != nil {
		return err
	}
	f, err := os.OpenFile(weighedTo, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	if _, err := f.Write(append(line, '\n')); err != nil {
		return err
	}
	return f.Close()
}

// right tells whether an option is what was wanted; it may repeat what stands
// before the cursor.
func (w weighed) right(o builtin.Option) bool {
	got, want := strings.TrimSpace(firstLine(o.Text)), strings.TrimSpace(w.Want)
	if got == want {
		return true
	}
	echo, ok := strings.CutSuffix(got, want)
	return ok && strings.HasSuffix(w.Before, echo)
}

// weights are the numbers of builtin's odds.
type weights struct{ bias, network, memory, unseen float64 }

func (w weights) score(o builtin.Option) float64 {
	return w.bias + w.network*o.Network + w.memory*math.Log(o.Memory+w.unseen)
}

func (w weights) choose(options []builtin.Option) (chosen int, p float64) {
	best, total := math.Inf(-1), 1.0
	for i, o := range options {
		s := w.score(o)
		total += math.Exp(s)
		if s > best {
			chosen, best = i, s
		}
	}
	return chosen, math.Exp(best) / total
}

// loss is the negative log likelihood of what was right, by place.
func (w weights) loss(places []weighed) float64 {
	sum := 0.0
	for _, p := range places {
		total, right := 1.0, 1.0
		for _, o := range p.Options {
			e := math.Exp(w.score(o))
			total += e
			if p.right(o) {
				right = e
			}
		}
		sum += math.Log(total) - math.Log(right)
	}
	return sum / float64(len(places))
}

// fitWeights searches at random from a guess: four numbers, and the loss is smooth.
func fitWeights(places []weighed) weights {
	random := rand.New(rand.NewPCG(1, 1))
	best := weights{2, 0.5, 0.5, 0.05}
	loss := best.loss(places)
	for step := 0.5; step > 0.005; step *= 0.995 {
		try := best
		try.bias += step * random.NormFloat64()
		try.network += 0.3 * step * random.NormFloat64()
		try.memory += 0.3 * step * random.NormFloat64()
		try.unseen *= math.Exp(step * random.NormFloat64())
		if l := try.loss(places); l < loss {
			best, loss = try, l
		}
	}
	return best
}

// fitOdds reads what was weighed and tells the odds that fit it best, and what
// they give at places of repositories that they were not fitted on.
func fitOdds(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	var places []weighed
	in := bufio.NewScanner(f)
	in.Buffer(nil, 1<<20)
	for in.Scan() {
		var w weighed
		if err := json.Unmarshal(in.Bytes(), &w); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		places = append(places, w)
	}
	if err := in.Err(); err != nil {
		return err
	}
	all := fitWeights(places)
	fmt.Printf("%d places: bias %.2f network %.3f memory %.3f unseen %.4f, loss %.3f\n", len(places), all.bias, all.network, all.memory, all.unseen, all.loss(places))
	sets := map[string]*tally{"all": {}}
	names := []string{"all"}
	for _, held := range repositoriesOf(places) {
		var rest, these []weighed
		for _, p := range places {
			if p.Repository == held {
				these = append(these, p)
			} else {
				rest = append(rest, p)
			}
		}
		w := all
		if len(rest) > 0 {
			w = fitWeights(rest)
		}
		for _, p := range these {
			if sets[p.Set] == nil {
				sets[p.Set] = &tally{}
				names = append(names, p.Set)
			}
			sets[p.Set].add(p, w)
			sets["all"].add(p, w)
		}
	}
	for _, n := range names {
		sets[n].print(n)
	}
	return nil
}

func repositoriesOf(places []weighed) (list []string) {
	for _, p := range places {
		if !slices.Contains(list, p.Repository) {
			list = append(list, p.Repository)
		}
	}
	return list
}

// tally counts what is right by each way.
type tally struct {
	places, network, memory, both, either int
	shown                                 []outcome
}

type outcome struct {
	p     float64
	right bool
}

func (t *tally) add(p weighed, w weights) {
	t.places++
	count := func(n *int, ok bool) {
		if ok {
			*n++
		}
	}
	remembered := slices.MaxFunc(p.Options, func(a, b builtin.Option) int {
		switch {
		case a.Memory < b.Memory:
			return -1
		case a.Memory > b.Memory:
			return 1
		}
		return 0
	})
	network, memory := p.right(p.Options[0]), remembered.Memory > 0 && p.right(remembered)
	chosen, odds := w.choose(p.Options)
	right := p.right(p.Options[chosen])
	count(&t.network, network)
	count(&t.memory, memory)
	count(&t.either, network || memory)
	count(&t.both, right)
	t.shown = append(t.shown, outcome{odds, right})
}

// print tells the shares, and how much can be shown if 60% of it is to be right.
func (t *tally) print(name string) {
	slices.SortFunc(t.shown, func(a, b outcome) int {
		if a.p > b.p {
			return -1
		}
		return 1
	})
	least, shown, right := 1.0, 0, 0
	for i, o := range t.shown {
		if o.right {
			right++
		}
		if float64(right) >= 0.6*float64(i+1) {
			least, shown = o.p, i+1
		}
	}
	percent := func(n int) float64 { return 100 * float64(n) / float64(t.places) }
	fmt.Printf("  %-12s %4d places: network %.1f memory %.1f both %.1f (%.2fx of the better) either %.1f; 60%% right from %.2f on, %.0f%% shown\n",
		name, t.places, percent(t.network), percent(t.memory), percent(t.both), float64(t.both)/float64(max(t.network, t.memory, 1)), percent(t.either), least, percent(shown))
}
