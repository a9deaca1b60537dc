package builtin

import (
	"context"
	"errors"
	"testing"

	"github.com/airside-ls/airside/completion/model/builtin/llama"
)

// TestAdjust turns the model's choice: without it "a" goes on as "bc".
func TestAdjust(t *testing.T) {
	e := scripted(t, map[string]string{"a": "b", "b": "c", "c": "▁<EOT>", "d": "▁<EOT>"})
	start := prompt(t, e, "a")
	tok, _ := e.Tokenizer()
	d, _ := tok.ID("d")
	var seen []int
	r, err := e.Generate(context.Background(), start, GenerateOptions{
		MaxTokens: 10,
		Adjust: func(context []int32, logits []float32) {
			seen = append(seen, len(context))
			if len(context) == len(start)+1 {
				logits[d] += 1000
			}
		},
	})
	if err != nil || r.Text != "bd" {
		t.Errorf("%q, %v", r.Text, err)
	}
	if len(seen) != 3 || seen[0] != len(start) || seen[2] != len(start)+2 {
		t.Errorf("asked with %v tokens", seen)
	}
	// A change stays with the place it was made for.
	if r, err = e.Generate(context.Background(), start, GenerateOptions{MaxTokens: 10}); err != nil || r.Text != "bc" {
		t.Errorf("afterwards %q, %v", r.Text, err)
	}
}

func TestSearch(t *testing.T) {
	e := scripted(t, map[string]string{"a": "b"})
	start := prompt(t, e, "a")
	err := e.Search(context.Background(), func(ctx context.Context, s *llama.Session) error {
		_, err := s.Evaluate(ctx, start)
		if best := argmax(s.Logits()); err != nil || e.tok.Spelling(best) != "b" {
			t.Errorf("%s, %v", e.tok.Spelling(best), err)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	err = e.Search(ctx, func(ctx context.Context, s *llama.Session) error {
		cancel()
		_, err := s.Evaluate(ctx, prompt(t, e, "aab"))
		return err
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	e.Close()
	if err := e.Search(context.Background(), nil); !errors.Is(err, ErrClosed) {
		t.Errorf("closed: %v", err)
	}
}
