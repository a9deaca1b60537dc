// Package openaicompat asks a model behind an OpenAI-compatible server: a
// stronger machine of the house that runs vLLM, llama.cpp, TGI, LM Studio or
// Ollama, reachable in the office and gone in the air.
//
// Prompts are raw and go to /v1/completions, in one of three ways:
//
//   - As token ids, where the server has /tokenize (vLLM, llama.cpp). The user's
//     text can then never be read as a control token: what is spelled like one is
//     encoded in two pieces, which read the same.
//   - As prompt and suffix, where the server lays them out itself (Ollama, for a
//     model whose template has a place for the suffix).
//   - As one string otherwise, control tokens written as their pieces. Such
//     servers parse control tokens wherever they stand, so that a "</s>" in the
//     user's text is that token to the model: a string has no way to tell them
//     apart without changing what the model reads. Neither can it ask for a text
//     without SentencePiece's leading space.
//
// Nothing is sent but to the configured address: no proxy, no redirection.
package openaicompat

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/model/httpapi"
	"github.com/airside-ls/airside/completion/secrecy"
	"github.com/tmc/langchaingo/llms"
)

const (
	backendName          = "openai"
	defaultContextTokens = 4096

	// connectTimeout is how long name lookup, connection and TLS handshake may
	// take together. Off the house's network packets vanish without an answer.
	connectTimeout = 500 * time.Millisecond
	// staleTimeout is how long a probe waits for an answer on a connection that
	// has been used before: it may lead into a network that is no longer there.
	staleTimeout = time.Second
)

// Options configure [New].
type Options struct {
	// URL is the server's address, with or without "/v1" at its end.
	URL string
	// Model is the model's name there; "" takes the only or first code model.
	Model string
	// Key is sent as "Authorization: Bearer" to URL and nowhere else, if not
	// empty. It is in no error and no log.
	Key string
	// ContextTokens is assumed for a server that does not tell its context; 0 is
	// 4096.
	ContextTokens int
	// Log gets what a person need not act on; nil discards it.
	Log *slog.Logger
}

// Backend implements [model.Backend].
type Backend struct {
	options Options
	client  *httpapi.Client
	gentle  *httpapi.Client // for a server that does not bear being hung up on
	log     *slog.Logger
	chat    llms.Model

	connectTimeout, staleTimeout time.Duration

	mu      sync.Mutex
	session *session          // with the model that the server had last
	running map[*reaching]any // generations under way
}

// New returns a backend for the server at o.URL. Nothing is sent yet; the error
// says what is wrong with the address or the key.
func New(o Options) (*Backend, error) {
	address, err := baseURL(o.URL)
	if err != nil {
		return nil, err
	}
	o.URL, o.Key = address, strings.TrimSpace(o.Key)
	if strings.ContainsFunc(o.Key, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return nil, errors.New("the API key has characters that no key has")
	}
	if o.ContextTokens <= 0 {
		o.ContextTokens = defaultContextTokens
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	b := &Backend{
		options: o, log: o.Log, connectTimeout: connectTimeout, staleTimeout: staleTimeout,
		running: map[*reaching]any{},
	}
	api := httpapi.Options{
		Backend: backendName, URL: address, Token: o.Key, Classify: classify,
		Advice: map[model.Kind]string{
			model.NoModel: "see openai.model",
		},
	}
	if b.client, err = httpapi.New(api); err != nil {
		return nil, err
	}
	api.Gentle = true
	if b.gentle, err = httpapi.New(api); err != nil {
		return nil, err
	}
	b.chat = chatModel{b}
	return b, nil
}

// baseURL checks an address and takes "/v1" off its end. Credentials in it would
// be seen in logs and status lines.
func baseURL(address string) (string, error) {
	u, err := url.Parse(strings.TrimSpace(address))
	switch {
	case err != nil:
		return "", errors.New("openai.url is no address; want something like http://gpu.lan:8000")
	case u.User != nil:
		return "", errors.New("openai.url has a name or password in it; a key belongs into the environment as AIRSIDE_OPENAI_KEY")
	case u.Scheme != "http" && u.Scheme != "https" || u.Host == "":
		return "", fmt.Errorf("openai.url %q: want something like http://gpu.lan:8000", secrecy.MaskURLs(address))
	case u.RawQuery != "" || u.Fragment != "":
		return "", errors.New("openai.url ends in a query or fragment; want something like http://gpu.lan:8000")
	}
	u.Path = strings.TrimSuffix(strings.TrimRight(u.Path, "/"), "/v1")
	u.RawPath = ""
	return u.String(), nil
}

// Name implements [model.Backend].
func (b *Backend) Name() string { return backendName }

// Addresses implements [model.Addressed].
func (b *Backend) Addresses() []string { return []string{b.client.URL()} }

// Probe implements [model.Backend]: one request, and some more when the server's
// model is another than before. It says soon that a server cannot be reached.
func (b *Backend) Probe(ctx context.Context) (model.Info, error) {
	s, err := b.look(ctx)
	if err != nil {
		return model.Info{}, err
	}
	return model.Info{
		Backend: backendName, Model: s.served.name(), Endpoint: b.client.URL(),
		ContextTokens: s.contextTokens,
		Controls:      s.controlPieces(), VocabularyKnown: s.vocabularyKnown(), Demands: s.way == asLlamaCpp,
		Code: s.code(),
		Why:  s.why,
	}, nil
}

// Insert implements [model.Backend].
func (b *Backend) Insert() llms.Model { return insertModel{b} }

// Chat implements [model.Backend].
func (b *Backend) Chat() llms.Model { return b.chat }

// Close implements [model.Backend]: connections are dropped.
func (b *Backend) Close() error {
	b.client.Close()
	b.gentle.Close()
	return nil
}

// current is the session of the latest look, or a new one.
func (b *Backend) current(ctx context.Context) (*session, error) {
	b.mu.Lock()
	s := b.session
	b.mu.Unlock()
	if s != nil {
		return s, nil
	}
	return b.look(ctx)
}

// classify knows the errors of vLLM, llama.cpp, Ollama and TGI, and of what
// balances load in front of them.
func classify(e *httpapi.StatusError) (model.Kind, bool) {
	says := func(parts ...string) bool {
		message := strings.ToLower(e.Message)
		for _, p := range parts {
			if strings.Contains(message, p) {
				return true
			}
		}
		return false
	}
	switch {
	case says("maximum context length", "maximum model length", "context size", "context length", "inputs tokens", "inputs must have less"):
		return model.TooLong, true
	case e.Code == 404 && says("model"):
		return model.NoModel, true
	case says("loading model", "model is loading", "server busy"):
		return model.Loading, true
	case e.Code == 502, e.Code == 503, e.Code == 504:
		return model.Unreachable, true // the balancer is there, nobody behind it
	}
	return 0, false
}
