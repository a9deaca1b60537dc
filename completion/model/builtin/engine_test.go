package builtin

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/airside-ls/airside/completion/model/builtin/gguf"
	"github.com/airside-ls/airside/completion/model/builtin/internal/ggufwrite"
	"github.com/airside-ls/airside/completion/model/builtin/llama"
	"github.com/airside-ls/airside/completion/model/builtin/tokenizer"
)

// scripted returns an engine whose model answers each token with a certain next
// one: the layers add nothing, and the output matrix maps token to token.
// Tokens without a successor are followed by themselves.
func scripted(t *testing.T, next map[string]string) *Engine {
	t.Helper()
	e, err := Open(writeModel(t, scriptedModel(t, next)), Options{Threads: 2})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	return e
}

func scriptedModel(t *testing.T, next map[string]string) *ggufwrite.Builder {
	t.Helper()
	vocabulary := ggufwrite.Letters()
	ids := map[string]int{}
	for i, token := range vocabulary {
		ids[token.Piece] = i
	}
	n := len(vocabulary)
	successor := make([]int, n)
	for i, token := range vocabulary {
		successor[i] = i
		if piece, ok := next[token.Piece]; ok {
			id, known := ids[piece]
			if !known {
				t.Fatalf("no token %q", piece)
			}
			successor[i] = id
		}
	}
	width := (n + 7) / 8 * 8
	return ggufwrite.Llama{
		Embedding: width, Blocks: 1, FeedForward: 8, Heads: 1, KVHeads: 1, HeadDim: 8, Context: 40,
		Vocabulary: vocabulary,
		Change: func(name string, values []float32) []float32 {
			switch name {
			case "token_embd.weight": // token i is the unit vector i
				clear(values)
				for i := range n {
					values[i*width+i] = 1
				}
			case "output.weight": // row j is 1 where j follows i
				clear(values)
				for i, j := range successor {
					values[j*width+i] = 1
				}
			case "blk.0.attn_output.weight", "blk.0.ffn_down.weight":
				clear(values)
			}
			return values
		},
	}.Builder()
}

func writeModel(t *testing.T, b *ggufwrite.Builder) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "model.gguf")
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// prompt is BOS and text.
func prompt(t testing.TB, e *Engine, text string) []int32 {
	t.Helper()
	tok, err := e.Tokenizer()
	if err != nil {
		t.Fatal(err)
	}
	return append([]int32{tok.BOS()}, tok.Encode(text)...)
}

func TestGenerate(t *testing.T) {
	abc := map[string]string{"a": "b", "b": "c", "c": "▁", "▁": "a"}
	with := func(from, to string) map[string]string {
		m := map[string]string{from: to}
		for k, v := range abc {
			if k != from {
				m[k] = v
			}
		}
		return m
	}
	tests := []struct {
		name    string
		next    map[string]string
		prompt  string
		options GenerateOptions
		text    string
		reason  string
		tokens  int
	}{
		{"length", abc, "a", GenerateOptions{MaxTokens: 5}, "bc ab", StopLength, 5},
		{"end of sequence", with("c", "</s>"), "a", GenerateOptions{MaxTokens: 5}, "bc", StopStop, 2},
		{"end of turn", with("c", "▁<EOT>"), "a", GenerateOptions{MaxTokens: 5}, "bc", StopStop, 2},
		{"end at once", with("a", "</s>"), "a", GenerateOptions{MaxTokens: 5}, "", StopStop, 0},
		{"context full", abc, "a", GenerateOptions{}, "bc abc abc abc abc abc abc abc abc abc ", StopLength, 39},
		{"stop text over tokens", abc, "a", GenerateOptions{MaxTokens: 9, Stop: []string{"zzz", "c a"}}, "b", StopStop, 4},
		{"stop text begun only", abc, "a", GenerateOptions{MaxTokens: 3, Stop: []string{"c x", "c ax"}}, "bc ", StopLength, 3},
		{"bytes of one character", map[string]string{"a": "<0xF0>", "<0xF0>": "<0x9F>", "<0x9F>": "<0x99>", "<0x99>": "<0x82>", "<0x82>": "</s>"},
			"a", GenerateOptions{MaxTokens: 9}, "🙂", StopStop, 4},
		{"half a character", map[string]string{"a": "b", "b": "<0xC3>"}, "a", GenerateOptions{MaxTokens: 2}, "b", StopLength, 2},
		{"not UTF-8", map[string]string{"a": "<0xC3>", "<0xC3>": "b"}, "a", GenerateOptions{MaxTokens: 2}, "\uFFFDb", StopLength, 2},
		{"control token", map[string]string{"a": "<s>", "<s>": "b", "b": "</s>"}, "a", GenerateOptions{MaxTokens: 9}, "b", StopStop, 2},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			e := scripted(t, c.next)
			var streamed strings.Builder
			c.options.OnToken = func(piece string) error { streamed.WriteString(piece); return nil }
			r, err := e.Generate(context.Background(), prompt(t, e, c.prompt), c.options)
			if err != nil || r.Text != c.text || r.StopReason != c.reason || r.GeneratedTokens != c.tokens {
				t.Errorf("%q, %s, %d tokens, %v, want %q, %s, %d", r.Text, r.StopReason, r.GeneratedTokens, err, c.text, c.reason, c.tokens)
			}
			if streamed.String() != r.Text {
				t.Errorf("streamed %q, answered %q", streamed.String(), r.Text)
			}
			if r.PromptTokens != 2 || r.FirstToken <= 0 || r.Load <= 0 || r.Prompt <= 0 || r.Total < r.FirstToken {
				t.Errorf("result %+v", r)
			}
		})
	}
}

