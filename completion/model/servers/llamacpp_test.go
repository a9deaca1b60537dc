package servers

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/model/modeltest"
)

const llamaEvent = `data: {"content":"for","tokens":[7],"stop":false}` + "\n\n"

func TestLlamaCppContract(t *testing.T) {
	s := &modeltest.Server{}
	modeltest.Run(t, modeltest.Harness{
		Open:   func(t *testing.T) model.Backend { return openLlama(t, LlamaCppOptions{URL: s.Start(t)}) },
		Prompt: insertPrompt("func f() {\n", "\n}\n"),
		Long:   model.Prompt{model.Text("long")}, LongTokens: 1 << 30,
		Stopped: func(t *testing.T, _ model.Backend) { s.Idle(t) },
		Faulty: func(t *testing.T, f modeltest.Fault, late bool) model.Backend {
			return openLlama(t, LlamaCppOptions{URL: modeltest.FaultServer(t, f, late, "/completion", llamaEvent, s)})
		},
	})
}

func TestLlamaCppRequest(t *testing.T) {
	s := &modeltest.Server{}
	b := openLlama(t, LlamaCppOptions{URL: s.Start(t)})
	defer b.Close()
	ask := model.Request{Prompt: model.Prompt{model.Text("a")}, MaxTokens: 7, Seed: 11, Stop: []string{"\n\n", ""}}
	r, err := model.Generate(t.Context(), b, ask)
	if err != nil {
		t.Fatal(err)
	}
	if u := r.Usage; u.PromptTokens != 2 || u.CachedTokens != 1 || u.GeneratedTokens != 7 {
		t.Errorf("%+v", u)
	}
	var greedy completionRequest
	s.Last(t, &greedy)
	if greedy.MaxTokens != 7 || greedy.Seed != 11 || len(greedy.Stop) != 1 || !greedy.CachePrompt || !greedy.Stream ||
		!greedy.ReturnProgress || greedy.RepeatPenalty != 1 {
		t.Errorf("%+v", greedy)
	}
	if greedy.Temperature != 0 || greedy.TopK != 1 || !slices.Equal(greedy.Samplers, []string{"top_k"}) {
		t.Errorf("not greedy: %+v", greedy)
	}
	ask.Temperature = 0.25
	if _, err := model.Generate(t.Context(), b, ask); err != nil {
		t.Fatal(err)
	}
	var warm completionRequest
	if s.Last(t, &warm); warm.Temperature != 0.25 || warm.TopK != 0 || warm.Samplers != nil {
		t.Errorf("%+v", warm)
	}
}

// The prompts that Meta's infilling_prompt_tokens makes.
func TestLlamaCppEncode(t *testing.T) {
	tests := []struct {
		name   string
		server *modeltest.Server
		prompt model.Prompt
		want   string
	}{
		{"tiny", &modeltest.Server{}, insertPrompt("a b", "c"), "{s}{▁<PRE>}a▁b{▁<SUF>}c{▁<MID>}"},
		{"Meta's", &modeltest.Server{Spaced: true}, insertPrompt("a b", "c"), "{s}{▁<PRE>}▁a▁b{▁<SUF>}c{▁<MID>}"},
		{"suffix with a blank", &modeltest.Server{Spaced: true}, insertPrompt("a", " c"), "{s}{▁<PRE>}▁a{▁<SUF>}▁c{▁<MID>}"},
		{"empty texts", &modeltest.Server{Spaced: true}, insertPrompt("", ""), "{s}{▁<PRE>}{▁<SUF>}{▁<MID>}"},
		{"neighbouring texts", &modeltest.Server{Spaced: true}, model.Prompt{model.Text("a"), model.Text("b")}, "{s}▁ab"},
		{"no begin of sequence", &modeltest.Server{NoBOS: true}, model.Prompt{model.Text("a")}, "a"},
		{"control tokens as words", &modeltest.Server{Spaced: true, Words: true}, insertPrompt("a", "c"), "{s}{▁<PRE>}▁a{▁<SUF>}c{▁<MID>}"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := tt.server
			b := openLlama(t, LlamaCppOptions{URL: s.Start(t)})
			defer b.Close()
			if _, err := model.Generate(t.Context(), b, model.Request{Prompt: tt.prompt, MaxTokens: 1}); err != nil {
				t.Fatal(err)
			}
			if got := s.LastPrompt(t); got != tt.want {
				t.Errorf("got  %q\nwant %q", got, tt.want)
			}
		})
	}
}

