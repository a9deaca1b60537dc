package builtin

import (
	"context"
	"errors"
	"time"

	"github.com/airside-ls/airside/completion/model/builtin/llama"
	"github.com/airside-ls/airside/completion/model/stream"
)

// GenerateOptions say how an answer is generated.
type GenerateOptions struct {
	// MaxTokens is the most tokens to generate; 0 means until the context is
	// full.
	MaxTokens int
	// Stop lists texts before the first of which the answer ends.
	Stop []string
	// Temperature 0 is greedy: the likeliest token each time. Otherwise it
	// divides the logits before tokens are drawn by chance.
	Temperature float32
	// TopK keeps the so many likeliest tokens (0: all), TopP the likeliest that
	// together have this probability (0 or 1: all). Both only matter at a
	// Temperature above 0.
	TopK int
	TopP float32
	// Seed makes the choices by chance repeatable.
	Seed uint64
	// Adjust, if set, may change the logits before each token is chosen. context
	// is the sequence so far, prompt and answer, logits the scores of each token
	// of the vocabulary to come next (natural logarithms up to a constant: after
	// log-softmax they are log probabilities), to be changed in place. Both are
	// the engine's: they must not be kept. It runs on Generate's goroutine
	// between two evaluations, so what it takes is added to each token's time;
	// a change in one place does not reach the next. To search rather than
	// choose, see [Engine.Search].
	Adjust func(context []int32, logits []float32)
	// Demand is what the answer begins with: until it is written only tokens that
	// go along with it are chosen.
	Demand string
	// NoDrafts has each token computed by itself. The text is the same; it is for
	// measurements.
	NoDrafts bool
	// OnToken, if set, gets each piece of the answer as soon as it is certain:
	// whole characters, and nothing that may yet be part of a stop text. Its
	// error ends the generation and is returned.
	OnToken func(piece string) error
}

// The StopReason of a Result.
const (
	// StopStop: an end token or a stop text ended the answer.
	StopStop = "stop"
	// StopLength: MaxTokens were generated, or the context is full.
	StopLength = "length"
	// StopUnsure: the answer is less likely than it has to be.
	StopUnsure = "unsure"
)

// Result is an answer and what it cost. Durations are 0 for what did not
// happen.
type Result struct {
	Text       string // valid UTF-8, without the stop text
	StopReason string // StopStop or StopLength; "" beside an error

	PromptTokens    int // tokens of the prompt
	CachedTokens    int // those at its beginning that were known already
	GeneratedTokens int // tokens generated, the end token not counted

	Load       time.Duration // loading the model
	Prompt     time.Duration // evaluating the prompt
	FirstToken time.Duration // from the call to the first token, waiting for the turn included
	Total      time.Duration
}

// Generate continues tokens, the prompt with its control tokens, which must not
// be empty. When ctx ends the generation stops within one token, or while the
// prompt is read within a layer of a batch.
//
// Beside an error the Result tells how far the generation had come. The error
// is ctx.Err(), [ErrClosed], what OnToken returned, a [*PanicError], or what is
// wrong with the model (see package gguf, tokenizer, llama) or the prompt
// ([llama.ErrNoTokens], [*llama.TooLongError], [*llama.TokenError]).
func (e *Engine) Generate(ctx context.Context, tokens []int32, o GenerateOptions) (r Result, err error) {
	start := time.Now()
	r.PromptTokens = len(tokens)
	defer func() { r.Total = elapsed(start) }()
	err = e.exclusively(ctx, &r.Load, func(ctx context.Context) error {
		g := generateRun{engine: e, options: o, start: start, result: &r}
		return g.run(ctx, tokens)
	})
	if errors.Is(err, stream.ErrStopWord) {
		r.StopReason, err = StopStop, nil
	}
	return r, err
}

// Search hands the session to f, which alone uses it until it returns: to walk
// several continuations rather than one. Sequences with a common beginning cost
// only what differs ([llama.Session.Evaluate] goes back to where they part).
// The model is loaded first if need be; the context given to f also ends when
// the engine is closed. The error is that of f, or as for Generate.
func (e *Engine) Search(ctx context.Context, f func(context.Context, *llama.Session) error) error {
	var load time.Duration
	return e.exclusively(ctx, &load, func(ctx context.Context) error { return f(ctx, e.session) })
}

// exclusively runs f when the engine is free and loaded, under a context that
// ends with ctx or with the engine. load is set to the time that loading took.
func (e *Engine) exclusively(ctx context.Context, load *time.Duration, f func(context.Context) error) (err error) {
	if err := e.take(ctx); err != nil {
		return err
	}
	defer e.release()
	defer func() {
		if failed := (*PanicError)(nil); errors.As(err, &failed) {
			e.forget() // whatever state it is in
		}
	}()
	defer catch(&err)()
	e.renew()
	if e.session == nil {
		before := time.Now()
		if err := e.load(); err != nil {
			return err
		}
		*load = elapsed(before)
	}
	merged, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer context.AfterFunc(e.closing, func() { cancel(ErrClosed) })()
	err = f(merged)
	if ctx.Err() != nil && merged.Err() != nil && errors.Is(err, context.Cause(merged)) {
		return ctx.Err()
	}
	return err
}

// generateRun is one run of Generate.
type generateRun struct {
	engine  *Engine
	options GenerateOptions
	start   time.Time
	result  *Result
}

func (g *generateRun) run(ctx context.Context, tokens []int32) (err error) {
	e, r := g.engine, g.result
	before := time.Now()
	r.CachedTokens, err = e.session.Evaluate(ctx, tokens)
	if err != nil {
		return err
	}
	r.Prompt = elapsed(before)

	out := stream.NewWriter(g.options.Stop, g.options.OnToken)
	defer func() { r.Text = out.Text() }()
	r.StopReason, err = g.tokens(ctx, out)
	if err != nil {
		r.StopReason = ""
		return err
	}
	return out.Flush()
}

// tokens generates token after token into out and returns why it ended.
func (g *generateRun) tokens(ctx context.Context, out *stream.Writer) (reason string, err error) {
	e, r := g.engine, g.result
	choose := newSampler(g.options)
	w := begin(e.session, g.drafter())
	demand := g.options.Demand
	for {
		if ctx.Err() != nil {
			return "", context.Cause(ctx)
		}
		logits := w.logits()
		hold(e.tok, logits, demand)
		if g.options.Adjust != nil {
			g.options.Adjust(e.session.Tokens(), logits)
		}
		token, err := choose.next(logits)
		if err != nil {
			return "", err
		}
		if r.FirstToken == 0 {
			r.FirstToken = elapsed(g.start)
		}
		if e.stops[token] {
			return StopStop, nil
		}
		r.GeneratedTokens++
		piece := string(e.tok.Piece(token))
		demand = after(demand, piece)
		if err := out.Write(piece); err != nil {
			return "", err
		}
		if r.GeneratedTokens == g.options.MaxTokens || w.length() == e.session.Context() {
			return StopLength, nil
		}
		more := e.session.Context()
		if g.options.MaxTokens > 0 {
			more = g.options.MaxTokens - r.GeneratedTokens - 1
		}
		if err := w.take(ctx, token, more); err != nil {
			return "", err
		}
	}
}

// drafter makes drafts where the next token depends on the logits alone.
func (g *generateRun) drafter() *drafter {
	if g.options.NoDrafts || g.options.Adjust != nil || g.options.Temperature > 0 {
		return nil
	}
	return newDrafter(g.engine.drafting)
}
