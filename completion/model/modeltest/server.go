package modeltest

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/airside-ls/airside/completion/model"
)

// Kind is what a [Server] is like.
type Kind string

// The kinds of servers.
const (
	LlamaServer Kind = ""       // llama.cpp's, with what it has of OpenAI's protocol
	VLLM        Kind = "vllm"   // OpenAI's protocol and /tokenize
	OllamaV1    Kind = "ollama" // OpenAI's protocol on an Ollama
	OpenAIOnly  Kind = "text"   // nothing but OpenAI's protocol
)

// Server is a scripted server of a model. Its tokenizer has a token for every
// character: its code point, a blank written as "▁". What a test changes while
// requests run it changes by [Server.Set].
type Server struct {
	Kind    Kind
	Models  []string // "tiny-code" when nil; a llama-server has the first, by its file
	Key     string   // API key
	Context int      // tokens; 4096 when 0, not told when negative
	Pieces  []string // control tokens; CodeLlama's when nil
	// Spaced: a blank is put before a text and after a control token.
	Spaced bool
	// Words: control tokens are words of the vocabulary, which " <PRE>" is
	// merged to whether or not control tokens are parsed.
	Words bool
	NoBOS bool
	// Complete, when set, answers prompts.
	Complete http.HandlerFunc

	mu       sync.Mutex
	requests []json.RawMessage // of prompts
	calls    map[string]int    // by path
	active   int
}

const (
	bosID = 1
	// ControlID is the id of the first control token, behind the last code point.
	ControlID = 0x110000
)

// Start has the server listen on loopback until the test ends, and returns its
// address.
func (s *Server) Start(t *testing.T) string {
	t.Helper()
	h := httptest.NewServer(s)
	t.Cleanup(h.Close)
	return h.URL
}

// Set changes the server.
func (s *Server) Set(change func(*Server)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(s)
}

// Last decodes the body of the last request with a prompt.
func (s *Server) Last(t *testing.T, request any) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.requests) == 0 {
		t.Fatal("nothing was asked")
	}
	if err := json.Unmarshal(s.requests[len(s.requests)-1], request); err != nil {
		t.Fatal(err)
	}
}

// LastPrompt is the prompt of the last request, as [Server.Show] has it.
func (s *Server) LastPrompt(t *testing.T) string {
	t.Helper()
	var r map[string]any
	s.Last(t, &r)
	return s.Show(r["prompt"])
}

// Count is how often path has been asked.
func (s *Server) Count(path string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.calls[path]
}

// Idle fails the test unless no generation runs soon.
func (s *Server) Idle(t *testing.T) {
	t.Helper()
	if !eventually(func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.active == 0
	}) {
		t.Fatal("the server is not idle")
	}
}

// Show writes a prompt of decoded JSON as text, control tokens that were sent as
// ids in braces.
func (s *Server) Show(prompt any) string {
	ids, ok := prompt.([]any)
	if !ok {
		return prompt.(string)
	}
	var b strings.Builder
	for _, id := range ids {
		switch id := int(id.(float64)); {
		case id >= ControlID:
			b.WriteString("{" + s.controls()[id-ControlID] + "}")
		case id == bosID:
			b.WriteString("{s}")
		default:
			b.WriteRune(rune(id))
		}
	}
	return b.String()
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	if s.calls == nil {
		s.calls = map[string]int{}
	}
	s.calls[r.URL.Path]++
	s.mu.Unlock()
	if s.Key != "" && r.URL.Path != "/health" && r.Header.Get("Authorization") != "Bearer "+s.Key {
		w.WriteHeader(http.StatusUnauthorized)
		ReplyJSON(w, map[string]any{"error": map[string]any{"code": 401, "message": "Incorrect API key provided: " + r.Header.Get("Authorization")}})
		return
	}
	body, _ := io.ReadAll(r.Body)
	var ask map[string]any
	_ = json.Unmarshal(body, &ask)
	llama := s.Kind == LlamaServer
	switch path := r.URL.Path; {
	case path == "/health" && llama:
		ReplyJSON(w, map[string]string{"status": "ok"})
	case path == "/props" && llama:
		s.mu.Lock()
		defer s.mu.Unlock()
		ReplyJSON(w, map[string]any{
			"default_generation_settings": map[string]any{"n_ctx": s.contextTokens()},
			"model_path":                  s.models()[0], "total_slots": 1, "build_info": "scripted",
		})
	case path == "/v1/models":
		s.mu.Lock()
		defer s.mu.Unlock()
		ReplyJSON(w, map[string]any{"object": "list", "data": s.list()})
	case path == "/tokenize" && (llama || s.Kind == VLLM):
		s.serveTokens(w, ask)
	case path == "/detokenize" && llama:
		ReplyJSON(w, map[string]any{"content": s.spell(ask["tokens"].([]any))})
	case path == "/api/show" && s.Kind == OllamaV1:
		ReplyJSON(w, map[string]any{"capabilities": []string{"completion", "insert"}, "model_info": map[string]any{
			"general.architecture": "llama", "llama.context_length": 2048,
		}})
	case path == "/completion" && llama, path == "/v1/completions":
		s.serveCompletion(w, r, body, ask)
	case path == "/v1/chat/completions":
		serveChat(w, ask)
	default:
		http.NotFound(w, r)
	}
}

