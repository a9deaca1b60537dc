package servers

import (
	"context"
	"log/slog"
	"time"

	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/model/httpapi"
	"github.com/airside-ls/airside/completion/model/llamaserver"
	"github.com/airside-ls/airside/completion/secrecy"
)

const (
	llamaCppName        = "llamacpp"
	defaultStartTimeout = 3 * time.Minute
)

// DefaultPorts are where a llama-server is looked for when no address is
// configured: its own default, that of llama.vscode's completion server, the
// newer default, and the next that people take.
var DefaultPorts = []int{8080, 8012, 9931, 8081, 8082}

// LlamaCppOptions configure [NewLlamaCpp]. With GGUF set airside starts a server of
// its own; otherwise it looks for one.
type LlamaCppOptions struct {
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

// LlamaCpp asks the model of a llama-server: one that runs already, or one that
// airside starts for a GGUF file and owns. It implements [model.Backend].
type LlamaCpp struct {
	sessions
	place locator
	why   string              // for model.Info
	own   *llamaserver.Server // nil for a server of somebody else
}

// NewLlamaCpp returns a backend. Nothing is started and nothing sent yet; the error
// says what is wrong with an address.
func NewLlamaCpp(o LlamaCppOptions) (*LlamaCpp, error) {
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
	b := &LlamaCpp{sessions: sessions{backend: llamaCppName, log: o.Log, token: o.Token}}
	var err error
	switch {
	case o.GGUF != "":
		b.own = llamaserver.New(llamaserver.Options{
			Backend: llamaCppName, GGUF: o.GGUF, Fits: o.Fits, Program: o.Server, ContextTokens: o.ContextTokens,
			Slots: ownedSlots, Threads: o.Threads, StartTimeout: o.StartTimeout, Dial: dialLlama, Serves: servesFile, Log: o.Log,
		})
		b.place, b.why, b.token = ownedServer{b.own, o.GGUF}, "airside runs llama-server for llamacpp.model", b.own.Token()
	case o.URL != "":
		b.place, err = newFixed(o)
		b.why = secrecy.MaskURLs(o.URL) + " is configured"
	default:
		b.place, err = newScan(o)
		b.why = "a llama-server runs on this machine"
	}
	if err != nil {
		return nil, err
	}
	return b, nil
}

// Start begins to start an owned server, which the first Probe or generation
// would do too. It does not wait.
func (b *LlamaCpp) Start() {
	if b.own != nil {
		b.own.Start()
	}
}

// Addresses implements [model.Addresser].
func (b *LlamaCpp) Addresses() []string { return b.place.addresses() }

// Restartable implements [model.Restarter].
func (b *LlamaCpp) Restartable() bool { return b.own != nil }

// Restart implements [model.Restarter].
func (b *LlamaCpp) Restart() bool { return b.own != nil && b.own.Restart() }

// Name implements [model.Backend].
func (b *LlamaCpp) Name() string { return llamaCppName }

// Probe implements [model.Backend]: a request, and a few more when the server's
// model is another than before. An owned server is started by it, and answers
// with kind Loading until it is ready.
func (b *LlamaCpp) Probe(ctx context.Context) (model.Info, error) {
	s, err := b.connect(ctx, false)
	if err != nil {
		return model.Info{}, err
	}
	return s.info, nil
}

// Converses implements [model.Backend].
func (b *LlamaCpp) Converses() bool { return true }

// Generate implements [model.Backend].
func (b *LlamaCpp) Generate(ctx context.Context, r model.Request) (model.Response, error) {
	s, err := b.connect(ctx, true)
	if err != nil {
		return model.Response{}, err
	}
	return s.generate(ctx, r)
}

// Close implements [model.Backend]: it ends an owned server.
func (b *LlamaCpp) Close() error { return b.place.close() }

// connect returns a session with the model that the server has now.
func (b *LlamaCpp) connect(ctx context.Context, wait bool) (*session, error) {
	client, err := b.place.client(ctx, wait)
	if err != nil {
		return nil, err
	}
	p, err := readProps(ctx, client)
	if err != nil {
		if model.IsKind(err, model.Unreachable) {
			b.place.failed(client)
		}
		return nil, err
	}
	return b.with(ctx, client, p.served(), b.place.endpoint(client), b.why, b.open)
}

// open finds out about the vocabulary.
func (b *LlamaCpp) open(ctx context.Context, s *session) error {
	s.dialect, s.known, s.code = llamaCpp, true, saysAny(s.served.name, "code", "codestral")
	s.parameters = readParameters(ctx, s.client)
	if b.own != nil {
		s.slots = newSlots(s.served.slots)
	}
	plain, err := s.tokenize(ctx, "x")
	if err != nil {
		return err
	}
	return s.learn(ctx, plain)
}

// dialLlama returns a client for the llama-server at url.
func dialLlama(url, token string) (*httpapi.Client, error) {
	return httpapi.New(httpapi.Options{
		Backend: llamaCppName, URL: url, Token: token, Classify: classifyLlama,
		Advice: map[model.Kind]string{
			model.Unreachable: startAdvice,
			model.NoModel:     startAdvice,
		},
	})
}

const startAdvice = "start it with: llama-server -m MODEL.gguf, or set llamacpp.model"

// classifyLlama knows llama-server's errors (tools/server, b11669).
func classifyLlama(e *httpapi.StatusError) (model.Kind, bool) {
	switch {
	case e.Code == 503:
		return model.Loading, true
	case saysAny(e.Message, "context size"):
		return model.TooLong, true
	}
	return 0, false
}
