package openaicompat

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/model/httpapi"
	"github.com/airside-ls/airside/completion/model/stream"
	"github.com/tmc/langchaingo/llms"
)

const (
	completionsPath = "/v1/completions"

	// defaultMaxTokens bounds an answer for which the caller sets no bound; the
	// protocol's own default is 16.
	defaultMaxTokens = 256

	// maxStops is how many stop words the protocol allows. The stream's writer
	// knows all of them.
	maxStops = 4

	// maxBytesPerToken is how many bytes of text one token covers at most on
	// average. Longer prompts cannot fit; some servers would cut them silently.
	maxBytesPerToken = 4
)

// insertModel continues a raw prompt.
type insertModel struct{ b *Backend }

// completionRequest is the body of POST /v1/completions.
type completionRequest struct {
	Model         string        `json:"model"`
	Prompt        any           `json:"prompt"` // text or token ids
	Suffix        string        `json:"suffix,omitempty"`
	MaxTokens     int           `json:"max_tokens"`
	Stop          []string      `json:"stop,omitempty"`
	Temperature   float64       `json:"temperature"`
	Seed          int           `json:"seed"`
	Stream        bool          `json:"stream"`
	StreamOptions streamOptions `json:"stream_options"`
	// A server may have been started with penalties, which garble code.
	PresencePenalty  float64 `json:"presence_penalty"`
	FrequencyPenalty float64 `json:"frequency_penalty"`

	// vLLM's own. It shows a control token as no text and goes on.
	StopTokenIDs      []int   `json:"stop_token_ids,omitempty"`
	RepetitionPenalty float64 `json:"repetition_penalty,omitempty"`
	// ResponseFormat holds the answer to a schema.
	ResponseFormat json.RawMessage `json:"response_format,omitempty"`

	// llama.cpp's own. Without progress it does not look whether anybody still
	// listens until the prompt has been read.
	RepeatPenalty  float64 `json:"repeat_penalty,omitempty"`
	ReturnProgress bool    `json:"return_progress,omitempty"`
	CachePrompt    bool    `json:"cache_prompt,omitempty"`
	// JSONSchema is what the answer is held to.
	JSONSchema json.RawMessage `json:"json_schema,omitempty"`
	// Grammar is what the answer is held to, in GBNF.
	Grammar string `json:"grammar,omitempty"`
}

type streamOptions struct {
	IncludeUsage bool `json:"include_usage"`
}

// completionRecord is one event of the answer.
type completionRecord struct {
	Choices []struct {
		Text         string `json:"text"`
		FinishReason string `json:"finish_reason"`
	} `json:"choices"`
	Usage *struct {
		PromptTokens     int `json:"prompt_tokens"`
		CompletionTokens int `json:"completion_tokens"`
		Details          struct {
			CachedTokens int `json:"cached_tokens"`
		} `json:"prompt_tokens_details"`
	} `json:"usage"`
	Error   json.RawMessage `json:"error"`
	Object  string          `json:"object"` // "error" from older vLLM
	Message string          `json:"message"`
}

// failed is what the record tells of an error.
func (r *completionRecord) failed() error {
	var nested struct {
		Message string `json:"message"`
		Code    int    `json:"code"`
	}
	var text string
	switch {
	case r.Object == "error":
		text = r.Message
	case len(r.Error) == 0 || string(r.Error) == "null":
		return nil
	case json.Unmarshal(r.Error, &nested) == nil && nested.Message != "":
		text = nested.Message
	case json.Unmarshal(r.Error, &text) != nil || text == "":
		text = string(r.Error)
	}
	if cut := fmt.Sprintf("%.200s", text); cut != text {
		text = cut + "…"
	}
	if text == "" {
		text = "an error without words"
	}
	return &httpapi.StatusError{Message: text}
}

// Call implements llms.Model.
func (m insertModel) Call(ctx context.Context, prompt string, options ...llms.CallOption) (string, error) {
	return llms.GenerateFromSinglePrompt(ctx, m, prompt, options...)
}

// GenerateContent implements llms.Model.
func (m insertModel) GenerateContent(ctx context.Context, messages []llms.MessageContent, options ...llms.CallOption) (*llms.ContentResponse, error) {
	var o llms.CallOptions
	for _, option := range options {
		option(&o)
	}
	p, err := model.PromptOf(messages)
	if err != nil {
		return nil, err
	}
	r := m.b.begin(ctx)
	response, err := m.b.generate(r.ctx, p, o)
	if err = m.b.finish(r, err); err != nil {
		return nil, err
	}
	return response, nil
}

func (b *Backend) generate(ctx context.Context, p model.Prompt, o llms.CallOptions) (*llms.ContentResponse, error) {
	s, err := b.current(ctx)
	if err != nil {
		return nil, err
	}
	request, tokens, err := s.newRequest(ctx, p, o)
	if err != nil {
		return nil, err
	}
	lines, err := s.client.PostStream(ctx, completionsPath, request)
	if err != nil {
		return nil, err
	}
	defer lines.Close()
	return s.read(lines, stream.NewWriter(ctx, o.StopWords, o.StreamingFunc).AtMost(o.MaxTokens), tokens)
}

