package builtin

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/model/stream"
	"github.com/tmc/langchaingo/llms"
)

// None is the builtin.model of a backend without a network: what the caller
// expects is all it says.
const None = "none"

// WithoutNetwork answers with what is expected alone, from the memory of the
// workspace. It implements [model.Backend].
type WithoutNetwork struct{}

// withoutNetworkContext is its context in tokens: it has none, and callers make
// windows by it.
const withoutNetworkContext = 512

// Name implements [model.Backend].
func (WithoutNetwork) Name() string { return backendName }

// Probe implements [model.Backend].
func (WithoutNetwork) Probe(ctx context.Context) (model.Info, error) {
	return model.Info{
		Backend: backendName, Model: "the memory of the workspace", Endpoint: "the binary itself",
		ContextTokens: withoutNetworkContext, Form: "plain", Code: true, VocabularyKnown: true, Expects: true,
		Why: "builtin.model is none",
	}, ctx.Err()
}

// Insert implements [model.Backend].
func (w WithoutNetwork) Insert() llms.Model { return expectedModel{} }

// Chat implements [model.Backend].
func (WithoutNetwork) Chat() llms.Model { return nil }

// Close implements [model.Backend].
func (WithoutNetwork) Close() error { return nil }

// expectedModel implements [llms.Model].
type expectedModel struct{}

// Call implements [llms.Model].
func (m expectedModel) Call(ctx context.Context, prompt string, options ...llms.CallOption) (string, error) {
	return llms.GenerateFromSinglePrompt(ctx, m, prompt, options...)
}

// errNothingExpected says that the caller has no memory of the workspace.
var errNothingExpected = &model.Error{
	Kind: model.NoModel, Backend: backendName, Op: "generate", Err: errors.New("there is no network (builtin.model is none) and nothing is remembered"),
	Advice: "switch builtin.memory on, or name a model",
}

// GenerateContent implements [llms.Model]. A token is a line.
func (m expectedModel) GenerateContent(ctx context.Context, messages []llms.MessageContent, options ...llms.CallOption) (*llms.ContentResponse, error) {
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	var o llms.CallOptions
	for _, option := range options {
		option(&o)
	}
	prompt, err := model.PromptOf(messages)
	if err != nil {
		return nil, &model.Error{Kind: model.NoInsert, Backend: backendName, Op: "generate", Err: err}
	}
	e := model.ExpectationOf(o)
	if e == nil {
		return nil, errNothingExpected
	}
	start := time.Now()
	usage := model.Usage{Odds: e.Told}
	var callers error
	var onText func(context.Context, []byte) error
	if o.StreamingFunc != nil {
		onText = func(ctx context.Context, text []byte) error {
			callers = o.StreamingFunc(ctx, text)
			return callers
		}
	}
	out := stream.NewWriter(ctx, o.StopWords, onText)
	reason, err := spell(ctx, e, prompt.String(), o.MaxTokens, out, &usage)
	if err == nil {
		err = out.Flush()
	}
	usage.FirstToken = elapsed(start)
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case callers != nil:
		return nil, &model.Stopped{Usage: usage, Err: callers}
	case err != nil && !errors.Is(err, stream.ErrStopWord):
		return nil, err
	}
	return &llms.ContentResponse{Choices: []*llms.ContentChoice{{
		Content: out.Text(), StopReason: reason, GenerationInfo: model.WithUsage(usage),
	}}}, nil
}

// spell writes the likeliest of what is expected, again and again until one ends
// the answer or nothing is expected.
func spell(ctx context.Context, e *model.Expectation, prompt string, most int, out *stream.Writer, usage *model.Usage) (reason string, err error) {
	answer, ok := strings.CutPrefix(prompt, e.Prompt)
	if !ok {
		answer = ""
	}
	usage.Odds.Begin = len(answer)
	for most <= 0 || usage.GeneratedTokens < most {
		if ctx.Err() != nil {
			return "", ctx.Err()
		}
		list := e.Expect(answer)
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
