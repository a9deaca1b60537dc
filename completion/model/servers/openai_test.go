package servers

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/model/modeltest"
	"github.com/airside-ls/airside/completion/model/selector"
)

var completionsEvent = modeltest.CompletionEvent("for", "")

func TestOpenAIContract(t *testing.T) {
	for _, kind := range []modeltest.Kind{modeltest.VLLM, modeltest.LlamaServer, modeltest.OllamaV1, modeltest.OpenAIOnly} {
		t.Run(string(kind), func(t *testing.T) {
			s := &modeltest.Server{Kind: kind}
			prompt := model.Prompt{model.Text("func f() {\n")}
			if kind != modeltest.OpenAIOnly {
				prompt = insertPrompt("func f() {\n", "\n}\n")
			}
			modeltest.Run(t, modeltest.Harness{
				Open:   func(t *testing.T) model.Backend { return openOpenAI(t, OpenAIOptions{URL: s.Start(t)}) },
				Prompt: prompt,
				Long:   model.Prompt{model.Text("long")}, LongTokens: 4000,
				Stopped: func(t *testing.T, _ model.Backend) { s.Idle(t) },
				Faulty: func(t *testing.T, f modeltest.Fault, late bool) model.Backend {
					return openOpenAI(t, OpenAIOptions{URL: modeltest.FaultServer(t, f, late, completionsPath, completionsEvent, s)})
				},
			})
		})
	}
}

func ask(t *testing.T, b *OpenAI, p model.Prompt) model.Response {
	t.Helper()
	r, err := model.Generate(t.Context(), b, model.Request{Prompt: p, MaxTokens: 7, Seed: 11, Stop: []string{"\n\n", "", "zz", "yyyy", "x", "w"}})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestPrompts(t *testing.T) {
	qwen := model.Prompt{model.Control("<|fim_prefix|>"), model.Text("a"), model.Control("<|fim_suffix|>"), model.Text("c"), model.Control("<|fim_middle|>")}
	tests := []struct {
		name   string
		server *modeltest.Server
		prompt model.Prompt
		want   string // "{}" around control tokens sent as ids
		suffix any
	}{
		{"vLLM", &modeltest.Server{Kind: modeltest.VLLM}, insertPrompt("a b", "c"), "{s}{▁<PRE>}a▁b{▁<SUF>}c{▁<MID>}", nil},
		{"vLLM, Meta's", &modeltest.Server{Kind: modeltest.VLLM, Spaced: true}, insertPrompt("a b", "c"), "{s}{▁<PRE>}▁a▁b{▁<SUF>}c{▁<MID>}", nil},
		{"vLLM, Qwen", &modeltest.Server{Kind: modeltest.VLLM, NoBOS: true, Pieces: []string{"<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>"}}, qwen, "{<|fim_prefix|>}a{<|fim_suffix|>}c{<|fim_middle|>}", nil},
		{"llama.cpp", &modeltest.Server{Kind: modeltest.LlamaServer, Spaced: true}, insertPrompt("a", " c"), "{s}{▁<PRE>}▁a{▁<SUF>}▁c{▁<MID>}", nil},
		{"neighbouring texts", &modeltest.Server{Kind: modeltest.VLLM, NoBOS: true, Spaced: true}, model.Prompt{model.Text("a"), model.Text("b")}, "▁ab", nil},
		{"Ollama", &modeltest.Server{Kind: modeltest.OllamaV1}, insertPrompt("a", "c"), "a", "c"},
		{"Ollama, nothing behind", &modeltest.Server{Kind: modeltest.OllamaV1}, insertPrompt("a", ""), "a", "\n"},
		{"Ollama, plain", &modeltest.Server{Kind: modeltest.OllamaV1}, model.Prompt{model.Text("a")}, "a", nil},
		{"as text", &modeltest.Server{Kind: modeltest.OpenAIOnly}, qwen, "<|fim_prefix|>a<|fim_suffix|>c<|fim_middle|>", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := openOpenAI(t, OpenAIOptions{URL: tt.server.Start(t)})
			defer b.Close()
			ask(t, b, tt.prompt)
			var r map[string]any
			tt.server.Last(t, &r)
			if got := tt.server.Show(r["prompt"]); got != tt.want || r["suffix"] != tt.suffix {
				t.Errorf("got  %q, suffix %v\nwant %q, suffix %v", got, r["suffix"], tt.want, tt.suffix)
			}
		})
	}
}

