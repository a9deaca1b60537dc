package langchain

import (
	"context"
	"fmt"

	"github.com/airside-ls/airside/completion/model"
	"github.com/tmc/langchaingo/llms"
)

// Model has a backend answer for one of langchaingo's models, so that what is built
// on langchaingo can ask it: a text is continued as it is, messages with roles are
// a conversation.
type Model struct{ Backend model.Backend }

// Call implements [llms.Model].
func (m Model) Call(ctx context.Context, prompt string, options ...llms.CallOption) (string, error) {
	r := request(ctx, options)
	r.Prompt = model.Prompt{model.Text(prompt)}
	resp, err := model.Generate(ctx, m.Backend, r)
	return resp.Text, err
}

// GenerateContent implements [llms.Model].
func (m Model) GenerateContent(ctx context.Context, messages []llms.MessageContent, options ...llms.CallOption) (*llms.ContentResponse, error) {
	r := request(ctx, options)
	var err error
	if r.Chat, err = conversation(messages); err != nil {
		return nil, err
	}
	resp, err := model.Generate(ctx, m.Backend, r)
	if err != nil {
		return nil, err
	}
	return &llms.ContentResponse{Choices: []*llms.ContentChoice{{
		Content: resp.Text, StopReason: resp.StopReason, GenerationInfo: map[string]any{
			"PromptTokens": resp.Usage.PromptTokens, "PromptCachedTokens": resp.Usage.CachedTokens, "CompletionTokens": resp.Usage.GeneratedTokens,
		},
	}}}, nil
}

// conversation is langchaingo's messages as the seam has them.
func conversation(messages []llms.MessageContent) (said []model.Message, err error) {
	for _, m := range messages {
		turn := model.Message{}
		for role, name := range roles {
			if name == m.Role {
				turn.Role = role
			}
		}
		switch {
		case m.Role == llms.ChatMessageTypeGeneric:
			turn.Role = model.User
		case turn.Role == "":
			return nil, fmt.Errorf("a conversation has no role %q", m.Role)
		}
		for _, part := range m.Parts {
			text, ok := part.(llms.TextContent)
			if !ok {
				return nil, fmt.Errorf("a conversation holds text only, not %T", part)
			}
			turn.Text += text.Text
		}
		said = append(said, turn)
	}
	return said, nil
}

// request is what langchaingo's options ask for.
func request(ctx context.Context, options []llms.CallOption) model.Request {
	var o llms.CallOptions
	for _, option := range options {
		option(&o)
	}
	r := model.Request{MaxTokens: o.MaxTokens, Stop: o.StopWords, Temperature: o.Temperature, Seed: o.Seed}
	if tell := o.StreamingFunc; tell != nil {
		r.OnText = func(chunk string) error { return tell(ctx, []byte(chunk)) }
	}
	return r
}
