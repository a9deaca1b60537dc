package servers

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"

	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/model/httpapi"
	"github.com/airside-ls/airside/completion/model/langchain"
	"github.com/tmc/langchaingo/llms"
	"github.com/tmc/langchaingo/llms/openai"
)

// converse asks by langchaingo's client for /v1/chat/completions.
func (s *session) converse(ctx context.Context, r model.Request) (model.Response, error) {
	chat := langchain.Chat{
		Client: s.client, Op: "POST /v1/chat/completions",
		Build: func(h *http.Client) (llms.Model, error) {
			// What is not given here langchaingo takes from the environment.
			return openai.New(
				openai.WithBaseURL(s.client.URL()+"/v1"),
				openai.WithHTTPClient(h),
				openai.WithModel(s.served.id),
				openai.WithToken(cmp.Or(s.token, "none")),
				openai.WithOrganization(""),
			)
		},
		Amend: func(body map[string]json.RawMessage) {
			if r.Schema != nil {
				body["response_format"] = httpapi.JSONSchemaFormat(r.Schema)
			}
			s.dialect.chat(s, body)
		},
		Whole: func(choice *llms.ContentChoice) bool { return choice.StopReason != "" },
	}
	return chat.Generate(ctx, r)
}