// newRequest lays the prompt out. tokens is how many it has, 0 if unknown.
func (s *session) newRequest(ctx context.Context, p model.Prompt, o llms.CallOptions) (r completionRequest, tokens int, err error) {
	schema := model.TakeSchema(&o)
	r = completionRequest{
		Model: s.served.ID, MaxTokens: o.MaxTokens, Stop: stops(o.StopWords),
		Temperature: max(0, o.Temperature), Seed: o.Seed,
		Stream: true, StreamOptions: streamOptions{IncludeUsage: true},
	}
	if r.MaxTokens <= 0 {
		r.MaxTokens = defaultMaxTokens
	}
	switch s.way {
	case asVLLM:
		r.RepetitionPenalty, r.StopTokenIDs = 1, s.controlIDs()
		if schema != nil {
			r.ResponseFormat = httpapi.JSONSchemaFormat(schema)
		}
	case asLlamaCpp:
		r.RepeatPenalty, r.ReturnProgress, r.CachePrompt = 1, true, true
		r.JSONSchema = schema
		if demand := model.TakeDemand(&o, p); demand != "" {
			r.Grammar = httpapi.BeginsWith(demand)
		}
	}
	if s.ids() {
		ids, err := s.encode(ctx, p)
		if err != nil {
			return r, 0, err
		}
		if len(ids) >= s.contextTokens {
			return r, 0, tooLong(fmt.Errorf("%d tokens, the context has %d", len(ids), s.contextTokens))
		}
		if len(ids) == 0 {
			return r, 0, &model.Error{
				Kind: model.NoInsert, Backend: backendName, Op: "POST " + completionsPath,
				Err: errors.New("the prompt is empty, and this model has no token to begin with"),
			}
		}
		// vLLM refuses what might not fit.
		r.MaxTokens = min(r.MaxTokens, s.contextTokens-len(ids))
		r.Prompt = ids
		return r, len(ids), nil
	}
	text := p.String()
	if len(text) > maxBytesPerToken*s.contextTokens {
		return r, 0, tooLong(fmt.Errorf("%d bytes, the context has %d tokens", len(text), s.contextTokens))
	}
	r.Prompt = text
	if prefix, suffix, ok := split(p); ok && s.way == asSuffix {
		// Without a suffix the server would take the prompt for one without a hole.
		r.Prompt, r.Suffix = prefix, cmp.Or(suffix, "\n")
	}
	return r, 0, nil
}

// stops are those stop words that the server is told, longest first: some cut at
// the first of the list that they find, which may lie within a longer one.
func stops(words []string) []string {
	var told []string
	for _, w := range words {
		if w != "" && len(told) < maxStops {
			told = append(told, w)
		}
	}
	slices.SortStableFunc(told, func(a, b string) int { return cmp.Compare(len(b), len(a)) })
	return told
}

func tooLong(why error) error {
	return &model.Error{Kind: model.TooLong, Backend: backendName, Op: "POST " + completionsPath, Err: why}
}

// read copies the answer to w and returns it.
func (s *session) read(lines *httpapi.Lines, w *stream.Writer, promptTokens int) (*llms.ContentResponse, error) {
	usage := model.Usage{PromptTokens: promptTokens}
	reason := ""
	for {
		line, err := lines.Next()
		if err == io.EOF && reason != "" {
			return s.whole(lines, w, reason, usage)
		}
		if err == io.EOF {
			return nil, lines.Failure(httpapi.BadReply(errors.New("the answer ended before it was complete")))
		}
		if err != nil {
			return nil, err
		}
		data, ok := event(line)
		if !ok {
			continue
		}
		if string(data) == "[DONE]" {
			return s.whole(lines, w, cmp.Or(reason, "stop"), usage)
		}
		var record completionRecord
		if err := lines.Decode(data, &record); err != nil {
			return nil, err
		}
		if err := record.failed(); err != nil {
			return nil, lines.Failure(err)
		}
		if len(record.Choices) > 0 {
			c := record.Choices[0]
			if c.Text != "" {
				usage.GeneratedTokens++
			}
			if c.FinishReason != "" {
				reason = c.FinishReason
			}
			if err := w.Write(c.Text); errors.Is(err, stream.ErrStopWord) {
				if reason == "" {
					return answer(w, "stop", usage)
				}
			} else if err != nil {
				return nil, &model.Stopped{Usage: usage, Err: err}
			}
		}
		if u := record.Usage; u != nil && u.PromptTokens > 0 {
			usage.PromptTokens, usage.GeneratedTokens = u.PromptTokens, u.CompletionTokens
			usage.CachedTokens = min(u.Details.CachedTokens, u.PromptTokens)
		}
	}
}

// whole ends an answer that has come to its end.
func (s *session) whole(lines *httpapi.Lines, w *stream.Writer, reason string, usage model.Usage) (*llms.ContentResponse, error) {
	lines.Finish()
	switch {
	case reason == "abort" || reason == "error":
		return nil, lines.Failure(httpapi.BadReply(errors.New("the server gave the answer up")))
	case usage.PromptTokens >= s.contextTokens:
		return nil, tooLong(fmt.Errorf("the prompt fills all %d tokens of the context", s.contextTokens))
	case reason != "length":
		reason = "stop"
	}
	return answer(w, reason, usage)
}

// event returns the data of a server-sent event. Comments (pings) are none.
func event(line []byte) ([]byte, bool) {
	if data, ok := bytes.CutPrefix(line, []byte("data:")); ok {
		return bytes.TrimSpace(data), true
	}
	if data, ok := bytes.CutPrefix(line, []byte("error:")); ok {
		// Older llama-servers put the error's object here without a name.
		return append(append([]byte(`{"error":`), data...), '}'), true
	}
	return line, bytes.HasPrefix(line, []byte("{"))
}

func answer(w *stream.Writer, reason string, usage model.Usage) (*llms.ContentResponse, error) {
	if err := w.Flush(); err != nil {
		return nil, &model.Stopped{Usage: usage, Err: err}
	}
	return &llms.ContentResponse{Choices: []*llms.ContentChoice{{
		Content: w.Text(), StopReason: w.Reason(reason), GenerationInfo: model.WithUsage(usage),
	}}}, nil
}