func TestLlamaCppTextIsNeverAControlToken(t *testing.T) {
	for _, s := range []*modeltest.Server{{}, {Spaced: true}, {Spaced: true, Words: true}, {Words: true}} {
		b := openLlama(t, LlamaCppOptions{URL: s.Start(t)})
		text := "x <PRE> y ▁<MID>▁<SUF> <EOT>z <PRE"
		_, err := model.Generate(t.Context(), b, model.Request{Prompt: insertPrompt(text, text), MaxTokens: 1})
		if err != nil {
			t.Fatal(err)
		}
		got := s.LastPrompt(t)
		if n := strings.Count(got, "{▁"); n != 3 {
			t.Errorf("%d control tokens in %q, want 3", n, got)
		}
		plain := strings.ReplaceAll(text, " ", "▁")
		if strings.Count(got, plain) != 2 {
			t.Errorf("the model reads %q, which lacks %q", got, plain)
		}
		b.Close()
	}
}

func TestLlamaCppTextsAreEncodedOnce(t *testing.T) {
	s := &modeltest.Server{Spaced: true}
	b := openLlama(t, LlamaCppOptions{URL: s.Start(t)})
	defer b.Close()
	ask := func(prefix, suffix string) {
		t.Helper()
		if _, err := model.Generate(t.Context(), b, model.Request{Prompt: insertPrompt(prefix, suffix), MaxTokens: 1}); err != nil {
			t.Fatal(err)
		}
	}
	ask("a", "c")
	before := s.Count("/tokenize")
	ask("ab", "c")
	if n := s.Count("/tokenize") - before; n != 1 {
		t.Errorf("one text changed, %d were encoded", n)
	}
	if got := s.LastPrompt(t); got != "{s}{▁<PRE>}▁ab{▁<SUF>}c{▁<MID>}" {
		t.Errorf("%q", got)
	}
}

func TestLlamaCppModelSwappedUnderTheServer(t *testing.T) {
	s := &modeltest.Server{}
	b := openLlama(t, LlamaCppOptions{URL: s.Start(t)})
	defer b.Close()
	ask := func() string {
		t.Helper()
		if _, err := model.Generate(t.Context(), b, model.Request{Prompt: insertPrompt("a", "c"), MaxTokens: 1}); err != nil {
			t.Fatal(err)
		}
		return s.LastPrompt(t)
	}
	if got := ask(); got != "{s}{▁<PRE>}a{▁<SUF>}c{▁<MID>}" {
		t.Errorf("%q", got)
	}
	s.Set(func(s *modeltest.Server) { s.Models, s.Spaced, s.Context = []string{"other-code.gguf"}, true, 512 })
	if got := ask(); got != "{s}{▁<PRE>}▁a{▁<SUF>}c{▁<MID>}" {
		t.Errorf("after the model changed: %q", got)
	}
	if info, err := b.Probe(t.Context()); err != nil || info.Model != "other-code" || info.ContextTokens != 512 {
		t.Errorf("%+v, %v", info, err)
	}
}

func TestLlamaCppProbeAsksLittle(t *testing.T) {
	s := &modeltest.Server{}
	b := openLlama(t, LlamaCppOptions{URL: s.Start(t)})
	defer b.Close()
	for range 10 {
		if info, err := b.Probe(t.Context()); err != nil || !info.Code || len(info.Controls) != 4 {
			t.Fatalf("%+v, %v", info, err)
		}
	}
	if n := s.Count("/tokenize"); n > len(model.InsertControls)+5 {
		t.Errorf("10 probes tokenized %d times", n)
	}
}

