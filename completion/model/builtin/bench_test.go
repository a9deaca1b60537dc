package builtin

import (
	"context"
	"strings"
	"testing"
)

// benchmarkSource is Go text for the benchmarks, repeated to the wanted length.
const benchmarkSource = `// Copy copies the file at path to w and returns the number of bytes copied.
func Copy(w io.Writer, path string) (int64, error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, fmt.Errorf("copy: %w", err)
	}
	defer f.Close()
	n, err := io.Copy(w, f)
	for i := range retries {
		if err == nil || !temporary(err) {
			break
		}
		time.Sleep(backoff(i))
	}
	return n, err
}

`

// benchmarkPrompt is a prompt of n tokens for the embedded model.
func benchmarkPrompt(b *testing.B, e *Engine, n int) []int32 {
	b.Helper()
	tok, err := e.Tokenizer()
	if err != nil {
		b.Fatal(err)
	}
	tokens := append([]int32{tok.BOS()}, tok.Encode(strings.Repeat(benchmarkSource, 1+n/50))...)
	return tokens[:n]
}

func loadedEngine(b *testing.B) *Engine {
	b.Helper()
	e := OpenEmbedded(Options{})
	b.Cleanup(func() { e.Close() })
	if err := e.Load(context.Background()); err != nil {
		b.Fatal(err)
	}
	return e
}

// BenchmarkGenerate generates behind a prompt of 200 tokens.
func BenchmarkGenerate(b *testing.B) {
	e := loadedEngine(b)
	prompt := benchmarkPrompt(b, e, 200)
	const tokens = 64
	if _, err := e.Generate(context.Background(), prompt, GenerateOptions{MaxTokens: 1}); err != nil {
		b.Fatal(err)
	}
	generated := 0
	for b.Loop() {
		r, err := e.Generate(context.Background(), prompt, GenerateOptions{MaxTokens: tokens})
		if err != nil {
			b.Fatal(err)
		}
		generated += r.GeneratedTokens
	}
	b.ReportMetric(float64(generated)/b.Elapsed().Seconds(), "tok/s")
}

// BenchmarkPrompt reads a prompt of 400 tokens of which none is cached.
func BenchmarkPrompt(b *testing.B) {
	e := loadedEngine(b)
	prompt := benchmarkPrompt(b, e, 400)
	read := 0
	for b.Loop() {
		prompt[0] ^= 1 // another beginning, so that nothing is cached
		r, err := e.Generate(context.Background(), prompt, GenerateOptions{MaxTokens: 1})
		if err != nil {
			b.Fatal(err)
		}
		read += r.PromptTokens - r.CachedTokens
	}
	b.ReportMetric(float64(read)/b.Elapsed().Seconds(), "tok/s")
}

// BenchmarkEncode tokenises 1,300 bytes, about a prompt's worth.
func BenchmarkEncode(b *testing.B) {
	tok, err := OpenEmbedded(Options{}).Tokenizer()
	if err != nil {
		b.Fatal(err)
	}
	text := strings.Repeat(benchmarkSource, 4)[:1300]
	b.SetBytes(int64(len(text)))
	tokens := 0
	for b.Loop() {
		tokens += len(tok.Encode(text))
	}
	b.ReportMetric(float64(tokens)/b.Elapsed().Seconds(), "tok/s")
}