// models are the names of what is served. s.mu is held.
func (s *Server) models() []string {
	if s.Models == nil {
		return []string{"tiny-code"}
	}
	return s.Models
}

// contextTokens is what the server tells. s.mu is held.
func (s *Server) contextTokens() int {
	if s.Context == 0 {
		return 4096
	}
	return max(0, s.Context)
}

// list is the answer to /v1/models. s.mu is held.
func (s *Server) list() []map[string]any {
	list := []map[string]any{}
	for _, n := range s.models() {
		m := map[string]any{"id": n, "object": "model", "created": time.Now().Unix(), "owned_by": s.Kind}
		switch s.Kind {
		case VLLM:
			m["max_model_len"] = s.contextTokens()
		case LlamaServer:
			m["meta"] = map[string]any{"n_ctx": s.contextTokens(), "n_ctx_train": 1 << 20}
		}
		list = append(list, m)
	}
	return list
}

func (s *Server) controls() []string {
	if s.Pieces == nil {
		return model.InsertControls[:4] // CodeLlama's
	}
	return s.Pieces
}

func (s *Server) serveTokens(w http.ResponseWriter, ask map[string]any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	truth := func(key string) bool { v, _ := ask[key].(bool); return v }
	if s.Kind == VLLM {
		text, _ := ask["prompt"].(string)
		ReplyJSON(w, map[string]any{"tokens": s.tokenize(text, truth("add_special_tokens"), true), "max_model_len": s.contextTokens()})
		return
	}
	text, _ := ask["content"].(string)
	ReplyJSON(w, map[string]any{"tokens": s.tokenize(text, truth("add_special"), truth("parse_special"))})
}

