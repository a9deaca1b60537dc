// Engine measures what the built-in engine makes of a real model: how much
// drafts speed it up, and what it and a compile beside it leave each other. See
// make bench-engine.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/airside-ls/airside/completion/model/builtin"
	"github.com/airside-ls/airside/completion/model/builtin/llama"
	"github.com/airside-ls/airside/completion/model/builtin/tokenizer"
)

func main() {
	if len(os.Args) == 3 && os.Args[1] == "-spin" {
		spin(os.Args[2])
		return
	}
	path := flag.String("model", "", "a GGUF file with tokens for inserting")
	threads := flag.Int("threads", 0, "threads of the engine; 0 is its default")
	files := flag.String("files", "completion/*.go", "source files, a pattern: typing at the beginnings of their lines is replayed")
	places := flag.Int("places", 16, "places to complete at")
	tokens := flag.Int("tokens", 40, "tokens to generate at each")
	what := flag.String("what", "batches,drafts,busy,restart", "what to measure: batches, drafts, busy, restart")
	flag.Parse()
	engine, err := builtin.Open(*path, builtin.Options{Threads: *threads, ContextTokens: 1024})
	if err != nil {
		fail(err)
	}
	defer engine.Close()
	tok, err := engine.Tokenizer()
	if err != nil {
		fail(err)
	}
	prompts, err := replay(tok, *files, *places)
	if err != nil {
		fail(err)
	}
	if strings.Contains(*what, "batches") {
		batches(engine, prompts[0])
	}
	if strings.Contains(*what, "drafts") {
		drafts(engine, prompts, *tokens)
	}
	if strings.Contains(*what, "busy") {
		busy(engine, prompts[0], *tokens)
	}
	if strings.Contains(*what, "restart") {
		restart(*path, *threads, prompts[0])
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "bench/engine:", err)
	os.Exit(1)
}

// generate is one answer, greedy.
func generate(engine *builtin.Engine, prompt []int32, tokens int, o builtin.GenerateOptions) builtin.Result {
	o.MaxTokens = tokens
	r, err := engine.Generate(context.Background(), prompt, o)
	if err != nil {
		fail(err)
	}
	return r
}

// drafts generates at each place with drafts and without, in turns, and tells the
// tokens a second of each over all places.
func drafts(engine *builtin.Engine, prompts [][]int32, tokens int) {
	var with, without speed
	var ratios []float64
	for i, p := range prompts {
		generate(engine, p, 1, builtin.GenerateOptions{}) // read it
		var a, b builtin.Result
		one := func() { a = generate(engine, p, tokens, builtin.GenerateOptions{}) }
		two := func() { b = generate(engine, p, tokens, builtin.GenerateOptions{NoDrafts: true}) }
		if i%2 == 0 {
			one()
			two()
		} else {
			two()
			one()
		}
		if a.Text != b.Text {
			fail(fmt.Errorf("place %d: with drafts %q, without %q", i, a.Text, b.Text))
		}
		with.add(a)
		without.add(b)
		if a.GeneratedTokens > 4 {
			ratios = append(ratios, of(a)/of(b))
		}
	}
	slices.Sort(ratios)
	if len(ratios) == 0 {
		return
	}
	fmt.Printf("drafts: %.1f tokens/s with, %.1f without, %.2fx over %d places, the same text at all; by place %.2fx to %.2fx, median %.2fx\n",
		with.perSecond(), without.perSecond(), with.perSecond()/without.perSecond(), len(prompts), ratios[0], ratios[len(ratios)-1], ratios[len(ratios)/2])
}

// batches tells what several tokens in one batch cost beside one.
func batches(engine *builtin.Engine, prompt []int32) {
	fmt.Print("batches:")
	err := engine.Search(context.Background(), func(ctx context.Context, s *llama.Session) error {
		if _, err := s.Evaluate(ctx, prompt); err != nil {
			return err
		}
		one := 0.0
		for _, n := range []int{1, 2, 3, 4, 6, 8, 12, 16} {
			var took []float64
			for range 7 {
				start := time.Now()
				if err := s.Extend(ctx, prompt[:n]); err != nil {
					return err
				}
				took = append(took, time.Since(start).Seconds())
				s.Truncate(len(prompt))
			}
			slices.Sort(took)
			if n == 1 {
				one = took[3]
				fmt.Printf(" a token %.1f ms;", 1e3*one)
				continue
			}
			fmt.Printf(" %d %.2fx", n, took[3]/one)
		}
		return nil
	})
	if err != nil {
		fail(err)
	}
	fmt.Println()
}

// restart tells how long an engine takes to answer with one token of a prompt that
// it never saw, and after a restart that kept what was read.
func restart(path string, threads int, prompt []int32) {
	dir, err := os.MkdirTemp("", "bench-engine")
	if err != nil {
		fail(err)
	}
	defer os.RemoveAll(dir)
	for _, when := range []string{"read", "after a restart"} {
		engine, err := builtin.Open(path, builtin.Options{Threads: threads, ContextTokens: 1024, StateDir: dir})
		if err != nil {
			fail(err)
		}
		r := generate(engine, prompt, 1, builtin.GenerateOptions{})
		start := time.Now()
		if err := engine.Close(); err != nil {
			fail(err)
		}
		fmt.Printf("restart: %s: %d of %d tokens known, first token after %d ms, of these %d loading; closed in %d ms\n",
			when, r.CachedTokens, r.PromptTokens, r.FirstToken.Milliseconds(), r.Load.Milliseconds(), time.Since(start).Milliseconds())
	}
}

// speed adds up generations, their first tokens aside.
type speed struct {
	tokens int
	took   time.Duration
}

func (s *speed) add(r builtin.Result) {
	if r.GeneratedTokens > 1 {
		s.tokens += r.GeneratedTokens - 1
		s.took += r.Total - r.FirstToken
	}
}

func (s *speed) perSecond() float64 { return float64(s.tokens) / s.took.Seconds() }

func of(r builtin.Result) float64 {
	return float64(r.GeneratedTokens-1) / (r.Total - r.FirstToken).Seconds()
}

// control is a token that the model has to have.
func control(tok *tokenizer.Tokenizer, spelling string) int32 {
	id, ok := tok.ID(spelling)
	if !ok {
		fail(fmt.Errorf("the model has no token %s", spelling))
	}
	return id
}
