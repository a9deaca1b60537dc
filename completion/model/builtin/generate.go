package builtin

import (
	"context"
	"errors"
	"time"

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
	if err := e.take(ctx); err != nil {
		return r, err
	}
	defer e.release()
	defer catch(&err)()
	if e.session == nil {
		before := time.Now()
		if err := e.load(); err != nil {
			return r, err
		}
		r.Load = elapsed(before)
	}
	// The generation ends with ctx or with the engine.
	merged, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer context.AfterFunc(e.closing, func() { cancel(ErrClosed) })()

	g := generation{engine: e, options: o, start: start, result: &r}
	err = g.run(merged, tokens)
	switch {
	case ctx.Err() != nil && merged.Err() != nil && errors.Is(err, context.Cause(merged)):
		err = ctx.Err()
	case errors.Is(err, stream.ErrStopWord):
		r.StopReason, err = StopStop, nil
	}
	return r, err
}

// generation is one run of Generate.
type generation struct {
	engine  *Engine
	options GenerateOptions
	start   time.Time
	result  *Result
}

func (g *generation) run(ctx context.Context, tokens []int32) (err error) {
	e, r := g.engine, g.result
	before := time.Now()
	r.CachedTokens, err = e.session.Evaluate(ctx, tokens)
	if err != nil {
		return err
	}
	r.Prompt = elapsed(before)

	var onText func(context.Context, []byte) error
	if g.options.OnToken != nil {
		onText = func(_ context.Context, text []byte) error { return g.options.OnToken(string(text)) }
	}
	out := stream.NewWriter(ctx, g.options.Stop, onText)
	defer func() { r.Text = out.Text() }()
	r.StopReason, err = g.tokens(ctx, out)
	if err != nil {
		r.StopReason = ""
		return err
	}
	return out.Flush()
}

// tokens generates token after token into out and returns why it ended.
func (g *generation) tokens(ctx context.Context, out *stream.Writer) (reason string, err error) {
	e, r := g.engine, g.result
	choose := newSampler(g.options)
	for {
		if ctx.Err() != nil {
			return "", context.Cause(ctx)
		}
		token, err := choose.next(e.session.Logits())
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
		if err := out.Write(string(e.tok.Piece(token))); err != nil {
			return "", err
		}
		if r.GeneratedTokens == g.options.MaxTokens || e.session.Len() == e.session.Context() {
			return StopLength, nil
		}
		if err := e.session.Append(ctx, token); err != nil {
			return "", err
		}
	}
}