func (s *Server) tokenize(text string, begin, parse bool) []int {
	ids := []int{}
	if begin && !s.NoBOS {
		ids = append(ids, bosID)
	}
	front := s.Spaced
	for text = strings.ReplaceAll(text, " ", "▁"); text != ""; {
		i := slices.IndexFunc(s.controls(), func(c string) bool { return strings.HasPrefix(text, c) })
		if i >= 0 && (parse || s.Words) {
			ids, front = append(ids, ControlID+i), s.Spaced && !s.Words
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

// spell is what a llama-server writes tokens as.
func (s *Server) spell(ids []any) string {
	return strings.NewReplacer("{s}", "<s>", "{", "", "}", "").Replace(s.Show(ids))
}

// Script is what every prompt is answered with, one token an event; a prompt
// that holds "long" is answered with it again and again.
var Script = []string{"for", " i", " :=", " range", " ", "größe", "☺", " {\n", "\t", "total", " +=", " i", "\n}"}

func (s *Server) serveCompletion(w http.ResponseWriter, r *http.Request, body []byte, ask map[string]any) {
	s.mu.Lock()
	s.requests = append(s.requests, body)
	s.active++
	custom := s.Complete
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
	say := func(text string) bool {
		_, err := io.WriteString(w, text)
		return err == nil && http.NewResponseController(w).Flush() == nil
	}
	prompt, limit, piece := s.Show(ask["prompt"]), "n_predict", llamaPiece
	if r.URL.Path == "/v1/completions" {
		limit, piece = "max_tokens", func(text string) string { return CompletionEvent(text, "") }
	}
	most, _ := ask[limit].(float64)
	say(": ping\n\n")
	if limit == "n_predict" {
		say(eventOf(map[string]any{"content": "", "tokens": []int{0}, "prompt_progress": map[string]int{"total": 1}}))
	}
	n, full := 0, false
	for ; n < len(Script) || strings.Contains(prompt, "long"); n++ {
		if full = n == int(most); full {
			break
		}
		if r.Context().Err() != nil || !say(piece(Script[n%len(Script)])) {
			return
		}
	}
	if limit == "n_predict" {
		kind := map[bool]string{true: "limit", false: "eos"}[full]
		say(eventOf(map[string]any{
			"content": "", "tokens": []int{}, "stop": true, "stop_type": kind, "tokens_predicted": n,
			"tokens_evaluated": 1, "timings": map[string]int{"cache_n": 1},
		}))
		return
	}
	say(CompletionEvent("", map[bool]string{true: "length", false: "stop"}[full]) + eventOf(map[string]any{"choices": []any{}, "usage": map[string]any{
		"prompt_tokens": len(strings.Fields(prompt)) + 1, "completion_tokens": n, "prompt_tokens_details": map[string]int{"cached_tokens": 1},
	}}) + "data: [DONE]\n\n")
}

func eventOf(v any) string {
	data, _ := json.Marshal(v)
	return fmt.Sprintf("data: %s\n\n", data)
}

func llamaPiece(text string) string {
	return eventOf(map[string]any{"content": text, "tokens": []int{7}})
}

// CompletionEvent is an event of /v1/completions; finish is why the answer ended,
// "" while it goes on.
func CompletionEvent(text, finish string) string {
	choice := map[string]any{"index": 0, "text": text, "finish_reason": nil}
	if finish != "" {
		choice["finish_reason"] = finish
	}
	return eventOf(map[string]any{"object": "text_completion", "choices": []any{choice}})
}

// ChatEvent is an event of /v1/chat/completions; finish as in [CompletionEvent].
func ChatEvent(text, finish string) string {
	choice := map[string]any{"delta": map[string]string{"content": text}}
	if finish != "" {
		choice["finish_reason"] = finish
	}
	return eventOf(map[string]any{"choices": []any{choice}})
}

func serveChat(w http.ResponseWriter, ask map[string]any) {
	if ask["stream"] != true {
		ReplyJSON(w, map[string]any{"usage": map[string]int{"prompt_tokens": 5, "completion_tokens": 2}, "choices": []any{map[string]any{
			"finish_reason": "stop", "message": map[string]string{"role": "assistant", "content": "two words"},
		}}})
		return
	}
	_, _ = io.WriteString(w, ChatEvent("two ", "")+ChatEvent("words", "")+ChatEvent("", "stop")+"data: [DONE]\n\n")
}

// ReplyJSON answers with v as JSON.
func ReplyJSON(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v)
}

// scriptedHelp is what --help prints of the flags that are used if they exist.
const scriptedHelp = `
-m,    --model FNAME       model path to load
--offline                  Offline mode
-cram, --cache-ram N       set the maximum cache size
--ui, --webui, --no-ui, --no-webui
--list-devices             print list of available devices and exit
`

// RunLlamaServer makes a test's process the llama-server program, started with args.
// The model file's content says how it behaves: "broken" cannot be loaded, "loading"
// is not yet, as long as the file says so.
func RunLlamaServer(args []string) {
	flags := flag.NewFlagSet("llama-server", flag.ExitOnError)
	gguf := flags.String("m", "", "")
	host := flags.String("host", "", "")
	port := flags.String("port", "", "")
	for _, name := range []string{"c", "t", "np", "cache-ram", "b", "ub"} {
		flags.String(name, "", "")
	}
	help, devices := flags.Bool("help", false, ""), flags.Bool("list-devices", false, "")
	flags.Bool("offline", false, "")
	flags.Bool("no-ui", false, "")
	_ = flags.Parse(args)
	switch {
	case *help:
		fmt.Print(scriptedHelp)
		return
	case *devices:
		fmt.Println("Available devices:\n  (none)")
		return
	}
	fmt.Println("arguments: " + strings.Join(args, " "))
	behaviour, _ := os.ReadFile(*gguf)
	if strings.Contains(string(behaviour), "broken") {
		fmt.Println("llama_model_load: error loading model: this is no GGUF file")
		fmt.Println("exiting due to model loading error")
		os.Exit(1)
	}
	s := &Server{Models: []string{*gguf}, Key: os.Getenv("LLAMA_API_KEY")}
	l, err := net.Listen("tcp", *host+":"+*port)
	if err != nil {
		fmt.Println("couldn't bind HTTP server socket")
		os.Exit(1)
	}
	_ = http.Serve(l, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if now, _ := os.ReadFile(*gguf); strings.Contains(string(now), "loading") {
			w.WriteHeader(http.StatusServiceUnavailable)
			ReplyJSON(w, map[string]any{"error": map[string]any{"code": 503, "message": "Loading model"}})
			return
		}
		s.ServeHTTP(w, r)
	}))
}
