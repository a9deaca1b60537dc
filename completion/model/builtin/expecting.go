package builtin

import (
	"context"
	"errors"
	"time"

	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/model/builtin/llama"
	"github.com/airside-ls/airside/completion/model/stream"
)

// generateExpecting is Generate, greedy, with what a mixer makes of the logits,
// and tells the odds. The network is asked as late as possible: tokens that are
// certain without it are evaluated together when one is not, or never.
func (e *Engine) generateExpecting(ctx context.Context, tokens []int32, o GenerateOptions, m *mixer, odds *model.Odds) (r Result, err error) {
	start := time.Now()
	r.PromptTokens = len(tokens)
	odds.Begin = m.begin
	defer func() { r.Total = elapsed(start) }()
	err = e.Search(ctx, func(ctx context.Context, s *llama.Session) error {
		var onText func(context.Context, []byte) error
		if o.OnToken != nil {
			onText = func(_ context.Context, text []byte) error { return o.OnToken(string(text)) }
		}
		out := stream.NewWriter(ctx, o.Stop, onText)
		defer func() { r.Text = out.Text() }()
		if err := e.mix(ctx, s, out, tokens, o, m, odds, &r, start); err != nil {
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
		e.readAhead(tokens)
	}
	return r, err
}

func (e *Engine) mix(ctx context.Context, s *llama.Session, out *stream.Writer, tokens []int32, o GenerateOptions, m *mixer, odds *model.Odds, r *Result, start time.Time) error {
	if len(tokens) == 0 {
		return llama.ErrNoTokens
	}
	if len(tokens) > s.Context() {
		return &llama.TooLongError{Tokens: len(tokens), Context: s.Context()}
	}
	sequence := tokens[:len(tokens):len(tokens)]
	for likely := 1.0; likely >= m.expect.Least; {
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
