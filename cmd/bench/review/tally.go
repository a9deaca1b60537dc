package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
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

// classScore is a line of the table.
type classScore struct {
	Class     string   `json:"class"`
	Languages []string `json:"languages"`
	Bugs      int      `json:"bugs"`
	Rules     int      `json:"found_by_rules"`
	Model     int      `json:"found_by_model"`
}

type figures struct {
	Seed       uint64       `json:"seed"`
	Backend    string       `json:"backend,omitempty"`
	Model      string       `json:"model,omitempty"`
	CleanFiles int          `json:"clean_changes"`
	CleanUnits int          `json:"clean_units"`
	Rules      score        `json:"rules"`
	WithModel  *score       `json:"with_model,omitempty"`
	JSONValid  *float64     `json:"json_valid,omitempty"` // of the model's answers
	Answers    int          `json:"answers,omitempty"`
	P50        float64      `json:"ms_per_unit_p50"`
	P95        float64      `json:"ms_per_unit_p95"`
	Classes    []classScore `json:"classes"`
	Unreviewed int          `json:"unreviewed,omitempty"` // units that the model did not answer for
	// Categories counts the rules' findings on clean changes.
	Categories map[string]int `json:"rule_findings_on_clean"`
}

// tally gathers what reviews find.
type tally struct {
	figures
	o         options
	classes   map[string]*classScore
	malformed int
	took      []time.Duration // for each unit
	list      []string
}

func newTally(o options, corpus []sample) *tally {
	t := &tally{o: o, classes: map[string]*classScore{}}
	t.Seed = o.seed
	t.Categories = map[string]int{}
	if o.model {
		t.WithModel = &score{}
	}
	for _, s := range corpus {
		if s.Bug == nil {
			continue
		}
		c := t.classes[s.Bug.Class]
		if c == nil {
			c = &classScore{Class: s.Bug.Class}
			t.classes[s.Bug.Class] = c
		}
	}
	return t
}

// review has one sample reviewed and counts what comes.
func (t *tally) review(ctx context.Context, r *review.Reviewer, s sample) error {
	var at time.Time
	start := time.Now()
	report, err := r.Review(ctx, review.Request{Files: []diff.File{s.File}, RulesOnly: !t.o.model}, func(e review.Event) {
		if e.Total > 0 && len(e.Findings) == 0 { // a unit begins, or all are done
			if !at.IsZero() {
				t.took = append(t.took, time.Since(at))
			}
			at = time.Now()
		}
	})
	if err != nil {
		return err
	}
	if t.o.model && report.NoModel != "" {
		return fmt.Errorf("%s", report.NoModel)
	}
	if !t.o.model {
		for range s.Units {
			t.took = append(t.took, time.Since(start)/time.Duration(s.Units))
		}
	} else {
		t.Backend, t.Model = report.Backend, report.Model
		t.Unreviewed += len(report.Skipped)
	}
	t.Answers += report.Answers
	t.malformed += report.Malformed
	if s.Bug == nil {
		t.clean(s, report.Findings)
	} else {
		t.planted(s, report.Findings)
	}
	return nil
}

func (t *tally) clean(s sample, found []finding.Finding) {
	t.CleanFiles++
	t.CleanUnits += s.Units
	for _, f := range found {
		if f.Source == finding.Rule {
			t.Rules.Clean++
			t.Categories[f.Category]++
		}
		if t.WithModel != nil {
			t.WithModel.Clean++
		}
		if len(t.list) < t.o.list {
			t.list = append(t.list, fmt.Sprintf("%s: %s:%d: %s %s %s: %s", s.From, f.Path, f.StartLine, f.Source, f.Severity, f.Category, f.Message))
		}
	}
}

func (t *tally) planted(s sample, found []finding.Finding) {
	c := t.classes[s.Bug.Class]
	c.Bugs++
	if !slices.Contains(c.Languages, s.Bug.Language) {
		c.Languages = append(c.Languages, s.Bug.Language)
	}
	byRule, byModel := false, false
	for _, f := range found {
		hit := f.StartLine <= s.Bug.Last+1 && f.EndLine >= s.Bug.First-1 || s.Bug.Anywhere && f.Category == "syntax-error"
		switch {
		case f.Source == finding.Rule && hit:
			byRule = true
		case f.Source == finding.Rule:
			t.Rules.False++
		case hit:
			byModel = true
		}
		if !hit && t.WithModel != nil {
			t.WithModel.False++
		}
		if !hit && f.Source == finding.Rule && len(t.list) < t.o.list {
			t.list = append(t.list, fmt.Sprintf("beside %s: %s: %s:%d: %s %s: %s", s.Bug.Class, s.From, f.Path, f.StartLine, f.Severity, f.Category, f.Message))
		}
	}
	t.Rules.Bugs++
	if byRule {
		t.Rules.Found++
		c.Rules++
	}
	if t.WithModel != nil {
		t.WithModel.Bugs++
		if byModel {
			c.Model++
		}
		if byModel || byRule {
			t.WithModel.Found++
		}
	}
	if t.o.verbose && !byRule && !byModel {
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
	for _, s := range []*score{&t.Rules, t.WithModel} {
		if s == nil {
			continue
		}
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
	t.Classes = nil
	for _, c := range classes {
		if s := t.classes[c.name]; s != nil && s.Bugs > 0 {
			slices.Sort(s.Languages)
			t.Classes = append(t.Classes, *s)
		}
	}
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
	head := "class\tbugs\trules"
	if t.WithModel != nil {
		head += "\tmodel"
	}
	fmt.Fprintln(w, head+"\tlanguages")
	for _, c := range t.Classes {
		fmt.Fprintf(w, "%s\t%d\t%d", c.Class, c.Bugs, c.Rules)
		if t.WithModel != nil {
			fmt.Fprintf(w, "\t%d", c.Model)
		}
		fmt.Fprintf(w, "\t%s\n", strings.Join(c.Languages, " "))
	}
	fmt.Fprintln(w)
	line := func(name string, s score) {
		fmt.Fprintf(w, "%s\trecall %.1f %% (%d of %d)\tprecision %.1f %%\t%.2f findings for 100 clean units (%d)\n",
			name, 100*s.Recall, s.Found, s.Bugs, 100*s.Precision, s.CleanPer100, s.Clean)
	}
	line("rules", t.Rules)
	if t.WithModel != nil {
		line("with model", *t.WithModel)
	}
	w.Flush()
	fmt.Fprintf(out, "clean: %d changes, %d units; rules said %v\n", t.CleanFiles, t.CleanUnits, t.Categories)
	if t.WithModel != nil {
		fmt.Fprintf(out, "model: %s (%s)\n", t.Model, t.Backend)
		if t.JSONValid != nil {
			fmt.Fprintf(out, "answers: %d, %.1f %% valid JSON; %d units without one\n", t.Answers, 100**t.JSONValid, t.Unreviewed)
		}
	}
	fmt.Fprintf(out, "time for a unit: p50 %.1f ms, p95 %.1f ms\n", t.P50, t.P95)
}
