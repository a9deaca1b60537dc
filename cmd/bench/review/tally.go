package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/airside-ls/airside/completion/review"
	"github.com/airside-ls/airside/completion/review/diff"
	"github.com/airside-ls/airside/completion/review/finding"
)

// score counts what one source of findings said.
type score struct {
	Bugs        int     `json:"bugs"` // planted
	Found       int     `json:"bugs_found"`
	False       int     `json:"other_findings"` // on planted samples
	Clean       int     `json:"findings_on_clean"`
	Precision   float64 `json:"precision"` // of all findings
	Recall      float64 `json:"recall"`
	CleanPer100 float64 `json:"findings_per_100_clean_units"`
}

// The ways of finding something.
const (
	byRules = "rules"
	byOdds  = "odds" // what stands there is far less likely than something else
	byTalk  = "talk" // a model says so
	byAll   = "all"
)

var ways = []string{byRules, byOdds, byTalk, byAll}

// wayOf is how a finding was found.
func wayOf(f finding.Finding) string {
	switch {
	case f.Source == finding.Rule:
		return byRules
	case f.Words:
		return byOdds
	}
	return byTalk
}

// classScore is a line of the table: of a class, or of a language.
type classScore struct {
	Class     string         `json:"class,omitempty"`
	Language  string         `json:"language,omitempty"`
	Languages []string       `json:"languages,omitempty"`
	Bugs      int            `json:"bugs"`
	Found     map[string]int `json:"found"` // by way
	// False are the findings beside the bug, by way.
	False map[string]int `json:"other_findings"`
}

type figures struct {
	Seed       uint64            `json:"seed"`
	Backend    string            `json:"backend,omitempty"`
	Model      string            `json:"model,omitempty"`
	CleanFiles int               `json:"clean_changes"`
	CleanUnits int               `json:"clean_units"`
	Ways       map[string]*score `json:"ways"`                 // without real fixes
	JSONValid  *float64          `json:"json_valid,omitempty"` // of the model's answers
	Answers    int               `json:"answers,omitempty"`
	Compared   int               `json:"compared,omitempty"` // places
	NoOdds     string            `json:"no_odds,omitempty"`
	P50        float64           `json:"ms_per_unit_p50"`
	P95        float64           `json:"ms_per_unit_p95"`
	Classes    []classScore      `json:"classes"`
	Languages  []classScore      `json:"languages"`
	Unreviewed int               `json:"unreviewed,omitempty"` // units that the model did not answer for
	// Categories counts the findings on clean changes.
	Categories map[string]int `json:"findings_on_clean"`
}

// tally gathers what reviews find.
type tally struct {
	figures
	o         options
	classes   map[string]*classScore
	languages map[string]*classScore
	malformed int
	took      []time.Duration // for each unit
	list      []string
}

func newTally(o options) *tally {
	t := &tally{o: o, classes: map[string]*classScore{}, languages: map[string]*classScore{}}
	t.Seed = o.seed
	t.Categories, t.Ways = map[string]int{}, map[string]*score{}
	for _, w := range ways {
		if o.model || w == byRules {
			t.Ways[w] = &score{}
		}
	}
	return t
}

// review has one sample reviewed and counts what comes.
func (t *tally) review(ctx context.Context, r *review.Reviewer, s sample) error {
	start := time.Now()
	q := review.Request{Files: []diff.File{s.File}, Only: s.Only, RulesOnly: !t.o.model, OddsOnly: t.o.odds}
	report, err := r.Review(ctx, q, nil)
	if err != nil {
		return err
	}
	if t.o.model && report.NoModel != "" {
		return fmt.Errorf("%s", report.NoModel)
	}
	for range s.Units {
		t.took = append(t.took, time.Since(start)/time.Duration(s.Units))
	}
	if t.o.model {
		t.Backend, t.Model = cmp.Or(report.Backend, t.Backend), cmp.Or(report.Model, t.Model)
		t.Unreviewed += len(report.Skipped)
		t.NoOdds = cmp.Or(t.NoOdds, report.NoOdds)
	}
	t.Answers += report.Answers
	t.Compared += report.Compared
	t.malformed += report.Malformed
	if s.Bug == nil {
		t.clean(s, report.Findings)
	} else {
		t.planted(s, report.Findings)
	}
	return nil
}

// each calls count with the scores that a finding belongs to.
func (t *tally) each(way string, count func(*score)) {
	for _, w := range []string{way, byAll} {
		if s := t.Ways[w]; s != nil {
			count(s)
		}
	}
}

func (t *tally) clean(s sample, found []finding.Finding) {
	t.CleanFiles++
	t.CleanUnits += s.Units
	for _, f := range found {
		t.each(wayOf(f), func(s *score) { s.Clean++ })
		t.Categories[wayOf(f)+" "+f.Category]++
		if len(t.list) < t.o.list {
			t.list = append(t.list, fmt.Sprintf("%s: %s:%d: %s %s %s: %s", s.From, f.Path, f.StartLine, wayOf(f), f.Severity, f.Category, f.Message))
		}
	}
}

// of is the line of a table for a sample.
func of(table map[string]*classScore, key string, empty classScore) *classScore {
	if table[key] == nil {
		empty.Found, empty.False = map[string]int{}, map[string]int{}
		table[key] = &empty
	}
	return table[key]
}