func TestOpenAIRequest(t *testing.T) {
	s := &modeltest.Server{Kind: modeltest.VLLM}
	b := openOpenAI(t, OpenAIOptions{URL: s.Start(t)})
	defer b.Close()
	u := ask(t, b, insertPrompt("x y", "")).Usage
	if u.PromptTokens == 0 || u.CachedTokens != 1 || u.GeneratedTokens != 7 {
		t.Errorf("%+v", u)
	}
	var r map[string]any
	s.Last(t, &r)
	for name, want := range map[string]any{
		"model": "tiny-code", "max_tokens": 7.0, "seed": 11.0, "temperature": 0.0, "stream": true,
		"presence_penalty": 0.0, "frequency_penalty": 0.0, "repetition_penalty": 1.0,
	} {
		if r[name] != want {
			t.Errorf("%s is %v, want %v", name, r[name], want)
		}
	}
	if !slices.Equal(r["stop"].([]any), []any{"yyyy", "\n\n", "zz", "x"}) {
		t.Errorf("stop words %q", r["stop"])
	}
	if len(r["stop_token_ids"].([]any)) != 4 {
		t.Errorf("stop tokens %v", r["stop_token_ids"])
	}
	// A server that knows the protocol only is asked nothing else.
	plain := &modeltest.Server{Kind: modeltest.OpenAIOnly}
	c := openOpenAI(t, OpenAIOptions{URL: plain.Start(t)})
	defer c.Close()
	ask(t, c, model.Prompt{model.Text("x")})
	for _, name := range []string{"stop_token_ids", "repetition_penalty", "repeat_penalty", "return_progress", "suffix"} {
		var r map[string]any
		plain.Last(t, &r)
		if v, ok := r[name]; ok {
			t.Errorf("%s: %v", name, v)
		}
	}
}

func TestOpenAITextIsNeverAControlToken(t *testing.T) {
	pieces := append(slices.Clone(model.InsertControls[:4]), "</s>", "<|endoftext|>", "[INST]", "<｜fim▁hole｜>", "<file_sep>")
	for _, kind := range []modeltest.Kind{modeltest.VLLM, modeltest.LlamaServer} {
		for _, spaced := range []bool{false, true} {
			s := &modeltest.Server{Kind: kind, NoBOS: true, Spaced: spaced, Pieces: pieces}
			b := openOpenAI(t, OpenAIOptions{URL: s.Start(t)})
			text := "x <PRE> y ▁<MID>▁<SUF> </s></s> [INST] <|endoftext|>z <｜fim▁hole｜> <s> <file_sep> <b>a</b> m[MAX_LEN] <PRE"
			ask(t, b, insertPrompt(text, text))
			got := s.LastPrompt(t)
			if n := strings.Count(got, "{"); n != 3 {
				t.Errorf("%s: %d control tokens in %q, want 3", kind, n, got)
			}
			if plain := strings.ReplaceAll(text, " ", "▁"); strings.Count(got, plain) != 2 {
				t.Errorf("%s: the model reads %q, which lacks %q", kind, got, plain)
			}
			b.Close()
		}
	}
}

func TestOpenAITextsAreEncodedOnce(t *testing.T) {
	s := &modeltest.Server{Kind: modeltest.VLLM}
	b := openOpenAI(t, OpenAIOptions{URL: s.Start(t)})
	defer b.Close()
	ask(t, b, insertPrompt("a </s>", "c </s>"))
	before := s.Count("/tokenize")
	ask(t, b, insertPrompt("a </s> b", "c </s>"))
	if n := s.Count("/tokenize") - before; n != 1 {
		t.Errorf("one text changed, %d were encoded", n)
	}
}

