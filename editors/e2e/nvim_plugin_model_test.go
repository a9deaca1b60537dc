//go:build e2e

package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// scriptedModel is an OpenAI-compatible server that answers what the test says,
// at once or as slowly as a laptop.
type scriptedModel struct {
	URL  string
	pace pace
	slot sync.Mutex // held while tokens are made: one processor, one answer at a time

	mu     sync.Mutex
	answer func(before string, sampled bool) string
	chat   func(question string) string // nil: it cannot
	broken bool
}

// pace is how long a scripted model takes until its first token, and for each
// further one. The zero value answers at once.
type pace struct{ first, token time.Duration }

// laptop is a model of 1.5 billion parameters on two cores with a prompt that it
// has not read before.
var laptop = pace{2200 * time.Millisecond, 40 * time.Millisecond}

func startModel(t testing.TB, answer func(before string, sampled bool) string) *scriptedModel {
	t.Helper()
	return startSlowModel(t, pace{}, answer)
}

func startSlowModel(t testing.TB, pace pace, answer func(before string, sampled bool) string) *scriptedModel {
	t.Helper()
	m := &scriptedModel{answer: answer, pace: pace}
	s := httptest.NewServer(m)
	t.Cleanup(s.Close)
	m.URL = s.URL
	return m
}

// env has airside ask this model and no other.
func (m *scriptedModel) env() []string {
	return []string{"AIRSIDE_BACKEND=openai", "AIRSIDE_OPENAI_URL=" + m.URL}
}

func (m *scriptedModel) breakDown(broken bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.broken = broken
}

func (m *scriptedModel) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	m.mu.Lock()
	broken := m.broken
	m.mu.Unlock()
	if broken {
		http.Error(w, `{"error":{"message":"out of order"}}`, http.StatusInternalServerError)
		return
	}
	switch r.URL.Path {
	case "/v1/models":
		fmt.Fprint(w, `{"object":"list","data":[{"id":"codellama-7b-code","object":"model","max_model_len":4096}]}`)
	case "/v1/completions":
		var ask struct {
			Prompt      string  `json:"prompt"`
			Temperature float64 `json:"temperature"`
		}
		if err := json.NewDecoder(r.Body).Decode(&ask); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		before, rest, _ := strings.Cut(ask.Prompt, "▁<SUF>")
		_, begun, _ := strings.Cut(rest, "▁<MID>") // what the user has written of the middle
		before += begun
		m.mu.Lock()
		text := m.answer(before, ask.Temperature > 0.3)
		m.mu.Unlock()
		m.generate(w, r, text)
	case "/v1/chat/completions":
		m.mu.Lock()
		defer m.mu.Unlock()
		if m.chat == nil {
			http.Error(w, `{"error":{"message":"no chat template"}}`, http.StatusBadRequest)
			return
		}
		m.serveChat(w, r)
	default:
		http.NotFound(w, r)
	}
}

// scriptedToken is what is sent of a text at a time by a model that has a pace.
var scriptedToken = regexp.MustCompile(`\s*\w+|\s*[^\w\s]+|\s+`)

// generate streams a text at the model's pace.
func (m *scriptedModel) generate(w http.ResponseWriter, r *http.Request, text string) {
	send := func(text string, reason any) {
		event, _ := json.Marshal(map[string]any{"choices": []any{map[string]any{"text": text, "finish_reason": reason}}})
		fmt.Fprintf(w, "data: %s\n\n", event)
		http.NewResponseController(w).Flush()
	}
	pieces := []string{text}
	if m.pace != (pace{}) {
		m.slot.Lock()
		defer m.slot.Unlock()
		pieces = append(scriptedToken.FindAllString(text, -1), "")
	}
	wait := m.pace.first
	for _, piece := range pieces {
		select {
		case <-time.After(wait):
		case <-r.Context().Done():
			return
		}
		send(piece, nil)
		wait = m.pace.token
	}
	send("", "stop")
	fmt.Fprint(w, "data: [DONE]\n\n")
}

// serveChat answers the last message, whole or in one piece of a stream.
func (m *scriptedModel) serveChat(w http.ResponseWriter, r *http.Request) {
	var ask struct {
		Messages []struct {
			Content json.RawMessage `json:"content"`
		} `json:"messages"`
		Stream bool `json:"stream"`
	}
	if err := json.NewDecoder(r.Body).Decode(&ask); err != nil || len(ask.Messages) == 0 {
		http.Error(w, fmt.Sprint(err), http.StatusBadRequest)
		return
	}
	said := m.chat(textOf(ask.Messages[len(ask.Messages)-1].Content))
	message := map[string]any{"role": "assistant", "content": said}
	choice := map[string]any{"index": 0, "finish_reason": "stop"}
	object := map[string]any{"id": "1", "choices": []any{choice}}
	if !ask.Stream {
		choice["message"] = message
		json.NewEncoder(w).Encode(object)
		return
	}
	choice["delta"] = message
	event, _ := json.Marshal(object)
	fmt.Fprintf(w, "data: %s\n\ndata: [DONE]\n\n", event)
}

// textOf is a message's content: a text, or parts of one.
func textOf(content json.RawMessage) string {
	var text string
	if json.Unmarshal(content, &text) == nil {
		return text
	}
	var parts []struct {
		Text string `json:"text"`
	}
	json.Unmarshal(content, &parts)
	for _, p := range parts {
		text += p.Text
	}
	return text
}