func TestGenerateErrors(t *testing.T) {
	e := scripted(t, nil)
	enough := errors.New("enough")
	calls := 0
	r, err := e.Generate(context.Background(), prompt(t, e, "a"), GenerateOptions{OnToken: func(string) error {
		if calls++; calls == 3 {
			return enough
		}
		return nil
	}})
	if err != enough || r.Text != "aaa" || r.GeneratedTokens != 3 {
		t.Errorf("error of OnToken: %v, %+v", err, r)
	}
	if _, err := e.Generate(context.Background(), nil, GenerateOptions{}); err != llama.ErrNoTokens {
		t.Errorf("empty prompt: %v", err)
	}
	var long *llama.TooLongError
	if _, err := e.Generate(context.Background(), make([]int32, 41), GenerateOptions{}); !errors.As(err, &long) {
		t.Errorf("long prompt: %v", err)
	}
	var token *llama.TokenError
	if _, err := e.Generate(context.Background(), []int32{1 << 20}, GenerateOptions{}); !errors.As(err, &token) {
		t.Errorf("token outside: %v", err)
	}
	var failure *PanicError
	if _, err := e.Generate(context.Background(), prompt(t, e, "a"), GenerateOptions{OnToken: func(string) error { panic("boom") }}); !errors.As(err, &failure) {
		t.Errorf("panic: %v", err)
	}
	if r, err := e.Generate(context.Background(), prompt(t, e, "a"), GenerateOptions{MaxTokens: 1}); err != nil || r.Text != "a" {
		t.Errorf("after a panic: %v, %+v", err, r)
	}
}

func TestCancel(t *testing.T) {
	e := scripted(t, nil)
	ctx, cancel := context.WithCancel(context.Background())
	r, err := e.Generate(ctx, prompt(t, e, "a"), GenerateOptions{OnToken: func(string) error { cancel(); return nil }})
	if err != context.Canceled || r.GeneratedTokens != 1 || r.StopReason != "" {
		t.Errorf("cancelled after a token: %v, %+v", err, r)
	}
	if _, err := e.Generate(ctx, prompt(t, e, "a"), GenerateOptions{}); err != context.Canceled {
		t.Errorf("cancelled before: %v", err)
	}
	late, cancel := context.WithDeadlineCause(context.Background(), time.Now().Add(-1), errors.New("a cause"))
	defer cancel()
	if _, err := e.Generate(late, prompt(t, e, "a"), GenerateOptions{}); err != context.DeadlineExceeded {
		t.Errorf("past the deadline: %v", err)
	}
}