func TestWhichModel(t *testing.T) {
	many := []string{"nomic-embed-code", "llama3", "qwen2.5-coder:7b", "starcoder2"}
	tests := []struct {
		name   string
		server *modeltest.Server
		want   string // configured
		model  string
		tokens int
		why    string // part of the reason or of the error
	}{
		{"the only one", &modeltest.Server{Kind: modeltest.VLLM, Context: 100}, "", "tiny-code", 100, "is served at"},
		{"the first for code", &modeltest.Server{Kind: modeltest.VLLM, Models: many}, "", "qwen2.5-coder:7b", 4096, "first of 4"},
		{"the first", &modeltest.Server{Kind: modeltest.VLLM, Models: []string{"a", "b"}}, "", "a", 4096, "first of 2"},
		{"named", &modeltest.Server{Kind: modeltest.VLLM, Models: many}, "llama3", "llama3", 4096, "configured"},
		{"named without its tag", &modeltest.Server{Kind: modeltest.OllamaV1, Models: []string{"a:1", "x:latest"}}, "x", "x:latest", 2048, "configured"},
		{"a file", &modeltest.Server{Kind: modeltest.LlamaServer, Models: []string{"/models/x-code.gguf"}, Context: 512}, "x-code", "x-code", 512, "configured"},
		{"context not told", &modeltest.Server{Kind: modeltest.OpenAIOnly, Context: -1}, "", "tiny-code", 3000, ""},
		{"not there", &modeltest.Server{Kind: modeltest.VLLM, Models: many}, "gpt", "", 0, "gpt is not served"},
		{"none", &modeltest.Server{Kind: modeltest.VLLM, Models: []string{}}, "", "", 0, "nothing is served"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := openOpenAI(t, OpenAIOptions{URL: tt.server.Start(t) + "/v1/", Model: tt.want, ContextTokens: 3000})
			defer b.Close()
			info, err := b.Probe(t.Context())
			if info.Model != tt.model || info.ContextTokens != tt.tokens {
				t.Errorf("%+v, %v", info, err)
			}
			text := info.Why
			if err != nil {
				text = err.Error()
			}
			if !strings.Contains(text, tt.why) || (err != nil) != (tt.model == "") || err != nil && !model.IsKind(err, model.NoModel) {
				t.Errorf("why %q, want %q", text, tt.why)
			}
		})
	}
}

func TestOpenAIProbeAsksLittle(t *testing.T) {
	s := &modeltest.Server{Kind: modeltest.VLLM}
	b := openOpenAI(t, OpenAIOptions{URL: s.Start(t)})
	defer b.Close()
	for range 10 {
		info, err := b.Probe(t.Context())
		if err != nil || !info.Code || !info.VocabularyKnown || !slices.Equal(info.Controls, model.InsertControls[:4]) {
			t.Fatalf("%+v, %v", info, err)
		}
	}
	if n := s.Count("/tokenize"); n > len(model.InsertControls)+10 {
		t.Errorf("10 probes tokenized %d times", n)
	}
	if s.Count(completionsPath) != 0 {
		t.Error("a probe had the model generate")
	}
}

func TestOpenAIModelSwappedUnderTheServer(t *testing.T) {
	s := &modeltest.Server{Kind: modeltest.VLLM}
	b := openOpenAI(t, OpenAIOptions{URL: s.Start(t)})
	defer b.Close()
	ask(t, b, insertPrompt("a", "c"))
	s.Set(func(s *modeltest.Server) {
		s.Models, s.Context = []string{"other-code"}, 512
		s.Complete = func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusNotFound)
			modeltest.ReplyJSON(w, map[string]any{"error": map[string]any{"message": "The model `tiny-code` does not exist."}})
		}
	})
	if _, err := model.Generate(t.Context(), b, model.Request{Prompt: insertPrompt("a", "c"), MaxTokens: 1}); !model.IsKind(err, model.NoModel) {
		t.Errorf("got %v", err)
	}
	s.Set(func(s *modeltest.Server) { s.Complete = nil })
	ask(t, b, insertPrompt("a", "c"))
	var r map[string]any
	if s.Last(t, &r); r["model"] != "other-code" {
		t.Errorf("asked %v", r["model"])
	}
}

