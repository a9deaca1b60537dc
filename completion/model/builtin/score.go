package builtin

import (
	"context"
	"math"

	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/model/builtin/llama"
	"github.com/airside-ls/airside/completion/model/scoring"
)

// score compares texts, as tokens, that could come behind a prompt. What was read of
// the prompt stays for the next that begins alike. Errors are as for Generate.
func (e *Engine) score(ctx context.Context, prompt []int32, texts *scoring.Texts) (r Result, err error) {
	r.PromptTokens = len(prompt)
	err = e.exclusively(ctx, &r.Load, func(ctx context.Context) error {
		var err error
		if r.CachedTokens, err = e.session.Evaluate(ctx, prompt); err != nil {
			return err
		}
		if err := e.sees(texts, e.session.Logits(), nil); err != nil {
			return err
		}
		for {
			tokens, known := texts.Next()
			if tokens == nil {
				return nil
			}
			if err := e.readOn(ctx, e.session, len(prompt), texts, tokens, known); err != nil {
				return err
			}
		}
	})
	return r, err
}

// readOn reads a text on from its token known-1, behind which nothing is known yet.
func (e *Engine) readOn(ctx context.Context, s *llama.Session, prompt int, texts *scoring.Texts, tokens []int32, known int) error {
	// The session has the prompt, and behind it the text that was read last.
	at := min(known-1, s.Common(s.Tokens()[:prompt], tokens)-prompt)
	s.Truncate(prompt + at)
	batch := tokens[at:min(at+s.MaxExtend(), len(tokens))]
	if err := s.Extend(ctx, batch); err != nil {
		return err
	}
	for i := range batch {
		if err := e.sees(texts, s.LogitsAfter(i), tokens[:at+i+1]); err != nil {
			return err
		}
	}
	return nil
}

// sees hands on what logits say behind some tokens.
func (e *Engine) sees(texts *scoring.Texts, logits []float32, behind []int32) error {
	all := logSum(logits)
	if math.IsNaN(all) || math.IsInf(all, 0) {
		return errNotANumber
	}
	ln := func(token int32) (float64, bool) { return float64(logits[token]) - all, true }
	texts.See(behind, ln, func() (p float64) {
		for stop := range e.stops {
			p += math.Exp(float64(logits[stop]) - all)
		}
		return p
	})
	return nil
}

// logSum is ln of the sum of the exponentials of logits.
func logSum(logits []float32) float64 {
	top := logits[argmax(logits)]
	sum := 0.0
	for _, l := range logits {
		sum += math.Exp(float64(l - top))
	}
	return float64(top) + math.Log(sum)
}

// scoreTexts answers a request that asks for scores.
func (b *Backend) scoreTexts(ctx context.Context, prompt []int32, r model.Request) (model.Response, error) {
	tok, err := b.engine.Tokenizer()
	if err != nil {
		return model.Response{}, b.error("read "+b.path, err)
	}
	list := make([][]int32, len(r.Score))
	for i, t := range r.Score {
		list[i] = tok.Encode(t)
	}
	texts := scoring.New(list, r.Beyond)
	cost, err := b.engine.score(ctx, prompt, texts)
	switch {
	case ctx.Err() != nil:
		return model.Response{}, ctx.Err()
	case err != nil:
		return model.Response{}, b.error("score", err)
	}
	return model.Response{
		Scores: texts.Scores(), StopReason: "stop",
		Usage: model.Usage{PromptTokens: cost.PromptTokens, CachedTokens: cost.CachedTokens},
	}, nil
}
