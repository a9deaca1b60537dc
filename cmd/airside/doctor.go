package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/airside-ls/airside/completion"
	"github.com/airside-ls/airside/lsp/editor"
	"github.com/spf13/cobra"
	"golang.org/x/term"
)

// doctorTimeout bounds one backend's check; a large model may have to be
// loaded from a slow disk first.
const doctorTimeout = 2 * time.Minute

func doctorCmd(std stdio, environ []string, open syncOpener) *cobra.Command {
	var asJSON, network bool
	var logLevel, words string
	c := &cobra.Command{
		Use:   "doctor",
		Short: "Tell whether everything is ready for a flight",
		Long: `Looks for every backend, has each that answers do one real insert, and says
which one completions will come from. Tells whether the repository of the current
folder is kept in step. Exits with 0 only if completions would work with the
network gone.

With --network it asks nobody, and prints the addresses that airside may contact by
these settings: servers of models, and the remotes of every repository that you have
opted in to sync. Nothing else is contacted. Programs that git runs for you, such as
credential helpers, are not airside's.`,
		Args: usageArgs(cobra.NoArgs),
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print the findings as JSON")
	c.Flags().BoolVar(&network, "network", false, "print the addresses that may be contacted, and contact none")
	c.Flags().StringVar(&words, "words", "", "what is done in an editor in the place of command lines: a JSON object, for editors that show what is printed")
	_ = c.Flags().MarkHidden("words")
	logLevelFlag(c, &logLevel)
	c.RunE = func(c *cobra.Command, _ []string) error {
		log, err := newLogger(std.err, logLevel)
		if err != nil {
			return usageError(c, err)
		}
		if network {
			return printNetwork(c.Context(), std, asJSON, environ, open, log)
		}
		report := diagnosis{Settings: []string{}, said: editor.Capabilities{Language: std.language}}
		if words != "" {
			if err := json.Unmarshal([]byte(words), &report.said.Words); err != nil {
				return usageError(c, fmt.Errorf("--words: %w", err))
			}
		}
		opts, errs := loadSettings(environ)
		for _, e := range errs {
			report.Settings = append(report.Settings, e.Error())
		}
		report.Enabled = opts.CompletionEnabled
		report.Version, _ = buildVersion()
		for _, b := range backends(opts, log) {
			ctx, cancel := context.WithTimeout(c.Context(), doctorTimeout)
			report.add(completion.CheckBackend(ctx, b))
			cancel()
			if err := b.Close(); err != nil {
				log.Warn("closing", "backend", b.Name(), "error", err)
			}
		}
		if err := c.Context().Err(); err != nil {
			return err
		}
		report.Repository = checkRepository(c.Context(), ".", environ, open, opts, log)
		report.Remotes = checkPrograms()
		report.Memory = checkMemory(opts.BuiltinMemory, report.Repository.WorkDir)
		if report.Statistics, err = statistics(stateDir()); err != nil {
			log.Warn("statistics cannot be read", "error", err)
		}
		if err := report.print(std.out, asJSON); err != nil {
			return err
		}
		if !report.OK {
			return exitError{code: exitFailed}
		}
		return nil
	}
	return c
}

// diagnosis is what doctor found; its JSON is part of the contract.
type diagnosis struct {
	OK       bool           `json:"ok"` // completions work with the network gone
	Version  string         `json:"version"`
	Enabled  bool           `json:"enabled"`
	Chosen   string         `json:"chosen"`  // the backend that will answer, "" for none
	Offline  string         `json:"offline"` // the one that will with the network gone
	Backends []backendCheck `json:"backends"`
	Settings []string       `json:"settings"` // what is wrong in the settings

	Repository repositoryCheck `json:"repository"` // that of the current folder
	Remotes    programsCheck   `json:"remotes"`    // what they are reached with

	Memory memoryCheck `json:"memory"` // what is learned of the repository

	Statistics []modelStatistics `json:"statistics"` // of use, the model used last first

	said editor.Capabilities // the language and the words in which it is told
}

type backendCheck struct {
	Name     string  `json:"name"`
	OK       bool    `json:"ok"`
	Model    string  `json:"model"`
	Endpoint string  `json:"endpoint"`
	Form     string  `json:"form"`
	Local    bool    `json:"local"`
	Reviews  bool    `json:"reviews"` // it converses, so that it can be asked for reviews
	Insert   string  `json:"insert"`  // what the model inserted into the sample
	TookMS   float64 `json:"took_ms"`
	Why      string  `json:"why"`
	Error    string  `json:"error"`
}

// modelStatistics is how a model has served on this machine; the numbers never
// leave it.
type modelStatistics struct {
	Backend string `json:"backend"`
	Model   string `json:"model"`
	completion.Counts
	P50MS float64 `json:"p50_ms"`
	P95MS float64 `json:"p95_ms"`
}

func statistics(dir string) ([]modelStatistics, error) {
	list := []modelStatistics{}
	if dir == "" {
		return list, nil
	}
	kept, err := completion.LoadStatistics(dir)
	for _, s := range kept {
		list = append(list, modelStatistics{s.Backend, s.Model, s.Counts, ms(s.P50), ms(s.P95)})
	}
	return list, err
}

// add takes checks in order of preference: the first that works is chosen.
func (d *diagnosis) add(c completion.Check) {
	b := backendCheck{
		Name: c.Backend, OK: c.Err == nil, Model: c.Info.Model, Endpoint: c.Info.Endpoint, Form: c.Form,
		Local: c.Local, Reviews: c.Chats, Insert: c.Answer, TookMS: ms(c.Took), Why: c.Info.Why,
	}
	if c.Err != nil {
		b.Error = c.Err.Error()
	} else {
		if d.Chosen == "" {
			d.Chosen = b.Name
		}
		if d.Offline == "" && b.Local {
			d.Offline = b.Name
		}
		d.OK = d.Offline != "" && d.Enabled
	}
	d.Backends = append(d.Backends, b)
}

func (d *diagnosis) print(w io.Writer, asJSON bool) error {
	if asJSON {
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		return e.Encode(d)
	}
	p := palette(w)
	var b strings.Builder
	fmt.Fprintf(&b, "airside %s\n\n", d.Version)
	for _, c := range d.Backends {
		mark, note := p.dim("·"), printable(c.Error)
		if c.OK {
			mark = p.green("✓")
			note = fmt.Sprintf("%s at %s, inserts %q in %.0f ms", printable(c.Model), printable(c.Endpoint), c.Insert, c.TookMS)
			if !c.Reviews {
				note += p.dim("; cannot review (it has no chat template that is known)")
			}
			if !c.Local {
				note += p.yellow(" (needs the network)")
			}
		}
		fmt.Fprintf(&b, "%s %-10s %s\n", mark, c.Name, note)
	}
	d.Repository.print(&b, p, time.Now())
	d.Remotes.print(&b, p)
	d.Memory.print(&b, p)
	for _, s := range d.Settings {
		fmt.Fprintf(&b, "%s setting    %s\n", p.yellow("!"), printable(s))
	}
	d.printStatistics(&b)
	b.WriteString("\n")
	switch {
	case !d.Enabled:
		fmt.Fprintf(&b, "%s Completions are switched off; set completion.enabled = true.\n", p.red("✗"))
	case d.Chosen == "":
		fmt.Fprintf(&b, "%s No backend works. Start Ollama or llama-server, or remove builtin.model to use the small model inside the binary.\n", p.red("✗"))
	case !d.OK:
		fmt.Fprintf(&b, "%s %s answers, but not with the network gone. Get a model onto this machine.\n", p.red("✗"), d.Chosen)
	default:
		fmt.Fprintf(&b, "%s Ready to fly: completions come from %s.\n", p.green("✓"), p.bold(d.Offline))
		if d.Chosen != d.Offline {
			fmt.Fprintf(&b, "  As long as %s is in reach they come from there.\n", d.Chosen)
		}
		if d.Offline == "builtin" {
			b.WriteString("  The small built-in model is for line ends. For more, install a real one:\n  ollama pull codellama:7b-code\n")
		}
	}
	_, err := io.WriteString(w, d.said.Say(b.String()))
	return err
}

func (d *diagnosis) printStatistics(b *strings.Builder) {
	if len(d.Statistics) > 0 {
		b.WriteString("\nUse so far (kept on this machine only):\n")
	}
	for _, s := range d.Statistics {
		fmt.Fprintf(b, "  %s %s: %d requests, %d without the model; %d suggestions, %d shown, %d accepted, %d in part; p50 %.0f ms, p95 %.0f ms\n",
			printable(s.Backend), printable(s.Model), s.Requests, s.Cached, s.Suggested, s.Shown, s.Accepted, s.PartlyAccepted, s.P50MS, s.P95MS)
	}
}

// palette colors text for a terminal that wants it (https://no-color.org).
type colors bool

func palette(w io.Writer) colors {
	f, ok := w.(*os.File)
	return colors(ok && isTerminal(f) && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb")
}

func isTerminal(f *os.File) bool {
	return term.IsTerminal(int(f.Fd()))
}

func (c colors) paint(code, s string) string {
	if !c {
		return s
	}
	return "\x1b[" + code + "m" + s + "\x1b[0m"
}

func (c colors) green(s string) string  { return c.paint("32", s) }
func (c colors) yellow(s string) string { return c.paint("33", s) }
func (c colors) red(s string) string    { return c.paint("31", s) }
func (c colors) bold(s string) string   { return c.paint("1", s) }
func (c colors) dim(s string) string    { return c.paint("2", s) }