func TestOpenAIErrors(t *testing.T) {
	tests := []struct {
		name, body string
		status     int
		want       model.Kind
	}{
		{"too long, vLLM", `{"error":{"message":"This model's maximum context length is 4096 tokens. However, you requested 5000 tokens","type":"BadRequestError","code":400}}`, 400, model.TooLong},
		{"too long, llama.cpp", `{"error":{"code":400,"message":"request (1101 tokens) exceeds the available context size (1024 tokens), try increasing it"}}`, 400, model.TooLong},
		{"in the stream", completionsEvent + `data: {"error":{"code":500,"message":"EngineCore died"}}` + "\n\n", 200, model.BadReply},
		{"in the stream, as text", completionsEvent + `data: {"error":"boom"}` + "\n\n", 200, model.BadReply},
		{"in the stream of an older vLLM", completionsEvent + `data: {"object":"error","message":"boom","code":400}` + "\n\n", 200, model.BadReply},
		{"in the stream of an older llama-server", completionsEvent + `error: {"code":500,"message":"Compute error."}` + "\n\n", 200, model.BadReply},
		{"given up", completionsEvent + modeltest.CompletionEvent("", "abort") + "data: [DONE]\n\n", 200, model.BadReply},
		{"loading", `{"error":{"code":503,"message":"Loading model","type":"unavailable_error"}}`, 503, model.Loading},
		{"nobody behind the balancer", `no healthy upstream`, 503, model.Unreachable},
		{"bad gateway", ``, 502, model.Unreachable},
		{"overloaded", `{"error":{"message":"rate limit"}}`, 429, model.BadReply},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := &modeltest.Server{Kind: modeltest.VLLM, Complete: func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(tt.status)
				_, _ = io.WriteString(w, tt.body)
			}}
			b := openOpenAI(t, OpenAIOptions{URL: s.Start(t)})
			defer b.Close()
			_, err := model.Generate(t.Context(), b, model.Request{Prompt: model.Prompt{model.Text("a")}, MaxTokens: 1})
			if !model.IsKind(err, tt.want) {
				t.Errorf("got %v, want kind %q", err, tt.want)
			}
		})
	}
	t.Run("a control token that the model lacks", func(t *testing.T) {
		b := openOpenAI(t, OpenAIOptions{URL: (&modeltest.Server{Kind: modeltest.VLLM}).Start(t)})
		defer b.Close()
		_, err := model.Generate(t.Context(), b, model.Request{Prompt: model.Prompt{model.Control("<|fim_prefix|>")}, MaxTokens: 1})
		if !model.IsKind(err, model.NoInsert) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("a prompt that the server has cut", func(t *testing.T) {
		s := &modeltest.Server{Kind: modeltest.OpenAIOnly, Context: -1}
		b := openOpenAI(t, OpenAIOptions{URL: s.Start(t), ContextTokens: 10})
		defer b.Close()
		_, err := model.Generate(t.Context(), b, model.Request{Prompt: model.Prompt{model.Text("a b c d e f g h i j k")}, MaxTokens: 1})
		if !model.IsKind(err, model.TooLong) {
			t.Errorf("got %v", err)
		}
	})
}

func TestAddresses(t *testing.T) {
	for address, want := range map[string]string{
		"http://gpu.lan:8000": "http://gpu.lan:8000", "https://gpu.lan/v1": "https://gpu.lan",
		"https://lan/llm/v1/": "https://lan/llm", " http://gpu.lan:8000/ ": "http://gpu.lan:8000",
		"gpu.lan:8000": "", "ftp://x": "", "http://": "", "": "", "http://x?key=secret": "", "http://me:secret@x": "", "http://me:secret@x:y": "",
	} {
		b, err := NewOpenAI(OpenAIOptions{URL: address})
		switch {
		case want == "" && (err == nil || strings.Contains(err.Error(), "secret")):
			t.Errorf("%q: error %v", address, err)
		case want != "" && (err != nil || b.client.URL() != want):
			t.Errorf("%q: %v", address, err)
		}
	}
	if _, err := NewOpenAI(OpenAIOptions{URL: "http://x", Key: "secret\nX-Other: 1"}); err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("a key of two lines: %v", err)
	}
}

const secret = "sk-very-secret-0123456789"

