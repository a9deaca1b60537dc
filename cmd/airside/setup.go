package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/airside-ls/airside/completion"
	"github.com/airside-ls/airside/completion/model/builtin"
	"github.com/airside-ls/airside/completion/model/machine"
	"github.com/airside-ls/airside/completion/model/store"
)

// setupCommand is airside setup.
type setupCommand struct {
	fetching
	open syncOpener

	model     string // a word as airside models pull takes it, "none", or ""
	vsix      string
	neovim    bool
	noEditors bool
}

// setupReport is what setup found and did; its JSON is part of the contract.
type setupReport struct {
	Machine  setupMachine   `json:"machine"`
	Models   []setupModel   `json:"models"`
	Model    *pulled        `json:"model"`    // what came; null for none
	Settings map[string]any `json:"settings"` // what was written; null where nothing was
	Config   string         `json:"config"`
	Editors  []editorSetup  `json:"editors"`
	Ready    bool           `json:"ready"` // completions would work with the network gone
}

type setupMachine struct {
	Name         string `json:"name"`
	Memory       int64  `json:"memory"` // bytes, 0 where nobody tells
	Processors   int    `json:"processors"`
	Instructions string `json:"instructions"`
	GPU          string `json:"gpu"`
	DiskFree     int64  `json:"disk_free"` // bytes, -1 where nobody tells
	Slow         bool   `json:"slow"`      // it lacks the instructions that make models quick
}

// setupModel is a model that airside knows, as it may be expected to do here.
type setupModel struct {
	Name    string  `json:"name"`
	Bytes   int64   `json:"bytes"`
	Memory  int64   `json:"memory"`
	Read    float64 `json:"expected_read_tokens_per_second"`
	Write   float64 `json:"expected_write_tokens_per_second"`
	License string  `json:"license"`
	Use     string  `json:"use"`
	Typing  string  `json:"typing"`
	Review  string  `json:"review"`
	Fits    bool    `json:"fits"`
	Here    bool    `json:"here"` // its file is here, whole
}

// gaugeFor is how long the machine is measured.
const gaugeFor = 600 * time.Millisecond

func setupCmd(std stdio, environ []string, open syncOpener) *cobra.Command {
	s := &setupCommand{fetching: fetching{modelsCommand: &modelsCommand{std: std, environ: environ}}, open: open}
	c := &cobra.Command{
		Use:   "setup",
		Short: "Get ready: measure this machine, fetch a model that fits, set up editors",
		Long: `Measures this machine, shows which models fit and how fast each may be expected to
be, fetches the one that you take (airside models pull says from where), writes into
your config.toml that it answers, sets up the editors that it finds, and ends with
airside doctor. Each step is asked first; with flags for the answers nobody is asked:

  airside setup --model qwen2.5-coder-1.5b --yes
  airside setup --model /media/stick --neovim --yes     # no network at all
  airside setup --model none --json                     # only look`,
		Args: usageArgs(cobra.NoArgs),
		RunE: s.run,
	}
	f := c.Flags()
	f.StringVar(&s.model, "model", "", `the model to take: a NAME of the table, a FILE, a FOLDER or an ADDRESS; "none" for none`)
	f.StringVar(&s.from, "from", "", `where from: "ollama", "web", a folder, a file or an address`)
	f.StringVar(&s.sum, "sha256", "", "the SHA-256 that the file has to have, in hex")
	f.StringVar(&s.vsix, "vsix", "", "the VS Code extension to install; by default one of this version that lies beside airside")
	f.BoolVar(&s.neovim, "neovim", false, "write the lines that Neovim needs into its configuration")
	f.BoolVar(&s.noEditors, "no-editors", false, "leave editors alone")
	f.BoolVar(&s.sure, "yes", false, "ask nothing: agree to what the flags say; without it nothing is changed where nobody can be asked")
	f.BoolVar(&s.asJSON, "json", false, "print what was found and done as JSON; asks nothing, and changes something only with --yes")
	logLevelFlag(c, &s.logLevel)
	return c
}

