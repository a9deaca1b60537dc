package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/lsp/ext"
)

// modelsCommand holds what the subcommands of models share.
type modelsCommand struct {
	std      stdio
	environ  []string
	asJSON   bool
	logLevel string
}

func modelsCmd(std stdio, environ []string) *cobra.Command {
	m := &modelsCommand{std: std, environ: environ}
	c := &cobra.Command{
		Use:   "models",
		Short: "List the models that could answer, or have Ollama fetch one",
		Args:  usageArgs(cobra.NoArgs),
		RunE:  m.list,
	}
	c.PersistentFlags().BoolVar(&m.asJSON, "json", false, "print the outcome as JSON")
	logLevelFlag(c, &m.logLevel)
	list := &cobra.Command{Use: "list", Short: "List the models that could answer, by backend", Args: usageArgs(cobra.NoArgs), RunE: m.list}
	logLevelFlag(list, &m.logLevel)
	pull := &cobra.Command{
		Use:   "pull NAME",
		Short: "Have Ollama fetch a model, while there is a network",
		Long: `Has Ollama fetch a model from its registry and waits until it is there. What was
fetched before an interruption is kept for the next time. airside itself asks
nobody but Ollama, at ollama.url.`,
		Example: "  airside models pull codellama:7b-code",
		Args:    usageArgs(cobra.ExactArgs(1)), RunE: m.pull,
	}
	logLevelFlag(pull, &m.logLevel)
	c.AddCommand(list, pull)
	return c
}

// backends are all that there are, those that the settings have asked in front;
// done closes them.
func (m *modelsCommand) backends(c *cobra.Command) (list []model.Backend, asked int, done func(), err error) {
	log, err := newLogger(m.std.err, m.logLevel)
	if err != nil {
		return nil, 0, nil, usageError(c, err)
	}
	o, problems := loadSettings(m.environ)
	for _, p := range problems {
		log.Warn("setting ignored", "error", p)
	}
	list = backends(o, log)
	asked = len(list)
	list = append(list, othersThan(list, o, log)...)
	return list, asked, func() { closeAll(list, log) }, nil
}

// list is airside models list.
func (m *modelsCommand) list(c *cobra.Command, _ []string) error {
	backends, asked, done, err := m.backends(c)
	if err != nil {
		return err
	}
	defer done()
	var current model.Info
	for _, b := range backends[:asked] {
		limited, cancel := context.WithTimeout(c.Context(), listTimeout)
		info, err := b.Probe(limited)
		cancel()
		if err == nil {
			current = info
			break
		}
	}
	models := listModels(c.Context(), backends, current)
	if err := c.Context().Err(); err != nil {
		return err
	}
	if m.asJSON {
		return json.NewEncoder(m.std.out).Encode(models)
	}
	_, err = io.WriteString(m.std.out, renderModels(palette(m.std.out), models))
	return err
}

// renderModels is a line for each model; who answers now is marked.
func renderModels(p colors, models []ext.Model) string {
	width := 0
	for _, m := range models {
		width = max(width, len([]rune(printable(m.Model))))
	}
	var b strings.Builder
	for _, m := range models {
		mark := " "
		if m.Current {
			mark = p.green("✓")
		}
		if m.Error != "" {
			fmt.Fprintf(&b, "%s %-9s %s\n", p.dim("·"), m.Backend, p.dim(printable(m.Error)))
			continue
		}
		var notes []string
		if m.Bytes > 0 {
			notes = append(notes, fmt.Sprintf("%8s", size(m.Bytes)))
		}
		if m.Current {
			notes = append(notes, "answers now")
		} else if !m.Code {
			notes = append(notes, p.dim("not known to be made for code"))
		}
		line := fmt.Sprintf("%s %-9s %-*s  %s", mark, m.Backend, width, printable(m.Model), strings.Join(notes, "  "))
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	return b.String()
}

// size is a number of bytes for people, in the units of disks.
func size(bytes int64) string {
	switch {
	case bytes >= 1e9:
		return fmt.Sprintf("%.1f GB", float64(bytes)/1e9)
	case bytes >= 1e6:
		return fmt.Sprintf("%.1f MB", float64(bytes)/1e6)
	}
	return fmt.Sprintf("%.0f KB", float64(bytes)/1e3)
}

// pull is airside models pull.
func (m *modelsCommand) pull(c *cobra.Command, args []string) error {
	backends, _, done, err := m.backends(c)
	if err != nil {
		return err
	}
	defer done()
	var puller model.Puller
	for _, b := range backends {
		if p, ok := b.(model.Puller); ok {
			puller = p
		}
		if u, ok := b.(model.Unusable); ok && u.BackendName == "ollama" {
			return u.Err
		}
	}
	if puller == nil {
		return errors.New("no backend can fetch models")
	}
	line := newProgressLine(m.std.err)
	meter := pullMeter{started: time.Now()}
	err = puller.Pull(c.Context(), args[0], func(t model.Transfer) { line.show(meter.line(t, time.Now())) })
	line.clear()
	switch {
	case c.Context().Err() != nil:
		return errors.New("interrupted; what was fetched is kept by Ollama, and the same command goes on")
	case err != nil:
		return err
	case m.asJSON:
		return json.NewEncoder(m.std.out).Encode(ext.ModelArguments{Backend: "ollama", Model: args[0]})
	}
	p := palette(m.std.out)
	_, err = fmt.Fprintf(m.std.out, "%s %s is installed in Ollama; `airside doctor` tries it\n", p.green("✓"), p.bold(printable(args[0])))
	return err
}

// pullMeter turns what Ollama tells of a transfer into a line.
type pullMeter struct {
	started time.Time
	what    string // the layer that is being fetched
	from    int64  // how much of it was there when it began
}

const barWidth = 24

func (m *pullMeter) line(t model.Transfer, now time.Time) string {
	if t.Total <= 0 {
		return t.What
	}
	if t.What != m.what {
		m.what, m.from, m.started = t.What, t.Done, now
	}
	done := min(max(t.Done, 0), t.Total)
	filled := int(barWidth * done / t.Total)
	text := fmt.Sprintf("%s%s %3d%%  %s of %s", strings.Repeat("█", filled), strings.Repeat("░", barWidth-filled),
		100*done/t.Total, size(done), size(t.Total))
	if spent := now.Sub(m.started); spent > time.Second && done > m.from {
		rate := float64(done-m.from) / spent.Seconds()
		left := time.Duration(float64(t.Total-done) / rate * float64(time.Second)).Round(time.Second)
		text += fmt.Sprintf("  %s/s  %s left", size(int64(rate)), left)
	}
	return text
}