// TestKeyStaysSecret: the key goes to the server and nowhere else.
func TestKeyStaysSecret(t *testing.T) {
	var log bytes.Buffer
	logger := slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	check := func(t *testing.T, err error) {
		t.Helper()
		if err == nil {
			t.Fatal("no error")
		}
		for e := err; e != nil; e = errors.Unwrap(e) {
			if strings.Contains(e.Error(), secret[:minKeyPart+3]) {
				t.Errorf("%T: %v", e, e)
			}
		}
		if strings.Contains(log.String(), secret[:minKeyPart+3]) {
			t.Errorf("log %s", log.String())
		}
	}
	request := model.Request{Prompt: model.Prompt{model.Text("a")}, MaxTokens: 1}
	t.Run("accepted", func(t *testing.T) {
		s := &modeltest.Server{Kind: modeltest.VLLM, Key: secret}
		b := openOpenAI(t, OpenAIOptions{URL: s.Start(t), Key: " " + secret + "\n", Log: logger})
		defer b.Close()
		if r, err := model.Generate(t.Context(), b, request); err != nil || r.Text == "" {
			t.Errorf("%+v, %v", r, err)
		}
		if r, err := model.Generate(t.Context(), b, model.Request{Chat: model.Say("hello")}); err != nil || r.Text != "two words" {
			t.Errorf("%+v, %v", r, err)
		}
	})
	t.Run("missing", func(t *testing.T) {
		b := openOpenAI(t, OpenAIOptions{URL: (&modeltest.Server{Kind: modeltest.VLLM, Key: secret}).Start(t), Log: logger})
		defer b.Close()
		_, err := b.Probe(t.Context())
		if check(t, err); !strings.Contains(err.Error(), "AIRSIDE_OPENAI_KEY") {
			t.Errorf("%v", err)
		}
	})
	t.Run("repeated by the server", func(t *testing.T) {
		pad := strings.Repeat("x", 190)
		for _, body := range []string{
			`{"error":{"message":"Incorrect API key provided: ` + secret + `"}}`,
			`{"error":{"message":"` + pad + secret + `"}}`, // cut within the key
			`Bearer ` + secret + ` is wrong`,
		} {
			for _, status := range []int{200, 401, 500} {
				s := &modeltest.Server{Kind: modeltest.VLLM, Complete: func(w http.ResponseWriter, _ *http.Request) {
					w.WriteHeader(status)
					_, _ = io.WriteString(w, body)
				}}
				b := openOpenAI(t, OpenAIOptions{URL: s.Start(t), Key: secret, Log: logger})
				_, err := model.Generate(t.Context(), b, request)
				check(t, err)
				b.Close()
			}
		}
	})
	t.Run("redirected", func(t *testing.T) {
		elsewhere := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			t.Errorf("%s %s, Authorization %q", r.Method, r.URL, r.Header.Get("Authorization"))
		}))
		defer elsewhere.Close()
		for _, path := range []string{modelsPath, completionsPath, "/v1/chat/completions", "/tokenize"} {
			s := &modeltest.Server{Kind: modeltest.VLLM, Key: secret}
			h := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == path {
					http.Redirect(w, r, elsewhere.URL, http.StatusTemporaryRedirect)
					return
				}
				s.ServeHTTP(w, r)
			}))
			b := openOpenAI(t, OpenAIOptions{URL: h.URL, Key: secret, Log: logger})
			if _, err := model.Generate(t.Context(), b, request); path != "/tokenize" && path != "/v1/chat/completions" {
				check(t, err)
			}
			if _, err := model.Generate(t.Context(), b, model.Request{Chat: model.Say("x")}); path == "/v1/chat/completions" {
				check(t, err)
			}
			b.Close()
			h.Close()
		}
	})
	t.Run("not to a proxy", func(t *testing.T) {
		proxy := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { t.Errorf("asked the proxy for %s", r.URL) }))
		defer proxy.Close()
		t.Setenv("HTTP_PROXY", proxy.URL)
		t.Setenv("OPENAI_BASE_URL", proxy.URL)
		b := openOpenAI(t, OpenAIOptions{URL: "http://airside.invalid", Key: secret, Log: logger})
		defer b.Close()
		_, err := b.Probe(t.Context())
		check(t, err)
	})
}

func TestUnknownCertificateIsRefused(t *testing.T) {
	asked := false
	h := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked = true }))
	h.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	h.StartTLS()
	defer h.Close()
	b := openOpenAI(t, OpenAIOptions{URL: h.URL, Key: secret})
	defer b.Close()
	_, err := b.Probe(t.Context())
	if !model.IsKind(err, model.Unreachable) || !strings.Contains(err.Error(), "certificate") || !strings.Contains(err.Error(), "trust the authority") {
		t.Errorf("got %v", err)
	}
	if asked {
		t.Error("a request was sent")
	}
}

// deaf accepts connections and never says anything, not even a TLS handshake:
// the nearest on this machine to packets that vanish.
func deaf(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return "https://" + l.Addr().String()
}

func TestNotReachableIsSaidSoon(t *testing.T) {
	b := openOpenAI(t, OpenAIOptions{URL: deaf(t)})
	defer b.Close()
	b.connectTimeout = connectTimeout
	start := time.Now()
	if _, err := b.Probe(t.Context()); !model.IsKind(err, model.Unreachable) || !strings.Contains(err.Error(), "no connection within 500ms") {
		t.Errorf("got %v", err)
	}
	if _, err := model.Generate(t.Context(), b, model.Request{Prompt: model.Prompt{model.Text("a")}, MaxTokens: 1}); !model.IsKind(err, model.Unreachable) {
		t.Errorf("got %v", err)
	}
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("it took %v", took)
	}
}

// switchboard is a server that can be cut off: connections stay, nothing is
// answered any more, and new ones are refused.
type switchboard struct {
	*httptest.Server
	off chan struct{} // closed: nothing is answered
}

