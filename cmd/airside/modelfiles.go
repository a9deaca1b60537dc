package main

import (
	"cmp"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/airside-ls/airside/completion/model/builtin"
	"github.com/airside-ls/airside/completion/model/ollama"
	"github.com/airside-ls/airside/lsp/settings"
)

// modelFile is a GGUF file on this machine.
type modelFile struct {
	name, path string
	bytes      int64
	ollama     bool // it is in Ollama's folder, and has Ollama's name
}

// maxModelFiles bounds how many files of a folder are looked at.
const maxModelFiles = 200

// ollamaFolders are where Ollama may keep its models: where its variable says, a
// user's own, and a service's.
func ollamaFolders() []string {
	var list []string
	if dir := os.Getenv("OLLAMA_MODELS"); dir != "" {
		list = append(list, dir)
	}
	if home, err := os.UserHomeDir(); err == nil {
		list = append(list, filepath.Join(home, ".ollama", "models"))
	}
	return append(list, "/usr/share/ollama/.ollama/models")
}

// modelFolders are where GGUF files may lie: beside those that the settings name, in
// airside's own folder of models, and in llama.cpp's.
func modelFolders(o settings.Options) []string {
	var list []string
	for _, file := range []string{o.BuiltinModel, o.LlamaCppModel} {
		if file != "" && file != builtin.None {
			list = append(list, filepath.Dir(file))
		}
	}
	if dir := ownModels(); dir != "" {
		list = append(list, dir)
	}
	if cache, err := os.UserCacheDir(); err == nil {
		list = append(list, filepath.Join(cache, "llama.cpp"))
	}
	return list
}

// ownModels is airside's own folder of models, "" where there is no place for one.
func ownModels() string {
	if data := os.Getenv("XDG_DATA_HOME"); data != "" {
		return filepath.Join(data, "airside", "models")
	}
	if home, err := os.UserHomeDir(); err == nil {
		return filepath.Join(home, ".local", "share", "airside", "models")
	}
	return ""
}

// modelFiles are the GGUF files on this machine, each once: those of modelFolders,
// and Ollama's if they may be used.
func modelFiles(o settings.Options) []modelFile {
	var list []modelFile
	known := map[string]bool{}
	for _, dir := range modelFolders(o) {
		entries, _ := os.ReadDir(dir)
		for _, e := range entries[:min(len(entries), maxModelFiles)] {
			path := filepath.Join(dir, e.Name())
			info, err := os.Stat(path)
			if !strings.EqualFold(filepath.Ext(path), ".gguf") || known[path] || err != nil || !info.Mode().IsRegular() {
				continue
			}
			known[path] = true
			list = append(list, modelFile{name: e.Name(), path: path, bytes: info.Size()})
		}
	}
	if !o.BuiltinOllamaFiles {
		return list
	}
	for _, s := range ollama.ListStored(ollamaFolders()) {
		list = append(list, modelFile{name: s.Name, path: s.File, bytes: s.Bytes, ollama: true})
	}
	return list
}

// instead names the models on this machine that take less than so many bytes of
// memory, the two largest of them.
func instead(o settings.Options) func(int64) string {
	return func(bytes int64) string {
		fits := slices.DeleteFunc(modelFiles(o), func(f modelFile) bool {
			about, err := builtin.Look(f.path, builtin.Options{ContextTokens: o.ContextTokens})
			return err != nil || !about.Inserts || about.Total() > bytes
		})
		slices.SortStableFunc(fits, func(a, b modelFile) int { return cmp.Compare(b.bytes, a.bytes) })
		var names []string
		for _, f := range fits[:min(len(fits), 2)] {
			names = append(names, f.name+" ("+size(f.bytes)+")")
		}
		return strings.Join(names, " or ")
	}
}
