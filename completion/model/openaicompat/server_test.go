package openaicompat

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/airside-ls/airside/completion/model"
)

// server is a scripted OpenAI-compatible server. Its tokenizer has a token for
// every character: its code point, a blank written as "▁".
type server struct {
	kind    string   // "vllm" (also when empty), "llamacpp", "ollama", "text"
	models  []string // "tiny-code" when empty
	key     string
	context int      // tokens; 4096 when 0, not told when negative
	pieces  []string // control tokens; CodeLlama's when nil
	spaced  bool     // a blank is put before a text and after a control token
	bos     bool

	mu       sync.Mutex
	requests []map[string]any // of /v1/completions
	calls    map[string]int   // by path
	active   int
	complete http.HandlerFunc // when set, answers /v1/completions
}

const (
	bosID     = 1
	controlID = 0x110000 // the first after the last code point
)

var codeLlamaControls = []string{"▁<PRE>", "▁<SUF>", "▁<MID>", "▁<EOT>"}

func (s *server) start(t *testing.T) string {
	t.Helper()
	h := httptest.NewServer(s)
	t.Cleanup(h.Close)
	return h.URL
}

func (s *server) open(t *testing.T) *Backend {
	t.Helper()
	return open(t, Options{URL: s.start(t), Key: s.key})
}

func open(t *testing.T, o Options) *Backend {
	t.Helper()
	b, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	if s.calls == nil {
		s.calls = map[string]int{}
	}
	s.calls[r.URL.Path]++
	s.mu.Unlock()
	if s.key != "" && r.Header.Get("Authorization") != "Bearer "+s.key {
		w.WriteHeader(http.StatusUnauthorized)
		reply(w, map[string]any{"error": map[string]any{"message": "Incorrect API key provided: " + r.Header.Get("Authorization")}})
		return
	}
	var ask map[string]any
	if r.Method == http.MethodPost && r.URL.Path != completionsPath {
		_ = json.NewDecoder(r.Body).Decode(&ask)
	}
	switch path := r.URL.Path; {
	case path == modelsPath:
		reply(w, map[string]any{"object": "list", "data": s.list()})
	case path == "/tokenize" && (s.kind == "" || s.kind == "vllm"):
		text, _ := ask["prompt"].(string)
		begin, _ := ask["add_special_tokens"].(bool)
		reply(w, map[string]any{"tokens": s.tokenize(text, begin, true), "max_model_len": s.contextTokens()})
	case path == "/tokenize" && s.kind == "llamacpp":
		text, _ := ask["content"].(string)
		begin, _ := ask["add_special"].(bool)
		parse, _ := ask["parse_special"].(bool)
		reply(w, map[string]any{"tokens": s.tokenize(text, begin, parse)})
	case path == "/api/show" && s.kind == "ollama":
		reply(w, map[string]any{"capabilities": []string{"completion", "insert"}, "model_info": map[string]any{
			"general.architecture": "llama", "llama.context_length": 2048,
		}})
	case path == completionsPath:
		s.serveCompletion(w, r)
	case path == "/v1/chat/completions":
		serveChat(w, ask)
	default:
		http.NotFound(w, r)
	}
}

func (s *server) contextTokens() int {
	if s.context == 0 {
		return 4096
	}
	return max(0, s.context)
}

func (s *server) list() []map[string]any {
	s.mu.Lock()
	defer s.mu.Unlock()
	names := s.models
	if names == nil {
		names = []string{"tiny-code"}
	}
	list := []map[string]any{}
	for _, n := range names {
		m := map[string]any{"id": n, "object": "model", "created": time.Now().Unix(), "owned_by": s.kind}
		switch s.kind {
		case "", "vllm":
			m["max_model_len"] = s.contextTokens()
		case "llamacpp":
			m["meta"] = map[string]any{"n_ctx": s.contextTokens(), "n_ctx_train": 1 << 20}
		}
		list = append(list, m)
	}
	return list
}

func (s *server) controls() []string {
	if s.pieces == nil {
		return codeLlamaControls
	}
	return s.pieces
}

func (s *server) tokenize(text string, begin, parse bool) []int {
	ids := []int{}
	if begin && s.bos {
		ids = append(ids, bosID)
	}
	front := s.spaced
	for text = strings.ReplaceAll(text, " ", "▁"); text != ""; {
		i := slices.IndexFunc(s.controls(), func(c string) bool { return strings.HasPrefix(text, c) })
		if i >= 0 && parse {
			ids, front = append(ids, controlID+i), s.spaced
			text = text[len(s.controls()[i]):]
			continue
		}
		if front {
			ids, front = append(ids, '▁'), false
		}
		c := []rune(text)[0]
		ids = append(ids, int(c))
		text = text[len(string(c)):]
	}
	return ids
}

