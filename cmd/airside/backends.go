package main

import (
	"log/slog"
	"slices"
	"time"

	"github.com/airside-ls/airside/completion"
	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/model/builtin"
	"github.com/airside-ls/airside/completion/model/llamacpp"
	"github.com/airside-ls/airside/completion/model/ollama"
	"github.com/airside-ls/airside/completion/model/openaicompat"
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
		Wait: time.Duration(o.WaitMs) * time.Millisecond,
		// Zero would be the engine's own default.
		Forgetful: !o.BuiltinMemory, Confidence: max(float64(o.BuiltinConfidence)/100, 1e-9),
		Secrecy: secrecyRules(o),
	}
}

// backendSettings are those settings for which backends are made.
func backendSettings(o settings.Options) settings.Options {
	o.CompletionEnabled, o.MaxTokens, o.DebounceMs = false, 0, 0
	o.WaitMs, o.ReadAhead = 0, false
	o.BuiltinMemory, o.BuiltinConfidence = false, 0
	o.PrivacySecrets, o.PrivacyHere = "", false
	o.SyncEnabled, o.SyncBranches, o.SyncIntervalSeconds, o.SyncApplyStructured = false, "", 0, false
	return o
}

// backends makes every backend, best first: the configured one, then a server of
// the network if one is named, Ollama, llama-server and the model in the binary.
func backends(o settings.Options, log *slog.Logger) []model.Backend {
	list := []model.Backend{newOllama(o, log), newLlamaCpp(o, log), newBuiltin(o)}
	first := o.Backend
	switch {
	case o.OpenAIURL != "":
		list = slices.Insert(list, 0, newOpenAI(o, log))
		if first == "auto" {
			first = "openai"
		}
	case first == "openai":
		log.Warn("backend is openai, but openai.url is not set")
		first = "auto"
	}
	if first == "auto" && o.OllamaModel == "" && (o.LlamaCppURL != "" || o.LlamaCppModel != "") {
		first = "llamacpp" // who names a server or a file for it wants it asked
	}
	slices.SortStableFunc(list, func(a, b model.Backend) int {
		return rank(a, first) - rank(b, first)
	})
	return list
}

func rank(b model.Backend, first string) int {
	if b.Name() == first {
		return 0
	}
	return 1
}

func newOllama(o settings.Options, log *slog.Logger) model.Backend {
	b, err := ollama.New(ollama.Options{
		URL: o.OllamaURL, Model: o.OllamaModel, ContextTokens: o.ContextTokens,
		KeepAlive: time.Duration(o.OllamaKeepAlive) * time.Minute, Log: log,
	})
	if err != nil {
		return model.Unusable{BackendName: "ollama", Err: err}
	}
	return b
}

func newLlamaCpp(o settings.Options, log *slog.Logger) model.Backend {
	b, err := llamacpp.New(llamacpp.Options{
		URL: o.LlamaCppURL, GGUF: o.LlamaCppModel, Server: o.LlamaCppServer, ContextTokens: o.ContextTokens, Log: log,
	})
	if err != nil {
		return model.Unusable{BackendName: "llamacpp", Err: err}
	}
	return b
}

// newOpenAI has its key from the environment alone, so that no file and no editor
// can name one.
func newOpenAI(o settings.Options, log *slog.Logger) model.Backend {
	b, err := openaicompat.New(openaicompat.Options{
		URL: o.OpenAIURL, Model: o.OpenAIModel, Key: openAIKey, ContextTokens: o.ContextTokens, Log: log,
	})
	if err != nil {
		return model.Unusable{BackendName: "openai", Err: err}
	}
	return b
}

func newBuiltin(o settings.Options) model.Backend {
	if o.BuiltinModel == builtin.None {
		return builtin.WithoutNetwork{}
	}
	opts := builtin.Options{StateDir: stateDir()}
	if o.BuiltinModel != "" {
		opts.ContextTokens = o.ContextTokens
	}
	return builtin.NewBackend(o.BuiltinModel, opts)
}