func (s *setupCommand) run(c *cobra.Command, _ []string) error {
	people := asksPeople(s.std) && !s.sure && !s.asJSON
	if people {
		s.answers = newQuestions(s.std)
	}
	options, _ := loadSettings(s.environ)
	r := setupReport{Machine: look(), Editors: []editorSetup{}}
	s.say("%s, %s of memory, instructions: %s\n", r.Machine.Name, size(r.Machine.Memory), r.Machine.Instructions)
	if r.Machine.Slow {
		s.say("This processor lacks AVX2: models of billions of parameters are of no use on it; the one in the binary is.\n")
	}
	r.Models = expect(r.Machine, time.Duration(options.WaitMs)*time.Millisecond)
	s.say("\n%s\n", renderSetup(palette(s.std.out), r.Models))
	word, err := s.choice(c, r.Models, people)
	if err != nil {
		return err
	}
	if word != "none" {
		if err := s.bring(c, word, &r); err != nil {
			return err
		}
	}
	if !s.noEditors {
		r.Editors = s.editors(c.Context())
	}
	ready := s.doctor(c, &r)
	if s.asJSON {
		e := json.NewEncoder(s.std.out)
		e.SetIndent("", "  ")
		return errors.Join(e.Encode(r), ready)
	}
	return ready
}

// say prints for people.
func (s *setupCommand) say(format string, args ...any) {
	if !s.asJSON {
		fmt.Fprintf(s.std.out, format, args...)
	}
}

// look measures nothing yet.
func look() setupMachine {
	return setupMachine{
		Name: machine.Name(), Memory: machine.Now().Total, Processors: machine.Processors(),
		Instructions: builtin.Instructions(), GPU: machine.GPU(), DiskFree: freeDisk(), Slow: builtin.Slow(),
	}
}

// expect says of each known model how it may be expected to do here.
func expect(m setupMachine, wait time.Duration) []setupModel {
	const billion = 1_000_000_000
	read, write := builtin.Gauge(gaugeFor, billion)
	var list []setupModel
	for _, k := range store.AllKnown() {
		of := setupModel{Name: k.Name, Bytes: k.Bytes, Memory: k.Memory(), License: k.License, Use: k.Use}
		of.Read, of.Write = read*billion/float64(k.Parameters), write*billion/float64(k.Parameters)
		large := m.Memory > 0 && of.Memory > m.Memory
		speed := completion.Speed{Read: of.Read, Write: of.Write}
		of.Typing, of.Review = fitForTyping(true, large, speed, wait), fitForReview(true, large, k.Parameters, speed)
		file := ownModels() + string(os.PathSeparator) + k.File
		if info, err := os.Stat(file); err == nil {
			of.Here = info.Size() == k.Bytes
		}
		of.Fits = !large && !m.Slow && (of.Here || m.DiskFree < 0 || m.DiskFree > k.Bytes)
		list = append(list, of)
	}
	return list
}

// best is the largest model that is quick enough for typing, or the smallest one that
// fits; "none" where none does.
func best(list []setupModel) string {
	name := "none"
	for _, m := range list {
		if m.Fits && (m.Typing == "yes" || name == "none") {
			name = m.Name
		}
	}
	return name
}

func renderSetup(p colors, list []setupModel) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n", p.dim(fmt.Sprintf("   %-20s %7s %8s %7s %7s  %-12s %-12s %s", "model", "size", "memory", "reads", "writes", "typing", "review", "licence; good for")))
	for _, m := range list {
		mark, note := " ", m.License+"; "+m.Use
		if m.Here {
			mark = p.green("✓")
		}
		line := fmt.Sprintf("%-20s %7s %8s %7s %7s  %-12s %-12s %s", m.Name, size(m.Bytes), size(m.Memory), "~"+perSecond(m.Read), "~"+perSecond(m.Write), m.Typing, m.Review, note)
		if !m.Fits {
			line = p.dim(line)
		}
		fmt.Fprintf(&b, "%s  %s\n", mark, line)
	}
	b.WriteString(p.dim("Reads, writes: tokens a second, as expected from a short measurement; a GPU makes it more. ✓ is here.") + "\n")
	return b.String()
}

