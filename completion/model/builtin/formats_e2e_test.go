//go:build e2e

package builtin

import (
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/airside-ls/airside/completion/model/builtin/internal/ggufwrite"
)

// maxMeanDifferenceRandom is maxMeanDifference for networks with random
// weights, whose activations have no large values that others vanish beside.
const maxMeanDifferenceRandom = 0.03

// quantize makes another file of a model with llama-quantize, which the
// environment variable AIRSIDE_LLAMA_QUANTIZE names.
func quantize(t testing.TB, model, format string, flags ...string) string {
	t.Helper()
	program := os.Getenv("AIRSIDE_LLAMA_QUANTIZE")
	if program == "" {
		t.Fatal("AIRSIDE_LLAMA_QUANTIZE does not name a llama-quantize program")
	}
	to := filepath.Join(t.TempDir(), format+".gguf")
	if out, err := exec.Command(program, append(flags, model, to, format, "1")...).CombinedOutput(); err != nil {
		t.Fatalf("llama-quantize: %v\n%s", err, out)
	}
	return to
}

// TestFormatsEqualsLlamaServer makes networks with random weights of both
// architectures, with both kinds of tokenizer, in every format, and compares
// what they choose.
func TestFormatsEqualsLlamaServer(t *testing.T) {
	llama := ggufwrite.Llama{
		Embedding: 256, Blocks: 3, FeedForward: 512, Heads: 8, KVHeads: 4, HeadDim: 32, Context: 1536,
		Encoding: ggufwrite.F32, Tied: true, RopeBase: 1e6, RopeFactors: true, Seed: 5,
	}
	uneven := llama // rows that are no multiple of 256, where llama-quantize falls back
	uneven.Embedding, uneven.FeedForward, uneven.Heads, uneven.HeadDim, uneven.Tied, uneven.RopeFactors = 288, 544, 12, 24, false, false
	qwen := byteLevelModel("qwen2", nil)
	for _, network := range []struct {
		name    string
		network ggufwrite.Llama
		first   int // the token of "!"
		formats []string
	}{
		{"llama", llama, 260, []string{"F32", "F16", "BF16", "Q8_0", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q3_K_M", "Q4_K_M", "Q5_K_M", "Q6_K"}},
		{"qwen2", qwen, '!', []string{"F32", "Q8_0", "Q4_K_M"}},
		{"uneven", uneven, 260, []string{"Q4_K_M", "Q5_K_M", "Q6_K"}},
	} {
		network.network.Change = trainedLike
		// Only ASCII characters come out: llama-server tells no probabilities
		// inside a character.
		network.network.Mute = func(token int) bool { return token < network.first || token >= network.first+90 }
		original := filepath.Join(t.TempDir(), "original.gguf")
		if err := os.WriteFile(original, network.network.Builder().Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		for _, format := range network.formats {
			t.Run(network.name+"/"+format, func(t *testing.T) {
				path := original
				if format != "F32" {
					path = quantize(t, original, format)
				}
				server := serve(t, path, "-t", "1")
				engine, err := Open(path, Options{ContextTokens: equalMaxPrompt + equalTokens})
				if err != nil {
					t.Fatal(err)
				}
				defer engine.Close()
				sameChoices(t, server, engine, randomPrompts(t, engine, 6), maxMeanDifferenceRandom)
			})
		}
	}
}

// trainedLike makes random weights behave a little more like trained ones: a
// layer adds less than there is, so that rounding is not carried away.
func trainedLike(name string, values []float32) []float32 {
	if strings.HasSuffix(name, "attn_output.weight") || strings.HasSuffix(name, "ffn_down.weight") {
		for i := range values {
			values[i] *= 0.3
		}
	}
	return values
}

// randomPrompts are n prompts of up to 400 tokens of ASCII characters.
func randomPrompts(t *testing.T, e *Engine, n int) (out [][]int32) {
	t.Helper()
	tok, err := e.Tokenizer()
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(8, 8))
	for i := range n {
		var text strings.Builder
		for range 20 + i*380/n {
			text.WriteByte(byte('!' + r.IntN(90)))
		}
		out = append(out, tok.Encode(text.String()))
	}
	return out
}
