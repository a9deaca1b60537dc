//go:build e2e

package builtin

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/airside-ls/airside/completion/model/builtin/internal/ggufwrite"
	"github.com/airside-ls/airside/completion/model/builtin/tiny"
)

// BenchmarkE2EBesideLlamaServer measures the engine and a llama-server with the
// same model, prompts and threads, one after the other: tokens a second read and
// generated, and milliseconds to the first token when all of the prompt but the
// last four tokens is cached (llama-server's over HTTP, as a user has it). Run
// it with -benchtime 1x; one round takes a minute.
func BenchmarkE2EBesideLlamaServer(b *testing.B) {
	dir := b.TempDir()
	embedded := filepath.Join(dir, "embedded.gguf")
	if err := os.WriteFile(embedded, tiny.Model(), 0o600); err != nil {
		b.Fatal(err)
	}
	models := map[string]string{"embedded": embedded}
	large := filepath.Join(dir, "large.gguf")
	if err := os.WriteFile(large, largeModel().Builder().Bytes(), 0o600); err != nil {
		b.Fatal(err)
	}
	for _, format := range []string{"Q8_0", "Q4_K_M", "Q4_0"} {
		models["110M-"+format] = quantize(b, large, format)
	}
	for _, name := range []string{"embedded", "110M-Q8_0", "110M-Q4_K_M", "110M-Q4_0"} {
		for _, threads := range []int{1, 2} {
			b.Run(fmt.Sprintf("%s/threads=%d", name, threads), func(b *testing.B) {
				server := serve(b, models[name], "-t", fmt.Sprint(threads))
				engine, err := Open(models[name], Options{Threads: threads, ContextTokens: 1024})
				if err != nil {
					b.Fatal(err)
				}
				defer engine.Close()
				if err := engine.Load(context.Background()); err != nil {
					b.Fatal(err)
				}
				for b.Loop() {
					measure(b, engine, server)
				}
			})
		}
	}
}

// largeModel has 110 million parameters.
func largeModel() ggufwrite.Llama {
	vocabulary := ggufwrite.Letters()
	for i := len(vocabulary); i < 32000; i++ {
		vocabulary = append(vocabulary, ggufwrite.Token{Piece: fmt.Sprintf("token%d", i), Score: -1000, Type: 1})
	}
	return ggufwrite.Llama{
		Embedding: 768, Blocks: 12, FeedForward: 2048, Heads: 12, KVHeads: 4, HeadDim: 64, Context: 2048,
		Vocabulary: vocabulary, Tied: true, Encoding: ggufwrite.F16, Seed: 1,
	}
}

func measure(b *testing.B, engine *Engine, server *llamaServer) {
	const read, generated, rounds = 400, 48, 5
	var mine, theirs struct{ read, generated, first []float64 }
	for i := range rounds {
		prompt := make([]int32, read)
		for j := range prompt {
			prompt[j] = int32(300 + (j*j*7+j*31+i*1009)%3000)
		}
		a := server.complete(b, prompt, generated, 0)
		theirs.read = append(theirs.read, a.Timings.PromptPerSecond)
		if a.Timings.PredictedPerSecond > 0 {
			theirs.generated = append(theirs.generated, a.Timings.PredictedPerSecond)
		}
		r, err := engine.Generate(context.Background(), prompt, GenerateOptions{MaxTokens: generated})
		if err != nil {
			b.Fatal(err)
		}
		mine.read = append(mine.read, float64(r.PromptTokens-r.CachedTokens)/r.Prompt.Seconds())
		mine.generated = append(mine.generated, float64(r.GeneratedTokens-1)/(r.Total-r.FirstToken).Seconds())

		warm := append(prompt[:read-4:read-4], int32(310+i), 311, 312, 313)
		before := time.Now()
		var reply answer
		server.post(b, "/completion", map[string]any{"prompt": warm, "n_predict": 1, "temperature": 0, "top_k": 1, "cache_prompt": true}, &reply)
		theirs.first = append(theirs.first, time.Since(before).Seconds()*1e3)
		before = time.Now()
		if _, err := engine.Generate(context.Background(), warm, GenerateOptions{MaxTokens: 1}); err != nil {
			b.Fatal(err)
		}
		mine.first = append(mine.first, time.Since(before).Seconds()*1e3)
	}
	report := func(unit string, mine, theirs []float64) {
		slices.Sort(mine)
		slices.Sort(theirs)
		m, t := mine[len(mine)/2], theirs[len(theirs)/2]
		b.ReportMetric(m, "here-"+unit)
		b.ReportMetric(t, "server-"+unit)
		b.ReportMetric(100*m/t, "percent-"+unit)
	}
	report("read/s", mine.read, theirs.read)
	report("generated/s", mine.generated, theirs.generated)
	report("ms-first", mine.first, theirs.first)
}
