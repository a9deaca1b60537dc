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
	default:
		http.NotFound(w, r)
	}
}
