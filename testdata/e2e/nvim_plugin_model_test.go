//go:build e2e

package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// scriptedModel is an OpenAI-compatible server that answers at once what the
// test says.
type scriptedModel struct {
	URL string

	mu     sync.Mutex
	answer func(before string, sampled bool) string
	chat   func(question string) string // nil: it cannot
	broken bool
	asked  int
	spent  time.Duration // between a question's arrival and its answer's end
}

func startModel(t testing.TB, answer func(before string, sampled bool) string) *scriptedModel {
	t.Helper()
	m := &scriptedModel{answer: answer}
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
	start := time.Now()
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.broken {
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
		before := ask.Prompt
		if i := strings.LastIndex(before, "▁<SUF>"); i >= 0 {
			before = before[:i]
		}
		text := m.answer(before, ask.Temperature > 0.3)
		event, _ := json.Marshal(map[string]any{"choices": []any{map[string]any{"text": text, "finish_reason": "stop"}}})
		fmt.Fprintf(w, "data: %s\n\ndata: [DONE]\n\n", event)
		m.asked++
		m.spent += time.Since(start)
	case "/v1/chat/completions":
		if m.chat == nil {
			http.Error(w, `{"error":{"message":"no chat template"}}`, http.StatusBadRequest)
			return
		}
		m.serveChat(w, r)
	default:
		http.NotFound(w, r)
	}
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
