package ollama

import (
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/model/modeltest"
)

func TestContract(t *testing.T) {
	s := &server{models: []installed{codellama("codellama:7b-code")}}
	modeltest.Run(t, modeltest.Harness{
		Open:   func(t *testing.T) model.Backend { return s.open(t, Options{}) },
		Prompt: insertPrompt("func f() {\n", "\n}\n"),
		Long:   model.Prompt{model.Text("long")}, LongTokens: 1 << 30,
		Stopped: func(t *testing.T, _ model.Backend) { s.idle(t) },
		Faulty: func(t *testing.T, f modeltest.Fault, late bool) model.Backend {
			return open(t, Options{URL: modeltest.FaultServer(t, f, late, generatePath, record("for"), s)})
		},
	})
}

func insertPrompt(prefix, suffix string) model.Prompt {
	return model.Prompt{
		model.Control("▁<PRE>"), model.Text(prefix),
		model.Control("▁<SUF>"), model.TextNoSpace(suffix), model.Control("▁<MID>"),
	}
}

func TestRequest(t *testing.T) {
	s := &server{models: []installed{codellama("codellama:7b-code")}}
	b := s.open(t, Options{KeepAlive: 90 * time.Second, ContextTokens: 2048, Threads: 3})
	defer b.Close()
	_, err := model.Generate(t.Context(), b, model.Request{
		Prompt: insertPrompt("a", "b"), MaxTokens: 7, Temperature: 0.25, Seed: 11, Stop: []string{"\n\n", ""},
	})
	if err != nil {
		t.Fatal(err)
	}
	r := s.last(t)
	if r.Prompt != "<PRE> a <SUF>b <MID>" {
		t.Errorf("prompt %q", r.Prompt)
	}
	if !r.Raw || !r.Stream || r.Truncate || r.Shift || r.Think || r.Model != "codellama:7b-code" {
		t.Errorf("%+v", r)
	}
	if r.KeepAlive == nil || *r.KeepAlive != 90 {
		t.Errorf("keep_alive %v", r.KeepAlive)
	}
	o := r.Options
	if o.NumCtx != 2048 || o.NumThread != 3 || o.NumPredict != 7 || o.Temperature != 0.25 || o.Seed != 11 || o.RepeatPenalty != 1 {
		t.Errorf("%+v", o)
	}
	if got := strings.Join(o.Stop, "|"); !strings.HasSuffix(got, "|\n\n") || !strings.Contains(got, "▁<EOT>") {
		t.Errorf("stop %q: want the caller's and the end token, longest first", got)
	}
}

func TestContextIsNoLargerThanTrained(t *testing.T) {
	m := codellama("codellama:7b-code")
	m.info["llama.context_length"] = 1024
	s := &server{models: []installed{m}}
	b := s.open(t, Options{ContextTokens: 4096})
	defer b.Close()
	info, err := b.Probe(t.Context())
	if err != nil || info.ContextTokens != 1024 {
		t.Errorf("%+v, %v", info, err)
	}
}

func TestVocabularyIsFetchedOncePerDigest(t *testing.T) {
	m := codellama("codellama:7b-code")
	s := &server{models: []installed{m}}
	b := s.open(t, Options{})
	defer b.Close()
	probe := func() model.Info {
		t.Helper()
		info, err := b.Probe(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return info
	}
	for range 3 {
		if info := probe(); len(info.Controls) != 4 || !info.Code {
			t.Errorf("%+v", info)
		}
	}
	if len(s.shown) != 1 {
		t.Errorf("asked %d times", len(s.shown))
	}
	// The same name with another content.
	s.mu.Lock()
	s.models[0].digest = "sha256:other"
	s.models[0].info["tokenizer.ggml.tokens"] = []string{"a"}
	s.mu.Unlock()
	if info := probe(); len(info.Controls) != 0 || len(s.shown) != 2 {
		t.Errorf("after the model changed: %+v, asked %d times", info, len(s.shown))
	}
	if len(b.details) != 1 {
		t.Errorf("%d models remembered, 1 is installed", len(b.details))
	}
}

func TestModelRemovedAndInstalled(t *testing.T) {
	s := &server{models: []installed{codellama("codellama:7b-code")}}
	b := s.open(t, Options{})
	defer b.Close()
	ask := func() error {
		_, err := model.Generate(t.Context(), b, model.Request{Prompt: model.Prompt{model.Text("a")}, MaxTokens: 1})
		return err
	}
	if err := ask(); err != nil {
		t.Fatal(err)
	}
	s.mu.Lock()
	s.models = []installed{codellama("codellama:13b-code")}
	s.generate = func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusNotFound)
		reply(w, map[string]string{"error": "model 'codellama:7b-code' not found"})
	}
	s.mu.Unlock()
	if err := ask(); !model.IsKind(err, model.NoModel) {
		t.Errorf("got %v", err)
	}
	s.mu.Lock()
	s.generate = nil
	s.mu.Unlock()
	if err := ask(); err != nil || s.last(t).Model != "codellama:13b-code" {
		t.Errorf("%v, asked %s", err, s.last(t).Model)
	}
}

