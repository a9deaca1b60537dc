// Package backend makes, for programs that measure, the backends that airside would
// ask by its settings.
package backend

import (
	"fmt"
	"log/slog"
	"os"

	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/model/builtin"
	"github.com/airside-ls/airside/completion/model/ollama"
	"github.com/airside-ls/airside/completion/model/servers"
	"github.com/airside-ls/airside/lsp/settings"
)

// New is the backend of a name: builtin, llamacpp, ollama or openai.
func New(name string, o settings.Options, log *slog.Logger) (model.Backend, error) {
	switch name {
	case "builtin":
		var options builtin.Options
		if o.BuiltinModel != "" {
			options.ContextTokens = o.ContextTokens
		}
		return builtin.NewBackend(o.BuiltinModel, options), nil
	case "llamacpp":
		b, err := servers.NewLlamaCpp(servers.LlamaCppOptions{URL: o.LlamaCppURL, GGUF: o.LlamaCppModel, Server: o.LlamaCppServer, ContextTokens: o.ContextTokens, Log: log})
		if err != nil {
			return nil, err
		}
		return b, nil
	case "ollama":
		b, err := ollama.New(ollama.Options{URL: o.OllamaURL, Model: o.OllamaModel, ContextTokens: o.ContextTokens, Log: log})
		if err != nil {
			return nil, err
		}
		return b, nil
	case "openai":
		b, err := servers.NewOpenAI(servers.OpenAIOptions{URL: o.OpenAIURL, Model: o.OpenAIModel, Key: os.Getenv(settings.KeyEnv), ContextTokens: o.ContextTokens, Log: log})
		if err != nil {
			return nil, err
		}
		return b, nil
	}
	return nil, fmt.Errorf("there is no backend %q: builtin, llamacpp, ollama and openai", name)
}
