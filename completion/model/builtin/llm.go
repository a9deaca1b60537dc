package builtin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/model/builtin/schema"
	"github.com/airside-ls/airside/completion/model/builtin/tokenizer"
)

// Generate implements [model.Backend].
func (b *Backend) Generate(ctx context.Context, r model.Request) (model.Response, error) {
	if ctx.Err() != nil {
		return model.Response{}, ctx.Err()
	}
	if b.broken != nil {
		return model.Response{}, b.error("open", b.broken)
	}
	fail := func(op string, err error) (model.Response, error) {
		return model.Response{}, &model.Error{Kind: model.NoInsert, Backend: backendName, Op: op, Err: err}
	}
	prompt := r.Prompt
	if r.Chat != nil {
		t := b.template()
		if t == nil {
			return fail("generate", errors.New("the model has no chat template that is known"))
		}
		prompt = t.Prompt(r.Chat)
	}
	b.engine.renewIfIdle()
	tok, err := b.engine.Tokenizer()
	if err != nil {
		return model.Response{}, b.error("read "+b.path, err)
	}
	tokens, err := encode(tok, prompt)
	if err != nil {
		return fail("encode the prompt", err)
	}
	if r.Score != nil {
		return b.scoreTexts(ctx, tokens, r)
	}
	held, err := holdTo(r.Schema)
	if err != nil {
		return fail("generate", err)
	}
	var callers error // what OnText returned
	run := GenerateOptions{
		MaxTokens: r.MaxTokens, Stop: r.Stop, Demand: r.Demand, Temperature: float32(r.Temperature), Seed: uint64(r.Seed),
	}
	if r.OnText != nil {
		run.OnToken = func(piece string) error {
			callers = r.OnText(piece)
			return callers
		}
	}
	if held != nil {
		run.Adjust = newConstraint(held, b.engine, tok, len(tokens), r.Temperature <= 0).adjust
	}
	var answer Result
	var odds *model.Odds
	if r.Expect != nil && held == nil && run.Temperature <= 0 {
		odds = r.Told
		answer, err = b.engine.generateExpecting(ctx, tokens, run, r)
	} else {
		answer, err = b.engine.Generate(ctx, tokens, run)
	}
	resp := model.Response{Text: answer.Text, StopReason: answer.StopReason, Usage: model.Usage{
		PromptTokens: answer.PromptTokens, CachedTokens: answer.CachedTokens,
		GeneratedTokens: answer.GeneratedTokens, Reading: answer.Prompt, Odds: odds,
	}}
	switch {
	case ctx.Err() != nil:
		return model.Response{}, ctx.Err()
	case callers != nil:
		return resp, callers
	case err != nil:
		return model.Response{}, b.error("generate", err)
	}
	return resp, nil
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
