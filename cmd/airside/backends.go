package main

import (
	"errors"
	"log/slog"
	"os"
	"slices"
	"time"

	"github.com/airside-ls/airside/completion"
	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/model/builtin"
	"github.com/airside-ls/airside/completion/model/machine"
	"github.com/airside-ls/airside/completion/model/ollama"
	"github.com/airside-ls/airside/completion/model/samefile"
	"github.com/airside-ls/airside/completion/model/servers"
	"github.com/airside-ls/airside/lsp/settings"
)

// engineOptions makes the engine's options from the settings.
func engineOptions(o settings.Options, log *slog.Logger) completion.Options {
	opts := engineTuning(o, log)
	opts.Backends = backends(o, log)
	return opts
}

// engineTuning is engineOptions without the backends.
func engineTuning(o settings.Options, log *slog.Logger) completion.Options {
	return completion.Options{
		Disabled: !o.CompletionEnabled, MaxTokens: o.MaxTokens, Log: log,
		Wait:     time.Duration(o.WaitMs) * time.Millisecond,
		Debounce: time.Duration(o.DebounceMs) * time.Millisecond,
		// Zero would be the engine's own default.
		Forgetful: !o.BuiltinMemory, Confidence: max(float64(o.BuiltinConfidence)/100, 1e-9),
		Definitions: o.CompletionDefinitions, NoDefinitions: o.DefinitionsExclude.List(),
		Secrecy: secrecyRules(o), Where: where(o),
	}
}

// where says where suggestions are made.
func where(o settings.Options) completion.Coverage {
	w := completion.Coverage{Languages: o.CompletionLanguages.List(), Exclude: o.CompletionExclude.List()}
	if home, err := os.UserHomeDir(); err == nil {
		w.Home = home
	}
	return w
}

// backendSettings are those settings for which backends are made.
func backendSettings(o settings.Options) settings.Options {
	o.CompletionEnabled, o.MaxTokens, o.DebounceMs = false, 0, 0
	o.CompletionLanguages, o.CompletionExclude = "", ""
	o.CompletionDefinitions, o.DefinitionsExclude, o.NextEdits = false, "", false
	o.WaitMs, o.ReadAhead = 0, false
	o.BuiltinMemory, o.BuiltinConfidence = false, 0
	o.PrivacySecrets, o.PrivacyHere = "", false
	o.ModelsMirror = ""
	o.SyncEnabled, o.SyncBranches, o.SyncIntervalSeconds, o.SyncApplyStructured = false, "", 0, false
	o.SyncMarkMinutes, o.SyncHookSeconds = 0, 0
	return o
}

// backends makes those that are asked, best first: the one that the settings name,
// alone; or a server of the network if one is named, Ollama, llama-server and the
// model in the binary.
func backends(o settings.Options, log *slog.Logger) []model.Backend {
	if o.Backend == "auto" {
		return everyBackend(o, log)
	}
	return []model.Backend{makers[o.Backend](o, log)}
}

// makers of backends by their names.
var makers = map[string]func(settings.Options, *slog.Logger) model.Backend{
	"openai": newOpenAI, "ollama": newOllama, "llamacpp": newLlamaCpp,
	"builtin": func(o settings.Options, _ *slog.Logger) model.Backend { return newBuiltin(o) },
}

// everyBackend makes all that there are, in the order of automatic choice.
func everyBackend(o settings.Options, log *slog.Logger) []model.Backend {
	names := []string{"ollama", "llamacpp", "builtin"}
	if o.OllamaModel == "" && (o.LlamaCppURL != "" || o.LlamaCppModel != "") {
		names = []string{"llamacpp", "ollama", "builtin"} // who names a server or a file for it wants it asked
	}
	if o.OpenAIURL != "" {
		names = slices.Insert(names, 0, "openai")
	}
	var list []model.Backend
	for _, name := range names {
		b := makers[name](o, log)
		if server, ok := b.(*ollama.Backend); ok && o.BuiltinOllamaFiles {
			b = newSameFile(server, o, log)
		}
		list = append(list, b)
	}
	return list
}

// othersThan makes the backends that are not in list, to tell what else there is.
func othersThan(list []model.Backend, o settings.Options, log *slog.Logger) []model.Backend {
	var others []model.Backend
	for _, b := range everyBackend(o, log) {
		if slices.ContainsFunc(list, func(a model.Backend) bool { return a.Name() == b.Name() }) {
			closeAll([]model.Backend{b}, log)
			continue
		}
		others = append(others, b)
	}
	return others
}

func closeAll(list []model.Backend, log *slog.Logger) {
	for _, b := range list {
		if err := b.Close(); err != nil {
			log.Warn("closing", "backend", b.Name(), "error", err)
		}
	}
}

func newOllama(o settings.Options, log *slog.Logger) model.Backend {
	b, err := ollama.New(ollama.Options{
		URL: o.OllamaURL, Model: o.OllamaModel, ContextTokens: o.ContextTokens,
		KeepAlive: time.Duration(o.OllamaKeepAlive) * time.Minute, Log: log,
	})
	if err != nil {
		return model.UnusableBackend{BackendName: "ollama", Err: err}
	}
	return b
}

// newSameFile has Ollama's model answer by airside's own engine where that is
// faster.
func newSameFile(server *ollama.Backend, o settings.Options, log *slog.Logger) model.Backend {
	engine := builtin.Options{StateDir: stateDir(), ContextTokens: o.ContextTokens}
	return samefile.New(server, samefile.Options{
		Folders: ollamaFolders(), StateDir: stateDir(), Log: log,
		Open: func(file string) model.Backend { return builtin.NewBackend(file, engine) },
		Fits: func(file string) error { return builtin.Fits(file, engine, machine.Now().Free) },
	})
}

func newLlamaCpp(o settings.Options, log *slog.Logger) model.Backend {
	b, err := servers.NewLlamaCpp(servers.LlamaCppOptions{
		URL: o.LlamaCppURL, GGUF: o.LlamaCppModel, Server: o.LlamaCppServer, ContextTokens: o.ContextTokens, Log: log,
		Fits: func(file string) (string, error) {
			var large *builtin.TooLargeError
			if machine.GPU() != "" { // that has memory of its own
				return "", nil
			}
			if err := builtin.Fits(file, builtin.Options{ContextTokens: o.ContextTokens, Instead: instead(o)}, machine.Now().Total); errors.As(err, &large) {
				return large.Instead, err
			}
			return "", nil
		},
	})
	if err != nil {
		return model.UnusableBackend{BackendName: "llamacpp", Err: err}
	}
	return b
}

// newOpenAI has its key from the environment alone, so that no file and no editor
// can name one.
func newOpenAI(o settings.Options, log *slog.Logger) model.Backend {
	if o.OpenAIURL == "" {
		return model.UnusableBackend{BackendName: "openai", Err: errors.New("openai.url is not set")}
	}
	b, err := servers.NewOpenAI(servers.OpenAIOptions{
		URL: o.OpenAIURL, Model: o.OpenAIModel, Key: openAIKey, ContextTokens: o.ContextTokens, Log: log,
	})
	if err != nil {
		return model.UnusableBackend{BackendName: "openai", Err: err}
	}
	return b
}

func newBuiltin(o settings.Options) model.Backend {
	if o.BuiltinModel == builtin.None {
		return builtin.MemoryOnly{}
	}
	opts := builtin.Options{StateDir: stateDir()}
	if o.BuiltinModel != "" {
		opts.ContextTokens, opts.Instead = o.ContextTokens, instead(o)
	}
	return builtin.NewBackend(o.BuiltinModel, opts)
}