func TestLlamaCppErrors(t *testing.T) {
	tests := []struct {
		name, body string
		status     int
		want       model.Kind
	}{
		{"too long", `{"error":{"code":400,"message":"request (1101 tokens) exceeds the available context size (1024 tokens), try increasing it","type":"exceed_context_size_error"}}`, 400, model.TooLong},
		{"in the stream", llamaEvent + `data: {"error":{"code":500,"message":"Compute error."}}` + "\n\n", 200, model.BadReply},
		{"in the stream of an older server", llamaEvent + `error: {"code":500,"message":"Compute error."}` + "\n\n", 200, model.BadReply},
		{"loading", `{"error":{"code":503,"message":"Loading model","type":"unavailable_error"}}`, 503, model.Loading},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := &modeltest.Server{Complete: func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(tt.status)
				_, _ = io.WriteString(w, tt.body)
			}}
			b := openLlama(t, LlamaCppOptions{URL: s.Start(t)})
			defer b.Close()
			_, err := model.Generate(t.Context(), b, model.Request{Prompt: model.Prompt{model.Text("a")}, MaxTokens: 1})
			if !model.IsKind(err, tt.want) {
				t.Errorf("got %v, want kind %q", err, tt.want)
			}
		})
	}
	t.Run("a control token that the model lacks", func(t *testing.T) {
		b := openLlama(t, LlamaCppOptions{URL: (&modeltest.Server{}).Start(t)})
		defer b.Close()
		_, err := model.Generate(t.Context(), b, model.Request{Prompt: model.Prompt{model.Control("<|fim_prefix|>")}, MaxTokens: 1})
		if !model.IsKind(err, model.NoInsert) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("an API key", func(t *testing.T) {
		s := &modeltest.Server{Key: "secret"}
		b := openLlama(t, LlamaCppOptions{URL: s.Start(t)})
		defer b.Close()
		if _, err := b.Probe(t.Context()); !model.IsKind(err, model.BadReply) {
			t.Errorf("without: %v", err)
		}
		with := openLlama(t, LlamaCppOptions{URL: s.Start(t), Token: "secret"})
		defer with.Close()
		if _, err := with.Probe(t.Context()); err != nil {
			t.Errorf("with: %v", err)
		}
	})
	t.Run("a router", func(t *testing.T) {
		h := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			modeltest.ReplyJSON(w, map[string]any{"role": "router", "default_generation_settings": map[string]int{"n_ctx": 0}})
		}))
		defer h.Close()
		b := openLlama(t, LlamaCppOptions{URL: h.URL})
		defer b.Close()
		if _, err := b.Probe(t.Context()); !model.IsKind(err, model.NoModel) {
			t.Errorf("got %v", err)
		}
	})
}

func TestLlamaCppControlTokenEndsTheAnswer(t *testing.T) {
	for _, content := range []string{"", "▁<EOT>", " <EOT>"} {
		s := &modeltest.Server{Complete: func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, llamaEvent+`data: {"content":"`+content+`","tokens":[`+strconv.Itoa(modeltest.ControlID+3)+`]}`+"\n\n"+llamaEvent)
		}}
		b := openLlama(t, LlamaCppOptions{URL: s.Start(t)})
		r, err := model.Generate(t.Context(), b, model.Request{Prompt: model.Prompt{model.Text("a")}, MaxTokens: 9})
		if err != nil || r.Text != "for" || r.StopReason != "stop" {
			t.Errorf("shown as %q: %+v, %v", content, r, err)
		}
		b.Close()
	}
}

