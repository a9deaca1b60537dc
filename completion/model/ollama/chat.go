package ollama

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"strconv"

	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/model/langchain"
	"github.com/tmc/langchaingo/llms"
	"github.com/tmc/langchaingo/llms/ollama"
)

// converse asks by langchaingo's client for /api/chat. It asks for the same context
// and threads as completions do: Ollama would otherwise load the model again at
// every change between the two.
func (b *Backend) converse(ctx context.Context, r model.Request) (model.Response, error) {
	chat := langchain.Chat{
		Client: b.client, Op: "POST /api/chat",
		Build: func(h *http.Client) (llms.Model, error) {
			c, err := b.chosen(ctx)
			if err != nil {
				return nil, err
			}
			options := []ollama.Option{
				ollama.WithServerURL(b.client.URL()),
				ollama.WithHTTPClient(h),
				ollama.WithModel(cmp.Or(b.options.ChatModel, c.tag.Name)),
				ollama.WithRunnerNumCtx(b.contextTokens(c)),
			}
			if b.options.Threads > 0 {
				options = append(options, ollama.WithRunnerNumThread(b.options.Threads))
			}
			if b.options.KeepAlive != 0 {
				seconds := strconv.FormatFloat(b.options.KeepAlive.Seconds(), 'f', -1, 64) + "s"
				options = append(options, ollama.WithKeepAlive(seconds))
			}
			return ollama.New(options...)
		},
		Amend: func(body map[string]json.RawMessage) {
			if r.Schema != nil {
				body["format"] = r.Schema
			}
			// As in generateRequest.
			for _, field := range []string{"truncate", "shift", "think"} {
				body[field] = json.RawMessage("false")
			}
		},
		Whole: func(choice *llms.ContentChoice) bool {
			// The last record brings the text and the counts, or neither has come.
			tokens, _ := choice.GenerationInfo["CompletionTokens"].(int)
			return choice.Content != "" || tokens > 0
		},
	}
	return chat.Generate(ctx, r)
}
