package servers

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"strconv"
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
	place place
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
		b.place, b.why, b.token = owned{b.own, o.GGUF}, "airside runs llama-server for llamacpp.model", b.own.Token()
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

// Addresses implements [model.Addressed].
func (b *LlamaCpp) Addresses() []string { return b.place.addresses() }

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

// llamaCpp is llama-server's own dialect.
var llamaCpp = dialect{
	name: "as token ids", path: "/completion",
	tokenize: tokenizeLlama, detokenizes: true,
	request: llamaRequest, record: llamaRecord, chat: llamaChat,
	demands: true, likely: true, reads: true,
}

// tokenizeLlama makes the body of POST /tokenize. The server's own default for
// parse_special is true.
func tokenizeLlama(_, text string, begin, parse bool) any {
	return struct {
		Content      string `json:"content"`
		AddSpecial   bool   `json:"add_special"`
		ParseSpecial bool   `json:"parse_special"`
	}{text, begin, parse}
}

// cacheReuse is the shortest run of tokens, in tokens, that is worth moving
// within the server's KV cache when the text before it has changed. The
// server's own default is not to; llama.vim recommends 256.
const cacheReuse = 256

// completionRequest is the body of POST /completion.
type completionRequest struct {
	Prompt      []int    `json:"prompt"` // used as they are, nothing put before
	MaxTokens   int      `json:"n_predict"`
	Stop        []string `json:"stop"`
	Temperature float64  `json:"temperature"`
	Seed        int      `json:"seed"`
	TopK        int      `json:"top_k,omitempty"`
	Samplers    []string `json:"samplers,omitempty"`
	// A server may have been started with penalties, which garble code.
	RepeatPenalty    float64 `json:"repeat_penalty"`
	PresencePenalty  float64 `json:"presence_penalty"`
	FrequencyPenalty float64 `json:"frequency_penalty"`
	DryMultiplier    float64 `json:"dry_multiplier"`
	Slot             int     `json:"id_slot"` // noSlot for any
	CachePrompt      bool    `json:"cache_prompt"`
	CacheReuse       int     `json:"n_cache_reuse"`
	// Without stream the server looks once a second whether anybody still
	// listens, without progress not at all until the prompt has been read.
	Stream         bool `json:"stream"`
	ReturnProgress bool `json:"return_progress"`
	ReturnTokens   bool `json:"return_tokens"`
	// Probabilities is how many of the likeliest tokens each record names.
	Probabilities int `json:"n_probs,omitempty"`
	// JSONSchema is what the answer is held to.
	JSONSchema json.RawMessage `json:"json_schema,omitempty"`
	// Grammar is what the answer is held to, in GBNF.
	Grammar string `json:"grammar,omitempty"`
}

func llamaRequest(s *session, l layout, ask model.Request) any {
	r := completionRequest{
		Prompt: l.ids, MaxTokens: ask.MaxTokens, Stop: []string{},
		Temperature: ask.Temperature, Seed: ask.Seed, RepeatPenalty: 1,
		Slot: s.slots.choose(l.ids, ask.ReadAhead), CachePrompt: true, CacheReuse: cacheReuse,
		Stream: true, ReturnProgress: true, ReturnTokens: true,
		JSONSchema: ask.Schema,
	}
	if ask.Demand != "" {
		r.Grammar = httpapi.BeginsWith(ask.Demand)
	}
	if ask.Likely != nil {
		r.Probabilities = model.Alternatives
	}
	if r.Temperature <= 0 {
		r.Temperature, r.TopK, r.Samplers = 0, 1, []string{"top_k"}
	}
	for _, s := range ask.Stop {
		if s != "" {
			r.Stop = append(r.Stop, s)
		}
	}
	return r
}

// llamaRecord reads one event of an answer of /completion.
func llamaRecord(lines *httpapi.Lines, data []byte) (event, error) {
	var r struct {
		Content  string `json:"content"`
		Tokens   []int  `json:"tokens"`
		Progress *struct {
			Tokens      int `json:"total"`
			CacheTokens int `json:"cache"`
			Processed   int `json:"processed"` // those from the cache among them
		} `json:"prompt_progress"`
		// Probabilities are those of its tokens, by the model alone: a grammar does not
		// change them.
		Probabilities []struct {
			Ln   *float64 `json:"logprob"` // nil from servers before b4500
			Best []struct {
				Token string  `json:"token"`
				Ln    float64 `json:"logprob"`
			} `json:"top_logprobs"`
		} `json:"completion_probabilities"`
		Stop     bool   `json:"stop"`
		StopType string `json:"stop_type"` // "eos", "word", "limit", "none"
		// StoppedLimit is how servers before stop_type said "limit".
		StoppedLimit    bool `json:"stopped_limit"`
		TokensPredicted int  `json:"tokens_predicted"`
		Timings         struct {
			CacheTokens int `json:"cache_n"`
		} `json:"timings"`
		Error *struct {
			Code    int    `json:"code"`
			Message string `json:"message"`
		} `json:"error"`
	}
	if err := lines.Decode(data, &r); err != nil {
		return event{}, err
	}
	e := event{text: r.Content, ids: r.Tokens, last: r.Stop}
	if r.Error != nil {
		e.failed = &httpapi.StatusError{Code: r.Error.Code, Message: r.Error.Message}
	}
	for _, p := range r.Probabilities {
		if p.Ln == nil {
			continue
		}
		t := model.Token{Ln: *p.Ln}
		for _, b := range p.Best {
			t.Best = append(t.Best, model.Alternative{Text: b.Token, Ln: b.Ln})
		}
		e.likely = append(e.likely, t)
	}
	if !r.Stop {
		e.count = max(1, len(r.Tokens))
		if p := r.Progress; p != nil {
			e.reading = &reading{p.CacheTokens, p.Processed, p.Tokens}
		}
		return e, nil
	}
	e.reason, e.counts = "stop", &counts{cached: r.Timings.CacheTokens, generated: r.TokensPredicted}
	if r.StopType == "limit" || r.StoppedLimit {
		e.reason = "length"
	}
	return e, nil
}

func llamaChat(s *session, body map[string]json.RawMessage) {
	body["id_slot"] = json.RawMessage(strconv.Itoa(s.slots.spare())) // what was read for completions stays
	// A model that thinks before it answers would use up the answer's tokens.
	body["chat_template_kwargs"] = json.RawMessage(`{"enable_thinking":false}`)
}

// owned is a server that airside runs.
type owned struct {
	server *llamaserver.Server
	gguf   string
}

func (o owned) client(ctx context.Context, wait bool) (*httpapi.Client, error) {
	return o.server.Client(ctx, wait)
}
func (o owned) failed(*httpapi.Client)            {} // its end is seen
func (o owned) endpoint(c *httpapi.Client) string { return fmt.Sprintf("%s (%s)", c.URL(), o.gguf) }
func (o owned) addresses() []string               { return []string{"http://127.0.0.1:0"} }
func (o owned) close() error                      { return o.server.Close() }
