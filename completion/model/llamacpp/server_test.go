package llamacpp

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

// server is a scripted llama-server. Its tokenizer has a token for every
// character: its code point, a blank written as "▁".
type server struct {
	name    string // of the model; "tiny" when empty
	token   string // API key
	context int    // tokens; 4096 when 0
	// spaced: a blank is put before a text and after a control token.
	spaced bool
	// words: control tokens are words of the vocabulary, which " <PRE>" is
	// merged to whether or not control tokens are parsed.
	words bool
	noBOS bool

	mu       sync.Mutex
	requests []completionRequest
	calls    map[string]int // by path
	active   int
	complete http.HandlerFunc // when set, answers /completion
}

const (
	bosID     = 1
	controlID = 0x110000 // the first after the last code point
)

func (s *server) start(t *testing.T) string {
	t.Helper()
	h := httptest.NewServer(s)
	t.Cleanup(h.Close)
	return h.URL
}

func (s *server) open(t *testing.T) *Backend {
	t.Helper()
	return open(t, Options{URL: s.start(t)})
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
	if s.token != "" && r.URL.Path != "/health" && r.Header.Get("Authorization") != "Bearer "+s.token {
		w.WriteHeader(http.StatusUnauthorized)
		reply(w, map[string]any{"error": map[string]any{"code": 401, "message": "Invalid API Key"}})
		return
	}
	switch r.URL.Path {
	case "/health":
		reply(w, map[string]string{"status": "ok"})
	case "/props":
		s.mu.Lock()
		defer s.mu.Unlock()
		reply(w, map[string]any{
			"default_generation_settings": map[string]any{"n_ctx": s.contextTokens()},
			"model_path":                  s.modelPath(), "total_slots": 1, "build_info": "scripted",
		})
	case "/tokenize":
		var ask tokenizeRequest
		_ = json.NewDecoder(r.Body).Decode(&ask)
		s.mu.Lock()
		defer s.mu.Unlock()
		reply(w, map[string]any{"tokens": s.tokenize(ask)})
	case "/detokenize":
		var ask struct{ Tokens []int }
		_ = json.NewDecoder(r.Body).Decode(&ask)
		reply(w, map[string]any{"content": show(ask.Tokens)})
	case "/completion":
		s.serveCompletion(w, r)
	case "/v1/chat/completions":
		serveChat(w, r)
	default:
		http.NotFound(w, r)
	}
}

func (s *server) modelPath() string {
	if s.name == "" {
		return "models/tiny-code.gguf"
	}
	return s.name
}

func (s *server) contextTokens() int {
	if s.context == 0 {
		return 4096
	}
	return s.context
}

func (s *server) tokenize(r tokenizeRequest) []int {
	ids := []int{}
	if r.AddSpecial && !s.noBOS {
		ids = append(ids, bosID)
	}
	front := s.spaced
	for text := strings.ReplaceAll(r.Content, " ", "▁"); text != ""; {
		i := slices.IndexFunc(codeLlamaControls, func(c string) bool { return strings.HasPrefix(text, c) })
		if i >= 0 && (r.ParseSpecial || s.words) {
			ids = append(ids, controlID+i)
			text = text[len(codeLlamaControls[i]):]
			front = s.spaced && !s.words
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

// codeLlamaControls are those of all that are known that this model has.
var codeLlamaControls = model.InsertControls[:4]

// show writes ids as text.
func show(ids []int) string {
	var b strings.Builder
	for _, id := range ids {
		switch {
		case id >= controlID:
			b.WriteString(codeLlamaControls[id-controlID])
		case id == bosID:
			b.WriteString("<s>")
		default:
			b.WriteRune(rune(id))
		}
	}
	return b.String()
}

// script is what every prompt is answered with, one token an event; a prompt
// that holds "long" is answered with it again and again.
var script = []string{"for", " i", " :=", " range", " ", "größe", "☺", " {\n", "\t", "total", " +=", " i", "\n}"}

func (s *server) serveCompletion(w http.ResponseWriter, r *http.Request) {
	var ask completionRequest
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
	event := func(v map[string]any) error {
		data, _ := json.Marshal(v)
		if _, err := fmt.Fprintf(w, "data: %s\n\n", data); err != nil {
			return err
		}
		return http.NewResponseController(w).Flush()
	}
	_, _ = io.WriteString(w, ": ping\n\n")
	_ = event(map[string]any{"content": "", "tokens": []int{0}, "prompt_progress": map[string]int{"total": 1}})
	kind, n := "eos", 0
	for {
		if n == len(script) && !strings.Contains(show(ask.Prompt), "long") {
			break
		}
		if n == ask.MaxTokens {
			kind = "limit"
			break
		}
		if r.Context().Err() != nil || event(map[string]any{"content": script[n%len(script)], "tokens": []int{7}}) != nil {
			return
		}
		n++
	}
	_ = event(map[string]any{
		"content": "", "tokens": []int{}, "stop": true, "stop_type": kind, "tokens_predicted": n,
		"tokens_evaluated": len(ask.Prompt), "timings": map[string]int{"cache_n": 1},
	})
}

func serveChat(w http.ResponseWriter, r *http.Request) {
	var ask struct{ Stream bool }
	_ = json.NewDecoder(r.Body).Decode(&ask)
	usage := map[string]int{"prompt_tokens": 5, "completion_tokens": 2}
	if !ask.Stream {
		reply(w, map[string]any{"usage": usage, "choices": []any{map[string]any{
			"finish_reason": "stop", "message": map[string]string{"role": "assistant", "content": "two words"},
		}}})
		return
	}
	for _, text := range []string{"two ", "words"} {
		_, _ = io.WriteString(w, chatEvent(text, ""))
	}
	_, _ = io.WriteString(w, chatEvent("", "stop")+"data: [DONE]\n\n")
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

func (s *server) last(t *testing.T) completionRequest {
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
