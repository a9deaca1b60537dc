package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/model/builtin"
	"github.com/airside-ls/airside/completion/model/machine"
	"github.com/airside-ls/airside/completion/model/store"
	"github.com/airside-ls/airside/lsp/ext"
)

// chosen is what airside models use wrote; its JSON is part of the contract.
type chosen struct {
	Backend  string         `json:"backend"`
	Model    string         `json:"model"`
	File     string         `json:"file,omitempty"`
	Settings map[string]any `json:"settings"` // null takes one out
	Config   string         `json:"config"`   // the file they are in
}

func (m *modelsCommand) useCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "use NAME | FILE",
		Short: "Have a model answer from now on: write it into your config.toml",
		Long: `Writes into your config.toml that this model answers: one of those that airside
models lists, or a GGUF file. "builtin" is the small model inside the binary, and
"auto" has airside choose anew each time. What else stands in the file stays as it is.

An editor takes it when it starts airside the next time, and at once by its own
command (airside.model.select).`,
		Args: usageArgs(cobra.ExactArgs(1)),
		RunE: m.use,
	}
}

func (m *modelsCommand) use(c *cobra.Command, args []string) error {
	backends, _, done, err := m.backends(c)
	if err != nil {
		return err
	}
	defer done()
	row, err := m.named(c, args[0], backends)
	if err != nil {
		return err
	}
	got, err := m.choose(row)
	if err != nil {
		return err
	}
	if m.asJSON {
		return json.NewEncoder(m.std.out).Encode(got)
	}
	p := palette(m.std.out)
	name := got.Model
	if name == "" {
		name = got.Backend
	}
	fmt.Fprintf(m.std.out, "%s %s answers from now on, by %s\n", p.green("✓"), p.bold(printable(name)), printable(got.Config))
	for _, name := range overridden(m.environ, got.Settings) {
		fmt.Fprintf(m.std.out, "%s but %s in the environment says otherwise, and counts more\n", p.yellow("!"), name)
	}
	return nil
}

// choose writes the settings by which a model answers.
func (m *modelsCommand) choose(row ext.Model) (chosen, error) {
	if row.File != "" && row.Backend == "builtin" {
		if err := builtin.Fits(row.File, builtin.Options{ContextTokens: m.options.ContextTokens, Instead: instead(m.options)}, machine.Now().Total); err != nil {
			return chosen{}, fmt.Errorf("%s is too large for this machine: %w", row.Model, err)
		}
	}
	got := chosen{Backend: row.Backend, Model: row.Model, File: row.File, Settings: asValues(row.Settings)}
	if row.Backend == "builtin" && row.File == "" {
		got.Settings["builtin.model"] = nil
	}
	var err error
	got.Config, err = changeConfig(got.Settings)
	return got, err
}

// named is the model that a word means.
func (m *modelsCommand) named(c *cobra.Command, word string, backends []model.Backend) (ext.Model, error) {
	switch word {
	case "auto", "builtin":
		return ext.Model{Backend: word, Settings: map[string]string{"backend": word}}, nil
	}
	if known, ok := store.Find(word); ok && ownModels() != "" {
		if file := filepath.Join(ownModels(), known.File); exists(file) {
			return fileRow(file, m)
		}
	}
	if isPlace(word) && exists(word) {
		return fileRow(word, m)
	}
	t := modelTable{options: m.options, backends: backends, log: m.log}
	t.collect(c.Context(), model.Info{})
	names := []string{word, word + store.Suffix, word + ":latest"}
	if known, ok := store.Find(word); ok {
		names = append(names, known.Ollama)
	}
	i := slices.IndexFunc(t.rows, func(r ext.Model) bool { return r.Error == "" && slices.Contains(names, r.Model) })
	if i < 0 {
		return ext.Model{}, fmt.Errorf("%.100q is not on this machine; there are %s; airside models pull fetches others", word, namesOf(t.rows))
	}
	return t.rows[i], nil
}

func exists(file string) bool {
	_, err := os.Stat(file)
	return err == nil
}

// fileRow is a GGUF file as a row of the table, or why the engine cannot run it.
func fileRow(file string, m *modelsCommand) (ext.Model, error) {
	path, err := filepath.Abs(file)
	if err != nil {
		return ext.Model{}, err
	}
	if _, err := builtin.Look(path, builtin.Options{ContextTokens: m.options.ContextTokens}); err != nil {
		return ext.Model{}, err
	}
	return ext.Model{Backend: "builtin", Model: filepath.Base(path), File: path, Settings: map[string]string{"backend": "builtin", "builtin.model": path}}, nil
}

func (m *modelsCommand) removeCmd() *cobra.Command {
	sure := false
	c := &cobra.Command{
		Use:   "remove NAME",
		Short: "Remove a model from airside's own folder; asks first",
		Long: `Removes a model's file from airside's own folder of models, and what there is of it
in parts. Other folders' files and Ollama's models (ollama rm) are not airside's to
remove.`,
		Args: usageArgs(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, args []string) error { return m.remove(c, args[0], sure) },
	}
	c.Flags().BoolVar(&sure, "yes", false, "do not ask")
	return c
}

func (m *modelsCommand) remove(c *cobra.Command, word string, sure bool) error {
	options, _ := loadSettings(m.environ)
	m.options, m.log = options, slog.New(slog.DiscardHandler)
	dir := ownModels()
	if dir == "" {
		return errors.New("there is no home folder that could have models")
	}
	name := filepath.Base(word)
	if known, ok := store.Find(word); ok {
		name = known.File
	} else if !strings.EqualFold(filepath.Ext(name), store.Suffix) {
		name += store.Suffix
	}
	list, err := store.Open(dir).List()
	if err != nil {
		return err
	}
	at := filepath.Join(dir, name)
	if abs, err := filepath.Abs(word); filepath.IsAbs(word) && (err != nil || abs != at) || !slices.ContainsFunc(list, func(e store.Entry) bool { return e.Name == name }) {
		return fmt.Errorf("%.100q is not in %s; Ollama's models are removed by: ollama rm NAME", word, dir)
	}
	used := options.BuiltinModel == at
	if !sure {
		if !asksPeople(m.std) {
			return usageError(c, errors.New("nobody can be asked here; --yes says that you mean it"))
		}
		question := "Remove " + name + "?"
		if used {
			question = "Remove " + name + "? It is the one that builtin.model names; that setting goes, too."
		}
		if !newQuestions(m.std).yes(question, false) {
			_, err := fmt.Fprintln(m.std.out, "Nothing was removed.")
			return err
		}
	}
	freed, err := store.Open(dir).Remove(name)
	if err != nil {
		return err
	}
	if used {
		if _, err := changeConfig(map[string]any{"builtin.model": nil}); err != nil {
			return err
		}
	}
	if m.asJSON {
		return json.NewEncoder(m.std.out).Encode(map[string]any{"model": name, "freed_bytes": freed})
	}
	p := palette(m.std.out)
	_, err = fmt.Fprintf(m.std.out, "%s %s is gone, %s are free again\n", p.green("✓"), p.bold(printable(name)), size(freed))
	return err
}