// TestOneAtATime checks that a second generation waits for the first, but no
// longer than its context.
func TestOneAtATime(t *testing.T) {
	e := scripted(t, nil)
	started, finish := make(chan bool), make(chan bool)
	done := make(chan error)
	go func() {
		_, err := e.Generate(context.Background(), prompt(t, e, "a"), GenerateOptions{MaxTokens: 1, OnToken: func(string) error {
			close(started)
			<-finish
			return nil
		}})
		done <- err
	}()
	<-started
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
	defer cancel()
	if _, err := e.Generate(ctx, prompt(t, e, "a"), GenerateOptions{}); err != context.DeadlineExceeded {
		t.Errorf("while another runs: %v", err)
	}
	if !e.Loaded() {
		t.Error("not loaded while it generates")
	}
	close(finish)
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestConcurrent(t *testing.T) {
	e := scripted(t, map[string]string{"a": "b", "b": "a"})
	var wait sync.WaitGroup
	for i := range 8 {
		wait.Go(func() {
			from, want := "a", "bababa"
			if i%2 == 0 {
				from, want = "b", "ababab"
			}
			for range 5 {
				r, err := e.Generate(context.Background(), prompt(t, e, from), GenerateOptions{MaxTokens: 6})
				if err != nil || r.Text != want {
					t.Errorf("%q, %v, want %q", r.Text, err, want)
				}
			}
		})
	}
	wait.Wait()
}

func TestClose(t *testing.T) {
	before := runtime.NumGoroutine()
	e := scripted(t, nil)
	started := make(chan bool)
	done := make(chan error)
	var once sync.Once
	go func() {
		_, err := e.Generate(context.Background(), prompt(t, e, "a"), GenerateOptions{OnToken: func(string) error {
			once.Do(func() { close(started) })
			time.Sleep(time.Millisecond)
			return nil
		}})
		done <- err
	}()
	<-started
	if err := e.Close(); err != nil {
		t.Error(err)
	}
	if err := <-done; err != ErrClosed {
		t.Errorf("closed under way: %v", err)
	}
	if err := e.Close(); err != nil {
		t.Errorf("closing twice: %v", err)
	}
	if _, err := e.Generate(context.Background(), []int32{1}, GenerateOptions{}); err != ErrClosed {
		t.Errorf("after Close: %v", err)
	}
	if _, err := e.Tokenizer(); err != ErrClosed {
		t.Errorf("tokenizer after Close: %v", err)
	}
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if runtime.NumGoroutine() <= before {
			return
		}
	}
	t.Errorf("%d goroutines, %d before", runtime.NumGoroutine(), before)
}