func newSwitchboard(t *testing.T, s http.Handler) *switchboard {
	b := &switchboard{off: make(chan struct{})}
	b.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-b.off:
			<-r.Context().Done()
		default:
			s.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(b.Close)
	return b
}

// TestNetworkGoneUnderConnections: a probe notices that its connection leads
// nowhere, and generations end.
func TestNetworkGoneUnderConnections(t *testing.T) {
	s := &modeltest.Server{Kind: modeltest.VLLM}
	off := make(chan struct{})
	begun := make(chan struct{})
	s.Complete = func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, completionsEvent)
		_ = http.NewResponseController(w).Flush()
		close(begun)
		<-r.Context().Done()
	}
	board := newSwitchboard(t, s)
	board.off = off
	b := openOpenAI(t, OpenAIOptions{URL: board.URL})
	defer b.Close()
	b.staleTimeout = 10 * time.Millisecond
	if _, err := b.Probe(t.Context()); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error)
	go func() {
		_, err := model.Generate(t.Context(), b, model.Request{Prompt: model.Prompt{model.Text("a")}, MaxTokens: 9})
		ended <- err
	}()
	<-begun
	// An idle connection is left, so that the probe has one to be deceived by.
	if _, err := b.Probe(t.Context()); err != nil {
		t.Fatal(err)
	}
	board.Listener.Close()
	close(off)
	if _, err := b.Probe(t.Context()); !model.IsKind(err, model.Unreachable) {
		t.Errorf("Probe: %v", err)
	}
	if err := <-ended; !model.IsKind(err, model.Unreachable) {
		t.Errorf("Generate: %v", err)
	}
}

// comeAndGo is a server on one address that can be stopped and started.
type comeAndGo struct {
	t       *testing.T
	address string
	running *http.Server
	done    chan struct{}
}

func (c *comeAndGo) start(h http.Handler) {
	c.t.Helper()
	l, err := net.Listen("tcp", c.address)
	if err != nil {
		c.t.Fatal(err)
	}
	c.address = l.Addr().String()
	c.running, c.done = &http.Server{Handler: h}, make(chan struct{})
	go func() { _ = c.running.Serve(l); close(c.done) }()
}

func (c *comeAndGo) stop() { c.running.Close(); <-c.done }

// TestFollowsReachability: the big one in the office, the local one in the air,
// the big one after landing.
func TestFollowsReachability(t *testing.T) {
	s := &modeltest.Server{Kind: modeltest.VLLM}
	office := &comeAndGo{t: t, address: "127.0.0.1:0"}
	office.start(s)
	big := openOpenAI(t, OpenAIOptions{URL: "http://" + office.address})
	defer big.Close()
	local := modeltest.NewFake("local")
	choices := make(chan selector.Choice, 100)
	sel := selector.New([]model.Backend{big, local}, selector.Options{
		Interval: time.Millisecond, OnChange: func(c selector.Choice) { choices <- c },
	})
	defer sel.Close()
	next := func(want model.Backend) selector.Choice {
		t.Helper()
		select {
		case c := <-choices:
			if c.Backend != want || c.Err != nil {
				t.Fatalf("choice %+v", c)
			}
			r, err := model.Generate(t.Context(), c.Backend, model.Request{Prompt: model.Prompt{model.Text("a")}, MaxTokens: 3})
			if err != nil || r.Text == "" {
				t.Fatalf("%+v, %v", r, err)
			}
			return c
		case <-time.After(20 * time.Second):
			t.Fatal("the choice did not change")
			panic("unreachable")
		}
	}
	next(big)
	for range 3 {
		office.stop()
		if c := next(local); !strings.Contains(c.Why, "the server at openai.url is out of reach") {
			t.Errorf("why %q", c.Why)
		}
		office.start(s)
		next(big)
	}
	office.stop()
}

func TestOpenAIChat(t *testing.T) {
	b := openOpenAI(t, OpenAIOptions{URL: (&modeltest.Server{Kind: modeltest.VLLM}).Start(t)})
	defer b.Close()
	modeltest.CheckChat(t, b)
}

func TestOpenAIChatFaults(t *testing.T) {
	s := &modeltest.Server{Kind: modeltest.VLLM}
	modeltest.RunChatFaults(t, func(t *testing.T, f modeltest.Fault) model.Backend {
		return openOpenAI(t, OpenAIOptions{URL: modeltest.FaultServer(t, f, true, "/v1/chat/completions", modeltest.ChatEvent("hello", ""), s)})
	})
}