// TestLikely: how likely each token was, where the server tells; the last one may
// have no text.
func TestLlamaCppLikely(t *testing.T) {
	const told = `data: {"content":"for","tokens":[7],"completion_probabilities":[{"token":"for","logprob":-0.25,"top_logprobs":[{"token":"for","logprob":-0.25},{"token":"if","logprob":-2}]}]}` + "\n\n" +
		`data: {"content":"","tokens":[2],"completion_probabilities":[{"token":"","logprob":-1}]}` + "\n\n" + `data: {"content":"","stop":true,"stop_type":"eos"}` + "\n\n"
	for _, tt := range []struct {
		body string
		want []model.Token
	}{
		{told, []model.Token{{End: 3, Ln: -0.25, Best: []model.Alternative{{Text: "for", Ln: -0.25}, {Text: "if", Ln: -2}}}, {End: 3, Ln: -1}}},
		{strings.ReplaceAll(told, "logprob", "prob"), nil}, // an older server
		{llamaEvent + `data: {"content":"","stop":true,"stop_type":"eos"}` + "\n\n", nil},
	} {
		s := &modeltest.Server{Complete: func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, tt.body) }}
		b := openLlama(t, LlamaCppOptions{URL: s.Start(t)})
		likely := new(model.Likelihood)
		_, err := model.Generate(t.Context(), b, model.Request{Prompt: model.Prompt{model.Text("a")}, MaxTokens: 9, Likely: likely})
		if err != nil || !reflect.DeepEqual(likely.Tokens, tt.want) {
			t.Errorf("%+v, %v", likely.Tokens, err)
		}
		b.Close()
	}
}

func TestScan(t *testing.T) {
	port := func(t *testing.T, address string) int {
		u, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		n, _ := strconv.Atoi(u.Port())
		return n
	}
	other := func(t *testing.T, f modeltest.Fault) int {
		return port(t, modeltest.FaultServer(t, f, false, "", llamaEvent, http.NotFoundHandler()))
	}
	t.Run("among other software", func(t *testing.T) {
		s := &modeltest.Server{}
		b := openLlama(t, LlamaCppOptions{Ports: []int{
			other(t, modeltest.Gone), other(t, modeltest.WebPage), other(t, modeltest.Silent),
			other(t, modeltest.InvalidJSON), other(t, modeltest.Redirect), port(t, s.Start(t)),
		}})
		defer b.Close()
		info, err := b.Probe(t.Context())
		if err != nil || info.Model != "tiny-code" {
			t.Fatalf("%+v, %v", info, err)
		}
		if _, err := b.Probe(t.Context()); err != nil || s.Count("/props") != 3 {
			t.Errorf("%v; asked %d times", err, s.Count("/props"))
		}
	})
	t.Run("nothing there", func(t *testing.T) {
		b := openLlama(t, LlamaCppOptions{Ports: []int{other(t, modeltest.Gone), other(t, modeltest.WebPage)}})
		defer b.Close()
		if _, err := b.Probe(t.Context()); !model.IsKind(err, model.Unreachable) || !strings.Contains(err.Error(), "llama-server -m") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("loading", func(t *testing.T) {
		b := openLlama(t, LlamaCppOptions{Ports: []int{other(t, modeltest.LoadingNow)}})
		defer b.Close()
		if _, err := b.Probe(t.Context()); !model.IsKind(err, model.Loading) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("comes and goes", func(t *testing.T) {
		s := &modeltest.Server{}
		first, second := httptest.NewServer(s), httptest.NewServer(s)
		defer second.Close()
		b := openLlama(t, LlamaCppOptions{Ports: []int{port(t, first.URL), port(t, second.URL)}})
		defer b.Close()
		if info, err := b.Probe(t.Context()); err != nil || info.Endpoint != first.URL {
			t.Fatalf("%+v, %v", info, err)
		}
		first.Close()
		if _, err := b.Probe(t.Context()); !model.IsKind(err, model.Unreachable) {
			t.Errorf("got %v", err)
		}
		if info, err := b.Probe(t.Context()); err != nil || info.Endpoint != second.URL {
			t.Errorf("%+v, %v", info, err)
		}
	})
}

func TestLlamaCppChat(t *testing.T) {
	s := &modeltest.Server{Key: "secret"}
	b := openLlama(t, LlamaCppOptions{URL: s.Start(t), Token: "secret"})
	defer b.Close()
	modeltest.CheckChat(t, b)
}

func TestLlamaCppChatFaults(t *testing.T) {
	s := &modeltest.Server{}
	modeltest.RunChatFaults(t, func(t *testing.T, f modeltest.Fault) model.Backend {
		return openLlama(t, LlamaCppOptions{URL: modeltest.FaultServer(t, f, true, "/v1/chat/completions", modeltest.ChatEvent("hello", ""), s)})
	})
}
