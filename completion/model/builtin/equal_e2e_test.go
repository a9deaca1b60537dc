//go:build e2e

package builtin

import (
	"context"
	"fmt"
	"io/fs"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/airside-ls/airside/completion/model/builtin/tiny"
	"github.com/airside-ls/airside/completion/model/builtin/tokenizer"
	"github.com/airside-ls/airside/completion/model/realtest"
)

// These tests hold the engine against a real llama-server on the same model.
// The environment variable AIRSIDE_LLAMA_SERVER names its program.

const (
	equalTokens    = 48   // tokens generated after each prompt
	equalMaxPrompt = 1000 // tokens of the longest prompt
)

// maxTieGap is the difference in log probability between the two likeliest
// tokens below which a choice counts as a tie that rounding may decide: the two
// programs add in different orders and round to int8 and float16 in between.
// llama-server parts from itself as often: of 60 answers 51 are equal with
// batches of 16 and of 512, 58 with one thread and two, 51 with keys and values
// in float16 and float32.
const maxTieGap = 0.05

// maxMeanDifference bounds the average difference in log probability of the
// chosen tokens; it was 0.005 to 0.007. A mistake in the arithmetic moves it
// long before it changes many choices.
const maxMeanDifference = 0.015

// llamaServer is a llama-server that runs until the test ends.
type llamaServer struct{ *realtest.Server }

// startLlamaServer serves the embedded model.
func startLlamaServer(t testing.TB, args ...string) *llamaServer {
	t.Helper()
	model := filepath.Join(t.TempDir(), "model.gguf")
	if err := os.WriteFile(model, tiny.Model(), 0o600); err != nil {
		t.Fatal(err)
	}
	return serve(t, model, args...)
}

// serve serves a model file.
func serve(t testing.TB, model string, args ...string) *llamaServer {
	t.Helper()
	s, err := realtest.StartServer(model, args...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return &llamaServer{s}
}

func (s *llamaServer) post(t testing.TB, path string, request, reply any) {
	t.Helper()
	if err := s.Post(path, request, reply); err != nil {
		t.Fatal(err)
	}
}

// answer is llama-server's reply to a completion.
type answer struct {
	Content string  `json:"content"`
	Tokens  []int32 `json:"tokens"`
	Timings struct {
		PromptPerSecond    float64 `json:"prompt_per_second"`
		PredictedPerSecond float64 `json:"predicted_per_second"`
		PromptN            int     `json:"prompt_n"`
	} `json:"timings"`
	Probabilities []struct {
		Top []struct {
			ID      int32   `json:"id"`
			Logprob float64 `json:"logprob"`
		} `json:"top_logprobs"`
	} `json:"completion_probabilities"`
}

// complete continues prompt greedily; probabilities is how many of the
// likeliest tokens are reported for each place.
func (s *llamaServer) complete(t testing.TB, prompt []int32, tokens, probabilities int) answer {
	t.Helper()
	var a answer
	s.post(t, "/completion", map[string]any{
		"prompt": prompt, "n_predict": tokens, "temperature": 0, "top_k": 1, "return_tokens": true,
		"n_probs": probabilities, "cache_prompt": false,
	}, &a)
	return a
}

// goSources picks n Go files of the standard library, spread over its folders.
func goSources(t testing.TB, n int) []string {
	t.Helper()
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	var files []string
	err = filepath.WalkDir(filepath.Join(strings.TrimSpace(string(root)), "src"), func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "vendor" || d.Name() == "testdata") {
			return filepath.SkipDir
		}
		if info, err := d.Info(); err == nil && strings.HasSuffix(path, ".go") && info.Size() > 3000 {
			files = append(files, path)
		}
		return nil
	})
	if err != nil || len(files) < n {
		t.Fatalf("%d Go files: %v", len(files), err)
	}
	slices.Sort(files)
	var texts []string
	for i := range n {
		text, err := os.ReadFile(files[i*len(files)/n])
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, string(text))
	}
	return texts
}

// prompts cuts n beginnings of up to longest tokens out of Go files.
func prompts(t testing.TB, tok *tokenizer.Tokenizer, n, longest int) [][]int32 {
	t.Helper()
	var out [][]int32
	for i, text := range goSources(t, n) {
		tokens := append([]int32{tok.BOS()}, tok.Encode(text)...)
		length := 20 + i*(longest-20)/n
		out = append(out, tokens[:min(length, len(tokens))])
	}
	return out
}

// float32Attention has llama-server compute attention as this engine does.
var float32Attention = []string{"-t", "1", "-fa", "off", "-ctk", "f32", "-ctv", "f32"}

