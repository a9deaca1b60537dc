package llamacpp

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"strconv"

	"github.com/airside-ls/airside/completion/model/httpapi"
	"github.com/tmc/langchaingo/llms"
	"github.com/tmc/langchaingo/llms/openai"
)

// chatModel is langchaingo's client for /v1/chat/completions, on whichever
// server is found or owned at the time.
type chatModel struct{ b *Backend }

func (b *Backend) newChat() llms.Model { return chatModel{b} }

// Call implements llms.Model.
func (m chatModel) Call(ctx context.Context, prompt string, options ...llms.CallOption) (string, error) {
	return llms.GenerateFromSinglePrompt(ctx, m, prompt, options...)
}

// GenerateContent implements llms.Model.
func (m chatModel) GenerateContent(ctx context.Context, messages []llms.MessageContent, options ...llms.CallOption) (*llms.ContentResponse, error) {
	s, err := m.b.connect(ctx, true)
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
				openai.WithModel(s.props.name()),
				openai.WithToken(cmp.Or(m.b.token, "none")),
				openai.WithOrganization(""),
			)
		},
		Amend: func(body map[string]json.RawMessage, schema json.RawMessage) {
			if schema != nil {
				body["response_format"] = httpapi.JSONSchemaFormat(schema)
			}
			body["id_slot"] = json.RawMessage(strconv.Itoa(s.slots.spare())) // what was read for completions stays
			// A model that thinks before it answers would use up the answer's tokens.
			body["chat_template_kwargs"] = json.RawMessage(`{"enable_thinking":false}`)
		},
		Whole: func(choice *llms.ContentChoice) bool { return choice.StopReason != "" },
	}
	return chat.GenerateContent(ctx, messages, options...)
}
