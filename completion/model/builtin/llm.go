package builtin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/model/builtin/schema"
	"github.com/airside-ls/airside/completion/model/builtin/tokenizer"
	"github.com/tmc/langchaingo/llms"
)

// llm continues the prompt that it makes of messages: a raw one, or that of a
// conversation. It implements [llms.Model].
type llm struct {
	b      *Backend
	prompt func([]llms.MessageContent) (model.Prompt, error)
}

// Call implements [llms.Model].
func (m llm) Call(ctx context.Context, prompt string, options ...llms.CallOption) (string, error) {
	return llms.GenerateFromSinglePrompt(ctx, m, prompt, options...)
}

// GenerateContent implements [llms.Model].
func (m llm) GenerateContent(ctx context.Context, messages []llms.MessageContent, options ...llms.CallOption) (*llms.ContentResponse, error) {
	b := m.b
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if b.broken != nil {
		return nil, b.error("open", b.broken)
	}
	var o llms.CallOptions
	for _, option := range options {
		option(&o)
	}
	prompt, err := m.prompt(messages)
	if err != nil {
		return nil, &model.Error{Kind: model.NoInsert, Backend: backendName, Op: "generate", Err: err}
	}
	b.engine.renewIfIdle()
	tok, err := b.engine.Tokenizer()
	if err != nil {
		return nil, b.error("read "+b.path, err)
	}
	tokens, err := encode(tok, prompt)
	if err != nil {
		return nil, &model.Error{Kind: model.NoInsert, Backend: backendName, Op: "encode the prompt", Err: err}
	}

	held, err := holdTo(model.TakeSchema(&o))
	if err != nil {
		return nil, &model.Error{Kind: model.NoInsert, Backend: backendName, Op: "generate", Err: err}
	}
	var callers error // the streaming function's own
	run := GenerateOptions{
		MaxTokens: o.MaxTokens, Stop: o.StopWords, Demand: model.TakeDemand(&o, prompt),
		Temperature: float32(o.Temperature), TopK: o.TopK, TopP: float32(o.TopP), Seed: uint64(o.Seed),
	}
	if o.StreamingFunc != nil {
		run.OnToken = func(piece string) error {
			callers = o.StreamingFunc(ctx, []byte(piece))
			return callers
		}
	}
	if held != nil {
		run.Adjust = newConstraint(held, b.engine, tok, len(tokens), o.Temperature <= 0).adjust
	}
	var r Result
	var odds *model.Odds
	if e := model.ExpectationOf(o); e != nil && held == nil && run.Temperature <= 0 {
		odds = e.Told
		r, err = b.engine.generateExpecting(ctx, tokens, run, e, prompt.String(), odds)
	} else {
		r, err = b.engine.Generate(ctx, tokens, run)
	}
	usage := model.Usage{
		PromptTokens: r.PromptTokens, CachedTokens: r.CachedTokens,
		GeneratedTokens: r.GeneratedTokens, FirstToken: r.FirstToken, Reading: r.Prompt, Odds: odds,
	}
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case callers != nil:
		return nil, &model.Stopped{Usage: usage, Err: callers}
	case err != nil:
		return nil, b.error("generate", err)
	}
	return &llms.ContentResponse{Choices: []*llms.ContentChoice{{
		Content: r.Text, StopReason: r.StopReason, GenerationInfo: model.WithUsage(usage),
	}}}, nil
}

// encode turns a prompt into tokens, begin-of-sequence first. Control tokens
// are looked up, never parsed, so text that spells one stays text.
func encode(tok *tokenizer.Tokenizer, p model.Prompt) ([]int32, error) {
	var tokens []int32
	if tok.BOS() != tokenizer.None {
		tokens = append(tokens, tok.BOS())
	}
	for _, s := range p {
		switch {
		case s.Control:
			id, ok := tok.ID(s.Text)
			if !ok || !tok.IsControl(id) {
				return nil, fmt.Errorf("the model has no control token %q", s.Text)
			}
			tokens = append(tokens, id)
		case s.NoSpace:
			tokens = append(tokens, tok.Encode(s.Text)...)
		default:
			tokens = append(tokens, tok.EncodeBeginning(s.Text)...)
		}
	}
	if len(tokens) == 0 {
		return nil, errors.New("the prompt is empty")
	}
	return tokens, nil
}

// holdTo reads the schema of an answer; nil where there is none.
func holdTo(data json.RawMessage) (*schema.Schema, error) {
	if data == nil {
		return nil, nil
	}
	return schema.Parse(data)
}
