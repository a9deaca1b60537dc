package servers

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/model/httpapi"
)

const (
	completionsPath = "/v1/completions"

	// maxStops is how many stop words the protocol allows. The stream's writer
	// knows all of them.
	maxStops = 4
)

// The dialects of OpenAI's protocol. None tells how its reading goes.
var (
	openAIText   = dialect{name: "as text", path: completionsPath, request: openAIRequest, record: openAIRecord, chat: openAIChat}
	openAISuffix = dialect{name: "as prompt and suffix", path: completionsPath, suffix: true, request: openAIRequest, record: openAIRecord, chat: openAIChat}
	openAIVLLM   = dialect{
		name: "as token ids", path: completionsPath, tokenize: tokenizeVLLM, parses: true,
		request: vLLMRequest, record: openAIRecord, chat: openAIChat,
	}
	openAILlamaCpp = dialect{
		name: "as token ids", path: completionsPath, tokenize: tokenizeLlama,
		request: llamaCompletionsRequest, record: openAIRecord, chat: openAIChat, demands: true,
	}
)

// tokenizeVLLM makes the body of POST /tokenize.
func tokenizeVLLM(model, text string, begin, _ bool) any {
	return struct {
		Model  string `json:"model"`
		Prompt string `json:"prompt"`
		Begin  bool   `json:"add_special_tokens"`
	}{model, text, begin}
}

// completionsRequest is the body of POST /v1/completions.
type completionsRequest struct {
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

// completions are the fields that every server knows.
func (s *session) completions(l layout, ask model.Request) completionsRequest {
	r := completionsRequest{
		Model: s.served.id, Prompt: l.text, Suffix: l.suffix, MaxTokens: ask.MaxTokens, Stop: stops(ask.Stop),
		Temperature: max(0, ask.Temperature), Seed: ask.Seed,
		Stream: true, StreamOptions: streamOptions{IncludeUsage: true},
	}
	if l.ids != nil {
		r.Prompt = l.ids
		r.MaxTokens = min(r.MaxTokens, s.contextTokens-len(l.ids)) // vLLM refuses what might not fit
	}
	return r
}

func openAIRequest(s *session, l layout, ask model.Request) any { return s.completions(l, ask) }

func vLLMRequest(s *session, l layout, ask model.Request) any {
	r := s.completions(l, ask)
	r.RepetitionPenalty, r.StopTokenIDs = 1, s.controlIDs()
	if ask.Schema != nil {
		r.ResponseFormat = httpapi.JSONSchemaFormat(ask.Schema)
	}
	return r
}

func llamaCompletionsRequest(s *session, l layout, ask model.Request) any {
	r := s.completions(l, ask)
	r.RepeatPenalty, r.ReturnProgress, r.CachePrompt, r.JSONSchema = 1, true, true, ask.Schema
	if ask.Demand != "" {
		r.Grammar = httpapi.BeginsWith(ask.Demand)
	}
	return r
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

// completionsRecord is one event of the answer.
type completionsRecord struct {
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

// openAIRecord reads one event of an answer of /v1/completions.
func openAIRecord(lines *httpapi.Lines, data []byte) (event, error) {
	if string(data) == "[DONE]" {
		return event{last: true}, nil
	}
	var r completionsRecord
	if err := lines.Decode(data, &r); err != nil {
		return event{}, err
	}
	e := event{failed: r.failed()}
	if len(r.Choices) > 0 {
		e.text, e.reason = r.Choices[0].Text, r.Choices[0].FinishReason
		if e.text != "" {
			e.count = 1
		}
	}
	if u := r.Usage; u != nil && u.PromptTokens > 0 {
		e.counts = &counts{prompt: u.PromptTokens, cached: min(u.Details.CachedTokens, u.PromptTokens), generated: u.CompletionTokens}
	}
	return e, nil
}

// failed is what the record tells of an error.
func (r *completionsRecord) failed() error {
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

func openAIChat(_ *session, body map[string]json.RawMessage) {
	// Ollama knows the bound by its older name only, and would generate until its
	// context is full.
	if most, ok := body["max_completion_tokens"]; ok {
		body["max_tokens"] = most
	}
}
