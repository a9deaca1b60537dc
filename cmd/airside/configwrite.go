package main

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/airside-ls/airside/gitsync/durable"
	"github.com/airside-ls/airside/lsp/settings"
)

// maxConfig bounds a config.toml, in bytes.
const maxConfig = 1 << 20

// changeConfig sets settings in the user's config.toml, nil taking one out, and
// returns the file's path. What else stands in the file stays as it is.
func changeConfig(values map[string]any) (path string, err error) {
	if path, err = configFile(); err != nil {
		return "", err
	}
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real // a link into a repository of dotfiles stays one
	}
	text, err := durable.ReadFile(path, maxConfig)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return path, err
	}
	after, err := settings.SetTOML(string(text), values)
	if err != nil {
		return path, unwritten(path, err, values)
	}
	if after == string(text) {
		return path, nil
	}
	mode := fs.FileMode(0o600)
	if info, err := os.Stat(path); err == nil {
		mode = info.Mode().Perm()
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return path, unwritten(path, err, values)
	}
	if err := durable.WriteFile(durable.OS, path, []byte(after), mode); err != nil {
		return path, unwritten(path, err, values)
	}
	return path, nil
}

// unwritten says what the user can write instead.
func unwritten(path string, err error, values map[string]any) error {
	text, problem := settings.SetTOML("", values)
	if problem != nil {
		return err
	}
	return fmt.Errorf("%s was not changed (%w); write this into it:\n%s", path, err, strings.TrimSpace(text))
}

// overridden names those of some settings that the environment sets, too: there a
// config.toml does not count.
func overridden(environ []string, values map[string]any) []string {
	var names []string
	for _, f := range settings.Fields() {
		if _, ok := values[f.Name]; ok && slices.ContainsFunc(environ, func(e string) bool { return strings.HasPrefix(e, f.Env+"=") }) {
			names = append(names, f.Env)
		}
	}
	return names
}

// asValues are settings as [changeConfig] takes them.
func asValues(list map[string]string) map[string]any {
	values := map[string]any{}
	for name := range maps.Keys(list) {
		values[name] = list[name]
	}
	return values
}
