package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/lsp/settings"
)

// modelsCommand holds what the subcommands of models share.
type modelsCommand struct {
	std      stdio
	environ  []string
	asJSON   bool
	measure  bool
	logLevel string

	options settings.Options
	log     *slog.Logger
}

func modelsCmd(std stdio, environ []string) *cobra.Command {
	m := &modelsCommand{std: std, environ: environ}
	c := &cobra.Command{
		Use:   "models",
		Short: "List the models on this machine and what they are fit for; fetch, choose or remove one",
		Args:  usageArgs(cobra.NoArgs),
		RunE:  m.list,
	}
	c.PersistentFlags().BoolVar(&m.asJSON, "json", false, "print the outcome as JSON")
	logLevelFlag(c, &m.logLevel)
	list := &cobra.Command{
		Use: "list", Short: "List the models on this machine: what they need, how fast they are, what they are fit for",
		Long: `Lists the models on this machine that could answer, who answers now in front: the
size of each, what it needs of memory, how many tokens a second it reads and
writes as measured here, and whether it is fit for suggestions while you type and
for reviews. Speeds come from use; --measure measures now, some seconds for each.`,
		Args: usageArgs(cobra.NoArgs), RunE: m.list,
	}
	logLevelFlag(list, &m.logLevel)
	for _, c := range []*cobra.Command{c, list} {
		c.Flags().BoolVar(&m.measure, "measure", false, "measure how fast each model reads and writes, now")
	}
	pull := m.pullCmd()
	logLevelFlag(pull, &m.logLevel)
	use, remove := m.useCmd(), m.removeCmd()
	logLevelFlag(use, &m.logLevel)
	logLevelFlag(remove, &m.logLevel)
	c.AddCommand(list, pull, use, remove)
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
	m.options, m.log = o, log
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
	t := modelTable{options: m.options, backends: backends, log: m.log}
	t.collect(c.Context(), current)
	if m.measure {
		err = t.measure(c.Context(), newProgressLine(m.std.err, m.std.language))
	}
	if c.Context().Err() != nil && !m.measure {
		return c.Context().Err()
	}
	t.judge()
	if m.asJSON {
		return errors.Join(json.NewEncoder(m.std.out).Encode(t.rows), err)
	}
	_, printing := io.WriteString(m.std.out, renderModels(palette(m.std.out), m.std.language, t.rows))
	return errors.Join(printing, err)
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
