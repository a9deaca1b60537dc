// Review measures airside's reviews: on changes that people made, and on
// the same changes with a bug planted in each.
//
//	go run ./cmd/bench/review [-json] [-model] [-seed n] [-planted n] [-clean n] [-list n] [-modules DIR] [REPO…]
//
// The corpus is made on the spot from the history of REPO and from the modules
// of which the module cache has two versions, and is the same for a seed and
// the same sources. Nothing is written to either.
//
// A planted bug counts as found when a finding touches its lines or a line
// beside them; what it says is not judged. Every other finding counts as false,
// on clean changes too, where some of them are right.
//
// With -model the one that airside's settings name answers (config.toml and the
// environment: AIRSIDE_BACKEND and the others).
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"strings"
	"time"

	"github.com/airside-ls/airside/completion/syntax"
	"github.com/airside-ls/airside/completion/syntax/lang"
)

// options are the flags.
type options struct {
	json, model, verbose bool
	seed                 uint64
	planted, clean, list int
	modules              string
	repos                []string
	fit                  string
	languages, classes   string
	odds                 bool
	fixes                int
	functions, places    int
	commits              int
}

func main() {
	var o options
	flag.BoolVar(&o.json, "json", false, "the figures as JSON")
	flag.BoolVar(&o.model, "model", false, "ask the model of airside's settings, too")
	flag.Uint64Var(&o.seed, "seed", 1, "of the random choices")
	flag.IntVar(&o.planted, "planted", 25, "bugs of each class at most")
	flag.IntVar(&o.clean, "clean", 0, "clean changes at most; 0 is all")
	flag.IntVar(&o.list, "list", 0, "findings on clean changes that are listed")
	flag.BoolVar(&o.verbose, "missed", false, "list the bugs that were missed")
	flag.StringVar(&o.modules, "modules", "", "module cache; the default is go's, none for none")
	flag.StringVar(&o.fit, "fit", "", "write the odds at places of changed functions to this file, and do nothing else")
	flag.IntVar(&o.functions, "functions", 20, "with -fit: of each language")
	flag.IntVar(&o.places, "places", 8, "with -fit: of each function")
	flag.StringVar(&o.classes, "classes", "", "of bugs, or with -fit of places, only these, with commas between")
	flag.IntVar(&o.commits, "commits", 0, "the newest so many commits of each REPO; 0 is all")
	flag.IntVar(&o.fixes, "fixes", 0, "real fixes of three lines at most, whose functions are reviewed as they were before")
	flag.BoolVar(&o.odds, "odds", false, "with -model: ask it how likely code is, and nothing in words")
	flag.StringVar(&o.languages, "languages", "", "only these, with commas between")
	flag.Parse()
	o.repos = []string{"."}
	if flag.NArg() > 0 {
		o.repos = flag.Args()
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := bench(ctx, o); err != nil {
		fmt.Fprintln(os.Stderr, "bench/review:", err)
		os.Exit(1)
	}
}

func bench(ctx context.Context, o options) error {
	if o.modules == "" {
		out, err := exec.Command("go", "env", "GOMODCACHE").Output()
		if err != nil {
			return fmt.Errorf("go env GOMODCACHE: %w", err)
		}
		o.modules = strings.TrimSpace(string(out))
	}
	var changes []change
	for _, repo := range o.repos {
		found, err := fromHistory(repo, o.commits)
		if err != nil {
			return err
		}
		changes = append(changes, found...)
	}
	if o.fit != "" {
		return fit(ctx, o, changes)
	}
	if o.modules != "none" {
		pairs, err := fromModules(o.modules)
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
		changes = append(changes, pairs...)
	}
	trees := syntax.NewCache(syntax.Limits{ParseTime: 5 * time.Second})
	defer trees.CloseAll()
	corpus := newCorpus(changes, trees, o)
	reviewer, closing, err := newReviewer(ctx, o.model)
	if err != nil {
		return err
	}
	defer closing()
	t := newTally(o)
	progress := terminal(os.Stderr)
	for i, s := range corpus {
		if progress {
			fmt.Fprintf(os.Stderr, "\r%d of %d ", i, len(corpus))
		}
		if err := t.review(ctx, reviewer, s); err != nil {
			if ctx.Err() == nil {
				return err
			}
			break // what was measured until then is shown
		}
	}
	if progress {
		fmt.Fprint(os.Stderr, "\r\033[K")
	}
	if o.json {
		return t.writeJSON(os.Stdout)
	}
	t.print(os.Stdout)
	return nil
}

func terminal(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// newCorpus makes the samples: clean changes, then planted bugs by class.
//
// With a model a clean sample is one changed function, as a planted one is; the
// rules alone are shown whole files.
func newCorpus(changes []change, trees *syntax.Cache, o options) (corpus []sample) {
	dice := rand.New(rand.NewPCG(o.seed, 0))
	found := bases(changes, trees, dice, 1<<20)
	if o.languages != "" {
		found = slices.DeleteFunc(found, func(b base) bool { return !slices.Contains(strings.Split(o.languages, ","), b.language) })
	}
	if o.model {
		for _, b := range found[:min(len(found), o.clean)] {
			corpus = append(corpus, sample{File: b.File, From: b.From, Units: 1, Language: b.language})
		}
	} else {
		for _, i := range dice.Perm(len(changes)) {
			if c := changes[i]; o.clean == 0 || len(corpus) < o.clean {
				corpus = append(corpus, sample{File: c.File, From: c.From, Units: unitsOf(c, trees)})
			}
		}
	}
	if o.modules != "none" {
		found = append(found, standing(o.modules, trees, dice)...)
	}
	if o.fixes > 0 {
		corpus = append(corpus, fixes(changes, trees, dice, o.fixes)...)
	}
	for _, c := range classes {
		if o.classes != "" && !slices.Contains(strings.Split(o.classes, ","), c.name) {
			continue
		}
		corpus = append(corpus, plantAll(found, c, trees, dice, o.planted)...)
	}
	return corpus
}

func unitsOf(c change, trees *syntax.Cache) int {
	root, ok := trees.Nodes(syntax.Document{Language: lang.IdentifierOf(c.Path), Text: string(c.New)})
	if !ok {
		return 1
	}
	list, rest := units(&root, string(c.New), touching(c.New, c.Hunks))
	if rest {
		return len(list) + 1
	}
	return max(1, len(list))
}

// plantAll plants bugs of a class, as many in each language as there are
// places, and no two in one function.
func plantAll(found []base, c class, trees *syntax.Cache, dice *rand.Rand, most int) (list []sample) {
	perLanguage := map[string]int{}
	const share = 6 // a language has this part of a class, until others have no more
	for pass := range 2 {
		for i := range found {
			b := &found[(i+dice.IntN(7))%len(found)]
			if len(list) >= most || pass == 0 && perLanguage[b.language] >= max(1, most/share) {
				continue
			}
			edits := c.edits(b, dice)
			if len(edits) == 0 || taken(list, b) {
				continue
			}
			if s := plant(*b, c, edits[dice.IntN(len(edits))], trees); s != nil {
				list = append(list, *s)
				perLanguage[b.language]++
			}
		}
	}
	return list
}

func taken(list []sample, b *base) bool {
	for _, s := range list {
		if s.Path == b.Path && s.From == b.From {
			return true
		}
	}
	return false
}