func TestGreedyEqualsLlamaServer(t *testing.T) {
	shipped := filepath.Join(t.TempDir(), "model.gguf")
	if err := os.WriteFile(shipped, tiny.Model(), 0o600); err != nil {
		t.Fatal(err)
	}
	half := quantize(t, shipped, "F16", "--allow-requantize")
	for _, way := range []struct {
		name    string
		model   string
		prompts int
		longest int
		args    []string
	}{
		// Weights in float16 leave the arithmetic; those in Q8_0 round each vector to
		// int8 as well, which beyond the 512 tokens that the model was trained on
		// tells more about the rounding than about the two programs.
		{"F16", half, 300, equalMaxPrompt, []string{"-t", "1"}},
		{"Q8_0", shipped, 60, 450, []string{"-t", "1"}},
		{"Q8_0 and float32 attention", shipped, 50, equalMaxPrompt, float32Attention},
	} {
		t.Run(way.name, func(t *testing.T) {
			engine, err := Open(way.model, Options{ContextTokens: equalMaxPrompt + equalTokens})
			if err != nil {
				t.Fatal(err)
			}
			defer engine.Close()
			tok, err := engine.Tokenizer()
			if err != nil {
				t.Fatal(err)
			}
			server := serve(t, way.model, way.args...)
			sameChoices(t, server, engine, prompts(t, tok, way.prompts, way.longest), maxMeanDifference)
		})
	}
}

// sameChoices compares what both choose after prompts, along llama-server's
// answers.
func sameChoices(t *testing.T, server *llamaServer, engine *Engine, prompts [][]int32, mostMean float64) {
	t.Helper()
	if err := engine.Load(context.Background()); err != nil {
		t.Fatal(err)
	}
	equal, total, ties, largest, gap, sum := 0, 0, 0, 0.0, 0.0, 0.0
	for i, prompt := range prompts {
		want := server.complete(t, prompt, equalTokens, 2)
		c := follow(t, engine, prompt, want)
		if len(c.parted) == 0 { // greedily it would have given the same answer
			equal++
		}
		total += c.tokens
		largest = max(largest, c.largest)
		sum += c.sum
		for _, p := range c.parted {
			ties++
			gap = max(gap, p.gap())
			t.Logf("prompt %d (%d tokens), token %d: %s", i, len(prompt), p.at, &p)
			if p.gap() > maxTieGap {
				t.Errorf("prompt %d, token %d: more than rounding apart", i, p.at)
			}
		}
	}
	if mean := sum / float64(total); mean > mostMean {
		t.Errorf("the two compute something different: %.4f apart on average", mean)
	}
	t.Logf("%d of %d texts equal; %d of %d tokens chosen otherwise, at gaps up to %.4f; log probabilities of the chosen token differ by %.4f on average, up to %.4f",
		equal, len(prompts), ties, total, gap, sum/float64(total), largest)
}

// comparison is how the engine judges an answer of llama-server.
type comparison struct {
	tokens  int
	parted  []parting // where it would have chosen another token
	largest float64   // difference in log probability of chosen tokens
	sum     float64   // of these differences
}

// parting is a place where the two choose different tokens.
type parting struct {
	at              int
	mine, theirs    string
	myGap, theirGap float64 // log probability between the two likeliest
}

func (p *parting) gap() float64 { return min(p.myGap, p.theirGap) }

func (p *parting) String() string {
	return fmt.Sprintf("%q here (ahead by %.4f), %q there (ahead by %.4f)", p.mine, p.myGap, p.theirs, p.theirGap)
}

// follow leads the engine along llama-server's tokens.
func follow(t *testing.T, e *Engine, prompt []int32, want answer) comparison {
	t.Helper()
	ctx := context.Background()
	if _, err := e.session.Evaluate(ctx, prompt); err != nil {
		t.Fatal(err)
	}
	var c comparison
	told := want.Probabilities // llama-server leaves out tokens inside a character
	for i, token := range want.Tokens {
		if len(told) > 0 && told[0].Top[0].ID == token {
			top := told[0].Top
			told = told[1:]
			c.tokens++
			logits := e.session.Logits()
			difference := math.Abs(logProbability(logits, token) - top[0].Logprob)
			c.largest = max(c.largest, difference)
			c.sum += difference
			if mine := argmax(logits); mine != token {
				c.parted = append(c.parted, parting{
					at: i, mine: e.tok.Spelling(mine), theirs: e.tok.Spelling(token),
					myGap:    logProbability(logits, mine) - logProbability(logits, token),
					theirGap: top[0].Logprob - top[1].Logprob,
				})
			}
		}
		if err := e.session.Append(ctx, token); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

func logProbability(logits []float32, token int32) float64 {
	largest := float64(logits[argmax(logits)])
	sum := 0.0
	for _, l := range logits {
		sum += math.Exp(float64(l) - largest)
	}
	return float64(logits[token]) - largest - math.Log(sum)
}
