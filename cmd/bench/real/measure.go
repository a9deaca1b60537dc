package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"runtime/debug"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/airside-ls/airside/completion/model/builtin"
	"github.com/airside-ls/airside/completion/model/builtin/llama"
	"github.com/airside-ls/airside/completion/model/builtin/tokenizer"
	"github.com/airside-ls/airside/completion/model/realtest"
)

const (
	readTokens      = 256
	generatedTokens = 32
	typedTokens     = 4 // those that a warm prompt ends with
	contextTokens   = 1024
	idleFor         = 2 * time.Second
)

// run of one file: the engine and the server, and what was measured so far.
type pairing struct {
	engine *builtin.Engine
	server *realtest.Server
	tok    *tokenizer.Tokenizer
	ends   []int32 // tokens that would end an answer early

	read, generated, first struct{ here, there []float64 }
}

func measure(file string, threads, rounds int) (figures, error) {
	f := figures{Threads: threads}
	debug.FreeOSMemory() // what the file before has left behind
	before, err := anonymousBytes()
	if err != nil {
		return f, err
	}
	engine, err := builtin.Open(file, builtin.Options{Threads: threads, ContextTokens: contextTokens})
	if err != nil {
		return f, err
	}
	defer engine.Close()
	if err := engine.Load(context.Background()); err != nil {
		return f, err
	}
	server, err := realtest.StartServer(file, "-t", strconv.Itoa(threads), "--cache-ram", "0")
	if err != nil {
		return f, err
	}
	defer server.Close()
	p := &pairing{engine: engine, server: server}
	if p.tok, err = engine.Tokenizer(); err != nil {
		return f, err
	}
	for id := range int32(p.tok.Size()) {
		if p.tok.IsControl(id) {
			p.ends = append(p.ends, id)
		}
	}
	prompts, err := codePrompts(p.tok, rounds+1)
	if err != nil {
		return f, err
	}
	for i, prompt := range prompts {
		if err := p.round(prompt); err != nil {
			return f, err
		}
		if i == 0 { // the file comes from the disk, the processor gets up to speed
			p.read.here, p.read.there, p.generated.here, p.generated.there, p.first.here, p.first.there = nil, nil, nil, nil, nil, nil
		}
	}
	f.Read = medians(p.read.here, p.read.there)
	f.Generate = medians(p.generated.here, p.generated.there)
	f.First = medians(p.first.here, p.first.there)
	server.Close()
	if err := f.aside(p, file, before); err != nil {
		return f, err
	}
	return f, nil
}

// answer is llama-server's reply to a completion.
type answer struct {
	Timings struct {
		PromptPerSecond    float64 `json:"prompt_per_second"`
		PredictedPerSecond float64 `json:"predicted_per_second"`
	} `json:"timings"`
}

func (p *pairing) round(prompt []int32) error {
	ctx := context.Background()
	ask := func(prompt []int32, tokens int, cached bool) (a answer, err error) {
		err = p.server.Post("/completion", map[string]any{
			"prompt": prompt, "n_predict": tokens, "temperature": 0, "top_k": 1, "ignore_eos": true, "cache_prompt": cached,
		}, &a)
		return a, err
	}
	a, err := ask(prompt, generatedTokens, false)
	if err != nil {
		return err
	}
	p.read.there = append(p.read.there, a.Timings.PromptPerSecond)
	p.generated.there = append(p.generated.there, a.Timings.PredictedPerSecond)
	options := builtin.GenerateOptions{MaxTokens: generatedTokens, Adjust: func(_ []int32, logits []float32) {
		for _, id := range p.ends {
			logits[id] = float32(math.Inf(-1))
		}
	}}
	r, err := p.engine.Generate(ctx, prompt, options)
	if err != nil {
		return err
	}
	if r.GeneratedTokens != generatedTokens {
		return fmt.Errorf("%d tokens generated instead of %d", r.GeneratedTokens, generatedTokens)
	}
	p.read.here = append(p.read.here, float64(r.PromptTokens-r.CachedTokens)/r.Prompt.Seconds())
	p.generated.here = append(p.generated.here, float64(r.GeneratedTokens-1)/(r.Total-r.FirstToken).Seconds())

	// Other words are typed at its end: as many tokens, none of them known.
	warm := append(prompt[:len(prompt)-typedTokens:len(prompt)-typedTokens], p.tok.Encode("zq = yw(")[:typedTokens]...)
	before := time.Now()
	if _, err := ask(warm, 1, true); err != nil {
		return err
	}
	p.first.there = append(p.first.there, time.Since(before).Seconds()*1e3)
	before = time.Now()
	options.MaxTokens = 1
	if _, err := p.engine.Generate(ctx, warm, options); err != nil {
		return err
	}
	p.first.here = append(p.first.here, time.Since(before).Seconds()*1e3)
	return nil
}

// aside measures the engine's memory and what it costs when nobody asks.
func (f *figures) aside(p *pairing, file string, before float64) error {
	info, err := os.Stat(file)
	if err != nil {
		return err
	}
	f.FileMiB = float64(info.Size()) / (1 << 20)
	err = p.engine.Search(context.Background(), func(_ context.Context, s *llama.Session) error {
		f.CacheMiB = float64(s.CacheBytes()) / (1 << 20)
		return nil
	})
	if err != nil {
		return err
	}
	debug.FreeOSMemory() // what measuring itself has left behind
	after, err := anonymousBytes()
	if err != nil {
		return err
	}
	f.AnonymousMiB = (after-before)/(1<<20) - f.CacheMiB
	spent, err := processorTime()
	if err != nil {
		return err
	}
	time.Sleep(idleFor)
	until, err := processorTime()
	f.IdleMS = (until - spent).Seconds() * 1e3
	return err
}

// anonymousBytes is this process's memory that is not mapped from a file
// (proc(5): RssAnon).
func anonymousBytes() (float64, error) {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0, err
	}
	for _, line := range strings.Split(string(status), "\n") {
		if rest, ok := strings.CutPrefix(line, "RssAnon:"); ok {
			kib, err := strconv.ParseFloat(strings.TrimSpace(strings.TrimSuffix(rest, "kB")), 64)
			return kib * 1024, err
		}
	}
	return 0, errors.New("/proc/self/status has no RssAnon")
}

// processorTime is what this process has used so far.
func processorTime() (time.Duration, error) {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0, err
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()), nil
}
