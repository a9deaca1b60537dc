package servers

import (
	"context"

	"github.com/airside-ls/airside/completion/model"
	"github.com/tmc/langchaingo/llms"
)

// llm implements [llms.Model].
type llm func(context.Context, []llms.MessageContent, []llms.CallOption) (*llms.ContentResponse, error)

// Call implements [llms.Model].
func (m llm) Call(ctx context.Context, prompt string, options ...llms.CallOption) (string, error) {
	return llms.GenerateFromSinglePrompt(ctx, m, prompt, options...)
}

// GenerateContent implements [llms.Model].
func (m llm) GenerateContent(ctx context.Context, messages []llms.MessageContent, options ...llms.CallOption) (*llms.ContentResponse, error) {
	return m(ctx, messages, options)
}

// requestOf is what langchaingo's options and messages ask for.
func requestOf(ctx context.Context, messages []llms.MessageContent, options []llms.CallOption) (model.Request, error) {
	var o llms.CallOptions
	for _, option := range options {
		option(&o)
	}
	p, err := model.PromptOf(messages)
	if err != nil {
		return model.Request{}, err
	}
	r := model.Request{
		Prompt: p, MaxTokens: o.MaxTokens, Stop: o.StopWords, Temperature: o.Temperature, Seed: o.Seed,
		Schema: model.TakeSchema(&o), Demand: model.TakeDemand(&o, p), Likely: model.TakeLikely(&o), Ahead: model.IsAhead(ctx),
	}
	if tell := o.StreamingFunc; tell != nil {
		r.OnText = func(chunk string) error { return tell(ctx, []byte(chunk)) }
	}
	return r, nil
}

// responseOf is langchaingo's form of a response.
func responseOf(r model.Response, err error) (*llms.ContentResponse, error) {
	if err != nil && r.Usage != (model.Usage{}) {
		return nil, &model.Stopped{Usage: r.Usage, Err: err}
	}
	if err != nil {
		return nil, err
	}
	return &llms.ContentResponse{Choices: []*llms.ContentChoice{{
		Content: r.Text, StopReason: r.StopReason, GenerationInfo: model.WithUsage(r.Usage),
	}}}, nil
}
