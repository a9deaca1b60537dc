package httpapi

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/airside-ls/airside/completion/model"
	"github.com/tmc/langchaingo/llms"
)

// Chat makes one of langchaingo's chat clients keep the contract of
// [model.Backend]. By themselves they pass a cancelled or broken stream off as
// a whole answer (llms/ollama) or replace the error by a phrase (llms/openai).
type Chat struct {
	Client *Client
	Op     string // in errors: "POST /api/chat"
	// Build returns the client that sends its requests through h. It is called
	// for every conversation, so that h knows what went wrong in this one.
	Build func(ctx context.Context, h *http.Client) (llms.Model, error)
	// Amend, when set, changes the fields of a request before it is sent, where
	// the client cannot say what the server understands. schema is the JSON
	// schema that the answer is to be held to, nil for none.
	Amend func(body map[string]json.RawMessage, schema json.RawMessage)
	// Whole tells a complete answer from one whose transfer ended early, which
	// the client does not.
	Whole func(*llms.ContentChoice) bool
}

// Call implements llms.Model.
func (c *Chat) Call(ctx context.Context, prompt string, options ...llms.CallOption) (string, error) {
	return llms.GenerateFromSinglePrompt(ctx, c, prompt, options...)
}

// GenerateContent implements llms.Model.
func (c *Chat) GenerateContent(ctx context.Context, messages []llms.MessageContent, options ...llms.CallOption) (*llms.ContentResponse, error) {
	var o llms.CallOptions
	for _, option := range options {
		option(&o)
	}
	schema := model.TakeSchema(&o)
	options = append(options[:len(options):len(options)], func(all *llms.CallOptions) { model.TakeSchema(all) })
	var watch watch
	var amend func(map[string]json.RawMessage)
	if c.Amend != nil {
		amend = func(body map[string]json.RawMessage) { c.Amend(body, schema) }
	}
	chat, err := c.Build(ctx, &http.Client{
		Transport: watcher{c.Client.streaming, &watch, amend}, CheckRedirect: noRedirect,
	})
	if err != nil {
		return nil, c.Client.Failure(ctx, c.Op, err)
	}
	var stopped error // what the caller's streaming function returned
	if f := o.StreamingFunc; f != nil {
		options = append(options, llms.WithStreamingFunc(func(ctx context.Context, chunk []byte) error {
			if len(chunk) == 0 {
				return nil
			}
			stopped = f(ctx, chunk)
			return stopped
		}))
	}
	response, err := chat.GenerateContent(ctx, messages, options...)
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case stopped != nil:
		return nil, stopped
	case watch.err != nil:
		return nil, c.Client.Failure(ctx, c.Op, watch.err)
	case err != nil:
		return nil, c.Client.Failure(ctx, c.Op, BadReply(err))
	case len(response.Choices) == 0:
		return nil, c.Client.Failure(ctx, c.Op, BadReply(errors.New("the answer holds no choice")))
	}
	if !c.Whole(response.Choices[0]) {
		return nil, c.Client.Failure(ctx, c.Op, BadReply(errors.New("the answer ended before it was complete")))
	}
	addUsage(response.Choices[0])
	return response, nil
}

// addUsage repeats langchaingo's counts as [model.Usage].
func addUsage(choice *llms.ContentChoice) {
	info := model.WithUsage(model.Usage{
		PromptTokens:    count(choice, "PromptTokens"),
		CachedTokens:    count(choice, "PromptCachedTokens"),
		GeneratedTokens: count(choice, "CompletionTokens"),
	})
	for k, v := range choice.GenerationInfo {
		info[k] = v
	}
	choice.GenerationInfo = info
}

func count(choice *llms.ContentChoice, key string) int {
	n, _ := choice.GenerationInfo[key].(int)
	return n
}

// watch remembers what went wrong during one conversation.
type watch struct {
	err  error
	body int // bytes of the answer
}

// watcher is a round tripper with the rules of this package that tells a watch.
type watcher struct {
	next  http.RoundTripper
	watch *watch
	amend func(map[string]json.RawMessage) // nil: nothing
}

func (w watcher) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	if err := w.change(r); err != nil {
		w.watch.err = err
		return nil, err
	}
	repeatable(r)
	response, err := w.next.RoundTrip(r)
	if err == nil {
		if err = checkStatus(response); err != nil {
			response.Body.Close()
		}
	}
	if err != nil {
		w.watch.err = err
		return nil, err
	}
	response.Body = &watchedBody{response.Body, w.watch}
	return response, nil
}

// change amends the request's body.
func (w watcher) change(r *http.Request) error {
	if w.amend == nil || r.Body == nil {
		return nil
	}
	data, err := io.ReadAll(r.Body)
	r.Body.Close()
	if err != nil {
		return err
	}
	var body map[string]json.RawMessage
	if err := json.Unmarshal(data, &body); err != nil {
		return fmt.Errorf("a request that is no JSON object: %w", err)
	}
	w.amend(body)
	if data, err = json.Marshal(body); err != nil {
		return err
	}
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(data)), int64(len(data))
	r.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(data)), nil }
	return nil
}

// JSONSchemaFormat is the response_format by which OpenAI-compatible servers
// hold an answer to a schema.
func JSONSchemaFormat(schema json.RawMessage) json.RawMessage {
	data, err := json.Marshal(map[string]any{
		"type":        "json_schema",
		"json_schema": map[string]any{"name": "answer", "strict": true, "schema": schema},
	})
	if err != nil {
		return nil // a schema of our own is valid
	}
	return data
}

// watchedBody also bounds the answer.
type watchedBody struct {
	io.ReadCloser
	watch *watch
}

func (b *watchedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.watch.body += n
	if b.watch.body > maxStream {
		err = errors.New("the answer has no end")
	}
	if err != nil && err != io.EOF {
		b.watch.err = BadReply(fmt.Errorf("the answer broke off: %w", err))
	}
	return n, err
}
