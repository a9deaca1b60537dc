package ollama

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/airside-ls/airside/completion/model"
)

// server is a scripted Ollama.
type server struct {
	mu       sync.Mutex
	models   []installed
	requests []generateRequest // of /api/generate
	chats    []map[string]any
	shown    []string // models asked for by /api/show
	active   int      // generations running

	// generate, when set, answers /api/generate.
	generate http.HandlerFunc
	pull     http.HandlerFunc // answers /api/pull
}

type installed struct {
	name, digest, size string
	remote             string
	capabilities       []string
	template           string
	info               map[string]any
}

// codeLlamaControls are CodeLlama's among all that are known.
var codeLlamaControls = model.InsertControls[:4]

// codellama is a model with a vocabulary in which the control tokens can be
// merged, as in Meta's.
func codellama(name string) installed {
	var tokens []string
	for _, c := range codeLlamaControls {
		r := []rune(c)
		for i := range r {
			tokens = append(tokens, string(r[i]), string(r[:i+1]))
		}
	}
	slices.Sort(tokens)
	tokens = slices.Compact(tokens)
	scores := make([]float64, len(tokens))
	for i, t := range tokens {
		scores[i] = float64(-len(t))
	}
	return installed{
		name: name, digest: "sha256:" + name, size: "7B", capabilities: []string{"completion", "insert"},
		info: map[string]any{
			"general.architecture": "llama", "llama.context_length": 16384,
			"tokenizer.ggml.model": "llama", "tokenizer.ggml.tokens": tokens, "tokenizer.ggml.scores": scores,
		},
	}
}

func (s *server) start(t *testing.T) string {
	t.Helper()
	h := httptest.NewServer(s)
	t.Cleanup(h.Close)
	return h.URL
}

func (s *server) open(t *testing.T, o Options) *Backend {
	t.Helper()
	o.URL = s.start(t)
	return open(t, o)
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
	switch r.Method + " " + r.URL.Path {
	case "GET /api/tags":
		s.mu.Lock()
		defer s.mu.Unlock()
		list := []map[string]any{}
		for _, m := range s.models {
			list = append(list, map[string]any{
				"name": m.name, "digest": m.digest, "size": 1, "remote_host": m.remote,
				"details": map[string]any{"parameter_size": m.size},
			})
		}
		reply(w, map[string]any{"models": list})
	case "POST /api/show":
		var ask struct {
			Model   string
			Verbose bool
		}
		_ = json.NewDecoder(r.Body).Decode(&ask)
		s.mu.Lock()
		defer s.mu.Unlock()
		s.shown = append(s.shown, ask.Model)
		i := slices.IndexFunc(s.models, func(m installed) bool { return m.name == ask.Model })
		if i < 0 {
			w.WriteHeader(http.StatusNotFound)
			reply(w, map[string]any{"error": "model '" + ask.Model + "' not found"})
			return
		}
		info := map[string]any{}
		for k, v := range s.models[i].info {
			if !ask.Verbose && strings.HasPrefix(k, "tokenizer.ggml.") {
				v = nil
			}
			info[k] = v
		}
		reply(w, map[string]any{"template": s.models[i].template, "capabilities": s.models[i].capabilities, "model_info": info})
	case "POST /api/generate":
		s.serveGenerate(w, r)
	case "POST /api/pull":
		s.pull(w, r)
	case "POST /api/chat":
		var ask map[string]any
		_ = json.NewDecoder(r.Body).Decode(&ask)
		s.mu.Lock()
		s.chats = append(s.chats, ask)
		s.mu.Unlock()
		for _, text := range []string{"two ", "words"} {
			reply(w, map[string]any{"message": map[string]any{"role": "assistant", "content": text}})
		}
		reply(w, map[string]any{"message": map[string]any{"role": "assistant", "content": ""}, "done": true, "eval_count": 2, "prompt_eval_count": 5})
	default:
		http.NotFound(w, r)
	}
}

func reply(w http.ResponseWriter, v any) { _ = json.NewEncoder(w).Encode(v) }

// script is what every prompt is answered with, one token a record; a prompt
// that holds "long" is answered with it again and again.
var script = []string{"for", " i", " :=", " range", " ", "größe", "☺", " {\n", "\t", "total", " +=", " i", "\n}"}

func (s *server) serveGenerate(w http.ResponseWriter, r *http.Request) {
	var ask generateRequest
	if err := json.NewDecoder(r.Body).Decode(&ask); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	s.mu.Lock()
	s.requests = append(s.requests, ask)
	s.active++
	custom := s.generate
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
	if ask.Prompt == "" && ask.KeepAlive != nil && *ask.KeepAlive == 0 {
		reply(w, map[string]any{"done": true, "done_reason": "unload"})
		return
	}
	promptTokens := len(strings.Fields(ask.Prompt)) + 1
	if promptTokens > ask.Options.NumCtx && !ask.Truncate {
		w.WriteHeader(http.StatusBadRequest)
		reply(w, map[string]any{"error": "the input length exceeds the context length"})
		return
	}
	flush := http.NewResponseController(w)
	reason, n := "stop", 0
	for {
		if n == len(script) && !strings.Contains(ask.Prompt, "long") {
			break
		}
		if n == ask.Options.NumPredict {
			reason = "length"
			break
		}
		if r.Context().Err() != nil {
			return
		}
		reply(w, map[string]any{"response": script[n%len(script)]})
		if flush.Flush() != nil {
			return
		}
		n++
	}
	reply(w, map[string]any{"done": true, "done_reason": reason, "prompt_eval_count": promptTokens, "eval_count": n})
}

// idle fails the test unless no generation runs soon.
func (s *server) idle(t *testing.T) {
	t.Helper()
	deadline := time.Now().Add(10 * time.Second)
	for {
		s.mu.Lock()
		active := s.active
		s.mu.Unlock()
		if active == 0 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d generations still run", active)
		}
		time.Sleep(time.Millisecond)
	}
}

func (s *server) last(t *testing.T) generateRequest {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.requests) == 0 {
		t.Fatal("nothing was asked")
	}
	return s.requests[len(s.requests)-1]
}

func record(text string) string { return fmt.Sprintf("{\"response\":%q}\n", text) }
