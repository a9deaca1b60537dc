// Package ollama asks models that an Ollama server holds.
//
// Prompts go to /api/generate in raw mode, where Ollama adds nothing but the
// begin-of-sequence token and parses what looks like a control token wherever
// it stands. A "</s>" or "▁<PRE>" in the user's text therefore is that token
// to the model: Ollama has no way to send token ids, and llama.cpp matches the
// spelling before anything else. See [vocabulary.spell] for how a prompt is
// written so that its own control tokens are read as such.
package ollama

import (
	"context"
	"log/slog"
	"maps"
	"strings"
	"sync"
	"time"

	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/model/httpapi"
	"github.com/airside-ls/airside/completion/model/machine"
)

const (
	backendName          = "ollama"
	defaultContextTokens = 4096
	suggestedModel       = "codellama:7b-code"
)

// Options configure [New].
type Options struct {
	// URL is where Ollama listens: "http://127.0.0.1:11434".
	URL string
	// Model is the model for completions and chat; "" picks the best installed
	// code model (see rank).
	Model string
	// ChatModel is the model for chat; "" takes the one for completions. With
	// another one Ollama may have to hold two models or load them in turn.
	ChatModel string
	// KeepAlive is how long Ollama keeps a model in memory after a request:
	// negative is for ever, 0 leaves it to Ollama (five minutes).
	KeepAlive time.Duration
	// ContextTokens is the context to ask for, prompt and answer together; 0 is
	// 4096. A model trained on less gets less.
	ContextTokens int
	// Threads are the CPU threads that generate: 0 is one less than this
	// process may use ([machine.Processors]), for a busy core slows every token down a hundredfold;
	// negative leaves it to Ollama. Changing it has Ollama load the model again.
	Threads int
	// Log gets what a person need not act on; nil discards it.
	Log *slog.Logger
}

// Backend implements [model.Backend].
type Backend struct {
	options Options
	client  *httpapi.Client
	log     *slog.Logger

	mu      sync.Mutex
	details map[string]details // by model digest
	current *choice            // as the latest Probe chose; nil when it failed
	// restarted is when Ollama was last asked to load its model anew.
	restarted time.Time
}

// New returns a backend for the server at o.URL. Nothing is sent yet; the error
// says what is wrong with the address.
func New(o Options) (*Backend, error) {
	client, err := httpapi.New(httpapi.Options{
		Backend: backendName, URL: o.URL, Classify: classify, Gentle: true,
		Advice: map[model.Kind]string{
			model.Unreachable: "start it with: ollama serve",
			model.NoModel:     "install one with: ollama pull " + suggestedModel,
		},
	})
	if err != nil {
		return nil, err
	}
	if o.ContextTokens <= 0 {
		o.ContextTokens = defaultContextTokens
	}
	if o.Threads == 0 {
		o.Threads = max(1, machine.Processors()-1)
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Backend{options: o, client: client, log: o.Log, details: map[string]details{}}, nil
}

// Name implements [model.Backend].
func (b *Backend) Name() string { return backendName }

// Addresses implements [model.Addresser].
func (b *Backend) Addresses() []string { return []string{b.client.URL()} }

// Converses implements [model.Backend].
func (b *Backend) Converses() bool { return true }

// Generate implements [model.Backend].
func (b *Backend) Generate(ctx context.Context, r model.Request) (model.Response, error) {
	if r.Chat != nil {
		return b.converse(ctx, r)
	}
	return b.insert(ctx, r)
}

// Close implements [model.Backend]. Ollama unloads models by itself.
func (b *Backend) Close() error {
	b.client.Close()
	return nil
}

// classify knows Ollama's statuses (server/routes.go, v0.17.4).
func classify(e *httpapi.StatusError) (model.Kind, bool) {
	says := func(parts ...string) bool {
		for _, p := range parts {
			if strings.Contains(e.Message, p) {
				return true
			}
		}
		return false
	}
	switch {
	case says("exceeds the context", "context length exceeded", "exceeds the available context"):
		return model.TooLong, true
	case e.Code == 404 && says("model"):
		return model.NoModel, true
	case e.Code == 503, says("loading model"): // "server busy, please try again"
		return model.Loading, true
	case says("does not support generate", "does not support completion"):
		return model.NoInsert, true
	case says("unable to load model", "error loading model"):
		return model.Broken, true
	}
	return 0, false
}

// remember keeps what is known about installed models only.
func (b *Backend) remember(installed []tag, c *choice) {
	b.mu.Lock()
	defer b.mu.Unlock()
	maps.DeleteFunc(b.details, func(digest string, _ details) bool {
		for _, t := range installed {
			if t.Digest == digest {
				return false
			}
		}
		return true
	})
	if c != nil && (b.current == nil || b.current.tag.Digest != c.tag.Digest || b.current.tag.Name != c.tag.Name) {
		b.log.Info("ollama model chosen", "model", c.tag.Name, "why", c.why, "controls", c.details.vocabulary.controls())
	}
	b.current = c
}
