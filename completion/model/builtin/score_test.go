package builtin

import (
	"context"
	"math"
	"testing"

	"github.com/airside-ls/airside/completion/model"
)

// TestScore: a text is as likely as its tokens one by one, and as the answer's end
// behind it; what is given up is marked, and never said to be less likely than it is.
func TestScore(t *testing.T) {
	b := NewBackend("", Options{Threads: 1})
	defer b.Close()
	p := model.Prompt{model.Text("package a\n\nfunc f(n int) int {\n\tif n")}
	texts := []string{" <= 0", " < 0", " <", " == nil", ""}
	exact := make([]float64, len(texts))
	for i, text := range texts {
		tok, err := b.engine.Tokenizer()
		if err != nil {
			t.Fatal(err)
		}
		prompt, err := encode(tok, p)
		if err != nil {
			t.Fatal(err)
		}
		tokens, at := tok.Encode(text), 0
		_, err = b.engine.Generate(t.Context(), prompt, GenerateOptions{MaxTokens: len(tokens) + 1, NoDrafts: true, Adjust: func(_ []int32, logits []float32) {
			all := logSum(logits)
			if at == len(tokens) {
				return
			}
			exact[i] += float64(logits[tokens[at]]) - all
			for j := range logits {
				if int32(j) != tokens[at] {
					logits[j] = float32(math.Inf(-1))
				}
			}
			at++
		}})
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, beyond := range []float64{-1000, 0} {
		resp, err := b.Generate(t.Context(), model.Request{Prompt: p, Score: texts, Beyond: beyond})
		if err != nil || len(resp.Scores) != len(texts) {
			t.Fatal(err, resp)
		}
		for i, s := range resp.Scores {
			switch {
			case !s.Most && math.Abs(s.Text-exact[i]) > 1e-3:
				t.Errorf("beyond %v: %q: %v, want %v", beyond, texts[i], s.Text, exact[i])
			case s.Most && s.Text < exact[i]-1e-3:
				t.Errorf("beyond %v: %q is at most %v, and is %v", beyond, texts[i], s.Text, exact[i])
			case s.Most && (i == 0 || beyond < 0 || s.Text >= resp.Scores[0].Whole()+beyond):
				t.Errorf("beyond %v: %q was given up at %v", beyond, texts[i], s.Text)
			case s.End > 0 || !s.Most && s.End == 0:
				t.Errorf("%q ends with ln %v", texts[i], s.End)
			}
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := b.Generate(ctx, model.Request{Prompt: p, Score: texts}); err != context.Canceled {
		t.Errorf("cancelled: %v", err)
	}
}
