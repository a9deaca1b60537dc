// Package langchain is the door to langchaingo: [Chat] has its clients answer, and
// [Model] is one of its models that a backend answers for.
package langchain

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/model/httpapi"
	"github.com/tmc/langchaingo/llms"
)

// Chat makes one of langchaingo's chat clients keep the contract of
// [model.Backend]. By themselves they pass a cancelled or broken stream off as
// a whole answer (llms/ollama) or replace the error by a phrase (llms/openai).
type Chat struct {
	Client *httpapi.Client
	Op     string // in errors: "POST /api/chat"
	// Build returns the client that sends its requests through h. It is called
	// for every conversation, so that h knows what went wrong in this one.
	Build func(h *http.Client) (llms.Model, error)
	// Amend changes the fields of a request before it is sent, where the client
	// cannot say what the server understands.
	Amend func(body map[string]json.RawMessage)
	// Whole tells a complete answer from one whose transfer ended early, which
	// the client does not.
	Whole func(*llms.ContentChoice) bool
}

// roles are langchaingo's names for those of a conversation.
var roles = map[model.Role]llms.ChatMessageType{
	model.System: llms.ChatMessageTypeSystem, model.User: llms.ChatMessageTypeHuman, model.Assistant: llms.ChatMessageTypeAI,
}

// Generate answers [model.Request.Chat], as [model.Backend] says.
func (c Chat) Generate(ctx context.Context, r model.Request) (model.Response, error) {
	fail := func(err error) (model.Response, error) { return model.Response{}, c.Client.Failure(ctx, c.Op, err) }
	h, watch := c.Client.Watched(c.Amend)
	client, err := c.Build(h)
	if err != nil {
		return fail(err)
	}
	var messages []llms.MessageContent
	for _, m := range r.Chat {
		messages = append(messages, llms.TextParts(roles[m.Role], m.Text))
	}
	options := []llms.CallOption{llms.WithMaxTokens(r.MaxTokens), llms.WithTemperature(r.Temperature), llms.WithSeed(r.Seed)}
	if len(r.Stop) > 0 {
		options = append(options, llms.WithStopWords(r.Stop))
	}
	var stopped error // what the caller's function returned
	if r.OnText != nil {
		options = append(options, llms.WithStreamingFunc(func(_ context.Context, chunk []byte) error {
			if len(chunk) == 0 {
				return nil
			}
			stopped = r.OnText(string(chunk))
			return stopped
		}))
	}
	response, err := client.GenerateContent(ctx, messages, options...)
	switch {
	case ctx.Err() != nil:
		return model.Response{}, ctx.Err()
	case stopped != nil:
		return model.Response{}, stopped
	case watch.Err() != nil:
		return fail(watch.Err())
	case err != nil:
		return fail(httpapi.BadReply(err))
	case len(response.Choices) == 0:
		return fail(httpapi.BadReply(errors.New("the answer holds no choice")))
	}
	choice := response.Choices[0]
	if !c.Whole(choice) {
		return fail(httpapi.BadReply(errors.New("the answer ended before it was complete")))
	}
	count := func(key string) int { n, _ := choice.GenerationInfo[key].(int); return n }
	return model.Response{Text: choice.Content, StopReason: choice.StopReason, Usage: model.Usage{
		PromptTokens: count("PromptTokens"), CachedTokens: count("PromptCachedTokens"), GeneratedTokens: count("CompletionTokens"),
	}}, nil
}
