package servers

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/model/httpapi"
	"github.com/airside-ls/airside/completion/secrecy"
)

const (
	openAIName = "openai"

	// connectTimeout is how long name lookup, connection and TLS handshake may
	// take together. Off the house's network packets vanish without an answer.
	connectTimeout = 500 * time.Millisecond
	// staleTimeout is how long a probe waits for an answer on a connection that
	// has been used before: it may lead into a network that is no longer there.
	staleTimeout = time.Second
)

// OpenAIOptions configure [NewOpenAI].
type OpenAIOptions struct {
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

// OpenAI asks a model behind an OpenAI-compatible server: a stronger machine of the
// house that runs vLLM, llama.cpp, TGI, LM Studio or Ollama, reachable in the office
// and gone in the air. It implements [model.Backend].
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
type OpenAI struct {
	sessions
	options OpenAIOptions
	client  *httpapi.Client
	gentle  *httpapi.Client // for a server that does not bear being hung up on

	connectTimeout, staleTimeout time.Duration

	using   sync.Mutex
	running map[*serverUse]any // generations under way
}

// NewOpenAI returns a backend for the server at o.URL. Nothing is sent yet; the error
// says what is wrong with the address or the key.
func NewOpenAI(o OpenAIOptions) (*OpenAI, error) {
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
	b := &OpenAI{
		sessions: sessions{backend: openAIName, log: o.Log, token: o.Key}, options: o,
		connectTimeout: connectTimeout, staleTimeout: staleTimeout, running: map[*serverUse]any{},
	}
	api := httpapi.Options{
		Backend: openAIName, URL: address, Token: o.Key, Classify: classifyOpenAI,
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
func (b *OpenAI) Name() string { return openAIName }

// Addresses implements [model.Addresser].
func (b *OpenAI) Addresses() []string { return []string{b.client.URL()} }

// Probe implements [model.Backend]: one request, and some more when the server's
// model is another than before. It says soon that a server cannot be reached.
func (b *OpenAI) Probe(ctx context.Context) (model.Info, error) {
	s, err := b.look(ctx)
	if err != nil {
		return model.Info{}, err
	}
	return s.info, nil
}

// Converses implements [model.Backend].
func (b *OpenAI) Converses() bool { return true }

// Generate implements [model.Backend].
func (b *OpenAI) Generate(ctx context.Context, r model.Request) (resp model.Response, err error) {
	use := b.begin(ctx)
	s, err := b.current(use.ctx)
	if err == nil {
		resp, err = s.generate(use.ctx, r)
	}
	return resp, b.finish(use, err)
}

// Close implements [model.Backend]: connections are dropped.
func (b *OpenAI) Close() error {
	b.client.Close()
	b.gentle.Close()
	return nil
}

// current is the session of the latest look, or a new one.
func (b *OpenAI) current(ctx context.Context) (*session, error) {
	if s := b.latest(); s != nil {
		return s, nil
	}
	return b.look(ctx)
}

// classifyOpenAI knows the errors of vLLM, llama.cpp, Ollama and TGI, and of what
// balances load in front of them.
func classifyOpenAI(e *httpapi.StatusError) (model.Kind, bool) {
	switch {
	case saysAny(e.Message, "maximum context length", "maximum model length", "context size", "context length", "inputs tokens", "inputs must have less"):
		return model.TooLong, true
	case e.Code == 404 && saysAny(e.Message, "model"):
		return model.NoModel, true
	case saysAny(e.Message, "loading model", "model is loading", "server busy"):
		return model.Loading, true
	case e.Code == 502, e.Code == 503, e.Code == 504:
		return model.Unreachable, true // the balancer is there, nobody behind it
	}
	return 0, false
}

// open finds out how prompts are best handed over, and about the vocabulary.
func (b *OpenAI) open(ctx context.Context, s *session) error {
	s.code = looksLikeCode(s.served.id)
	s.contextTokens = cmp.Or(s.served.contextTokens, b.options.ContextTokens)
	for _, d := range []dialect{openAIVLLM, openAILlamaCpp} {
		s.dialect = d
		plain, limit, err := s.ask(ctx, "x", false, false)
		if err != nil && !missing(err) {
			return err
		}
		if err != nil || len(plain) == 0 {
			continue // LM Studio answers 200 to what it does not know
		}
		if s.served.contextTokens == 0 && limit > 0 {
			s.contextTokens = limit
		}
		s.known = true
		return s.learn(ctx, plain)
	}
	s.dialect = openAIText
	return b.askOllama(ctx, s)
}

// askOllama finds out whether the server is an Ollama, whether its model can
// insert, and how much it can read.
func (b *OpenAI) askOllama(ctx context.Context, s *session) error {
	var reply struct {
		Capabilities *[]string                  `json:"capabilities"`
		ModelInfo    map[string]json.RawMessage `json:"model_info"`
	}
	err := b.client.Post(ctx, "/api/show", map[string]string{"model": s.served.id}, &reply)
	if err != nil && !missing(err) {
		return err
	}
	if err != nil || reply.Capabilities == nil {
		return nil
	}
	s.client, s.known = b.gentle, true
	if slices.Contains(*reply.Capabilities, "insert") {
		s.dialect = openAISuffix
	}
	var architecture string
	var trained int
	_ = json.Unmarshal(reply.ModelInfo["general.architecture"], &architecture)
	_ = json.Unmarshal(reply.ModelInfo[architecture+".context_length"], &trained)
	if trained > 0 {
		s.contextTokens = min(s.contextTokens, trained)
	}
	return nil
}
