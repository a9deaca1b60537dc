package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/model/builtin"
	"github.com/airside-ls/airside/completion/model/machine"
	"github.com/airside-ls/airside/completion/model/store"
	"github.com/airside-ls/airside/lsp/ext"
)

// fetching is what airside models pull and airside setup share: from where a model
// comes, and how it gets here.
type fetching struct {
	*modelsCommand
	from, sum, to string
	sure          bool
	answers       *questions // nil: nobody was asked anything yet
}

func (m *modelsCommand) pullCmd() *cobra.Command {
	f := &fetching{modelsCommand: m}
	c := &cobra.Command{
		Use:   "pull NAME | FILE | FOLDER | ADDRESS",
		Short: "Fetch a model while there is a network, or from a stick",
		Long: `Brings a model onto this machine and waits until it is there, whole:

  NAME     one that airside knows (airside setup shows them): from the mirror that
           models.mirror names, through Ollama where it runs, or from its makers'
           address, which is shown first. Any other name is Ollama's.
  FILE     a GGUF file, of a stick or a share
  FOLDER   the GGUF file in it
  ADDRESS  https://…, with the --sha256 that the file has to have

A file comes into airside's own folder of models. It has its name there only once all
of it has come, its SHA-256 is the right one and the engine can run it. What was
fetched before an interruption is kept, and the same command goes on. airside itself
asks nobody but the address that is shown, or Ollama, at ollama.url.`,
		Example: "  airside models pull qwen2.5-coder-1.5b\n  airside models pull /media/stick\n  airside models pull codellama:7b-code --from ollama\n  airside models pull qwen2.5-coder-1.5b --to /media/stick",
		Args:    usageArgs(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, args []string) error {
			got, err := f.run(c, args[0])
			if err != nil {
				return err
			}
			return f.report(got)
		},
	}
	c.Flags().StringVar(&f.from, "from", "", `where from: "ollama", "web" (its makers' address), a folder, a file or an address`)
	c.Flags().StringVar(&f.sum, "sha256", "", "the SHA-256 that the file has to have, in hex")
	c.Flags().StringVar(&f.to, "to", "", "the folder to bring it to, such as a stick's; airside's own if none is named")
	c.Flags().BoolVar(&f.sure, "yes", false, "do not ask before an address is contacted, and replace another file of that name")
	return c
}

func knownNames() string {
	var names []string
	for _, k := range store.AllKnown() {
		names = append(names, k.Name)
	}
	return strings.Join(names, ", ")
}

// origin is where a model comes from.
type origin struct {
	ollama string // its name there; "" for a file
	source store.Source
	wanted store.Wanted
	said   string // for people, before anything is contacted
}

// pulled is a model that is there; its JSON is part of the contract.
type pulled struct {
	Backend string `json:"backend"`
	Model   string `json:"model"`
	File    string `json:"file,omitempty"`
	Bytes   int64  `json:"bytes,omitempty"`
	SHA256  string `json:"sha256,omitempty"`
	Was     bool   `json:"was_there,omitempty"`
}

// run brings the model that a word names.
func (f *fetching) run(c *cobra.Command, word string) (pulled, error) {
	backends, _, done, err := f.backends(c)
	if err != nil {
		return pulled{}, err
	}
	defer done()
	o, err := f.origin(c.Context(), word, backends)
	if err != nil {
		return pulled{}, err
	}
	if o.ollama != "" {
		return f.throughOllama(c.Context(), o.ollama, backends)
	}
	return f.file(c, o)
}

// origin decides from where. Only Ollama is asked whether it is there.
func (f *fetching) origin(ctx context.Context, word string, backends []model.Backend) (origin, error) {
	known, isKnown := store.Find(word)
	from := f.from
	if from == "" && isKnown && f.options.ModelsMirror != "" {
		from = f.options.ModelsMirror
	}
	switch {
	case strings.Contains(word, "://"):
		return f.atAddress(word)
	case from == "" && !isKnown && isPlace(word):
		return f.atPlace(word, "")
	case from == "" && !isKnown && isFileName(word):
		return origin{}, fmt.Errorf("%.100q is a name, and airside knows %s; a file of this folder is written ./%.100s", word, knownNames(), word)
	case from == "ollama" && isKnown:
		return origin{ollama: known.Ollama}, nil
	case from == "ollama", from == "" && !isKnown:
		return origin{ollama: word}, nil
	case from == "" && f.to == "" && ollamaRuns(ctx, backends):
		return origin{ollama: known.Ollama}, nil
	case isKnown && (from == "" || from == "web"):
		return f.atAddress(known.Address)
	case strings.Contains(from, "://") && isKnown:
		return f.atAddress(known.AtMirror(from))
	case strings.Contains(from, "://"):
		u, err := url.Parse(from)
		if err != nil {
			return origin{}, fmt.Errorf("%q is no address", from)
		}
		return f.atAddress(u.JoinPath(word).String())
	case from == "web":
		return origin{}, fmt.Errorf("airside knows no address of %.100q; it knows %s", word, knownNames())
	}
	name := word
	if isKnown {
		name = known.File
	}
	return f.atPlace(from, name)
}