func (t *tally) planted(s sample, found []finding.Finding) {
	c := of(t.classes, s.Bug.Class, classScore{Class: s.Bug.Class})
	if !slices.Contains(c.Languages, s.Bug.Language) {
		c.Languages = append(c.Languages, s.Bug.Language)
	}
	lines := []*classScore{c}
	if s.Bug.Class != realFix {
		lines = append(lines, of(t.languages, s.Bug.Language, classScore{Language: s.Bug.Language}))
	}
	by, others := map[string]bool{}, map[string]int{}
	for _, f := range found {
		way := wayOf(f)
		hit := f.StartLine <= s.Bug.Last+1 && f.EndLine >= s.Bug.First-1 || s.Bug.Anywhere && f.Category == "syntax-error"
		if hit {
			by[way], by[byAll] = true, true
			continue
		}
		others[way]++
		others[byAll]++
		if len(t.list) < t.o.list {
			t.list = append(t.list, fmt.Sprintf("beside %s: %s: %s:%d: %s %s %s: %s", s.Bug.Class, s.From, f.Path, f.StartLine, way, f.Severity, f.Category, f.Message))
		}
	}
	for _, l := range lines {
		l.Bugs++
	}
	for _, w := range ways {
		if by[w] {
			for _, l := range lines {
				l.Found[w]++
			}
		}
		for _, l := range lines {
			l.False[w] += others[w]
		}
		if s := t.Ways[w]; s != nil && c.Class != realFix {
			s.Bugs++
			s.False += others[w]
			if by[w] {
				s.Found++
			}
		}
	}
	if t.o.verbose && !by[byAll] {
		t.list = append(t.list, fmt.Sprintf("missed %s (%s): %s: %s:%d: %s", s.Bug.Class, s.Bug.Language, s.From, s.Path, s.Bug.First, s.Bug.What))
	}
}

// finish works the figures out.
func (t *tally) finish() {
	share := func(a, b int) float64 {
		if b == 0 {
			return 0
		}
		return float64(a) / float64(b)
	}
	for _, s := range t.Ways {
		s.Precision = share(s.Found, s.Found+s.False+s.Clean)
		s.Recall = share(s.Found, s.Bugs)
		s.CleanPer100 = 100 * share(s.Clean, t.CleanUnits)
	}
	if t.Answers > 0 {
		valid := share(t.Answers-t.malformed, t.Answers)
		t.JSONValid = &valid
	}
	slices.Sort(t.took)
	if n := len(t.took); n > 0 {
		ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
		t.P50, t.P95 = ms(t.took[n/2]), ms(t.took[n*95/100])
	}
	t.Classes, t.Languages = nil, nil
	for _, name := range append(classNames(), realFix) {
		if s := t.classes[name]; s != nil {
			slices.Sort(s.Languages)
			t.Classes = append(t.Classes, *s)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(t.languages)) {
		t.Languages = append(t.Languages, *t.languages[name])
	}
}

func classNames() (names []string) {
	for _, c := range classes {
		names = append(names, c.name)
	}
	return names
}

func (t *tally) writeJSON(out io.Writer) error {
	t.finish()
	e := json.NewEncoder(out)
	e.SetIndent("", "  ")
	return e.Encode(t.figures)
}

func (t *tally) print(out io.Writer) {
	t.finish()
	for _, l := range t.list {
		fmt.Fprintln(out, l)
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	table := func(head string, list []classScore) {
		fmt.Fprintf(w, "%s\tbugs", head)
		for _, way := range ways {
			if t.Ways[way] != nil {
				fmt.Fprintf(w, "\t%s\tbeside", way)
			}
		}
		fmt.Fprintln(w)
		for _, c := range list {
			fmt.Fprintf(w, "%s\t%d", cmp.Or(c.Class, c.Language), c.Bugs)
			for _, way := range ways {
				if t.Ways[way] != nil {
					fmt.Fprintf(w, "\t%d\t%d", c.Found[way], c.False[way])
				}
			}
			fmt.Fprintf(w, "\t%s\n", strings.Join(c.Languages, " "))
		}
		fmt.Fprintln(w)
	}
	table("class", t.Classes)
	table("language", t.Languages)
	for _, way := range ways {
		if s := t.Ways[way]; s != nil {
			fmt.Fprintf(w, "%s\trecall %.1f %% (%d of %d)\tprecision %.1f %%\t%.2f findings for 100 clean units (%d)\n",
				way, 100*s.Recall, s.Found, s.Bugs, 100*s.Precision, s.CleanPer100, s.Clean)
		}
	}
	w.Flush()
	fmt.Fprintf(out, "clean: %d changes, %d units; said of them: %v\n", t.CleanFiles, t.CleanUnits, t.Categories)
	if t.o.model {
		fmt.Fprintf(out, "model: %s (%s); %d places compared; %d units or parts left out\n", t.Model, t.Backend, t.Compared, t.Unreviewed)
		if t.NoOdds != "" {
			fmt.Fprintln(out, "odds:", t.NoOdds)
		}
		if t.JSONValid != nil {
			fmt.Fprintf(out, "answers: %d, %.1f %% valid JSON\n", t.Answers, 100**t.JSONValid)
		}
	}
	fmt.Fprintf(out, "time for a unit: p50 %.1f ms, p95 %.1f ms\n", t.P50, t.P95)
}
