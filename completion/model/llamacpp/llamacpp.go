// Package llamacpp asks the model of a llama-server: one that runs already, or
// one that airside starts for a GGUF file and owns.
//
// Prompts go to /completion as token ids, so that the user's text can never be
// read as a control token and every segment is encoded as the model's makers
// do it.
package llamacpp

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/model/httpapi"
	"github.com/airside-ls/airside/completion/secrecy"
	"github.com/tmc/langchaingo/llms"
)

const (
	backendName          = "llamacpp"
	defaultContextTokens = 4096
	defaultStartTimeout  = 3 * time.Minute
)

// DefaultPorts are where a llama-server is looked for when no address is
// configured: its own default, that of llama.vscode's completion server, the
// newer default, and the next that people take.
var DefaultPorts = []int{8080, 8012, 9931, 8081, 8082}

// Options configure [New]. With GGUF set airside starts a server of its own;
// otherwise it looks for one.
type Options struct {
	// URL is where a llama-server listens; "" looks on Ports.
	URL string
	// Ports of 127.0.0.1 to look on; nil is DefaultPorts.
	Ports []int
	// Token is the server's API key, if it has one.
	Token string

	// GGUF is the model file to serve.
	GGUF string
	// Fits says why a file is too large for this machine, and what to do about it;
	// nil asks nobody.
	Fits func(file string) (advice string, err error)
	// Server is the llama-server program, a path or a name; "" is
	// "llama-server".
	Server string
	// ContextTokens is the context of an owned server, prompt and answer
	// together; 0 is 4096. A model trained on less gets less.
	ContextTokens int
	// Threads are the CPU threads of an owned server; 0 is as package cores says.
	Threads int
	// StartTimeout is how long an owned server may load its model; 0 is three
	// minutes.
	StartTimeout time.Duration

	// Log gets what a person need not act on, an owned server's output among
	// it; nil discards it.
	Log *slog.Logger
}

// source says where the server is.
type source interface {
	// client returns the server to talk to. With wait it waits until an owned
	// server has loaded its model; without it fails with kind Loading.
	client(ctx context.Context, wait bool) (*httpapi.Client, error)
	// failed tells that a request did not reach the server.
	failed(*httpapi.Client)
	endpoint(*httpapi.Client) string
	addresses() []string // for model.Addressed
	close() error
}

// Backend implements [model.Backend].
type Backend struct {
	source source
	why    string // for model.Info
	token  string
	log    *slog.Logger
	chat   llms.Model

	mu      sync.Mutex
	session *session // with the model that the server had last
}

// New returns a backend. Nothing is started and nothing sent yet; the error says
// what is wrong with an address.
func New(o Options) (*Backend, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Server == "" {
		o.Server = "llama-server"
	}
	if o.ContextTokens <= 0 {
		o.ContextTokens = defaultContextTokens
	}
	if o.StartTimeout <= 0 {
		o.StartTimeout = defaultStartTimeout
	}
	b := &Backend{log: o.Log, token: o.Token}
	var err error
	switch {
	case o.GGUF != "":
		b.source, b.why = newOwned(o), "airside runs llama-server for llamacpp.model"
		b.token = b.source.(*owned).token
	case o.URL != "":
		b.source, err = newFixed(o)
		b.why = secrecy.MaskURLs(o.URL) + " is configured"
	default:
		b.source, err = newScan(o)
		b.why = "a llama-server runs on this machine"
	}
	if err != nil {
		return nil, err
	}
	b.chat = b.newChat()
	return b, nil
}

// Start begins to start an owned server, which the first Probe or generation
// would do too. It does not wait.
func (b *Backend) Start() {
	if o, ok := b.source.(*owned); ok {
		o.start()
	}
}

// Addresses implements [model.Addressed].
func (b *Backend) Addresses() []string { return b.source.addresses() }

// Restart implements [model.Restarter].
func (b *Backend) Restart() bool {
	o, ok := b.source.(*owned)
	return ok && o.kill()
}

// Name implements [model.Backend].
func (b *Backend) Name() string { return backendName }

// Probe implements [model.Backend]: a request, and a few more when the server's
// model is another than before. An owned server is started by it, and answers
// with kind Loading until it is ready.
func (b *Backend) Probe(ctx context.Context) (model.Info, error) {
	s, err := b.connect(ctx, false)
	if err != nil {
		return model.Info{}, err
	}
	return model.Info{
		Backend: backendName, Model: s.props.name(), Endpoint: b.source.endpoint(s.client),
		ContextTokens: s.props.contextTokens(), Beside: len(s.slots.prompt) > 1,
		Controls: s.controlPieces(), VocabularyKnown: true, Demands: true, Likely: true, Parameters: s.parameters,
		// Of the control tokens only CodeLlama's tell: chat models of other
		// families have theirs too.
		Code: slices.Contains(s.controlPieces(), "▁<PRE>") || looksLikeCode(s.props.name()),
		Why:  b.why,
	}, nil
}

// Insert implements [model.Backend].
func (b *Backend) Insert() llms.Model { return insertModel{b} }

// Chat implements [model.Backend].
func (b *Backend) Chat() llms.Model { return b.chat }

// Close implements [model.Backend]: it ends an owned server.
func (b *Backend) Close() error { return b.source.close() }

// connect returns a session with the model that the server has now.
func (b *Backend) connect(ctx context.Context, wait bool) (*session, error) {
	client, err := b.source.client(ctx, wait)
	if err != nil {
		return nil, err
	}
	p, err := readProps(ctx, client)
	if err != nil {
		if model.IsKind(err, model.Unreachable) {
			b.source.failed(client)
		}
		return nil, err
	}
	b.mu.Lock()
	s := b.session
	b.mu.Unlock()
	if s != nil && s.client == client && s.props == p {
		return s, nil
	}
	s, err = newSession(ctx, client, p)
	if err != nil {
		return nil, err
	}
	if _, alone := b.source.(*owned); alone {
		s.slots = newSlots(p.TotalSlots)
	}
	b.log.Info("llama-server model", "model", p.name(), "context", p.contextTokens(), "controls", s.controlPieces())
	b.mu.Lock()
	defer b.mu.Unlock()
	b.session = s
	return s, nil
}

// newClient returns a client for the llama-server at url.
func newClient(url, token string) (*httpapi.Client, error) {
	return httpapi.New(httpapi.Options{
		Backend: backendName, URL: url, Token: token, Classify: classify,
		Advice: map[model.Kind]string{
			model.Unreachable: startAdvice,
			model.NoModel:     startAdvice,
		},
	})
}

const startAdvice = "start it with: llama-server -m MODEL.gguf, or set llamacpp.model"

// classify knows llama-server's errors (tools/server, b11669).
func classify(e *httpapi.StatusError) (model.Kind, bool) {
	switch {
	case e.Code == 503:
		return model.Loading, true
	case strings.Contains(e.Message, "context size"):
		return model.TooLong, true
	}
	return 0, false
}

// looksLikeCode knows the names of models made for code.
func looksLikeCode(name string) bool {
	name = strings.ToLower(name)
	for _, word := range []string{"code", "coder", "codestral", "starcoder"} {
		if strings.Contains(name, word) {
			return true
		}
	}
	return false
}
