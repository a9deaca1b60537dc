package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/airside-ls/airside/completion"
	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/lsp/editor"
	"github.com/spf13/cobra"
	"golang.org/x/term"
)

// doctorTimeout bounds one backend's check; a large model may have to be
// loaded from a slow disk first.
const doctorTimeout = 2 * time.Minute

func doctorCmd(std stdio, environ []string, open syncOpener) *cobra.Command {
	var asJSON, network, prove bool
	var logLevel, words string
	c := &cobra.Command{
		Use:   "doctor",
		Short: "Tell whether everything is ready for a flight",
		Long: `Looks for every backend, has each that answers do one real insert, and says
which one completions will come from. Tells whether the repository of the current
folder and all that have opted in to sync are kept in step, which editors are set up,
and for each problem the command that mends it. Exits with 0 only if completions would
work with the network gone; on Linux the built-in engine proves it by one in a network
namespace of its own, where the system allows that.

With --network it asks nobody, and prints the addresses that airside may contact by
these settings: servers of models, and the remotes of every repository that you have
opted in to sync. Nothing else is contacted. Programs that git runs for you, such as
credential helpers, are not airside's.`,
		Args: usageArgs(cobra.NoArgs),
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print the findings as JSON")
	c.Flags().BoolVar(&prove, "prove", false, "prove that completions work without a network, even if that takes some seconds")
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
		editors := make(chan []editorCheck, 1)
		go func() { editors <- checkEditors(c.Context(), ofHome()) }()
		for _, e := range errs {
			report.Settings = append(report.Settings, e.Error())
		}
		report.Enabled = opts.CompletionEnabled
		report.Version, _ = buildVersion()
		for _, b := range backends(opts, log) {
			ctx, cancel := context.WithTimeout(c.Context(), doctorTimeout)
			check := completion.CheckBackend(ctx, b)
			report.add(check)
			if check.Err == nil && check.Chats && report.Review == nil {
				report.Review = askReview(ctx, b)
			}
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
		if report.Repositories, err = flightRepositories(c.Context(), environ, open, opts, log); err != nil {
			log.Warn("repositories that take part in sync cannot be listed", "error", err)
		}
		report.Editors, report.DiskFree, report.SavesBattery = <-editors, freeDisk(), savesPower()
		if std.leave != nil && report.Offline == "builtin" && report.OK {
			report.prove(c.Context(), environ, prove)
		}
		report.find(time.Now())
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

	Review *reviewCheck `json:"review"` // null where no model converses
	// Proved says that a completion was made where there is no network; ProofError why
	// none was, where one was tried.
	Proved     bool   `json:"proved"`
	ProofError string `json:"proof_error,omitempty"`

	Editors      []editorCheck      `json:"editors"`
	Repositories []flightRepository `json:"repositories"` // all that have opted in
	DiskFree     int64              `json:"disk_free"`    // bytes; -1: nobody tells
	SavesBattery bool               `json:"saves_battery"`
	Problems     []problem          `json:"problems"`

	Memory memoryCheck `json:"memory"` // what is learned of the repository

	Statistics []modelStatistics `json:"statistics"` // of use, the model used last first

	said editor.Capabilities // the language and the words in which it is told
}

// reviewCheck is one short question to a model that converses.
type reviewCheck struct {
	Backend string  `json:"backend"`
	TookMS  float64 `json:"took_ms"`
	Error   string  `json:"error,omitempty"`
}

func askReview(ctx context.Context, b model.Backend) *reviewCheck {
	took, err := completion.CheckReview(ctx, b)
	r := &reviewCheck{Backend: b.Name(), TookMS: ms(took)}
	if err != nil {
		r.Error = err.Error()
	}
	return r
}

// quickInsert is how long an insert may have taken for one more to be made as a proof,
// unasked.
const quickInsert = 800 * time.Millisecond

// prove has a completion made without a network.
func (d *diagnosis) prove(ctx context.Context, environ []string, asked bool) {
	for _, b := range d.Backends {
		if b.Name == "builtin" && b.TookMS > ms(quickInsert) && !asked {
			return
		}
	}
	err := proveOffline(ctx, environ)
	var open unproved
	switch {
	case err == nil:
		d.Proved = true
	case errors.As(err, &open):
		d.ProofError = err.Error()
	default:
		d.ProofError, d.OK = err.Error(), false
	}
}

// unproved is why a proof says nothing.
type unproved string

func (u unproved) Error() string { return string(u) }

const errUnproved = unproved("this system lets nobody do without its network")

// proofSample is code in which the model in the binary, too, has something to say, at
// line 8.
const proofSample = "package p\n\nimport \"os\"\n\nfunc Read(name string) ([]byte, error) {\n\tdata, err := os.ReadFile(name)\n\tif err != nil {\n\t\t\n\t}\n\treturn data, nil\n}\n"

// find collects the problems.
func (d *diagnosis) find(now time.Time) {
	d.Problems = []problem{}
	for _, s := range d.Settings {
		path, _ := configFile()
		d.Problems = append(d.Problems, problem{s, "edit " + path})
	}
	if d.Offline == "builtin" && d.builtinSmall() {
		d.Problems = append(d.Problems, problem{"only the small built-in model is here, for line ends", "airside setup"})
	}
	if d.Review != nil && d.Review.Error != "" {
		d.Problems = append(d.Problems, problem{"the model answers no questions: " + d.Review.Error, "airside models --measure"})
	}
	configured := false
	for _, e := range d.Editors {
		configured = configured || e.Configured
	}
	for _, e := range d.Editors {
		if e.Mend != "" && !configured {
			d.Problems = append(d.Problems, problem{e.Name + " is not set up", e.Mend})
		}
		if !e.Enough {
			d.Problems = append(d.Problems, problem{e.Name + " " + e.Version + " is " + e.Note, "update " + e.Name})
		}
	}
	for _, r := range d.Repositories {
		d.Problems = append(d.Problems, r.problems(now)...)
	}
	d.Problems = append(d.Problems, machineProblems(d.DiskFree)...)
}

// builtinSmall tells whether the built-in engine has the model in the binary.
func (d *diagnosis) builtinSmall() bool {
	for _, b := range d.Backends {
		if b.Name == "builtin" && b.OK {
			return !filepath.IsAbs(b.Endpoint)
		}
	}
	return false
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
	if r := d.Review; r != nil && r.Error == "" {
		fmt.Fprintf(&b, "%s review     %s answers a question in %.0f ms\n", p.green("✓"), r.Backend, r.TookMS)
	}
	if d.Proved {
		fmt.Fprintf(&b, "%s offline    a completion was made in a network without anybody\n", p.green("✓"))
	} else if d.ProofError != "" {
		fmt.Fprintf(&b, "%s offline    %s\n", p.yellow("!"), printable(d.ProofError))
	}
	printEditors(&b, p, d.Editors)
	d.Repository.print(&b, p, time.Now())
	printRepositories(&b, p, d.Repositories, time.Now())
	d.Remotes.print(&b, p)
	d.Memory.print(&b, p)
	for _, s := range d.Settings {
		fmt.Fprintf(&b, "%s setting    %s\n", p.yellow("!"), printable(s))
	}
	if d.DiskFree >= 0 {
		mark := p.green("✓")
		if d.DiskFree < leastDisk {
			mark = p.yellow("!")
		}
		fmt.Fprintf(&b, "%s disk       %s free\n", mark, size(d.DiskFree))
	}
	if d.SavesBattery {
		fmt.Fprintf(&b, "%s battery    is being saved: nothing is read ahead, and a model may be slower\n", p.yellow("!"))
	}
	d.printStatistics(&b)
	if len(d.Problems) > 0 {
		b.WriteString("\nWhat to do:\n")
	}
	for _, pr := range d.Problems {
		fmt.Fprintf(&b, "  %s: %s\n", printable(pr.What), p.bold(printable(pr.Mend)))
	}
	b.WriteString("\n")
	switch {
	case !d.Enabled:
		fmt.Fprintf(&b, "%s Completions are switched off; set completion.enabled = true.\n", p.red("✗"))
	case d.Chosen == "":
		fmt.Fprintf(&b, "%s No backend works. Start Ollama or llama-server, or remove builtin.model to use the small model inside the binary.\n", p.red("✗"))
	case d.Offline != "" && !d.OK:
		fmt.Fprintf(&b, "%s %s inserts, but no completion came without the network.\n", p.red("✗"), d.Offline)
	case !d.OK:
		fmt.Fprintf(&b, "%s %s answers, but not with the network gone. Get a model onto this machine.\n", p.red("✗"), d.Chosen)
	default:
		fmt.Fprintf(&b, "%s Ready to fly: completions come from %s.\n", p.green("✓"), p.bold(d.Offline))
		if d.Chosen != d.Offline {
			fmt.Fprintf(&b, "  As long as %s is in reach they come from there.\n", d.Chosen)
		}
		if d.Offline == "builtin" && d.builtinSmall() {
			b.WriteString("  The small built-in model is for line ends. For more, install a real one:\n  airside setup\n")
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
