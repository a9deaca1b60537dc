package builtin

import (
	"cmp"
	"context"
	"errors"

	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/model/stream"
)

// None is the builtin.model of a backend without a network: what the caller
// expects is all it says.
const None = "none"

// MemoryOnly answers with what is expected alone, from the memory of the
// workspace. It implements [model.Backend].
type MemoryOnly struct{}

// withoutNetworkContext is its context in tokens: it has none, and callers make
// windows by it.
const withoutNetworkContext = 512

// Name implements [model.Backend].
func (MemoryOnly) Name() string { return backendName }

// Probe implements [model.Backend].
func (MemoryOnly) Probe(ctx context.Context) (model.Info, error) {
	return model.Info{
		Backend: backendName, Model: "the memory of the workspace", Endpoint: "the binary itself",
		ContextTokens: withoutNetworkContext, Form: "plain", Code: true, VocabularyKnown: true, Expects: true,
		Why: "builtin.model is none",
	}, ctx.Err()
}

// Converses implements [model.Backend].
func (MemoryOnly) Converses() bool { return false }

// Close implements [model.Backend].
func (MemoryOnly) Close() error { return nil }

// errNothingExpected says that the caller has no memory of the workspace.
var errNothingExpected = &model.Error{
	Kind: model.NoModel, Backend: backendName, Op: "generate", Err: errors.New("there is no network (builtin.model is none) and nothing is remembered"),
	Advice: "switch builtin.memory on, or name a model",
}

// Generate implements [model.Backend]. A token is a line.
func (MemoryOnly) Generate(ctx context.Context, r model.Request) (model.Response, error) {
	if ctx.Err() != nil {
		return model.Response{}, ctx.Err()
	}
	if r.Expect == nil {
		return model.Response{}, errNothingExpected
	}
	var callers error
	onText := r.OnText
	if onText != nil {
		onText = func(text string) error {
			callers = r.OnText(text)
			return callers
		}
	}
	usage := model.Usage{Odds: cmp.Or(r.Told, new(model.Odds))}
	out := stream.NewWriter(r.Stop, onText)
	reason, err := spell(ctx, r, out, &usage)
	if err == nil {
		err = out.Flush()
	}
	switch {
	case ctx.Err() != nil:
		return model.Response{}, ctx.Err()
	case callers != nil:
		return model.Response{Usage: usage}, callers
	case err != nil && !errors.Is(err, stream.ErrStopWord):
		return model.Response{}, err
	}
	return model.Response{Text: out.Text(), StopReason: reason, Usage: usage}, nil
}

// spell writes the likeliest of what is expected, again and again until one ends
// the answer or nothing is expected.
func spell(ctx context.Context, r model.Request, out *stream.Writer, usage *model.Usage) (reason string, err error) {
	answer, most := r.Begun, r.MaxTokens
	usage.Odds.Begin = len(answer)
	for most <= 0 || usage.GeneratedTokens < most {
		if ctx.Err() != nil {
			return "", ctx.Err()
		}
		list := r.Expect.Expect(answer)
		if len(list) == 0 || list[0].Text == "" {
			return StopStop, nil
		}
		best := list[0]
		answer += best.Text
		usage.GeneratedTokens++
		usage.Odds.Steps = append(usage.Odds.Steps, model.Step{End: len(answer), P: best.P, Expected: true})
		if err := out.Write(best.Text); err != nil {
			return StopStop, err
		}
		if best.Ends {
			return StopStop, nil
		}
	}
	return StopLength, nil
}
