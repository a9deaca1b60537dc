package httpapi_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"testing"

	"github.com/tmc/langchaingo/llms"
	"github.com/tmc/langchaingo/llms/openai"

	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/model/httpapi"
)

// TestChatIsHeldToASchema: a request is amended by what langchaingo's client
// cannot say, and our own option stays here.
func TestChatIsHeldToASchema(t *testing.T) {
	var body map[string]json.RawMessage
	c := client(t, func(w http.ResponseWriter, r *http.Request) {
		body = nil
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil || r.ContentLength <= 0 {
			t.Errorf("%v, length %d", err, r.ContentLength)
		}
		_, _ = io.WriteString(w, "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"{}\"},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n")
	})
	chat := &httpapi.Chat{
		Client: c, Op: "POST /v1/chat/completions",
		Build: func(_ context.Context, h *http.Client) (llms.Model, error) {
			return openai.New(openai.WithBaseURL(c.URL()), openai.WithHTTPClient(h), openai.WithModel("m"), openai.WithToken("none"))
		},
		Amend: func(body map[string]json.RawMessage, schema json.RawMessage) {
			if schema != nil {
				body["response_format"] = httpapi.JSONSchemaFormat(schema)
			}
			body["extra"] = json.RawMessage("1")
		},
		Whole: func(*llms.ContentChoice) bool { return true },
	}
	for _, schema := range []string{`{"type":"object"}`, ""} {
		q := model.Chat{Text: "<b> && x", MaxTokens: 8}
		if schema != "" {
			q.Schema = json.RawMessage(schema)
		}
		r, err := model.Converse(t.Context(), chat, q)
		if err != nil || r.Text != "{}" {
			t.Fatalf("%+v, %v", r, err)
		}
		want := ""
		if schema != "" {
			want = `{"json_schema":{"name":"answer","schema":{"type":"object"},"strict":true},"type":"json_schema"}`
		}
		if got := string(body["response_format"]); got != want || string(body["extra"]) != "1" || body["metadata"] != nil {
			t.Errorf("schema %q: sent %s", schema, body)
		}
	}
}
