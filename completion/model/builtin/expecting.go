package builtin

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/model/builtin/llama"
	"github.com/airside-ls/airside/completion/model/stream"
)

// generateExpecting is Generate, greedy, with what an expecter knows, and tells
// the odds. A small network is mixed with it token by token, a large one weighed
// against it line by line.
func (e *Engine) generateExpecting(ctx context.Context, tokens []int32, o GenerateOptions, ask model.Request) (r Result, err error) {
	start := time.Now()
	r.PromptTokens = len(tokens)
	defer func() { r.Total = elapsed(start) }()
	_, tok, err := e.readHeader()
	if err != nil {
		return r, err
	}
	err = e.Search(ctx, func(ctx context.Context, s *llama.Session) error {
		if len(tokens) == 0 {
			return llama.ErrNoTokens
		}
		if len(tokens) > s.Context() {
			return &llama.TooLongError{Tokens: len(tokens), Context: s.Context()}
		}
		out := stream.NewWriter(o.Stop, o.OnToken)
		defer func() { r.Text = out.Text() }()
		ask.Told = cmp.Or(ask.Told, new(model.Odds))
		ask.Told.Begin = len(ask.Begun)
		if odds, ok := oddsOf(s.Model().Parameters()); ok {
			w := &weigher{
				engine: e, expect: ask.Expect, least: ask.Least, leastBegun: ask.LeastBegun, tok: tok, odds: odds, tokens: tokens, options: o, start: start,
				session: s, out: out, result: &r, told: ask.Told,
			}
			w.begin(ask.Begun)
			err = w.run(ctx)
		} else {
			m := newMixer(ask.Expect, ask.Least, tok, ask.Begun)
			err = e.mix(ctx, s, out, tokens, o, m, ask.Told, &r, start)
		}
		if err != nil {
			return err
		}
		return out.Flush()
	})
	if errors.Is(err, stream.ErrStopWord) {
		r.StopReason, err = StopStop, nil
	}
	if err != nil {
		r.StopReason = ""
	}
	if r.FirstToken > 0 && r.Prompt == 0 && ctx.Err() == nil { // nobody has read it
		e.readAhead(context.Background(), tokens, false)
	}
	return r, err
}

// mix asks the network as late as possible: tokens that are certain without it are
// evaluated together when one is not, or never.
func (e *Engine) mix(ctx context.Context, s *llama.Session, out *stream.Writer, tokens []int32, o GenerateOptions, m *mixer, odds *model.Odds, r *Result, start time.Time) error {
	sequence := tokens[:len(tokens):len(tokens)]
	for likely := 1.0; likely >= m.least; {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		m.renew()
		c, ok := m.certainly()
		if !ok {
			before := time.Now()
			cached, err := s.Evaluate(ctx, sequence)
			if err != nil {
				return err
			}
			if r.Prompt == 0 {
				r.CachedTokens, r.Prompt = min(cached, len(tokens)), elapsed(before)
			}
			if c, err = m.choose(s.Logits(), e.stops); err != nil {
				return err
			}
		}
		if r.FirstToken == 0 {
			r.FirstToken = elapsed(start)
		}
		likely *= c.p
		if c.token == ending {
			odds.Steps = append(odds.Steps, model.Step{End: m.answer.Len(), P: c.p, Expected: c.expected})
			r.StopReason = StopStop
			return nil
		}
		piece := string(e.tok.Piece(c.token))
		m.take(c, piece)
		odds.Steps = append(odds.Steps, model.Step{End: m.answer.Len(), P: c.p, Expected: c.expected})
		r.GeneratedTokens++
		sequence = append(sequence, c.token)
		if err := out.Write(piece); err != nil {
			return err
		}
		if r.GeneratedTokens == o.MaxTokens || len(sequence) > s.Context() {
			r.StopReason = StopLength
			return nil
		}
	}
	r.StopReason = StopUnsure
	return nil
}
