package servers

import (
	"encoding/json"
	"strconv"

	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/model/httpapi"
)

// llamaCpp is llama-server's own dialect.
var llamaCpp = dialect{
	name: "as token ids", path: "/completion",
	tokenize: tokenizeLlama, detokenizes: true,
	request: llamaRequest, record: llamaRecord, chat: llamaChat,
	demands: true, likely: true, scores: true, reads: true,
}

// tokenizeLlama makes the body of POST /tokenize. The server's own default for
// parse_special is true.
func tokenizeLlama(_, text string, begin, parse bool) any {
	return struct {
		Content      string `json:"content"`
		AddSpecial   bool   `json:"add_special"`
		ParseSpecial bool   `json:"parse_special"`
	}{text, begin, parse}
}

// cacheReuse is the shortest run of tokens, in tokens, that is worth moving
// within the server's KV cache when the text before it has changed. The
// server's own default is not to; llama.vim recommends 256.
const cacheReuse = 256

// completionRequest is the body of POST /completion.
type completionRequest struct {
	Prompt      []int    `json:"prompt"` // used as they are, nothing put before
	MaxTokens   int      `json:"n_predict"`
	Stop        []string `json:"stop"`
	Temperature float64  `json:"temperature"`
	Seed        int      `json:"seed"`
	TopK        int      `json:"top_k,omitempty"`
	Samplers    []string `json:"samplers,omitempty"`
	// A server may have been started with penalties, which garble code.
	RepeatPenalty    float64 `json:"repeat_penalty"`
	PresencePenalty  float64 `json:"presence_penalty"`
	FrequencyPenalty float64 `json:"frequency_penalty"`
	DryMultiplier    float64 `json:"dry_multiplier"`
	Slot             int     `json:"id_slot"` // noSlot for any
	CachePrompt      bool    `json:"cache_prompt"`
	CacheReuse       int     `json:"n_cache_reuse"`
	// Without stream the server looks once a second whether anybody still
	// listens, without progress not at all until the prompt has been read.
	Stream         bool `json:"stream"`
	ReturnProgress bool `json:"return_progress"`
	ReturnTokens   bool `json:"return_tokens"`
	// Probabilities is how many of the likeliest tokens each record names.
	Probabilities int `json:"n_probs,omitempty"`
	// JSONSchema is what the answer is held to.
	JSONSchema json.RawMessage `json:"json_schema,omitempty"`
	// Grammar is what the answer is held to, in GBNF.
	Grammar string `json:"grammar,omitempty"`
}

func llamaRequest(s *session, l layout, ask model.Request) any {
	r := completionRequest{
		Prompt: l.ids, MaxTokens: ask.MaxTokens, Stop: []string{},
		Temperature: ask.Temperature, Seed: ask.Seed, RepeatPenalty: 1,
		Slot: s.slots.choose(l.ids, ask.ReadAhead), CachePrompt: true, CacheReuse: cacheReuse,
		Stream: true, ReturnProgress: true, ReturnTokens: true,
		JSONSchema: ask.Schema,
	}
	if ask.Demand != "" {
		r.Grammar = httpapi.BeginsWith(ask.Demand)
	}
	if ask.Likely != nil {
		r.Probabilities = model.Alternatives
	}
	if r.Temperature <= 0 {
		r.Temperature, r.TopK, r.Samplers = 0, 1, []string{"top_k"}
	}
	for _, s := range ask.Stop {
		if s != "" {
			r.Stop = append(r.Stop, s)
		}
	}
	return r
}

// llamaRecord reads one event of an answer of /completion.
func llamaRecord(lines *httpapi.Lines, data []byte) (event, error) {
	var r struct {
		Content  string `json:"content"`
		Tokens   []int  `json:"tokens"`
		Progress *struct {
			Tokens      int `json:"total"`
			CacheTokens int `json:"cache"`
			Processed   int `json:"processed"` // those from the cache among them
		} `json:"prompt_progress"`
		// Probabilities are those of its tokens, by the model alone: a grammar does not
		// change them.
		Probabilities []struct {
			Ln   *float64 `json:"logprob"` // nil from servers before b4500
			Best []struct {
				Token string  `json:"token"`
				Ln    float64 `json:"logprob"`
			} `json:"top_logprobs"`
		} `json:"completion_probabilities"`
		Stop     bool   `json:"stop"`
		StopType string `json:"stop_type"` // "eos", "word", "limit", "none"
		// StoppedLimit is how servers before stop_type said "limit".
		StoppedLimit    bool `json:"stopped_limit"`
		TokensPredicted int  `json:"tokens_predicted"`
		Timings         struct {
			CacheTokens int `json:"cache_n"`
		} `json:"timings"`
		Error *struct {
			Code    int    `json:"code"`
			Message string `json:"message"`
		} `json:"error"`
	}
	if err := lines.Decode(data, &r); err != nil {
		return event{}, err
	}
	e := event{text: r.Content, ids: r.Tokens, last: r.Stop}
	if r.Error != nil {
		e.failed = &httpapi.StatusError{Code: r.Error.Code, Message: r.Error.Message}
	}
	for _, p := range r.Probabilities {
		if p.Ln == nil {
			continue
		}
		t := model.Token{Ln: *p.Ln}
		for _, b := range p.Best {
			t.Best = append(t.Best, model.Alternative{Text: b.Token, Ln: b.Ln})
		}
		e.likely = append(e.likely, t)
	}
	if !r.Stop {
		e.count = max(1, len(r.Tokens))
		if p := r.Progress; p != nil {
			e.reading = &reading{p.CacheTokens, p.Processed, p.Tokens}
		}
		return e, nil
	}
	e.reason, e.counts = "stop", &counts{cached: r.Timings.CacheTokens, generated: r.TokensPredicted}
	if r.StopType == "limit" || r.StoppedLimit {
		e.reason = "length"
	}
	return e, nil
}

func llamaChat(s *session, body map[string]json.RawMessage) {
	body["id_slot"] = json.RawMessage(strconv.Itoa(s.slots.spare())) // what was read for completions stays
	// A model that thinks before it answers would use up the answer's tokens.
	body["chat_template_kwargs"] = json.RawMessage(`{"enable_thinking":false}`)
}