// show writes a prompt as text.
func (s *server) show(prompt any) string {
	ids, ok := prompt.([]any)
	if !ok {
		return prompt.(string)
	}
	var b strings.Builder
	for _, id := range ids {
		switch id := int(id.(float64)); {
		case id >= controlID:
			b.WriteString("{" + s.controls()[id-controlID] + "}")
		case id == bosID:
			b.WriteString("{s}")
		default:
			b.WriteRune(rune(id))
		}
	}
	return b.String()
}

// script is what every prompt is answered with, one token an event; a prompt
// that holds "long" is answered with it again and again.
var script = []string{"for", " i", " :=", " range", " ", "größe", "☺", " {\n", "\t", "total", " +=", " i", "\n}"}

func event1(text, finish string) string {
	choice := map[string]any{"index": 0, "text": text, "finish_reason": nil}
	if finish != "" {
		choice["finish_reason"] = finish
	}
	data, _ := json.Marshal(map[string]any{"object": "text_completion", "choices": []any{choice}})
	return fmt.Sprintf("data: %s\n\n", data)
}

func (s *server) serveCompletion(w http.ResponseWriter, r *http.Request) {
	var ask map[string]any
	if err := json.NewDecoder(r.Body).Decode(&ask); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	s.mu.Lock()
	s.requests = append(s.requests, ask)
	s.active++
	custom := s.complete
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		s.active--
		s.mu.Unlock()
	}()
	if custom != nil {
		custom(w, r)
		return
	}
	prompt := s.show(ask["prompt"])
	limit := int(ask["max_tokens"].(float64))
	say := func(text string) bool {
		_, err := io.WriteString(w, text)
		return err == nil && http.NewResponseController(w).Flush() == nil
	}
	say(": ping\n\n")
	finish, n := "stop", 0
	for {
		if n == len(script) && !strings.Contains(prompt, "long") {
			break
		}
		if n == limit {
			finish = "length"
			break
		}
		if r.Context().Err() != nil || !say(event1(script[n%len(script)], "")) {
			return
		}
		n++
	}
	usage, _ := json.Marshal(map[string]any{"choices": []any{}, "usage": map[string]any{
		"prompt_tokens": len(strings.Fields(prompt)) + 1, "completion_tokens": n, "prompt_tokens_details": map[string]int{"cached_tokens": 1},
	}})
	say(event1("", finish) + "data: " + string(usage) + "\n\ndata: [DONE]\n\n")
}

func serveChat(w http.ResponseWriter, ask map[string]any) {
	if ask["stream"] != true {
		reply(w, map[string]any{"usage": map[string]int{"prompt_tokens": 5, "completion_tokens": 2}, "choices": []any{map[string]any{
			"finish_reason": "stop", "message": map[string]string{"role": "assistant", "content": "two words"},
		}}})
		return
	}
	_, _ = io.WriteString(w, chatEvent("two ", "")+chatEvent("words", "")+chatEvent("", "stop")+"data: [DONE]\n\n")
}

func chatEvent(text, finish string) string {
	choice := map[string]any{"delta": map[string]string{"content": text}}
	if finish != "" {
		choice["finish_reason"] = finish
	}
	data, _ := json.Marshal(map[string]any{"choices": []any{choice}})
	return fmt.Sprintf("data: %s\n\n", data)
}

func reply(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v)
}

// idle fails the test unless no generation runs soon.
func (s *server) idle(t *testing.T) {
	t.Helper()
	eventually(t, "the server is idle", func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.active == 0
	})
}

func (s *server) last(t *testing.T) map[string]any {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.requests) == 0 {
		t.Fatal("nothing was asked")
	}
	return s.requests[len(s.requests)-1]
}

func (s *server) count(path string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.calls[path]
}

// eventually polls a condition that no event tells of.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for pause := time.Millisecond; !ok(); pause = min(2*pause, 50*time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("it never came about that %s", what)
		}
		time.Sleep(pause)
	}
}

func insertPrompt(prefix, suffix string) model.Prompt {
	return model.Prompt{
		model.Control("▁<PRE>"), model.Text(prefix),
		model.Control("▁<SUF>"), model.TextNoSpace(suffix), model.Control("▁<MID>"),
	}
}
