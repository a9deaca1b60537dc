package servers

import (
	"io"
	"math"
	"net/http"
	"testing"

	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/model/modeltest"
)

// TestLlamaCppScores: texts are compared by what the server tells of the next token; one
// that tells nothing, or nonsense, is an error and no score.
func TestLlamaCppScores(t *testing.T) {
	for name, tt := range map[string]struct {
		body string
		ok   bool
	}{
		"told":      {`data: {"content":"x","tokens":[7],"completion_probabilities":[{"id":7,"token":"x","logprob":-0.25,"top_logprobs":[{"id":7,"token":"x","logprob":-0.25},{"id":9,"token":"y","logprob":-2}]}]}` + "\n\n" + `data: {"content":"","stop":true,"stop_type":"limit"}` + "\n\n", true},
		"not told":  {`data: {"content":"x","tokens":[7]}` + "\n\n" + `data: {"content":"","stop":true,"stop_type":"limit"}` + "\n\n", false},
		"no ids":    {`data: {"content":"x","tokens":[7],"completion_probabilities":[{"token":"x","logprob":-0.25,"top_logprobs":[{"token":"x","logprob":-0.25}]}]}` + "\n\n" + `data: {"content":"","stop":true,"stop_type":"limit"}` + "\n\n", false},
		"nonsense":  {`data: {"completion_probabilities":7}` + "\n\n", false},
		"cut short": {`data: {"content":"x"}` + "\n\n", false},
	} {
		s := &modeltest.Server{Complete: func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, tt.body) }}
		b := openLlama(t, LlamaCppOptions{URL: s.Start(t)})
		if info, err := b.Probe(t.Context()); err != nil || !info.Scores {
			t.Errorf("%s: %+v, %v", name, info, err)
		}
		resp, err := model.Generate(t.Context(), b, model.Request{Prompt: model.Prompt{model.Text("a")}, MaxTokens: 1, Score: []string{"b", "c"}})
		if (err == nil) != tt.ok || tt.ok && len(resp.Scores) != 2 {
			t.Errorf("%s: %+v, %v", name, resp, err)
		}
		for _, s := range resp.Scores {
			if math.IsNaN(s.Whole()) || s.Whole() > 0 {
				t.Errorf("%s: %+v", name, s)
			}
		}
		b.Close()
	}
}