// choice is the model to take, as airside models pull takes it.
func (s *setupCommand) choice(c *cobra.Command, list []setupModel, people bool) (string, error) {
	if s.model != "" {
		return s.model, nil
	}
	if !people {
		return "", usageError(c, fmt.Errorf("nobody can be asked here; say which model with --model (%s, a file, a folder, an address, or none)", knownNames()))
	}
	for {
		answer, answered := s.answers.ask("Which model? A name of the table, a file or a folder (a stick), or none", best(list))
		if !answered {
			return "", errors.New("nothing was changed")
		}
		i := slices.IndexFunc(list, func(m setupModel) bool { return m.Name == answer })
		switch {
		case i >= 0 && !list[i].Fits:
			fmt.Fprintf(s.std.err, "%s does not fit this machine.\n", answer)
		case i >= 0, answer == "none", strings.Contains(answer, "://"), isPlace(answer) && exists(answer):
			return answer, nil
		default:
			fmt.Fprintf(s.std.err, "There is no %s.\n", printable(answer))
		}
	}
}

// bring fetches the model and writes the settings.
func (s *setupCommand) bring(c *cobra.Command, word string, r *setupReport) error {
	backends, _, done, err := s.backends(c)
	if err != nil {
		return err
	}
	defer done()
	if known, ok := store.Find(word); ok && s.from == "" {
		for _, m := range r.Models {
			if m.Name == known.Name && !m.Fits {
				return fmt.Errorf("%s does not fit this machine: it needs %s of memory (%s there), %s of disk (%s free) and AVX2 or NEON",
					known.Name, size(m.Memory), size(r.Machine.Memory), size(m.Bytes), size(max(r.Machine.DiskFree, 0)))
			}
		}
	}
	from, err := s.origin(c.Context(), word, backends)
	if err != nil {
		return err
	}
	var got pulled
	if s.answers == nil && !s.sure && (from.ollama != "" || !from.source.Distant()) { // of an address it is said with the address
		return usageError(c, errors.New("nobody can be asked here; --yes says that you mean it"))
	}
	if from.ollama != "" {
		s.say("%s through Ollama\n", from.ollama)
		if s.answers != nil && !s.answers.yes("Have Ollama fetch it?", true) {
			return errors.New("nothing was fetched")
		}
		got, err = s.throughOllama(c.Context(), from.ollama, backends)
	} else {
		got, err = s.file(c, from)
	}
	if err != nil {
		return err
	}
	r.Model = &got
	s.say("%s %s is here\n", palette(s.std.out).green("✓"), printable(got.Model))
	wanted := map[string]any{"backend": "auto", "ollama.model": got.Model}
	if got.File != "" {
		wanted = map[string]any{"backend": "builtin", "builtin.model": got.File}
	}
	path, err := configFile()
	if err != nil {
		return err
	}
	if s.answers != nil && !s.answers.yes("Write into "+path+" that it answers?", true) {
		return nil
	}
	if r.Config, err = changeConfig(wanted); err != nil {
		return err
	}
	r.Settings = wanted
	s.say("%s it answers, by %s\n", palette(s.std.out).green("✓"), printable(r.Config))
	return nil
}

// doctor ends it. The error is nil where completions would work without a network.
func (s *setupCommand) doctor(c *cobra.Command, r *setupReport) error {
	std := s.std
	if s.asJSON {
		std.out = discarded{}
	}
	s.say("\n")
	root := rootCommand(std, s.environ, s.open)
	root.SetArgs([]string{"doctor"})
	root.SetOut(std.out)
	root.SetErr(std.err)
	err := root.ExecuteContext(c.Context())
	r.Ready = err == nil
	return err
}

// discarded takes everything.
type discarded struct{}

func (discarded) Write(p []byte) (int, error) { return len(p), nil }
func (discarded) Close() error                { return nil }
