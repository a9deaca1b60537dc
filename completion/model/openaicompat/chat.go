package openaicompat

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"

	"github.com/airside-ls/airside/completion/model/httpapi"
	"github.com/tmc/langchaingo/llms"
	"github.com/tmc/langchaingo/llms/openai"
)

// chatModel is langchaingo's client for /v1/chat/completions.
type chatModel struct{ b *Backend }

// Call implements llms.Model.
func (m chatModel) Call(ctx context.Context, prompt string, options ...llms.CallOption) (string, error) {
	return llms.GenerateFromSinglePrompt(ctx, m, prompt, options...)
}

// GenerateContent implements llms.Model.
func (m chatModel) GenerateContent(ctx context.Context, messages []llms.MessageContent, options ...llms.CallOption) (*llms.ContentResponse, error) {
	r := m.b.begin(ctx)
	response, err := m.b.converse(r.ctx, messages, options)
	if err = m.b.finish(r, err); err != nil {
		return nil, err
	}
	return response, nil
}

func (b *Backend) converse(ctx context.Context, messages []llms.MessageContent, options []llms.CallOption) (*llms.ContentResponse, error) {
	s, err := b.current(ctx)
	if err != nil {
		return nil, err
	}
	chat := httpapi.Chat{
		Client: s.client, Op: "POST /v1/chat/completions",
		Build: func(_ context.Context, h *http.Client) (llms.Model, error) {
			// What is not given here langchaingo takes from the environment.
			return openai.New(
				openai.WithBaseURL(s.client.URL()+"/v1"),
				openai.WithHTTPClient(h),
				openai.WithModel(s.served.ID),
				openai.WithToken(cmp.Or(b.options.Key, "none")),
				openai.WithOrganization(""),
			)
		},
		Amend: func(body map[string]json.RawMessage, schema json.RawMessage) {
			if schema != nil {
				body["response_format"] = httpapi.JSONSchemaFormat(schema)
			}
			// Ollama knows the bound by its older name only, and would generate until its
			// context is full.
			if most, ok := body["max_completion_tokens"]; ok {
				body["max_tokens"] = most
			}
		},
		Whole: func(choice *llms.ContentChoice) bool { return choice.StopReason != "" },
	}
	return chat.GenerateContent(ctx, messages, options...)
}