// isPlace tells a file or a folder by how it is written: a word without a separator is a
// name, whatever lies in the current folder. Ollama's names may have one.
func isPlace(word string) bool {
	return filepath.IsAbs(word) || word == "." || word == ".." ||
		strings.ContainsAny(word, "/"+string(filepath.Separator)) && (strings.HasPrefix(word, ".") || exists(word) || isFileName(word))
}

func isFileName(word string) bool { return strings.EqualFold(filepath.Ext(word), store.Suffix) }

func (f *fetching) atAddress(address string) (origin, error) {
	line := func(host string) { fmt.Fprintf(f.std.err, "which leads to %s\n", printable(host)) }
	source, err := store.NewWeb(address, line)
	if err != nil {
		return origin{}, err
	}
	u, err := url.Parse(address)
	if err != nil {
		return origin{}, err
	}
	return f.pinned(source, path.Base(u.Path))
}

// atPlace is a file, or that of a name in a folder, or the only one in it.
func (f *fetching) atPlace(place, name string) (origin, error) {
	info, err := os.Stat(place)
	switch {
	case err != nil:
		return origin{}, err
	case info.IsDir() && name != "":
		if !strings.EqualFold(filepath.Ext(name), store.Suffix) {
			name += store.Suffix
		}
		place = filepath.Join(place, name)
	case info.IsDir():
		list, err := store.Open(place).List()
		if err != nil {
			return origin{}, err
		}
		var names []string
		for _, e := range list {
			if !e.Part {
				names = append(names, e.Name)
			}
		}
		if len(names) != 1 {
			return origin{}, fmt.Errorf("%s has %d GGUF files, and not one alone: name one (%s)", place, len(names), strings.Join(names[:min(len(names), 10)], ", "))
		}
		place = filepath.Join(place, names[0])
	}
	if place, err = filepath.Abs(place); err != nil {
		return origin{}, err
	}
	return f.pinned(store.File(place), filepath.Base(place))
}

// pinned says which file has to come: by what the user says, what airside knows of
// its name, or a list of sums beside it.
func (f *fetching) pinned(source store.Source, name string) (origin, error) {
	o := origin{source: source, wanted: store.Wanted{Name: name, SHA256: f.sum}, said: fmt.Sprintf("%s from %s", name, source)}
	if f.sum != "" && !isSum(f.sum) {
		return o, fmt.Errorf("%.80q is no SHA-256: that has 64 digits, 0 to 9 and a to f", f.sum)
	}
	if known, ok := store.Find(name); ok && f.sum == "" {
		o.wanted = known.Wanted()
		o.said = fmt.Sprintf("%s (%s, %s) from %s", known.Name, size(known.Bytes), known.License, source)
	}
	if file, ok := source.(store.File); ok && o.wanted.SHA256 == "" {
		o.wanted.SHA256 = sumBeside(string(file))
	}
	if source.Distant() && o.wanted.SHA256 == "" {
		return o, fmt.Errorf("nothing says which file %s has to have: name its SHA-256 with --sha256", source)
	}
	return o, store.CheckName(name)
}

func isSum(text string) bool {
	return len(text) == 64 && strings.Trim(strings.ToLower(text), "0123456789abcdef") == ""
}

// sumBeside is the SHA-256 of a file by a SHA256SUMS in its folder, "" for none.
func sumBeside(file string) string {
	f, err := os.Open(filepath.Join(filepath.Dir(file), "SHA256SUMS"))
	if err != nil {
		return ""
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		sum, name, _ := strings.Cut(lines.Text(), " ")
		if strings.TrimLeft(name, " *") == filepath.Base(file) && isSum(sum) {
			return sum
		}
	}
	return ""
}

