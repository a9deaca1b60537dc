package main

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/airside-ls/airside/completion"
	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/model/machine"
	"github.com/airside-ls/airside/completion/model/store"
	"github.com/airside-ls/airside/lsp/ext"
)

//go:embed benchset.txt
var benchSet string

// benchPlace is a place in code, and how its line goes on.
type benchPlace struct{ language, before, after, want string }

// benchPlaces are those of a set, in its order.
func benchPlaces(set string) []benchPlace {
	var list []benchPlace
	for _, part := range strings.Split(set, "\n-- ")[1:] {
		title, text, _ := strings.Cut(part, " --\n")
		language, _, _ := strings.Cut(title, " ")
		before, rest, ok := strings.Cut(text, "¦⟦")
		want, after, _ := strings.Cut(rest, "\n")
		if ok {
			list = append(list, benchPlace{language, before, "\n" + after, want})
		}
	}
	return list
}

// benchRow is a model as measured; its JSON is part of the contract.
type benchRow struct {
	Backend string  `json:"backend"`
	Model   string  `json:"model"`
	Bytes   int64   `json:"bytes"`
	Read    float64 `json:"read_tokens_per_second"`
	Write   float64 `json:"write_tokens_per_second"`
	FirstMS float64 `json:"first_suggestion_ms"` // the median, whole suggestions
	Right   int     `json:"right"`               // the rest of the line to the letter
	Places  int     `json:"places"`
	Error   string  `json:"error,omitempty"`
}

type benchReport struct {
	Version string     `json:"version"`
	Machine string     `json:"machine"`
	Memory  int64      `json:"memory"`
	Models  []benchRow `json:"models"`
}

func benchCmd(std stdio, environ []string) *cobra.Command {
	m := &modelsCommand{std: std, environ: environ}
	c := &cobra.Command{
		Use:   "bench [MODEL…]",
		Short: "Measure the models of this machine, as a table to show others",
		Long: `Measures models: how many tokens a second they read and write, how long a whole
suggestion takes in the median, and how many of a few places in code, written for
this and younger than the models, they finish to the letter. Without MODEL it is the
one that answers now; --all takes all that are here. Nothing is sent anywhere.

Places are few and short: they tell models apart, not by how much. make
bench-quality in airside's source measures on repositories of yours.`,
		RunE: func(c *cobra.Command, args []string) error { return m.bench(c, args) },
	}
	c.Flags().BoolVar(&m.asJSON, "json", false, "print the numbers as JSON")
	c.Flags().BoolVar(&m.measure, "all", false, "measure every model that is here")
	logLevelFlag(c, &m.logLevel)
	return c
}

func (m *modelsCommand) bench(c *cobra.Command, names []string) error {
	backends, asked, done, err := m.backends(c)
	if err != nil {
		return err
	}
	defer done()
	t := modelTable{options: m.options, backends: backends, log: m.log}
	t.collect(c.Context(), firstThatAnswers(c.Context(), backends[:asked]))
	for i, name := range names {
		if known, ok := store.Find(name); ok {
			names[i] = known.File
		}
	}
	rows := slices.DeleteFunc(slices.Clone(t.rows), func(r ext.Model) bool {
		switch {
		case r.Error != "":
			return true
		case len(names) > 0:
			return !slices.Contains(names, r.Model) && !slices.Contains(names, r.File) && !slices.Contains(names, strings.TrimSuffix(r.Model, store.Suffix))
		}
		return !m.measure && !r.Current
	})
	if len(rows) == 0 {
		return fmt.Errorf("no such model is here; there are %s", namesOf(t.rows))
	}
	report := benchReport{Machine: machine.Name(), Memory: machine.Now().Total}
	report.Version, _ = buildVersion()
	line := newProgressLine(m.std.err, m.std.language)
	for i := range rows {
		line.show(fmt.Sprintf("%d/%d  %s (%s)", i+1, len(rows), rows[i].Model, rows[i].Backend))
		report.Models = append(report.Models, t.bench(c.Context(), &rows[i]))
		if c.Context().Err() != nil {
			line.clear()
			return errors.New("interrupted")
		}
	}
	line.clear()
	if m.asJSON {
		e := json.NewEncoder(m.std.out)
		e.SetIndent("", "  ")
		return e.Encode(report)
	}
	_, err = fmt.Fprint(m.std.out, renderBench(report))
	return err
}

func firstThatAnswers(ctx context.Context, backends []model.Backend) model.Info {
	for _, b := range backends {
		limited, cancel := context.WithTimeout(ctx, listTimeout)
		info, err := b.Probe(limited)
		cancel()
		if err == nil {
			return info
		}
	}
	return model.Info{}
}

// bench measures the model of a row.
func (t *modelTable) bench(ctx context.Context, m *ext.Model) benchRow {
	row := benchRow{Backend: m.Backend, Model: m.Model, Bytes: m.Bytes}
	if err := t.measureOne(ctx, m); err != nil {
		row.Error = err.Error()
		return row
	}
	row.Read, row.Write = m.Read, m.Write
	b, own := t.backendOf(m)
	if own {
		defer b.Close()
	}
	options := engineTuning(t.options, t.log)
	options.Backends, options.Forgetful, options.Disabled = []model.Backend{b}, true, false
	options.Wait *= 5 // as airside complete: nobody types
	engine := completion.New(options)
	defer engine.Close()
	var times []time.Duration
	for i, p := range benchPlaces(benchSet) {
		limited, cancel := context.WithTimeout(ctx, time.Minute)
		start := time.Now()
		result, err := engine.Complete(limited, completion.Request{
			Document: completion.Document{Path: fmt.Sprintf("bench%d%s", i, map[string]string{"go": ".go", "python": ".py", "typescript": ".ts"}[p.language]), Language: p.language, Text: p.before + p.after},
			Offset:   len(p.before), Trigger: completion.Invoked,
		})
		took := time.Since(start)
		cancel()
		if err != nil {
			row.Error = err.Error()
			return row
		}
		row.Places++
		if len(result.Suggestions) > 0 {
			times = append(times, took)
			got, _, _ := strings.Cut(result.Suggestions[0].Text, "\n")
			if strings.TrimSpace(got) == p.want {
				row.Right++
			}
		}
	}
	if len(times) > 0 {
		slices.Sort(times)
		row.FirstMS = ms(times[len(times)/2])
	}
	return row
}

// renderBench is a table in Markdown, to be posted.
func renderBench(r benchReport) string {
	var b strings.Builder
	fmt.Fprintf(&b, "airside %s, %s, %s of memory\n\n", r.Version, printable(r.Machine), size(r.Memory))
	b.WriteString("| backend | model | size | reads | writes | suggestion | right |\n| --- | --- | ---: | ---: | ---: | ---: | ---: |\n")
	for _, m := range r.Models {
		if m.Error != "" {
			fmt.Fprintf(&b, "| %s | %s | %s | %s ||||\n", m.Backend, printable(m.Model), orDash(m.Bytes > 0, size(m.Bytes)), printable(m.Error))
			continue
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s/s | %s/s | %.0f ms | %d of %d |\n", m.Backend, printable(m.Model), orDash(m.Bytes > 0, size(m.Bytes)), perSecond(m.Read), perSecond(m.Write), m.FirstMS, m.Right, m.Places)
	}
	return b.String()
}