func TestErrorsInTheStream(t *testing.T) {
	tests := []struct {
		name, body string
		status     int
		want       model.Kind
	}{
		{"runner died", record("for") + `{"error":"an error was encountered while running the model"}` + "\n", 200, model.BadReply},
		{"too long", `{"error":"the input length exceeds the context length"}`, 400, model.TooLong},
		{"silently cut by an old server", `{"done":true,"prompt_eval_count":4096,"response":""}` + "\n", 200, model.TooLong},
		{"busy", `{"error":"server busy, please try again.  maximum pending requests exceeded"}`, 503, model.Loading},
		{"gone", `{"error":"model 'x' not found"}`, 404, model.NoModel},
		{"an embedding model", `{"error":"\"x\" does not support generate"}`, 400, model.NoInsert},
		{"unreadable", `{"error":"unable to load model: /blobs/x"}`, 500, model.Broken},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := &server{models: []installed{codellama("codellama:7b-code")}}
			s.generate = func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(tt.status)
				_, _ = io.WriteString(w, tt.body)
			}
			b := s.open(t, Options{})
			defer b.Close()
			_, err := model.Generate(t.Context(), b, model.Request{Prompt: model.Prompt{model.Text("a")}, MaxTokens: 1})
			if !model.IsKind(err, tt.want) {
				t.Errorf("got %v, want kind %q", err, tt.want)
			}
		})
	}
}

// Ollama ends the stream without a last record when a model repeats itself.
func TestLoopingModel(t *testing.T) {
	s := &server{models: []installed{codellama("codellama:7b-code")}}
	s.generate = func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, strings.Repeat(record("\n"), 31))
	}
	b := s.open(t, Options{})
	defer b.Close()
	r, err := model.Generate(t.Context(), b, model.Request{Prompt: model.Prompt{model.Text("a")}, MaxTokens: 100})
	if err != nil || r.StopReason != "length" || len(r.Text) != 31 {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestEndTokenEndsTheAnswer(t *testing.T) {
	s := &server{models: []installed{codellama("codellama:7b-code")}}
	s.generate = func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, record("x")+record("▁<EOT>")+record("y")+`{"done":true}`+"\n")
	}
	b := s.open(t, Options{})
	defer b.Close()
	r, err := model.Generate(t.Context(), b, model.Request{Prompt: model.Prompt{model.Text("a")}, MaxTokens: 100})
	if err != nil || r.Text != "x" || r.StopReason != "stop" {
		t.Errorf("%+v, %v", r, err)
	}
}

// TestLikely: how likely each token was, where the server tells.
func TestLikely(t *testing.T) {
	s := &server{models: []installed{codellama("codellama:7b-code")}}
	s.generate = func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, `{"response":"for","logprobs":[{"token":"for","logprob":-0.25,"top_logprobs":[{"token":"for","logprob":-0.25},{"token":"if","logprob":-2}]}]}`+"\n"+`{"done":true}`+"\n")
	}
	b := s.open(t, Options{})
	defer b.Close()
	likely := new(model.Likelihood)
	_, err := model.Generate(t.Context(), b, model.Request{Prompt: model.Prompt{model.Text("a")}, MaxTokens: 100, Likely: likely})
	want := []model.Token{{End: 3, Ln: -0.25, Best: []model.Alternative{{Text: "for", Ln: -0.25}, {Text: "if", Ln: -2}}}}
	if err != nil || !reflect.DeepEqual(likely.Tokens, want) {
		t.Errorf("%+v, %v", likely.Tokens, err)
	}
}

func TestChat(t *testing.T) {
	s := &server{models: []installed{codellama("codellama:7b-code")}}
	b := s.open(t, Options{ContextTokens: 2048, Threads: 1, KeepAlive: time.Hour, ChatModel: "other:7b"})
	defer b.Close()
	if _, err := b.Generate(t.Context(), model.Request{Chat: model.Say("hello"), MaxTokens: 9, Schema: []byte(`"json"`)}); err != nil {
		t.Fatal(err)
	}
	got := s.chats[0]
	options := got["options"].(map[string]any)
	if got["model"] != "other:7b" || got["format"] != "json" || got["keep_alive"] != "3600s" ||
		options["num_ctx"] != 2048.0 || options["num_thread"] != 1.0 || options["num_predict"] != 9.0 {
		t.Errorf("%v", got)
	}
	modeltest.CheckChat(t, b)
}

func TestChatFaults(t *testing.T) {
	message := `{"message":{"role":"assistant","content":"hello"}}` + "\n"
	s := &server{models: []installed{codellama("codellama:7b-code")}}
	modeltest.RunChatFaults(t, func(t *testing.T, f modeltest.Fault) model.Backend {
		return open(t, Options{URL: modeltest.FaultServer(t, f, true, "/api/chat", message, s)})
	})
}

func TestOtherSoftwareWithJSON(t *testing.T) {
	h := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { reply(w, map[string]int{"count": 1}) }))
	defer h.Close()
	b := open(t, Options{URL: h.URL})
	defer b.Close()
	if _, err := b.Probe(t.Context()); !model.IsKind(err, model.BadReply) {
		t.Errorf("got %v", err)
	}
}

func TestNewRefusesBadAddresses(t *testing.T) {
	for _, url := range []string{"", "127.0.0.1:11434", "ftp://x", "http://", "http://a b"} {
		if _, err := New(Options{URL: url}); err == nil {
			t.Errorf("%q was accepted", url)
		}
	}
}

// TestRestart: the model is dropped, by its name and without a question.
func TestRestart(t *testing.T) {
	s := &server{models: []installed{codellama("codellama:7b-code")}}
	b := s.open(t, Options{})
	defer b.Close()
	if b.Restart() {
		t.Error("no model has been chosen yet")
	}
	if _, err := b.Probe(t.Context()); err != nil {
		t.Fatal(err)
	}
	if !b.Restart() {
		t.Error("not dropped")
	}
	if b.Restartable() || b.Restart() {
		t.Error("and dropped again at once")
	}
	if r := s.last(t); r.Model != "codellama:7b-code" || r.Prompt != "" || r.KeepAlive == nil || *r.KeepAlive != 0 {
		t.Errorf("asked %+v", r)
	}
}
