package langchain_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/tmc/langchaingo/llms"
	"github.com/tmc/langchaingo/llms/openai"

	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/model/httpapi"
	"github.com/airside-ls/airside/completion/model/langchain"
)

// TestChatIsHeldToASchema: a request is amended by what langchaingo's client
// cannot say, and nothing of ours is sent beside.
func TestChatIsHeldToASchema(t *testing.T) {
	var body map[string]json.RawMessage
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body = nil
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil || r.ContentLength <= 0 {
			t.Errorf("%v, length %d", err, r.ContentLength)
		}
		_, _ = io.WriteString(w, "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"{}\"},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n")
	}))
	defer server.Close()
	c, err := httpapi.New(httpapi.Options{Backend: "test", URL: server.URL})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	var schema json.RawMessage
	chat := langchain.Chat{
		Client: c, Op: "POST /v1/chat/completions",
		Build: func(h *http.Client) (llms.Model, error) {
			return openai.New(openai.WithBaseURL(c.URL()), openai.WithHTTPClient(h), openai.WithModel("m"), openai.WithToken("none"))
		},
		Amend: func(body map[string]json.RawMessage) {
			if schema != nil {
				body["response_format"] = httpapi.JSONSchemaFormat(schema)
			}
			body["extra"] = json.RawMessage("1")
		},
		Whole: func(*llms.ContentChoice) bool { return true },
	}
	for _, text := range []string{`{"type":"object"}`, ""} {
		if schema = nil; text != "" {
			schema = json.RawMessage(text)
		}
		r, err := chat.Generate(t.Context(), model.Request{
			Chat: model.Say("<b> && x"), MaxTokens: 8, OnText: func(string) error { return nil },
		})
		if err != nil || r.Text != "{}" {
			t.Fatalf("%+v, %v", r, err)
		}
		want := ""
		if schema != nil {
			want = `{"json_schema":{"name":"answer","schema":{"type":"object"},"strict":true},"type":"json_schema"}`
		}
		if got := string(body["response_format"]); got != want || string(body["extra"]) != "1" || body["metadata"] != nil {
			t.Errorf("schema %q: sent %s", schema, body)
		}
	}
}