// ollamaRuns asks Ollama alone.
func ollamaRuns(ctx context.Context, backends []model.Backend) bool {
	for _, b := range backends {
		if lister, ok := b.(model.Lister); ok && b.Name() == "ollama" {
			limited, cancel := context.WithTimeout(ctx, listTimeout)
			defer cancel()
			_, err := lister.List(limited)
			return err == nil
		}
	}
	return false
}

// file brings a file.
func (f *fetching) file(c *cobra.Command, o origin) (pulled, error) {
	dir := f.to
	if dir == "" {
		if dir = ownModels(); dir == "" {
			return pulled{}, errors.New("there is no home folder to keep models in; name one with --to")
		}
		if total := machine.Now().Total; total > 0 && o.wanted.Bytes > total {
			return pulled{}, fmt.Errorf("%s has %s, and this machine %s of memory: it would be of no use here; take a smaller one, or --to a stick for another machine",
				o.wanted.Name, size(o.wanted.Bytes), size(total))
		}
	}
	if o.source.Distant() {
		if err := f.agreed(c, o.said); err != nil {
			return pulled{}, err
		}
	}
	line := newProgressLine(f.std.err, f.std.language)
	meter := pullMeter{started: time.Now()}
	o.wanted.Progress = func(done, of int64) {
		line.show(meter.line(model.Transfer{What: o.wanted.Name, Done: done, Total: of}, time.Now()))
	}
	o.wanted.Check = func(path string) error {
		line.show("looking at " + o.wanted.Name)
		_, err := builtin.Look(path, builtin.Options{ContextTokens: f.options.ContextTokens})
		return err
	}
	o.wanted.Replace = f.sure
	got, err := store.Open(dir).Receive(c.Context(), o.wanted, o.source)
	line.clear()
	if c.Context().Err() != nil {
		return pulled{}, errors.New("interrupted; what came by then is kept, and the same command goes on")
	}
	if err != nil {
		return pulled{}, err
	}
	return pulled{"builtin", o.wanted.Name, got.Path, got.Bytes, got.SHA256, got.Was}, nil
}

// agreed shows what will be contacted, and asks.
func (f *fetching) agreed(c *cobra.Command, said string) error {
	fmt.Fprintln(f.std.err, printable(said))
	if f.sure {
		return nil
	}
	if f.asJSON || !asksPeople(f.std) {
		return usageError(c, errors.New("nobody can be asked here whether this address may be contacted; --yes says so"))
	}
	if f.answers == nil {
		f.answers = newQuestions(f.std)
	}
	if !f.answers.yes("Fetch it from there?", true) {
		return errors.New("nothing was contacted")
	}
	return nil
}

func (f *fetching) throughOllama(ctx context.Context, name string, backends []model.Backend) (pulled, error) {
	var puller model.Puller
	for _, b := range backends {
		if p, ok := b.(model.Puller); ok {
			puller = p
		}
		if u, ok := b.(model.UnusableBackend); ok && u.BackendName == "ollama" {
			return pulled{}, u.Err
		}
	}
	if puller == nil {
		return pulled{}, errors.New("no backend can fetch models")
	}
	line := newProgressLine(f.std.err, f.std.language)
	meter := pullMeter{started: time.Now()}
	err := puller.Pull(ctx, name, func(t model.Transfer) { line.show(meter.line(t, time.Now())) })
	line.clear()
	if ctx.Err() != nil {
		return pulled{}, errors.New("interrupted; what was fetched is kept by Ollama, and the same command goes on")
	}
	return pulled{Backend: "ollama", Model: name}, err
}

// report says what is there now.
func (f *fetching) report(got pulled) error {
	if f.asJSON && got.File == "" {
		return json.NewEncoder(f.std.out).Encode(ext.ModelArguments{Backend: got.Backend, Model: got.Model})
	}
	if f.asJSON {
		return json.NewEncoder(f.std.out).Encode(got)
	}
	p := palette(f.std.out)
	if got.File == "" {
		return f.std.tell("%s %s is installed in Ollama; `airside doctor` tries it", p.green("✓"), p.bold(printable(got.Model)))
	}
	said := "is there, whole"
	if got.Was {
		said = "was there already, whole"
	}
	next := "airside models use " + got.Model
	if f.to != "" {
		next = "airside models pull " + got.File
	}
	_, err := fmt.Fprintf(f.std.out, "%s %s %s: %s, SHA-256 %s…\n  %s\n  Next: %s\n", p.green("✓"), p.bold(printable(got.Model)), said, size(got.Bytes), got.SHA256[:12], printable(got.File), printable(next))
	return err
}