func TestLazy(t *testing.T) {
	dir := t.TempDir()
	if _, err := Open(filepath.Join(dir, "none.gguf"), Options{}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("missing file: %v", err)
	}
	if _, err := Open(dir, Options{}); err == nil {
		t.Error("a folder: no error")
	}
	path := filepath.Join(dir, "bad.gguf")
	if err := os.WriteFile(path, []byte("not a model"), 0o600); err != nil {
		t.Fatal(err)
	}
	e, err := Open(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	var format *gguf.FormatError
	if _, err := e.Tokenizer(); !errors.As(err, &format) {
		t.Errorf("tokenizer of a bad file: %v", err)
	}
	if _, err := e.Generate(context.Background(), []int32{1}, GenerateOptions{}); !errors.As(err, &format) {
		t.Errorf("generating with a bad file: %v", err)
	}
	if err := e.Close(); err != nil {
		t.Error(err)
	}

	e = scripted(t, nil)
	if _, err := e.Tokenizer(); err != nil || e.Loaded() {
		t.Errorf("tokenizer: %v, loaded %v", err, e.Loaded())
	}
	if err := e.Load(context.Background()); err != nil || !e.Loaded() {
		t.Errorf("load: %v, loaded %v", err, e.Loaded())
	}
}

func TestVocabularyMismatch(t *testing.T) {
	b := scriptedModel(t, nil)
	pieces := make([]string, 300)
	scores, types := make([]float32, 300), make([]int32, 300)
	for i := range pieces {
		pieces[i], types[i] = fmt.Sprintf("p%d", i), 1
		if i < 256 {
			pieces[i], types[i] = fmt.Sprintf("<0x%02X>", i), 6
		}
	}
	b.Drop("tokenizer.ggml.tokens").Set("tokenizer.ggml.tokens", pieces)
	b.Drop("tokenizer.ggml.scores").Set("tokenizer.ggml.scores", scores)
	b.Drop("tokenizer.ggml.token_type").Set("tokenizer.ggml.token_type", types)
	e, err := Open(writeModel(t, b), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	if err := e.Load(context.Background()); err == nil || !strings.Contains(err.Error(), "vocabulary of 300") {
		t.Errorf("%v", err)
	}
}

// TestEmbedded holds the embedded model to answers seen before; llama-server
// gives the same.
func TestEmbedded(t *testing.T) {
	e := OpenEmbedded(Options{})
	defer e.Close()
	tests := []struct{ prompt, want string }{
		{"func load(path string) ([]byte, error) {\n\tf, err := os.Open(path)\n\tif err != nil {\n\t\t", "return nil, err\n\t}\n"},
		{"func TestAdd(t *testing.T) {\n\tgot := Add(1, 2)\n\tif got != 3 {\n\t\tt.", "Errorf(\"Add"},
	}
	for _, c := range tests {
		tokens := prompt(t, e, c.prompt)
		r, err := e.Generate(context.Background(), tokens, GenerateOptions{MaxTokens: 12})
		if err != nil || !strings.HasPrefix(r.Text, c.want) {
			t.Errorf("%q, %v, want %q", r.Text, err, c.want)
		}
		again, err := e.Generate(context.Background(), tokens, GenerateOptions{MaxTokens: 12})
		if err != nil || again.Text != r.Text || again.CachedTokens != len(tokens)-1 {
			t.Errorf("again: %q, %d cached, %v", again.Text, again.CachedTokens, err)
		}
	}
	if tok, _ := e.Tokenizer(); tok.Size() != 5120 || tok.BOS() != 1 {
		t.Error("not the embedded vocabulary")
	}
}

func TestSampling(t *testing.T) {
	logits := []float32{0, 3, 2, 1, -5}
	draw := func(o GenerateOptions) map[int32]int {
		t.Helper()
		s := newSampler(o)
		counts := map[int32]int{}
		for range 4000 {
			token, err := s.next(logits)
			if err != nil {
				t.Fatal(err)
			}
			counts[token]++
		}
		return counts
	}
	if c := draw(GenerateOptions{}); c[1] != 4000 {
		t.Errorf("greedy: %v", c)
	}
	if c := draw(GenerateOptions{Temperature: 5, TopK: 1}); c[1] != 4000 {
		t.Errorf("one candidate: %v", c)
	}
	// Probabilities at temperature 1: 0.032, 0.64, 0.236, 0.087, 0.0002.
	c := draw(GenerateOptions{Temperature: 1})
	for token, want := range map[int32]float64{0: 0.032, 1: 0.64, 2: 0.236, 3: 0.087} {
		if got := float64(c[token]) / 4000; got < want-0.03 || got > want+0.03 {
			t.Errorf("token %d drawn with frequency %.3f, want %.3f", token, got, want)
		}
	}
	if c := draw(GenerateOptions{Temperature: 1, TopK: 2}); len(c) != 2 || c[1] == 0 || c[2] == 0 {
		t.Errorf("top 2: %v", c)
	}
	if c := draw(GenerateOptions{Temperature: 1, TopP: 0.7}); len(c) != 2 || c[1] == 0 || c[2] == 0 {
		t.Errorf("top 0.7: %v", c)
	}
	if c := draw(GenerateOptions{Temperature: 1, TopP: 0.5}); c[1] != 4000 {
		t.Errorf("top 0.5: %v", c)
	}
	a, b := newSampler(GenerateOptions{Temperature: 1, Seed: 7}), newSampler(GenerateOptions{Temperature: 1, Seed: 7})
	var first, second []int32
	for range 50 {
		x, _ := a.next(logits)
		y, _ := b.next(logits)
		first, second = append(first, x), append(second, y)
	}
	if !slices.Equal(first, second) {
		t.Error("the same seed gives other choices")
	}
	nan := float32(0)
	nan /= nan
	for _, bad := range [][]float32{{nan, nan}, {nan, 1}, {1 / (nan - nan), 0}} {
		if _, err := newSampler(GenerateOptions{}).next(bad); err == nil {
			t.Errorf("%v: no error", bad)
		}
	}
}

func TestUnsupportedTokenizer(t *testing.T) {
	b := scriptedModel(t, nil).Drop("tokenizer.ggml.model").Set("tokenizer.ggml.model", "gpt2")
	e, err := Open(writeModel(t, b), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	var unsupported *tokenizer.UnsupportedError
	if err := e.Load(context.Background()); !errors.As(err, &unsupported) {
		t.Errorf("%v", err)
	}
}
