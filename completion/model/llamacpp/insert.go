package llamacpp

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/model/httpapi"
	"github.com/airside-ls/airside/completion/model/stream"
	"github.com/tmc/langchaingo/llms"
)

const (
	completionPath = "/completion"

	// defaultMaxTokens bounds an answer for which the caller sets no bound.
	defaultMaxTokens = 256

	// cacheReuse is the shortest run of tokens, in tokens, that is worth moving
	// within the server's KV cache when the text before it has changed. The
	// server's own default is not to; llama.vim recommends 256.
	cacheReuse = 256
)

// insertModel continues a raw prompt.
type insertModel struct{ b *Backend }

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

// completionRecord is one event of the answer.
type completionRecord struct {
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
	TokensEvaluated int  `json:"tokens_evaluated"` // the whole prompt
	Timings         struct {
		CacheTokens int `json:"cache_n"`
	} `json:"timings"`
	Error *struct {
		Code    int    `json:"code"`
		Message string `json:"message"`
	} `json:"error"`
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
	s, err := m.b.connect(ctx, true)
	if err != nil {
		return nil, err
	}
	ids, err := s.encode(ctx, p)
	if err != nil {
		return nil, err
	}
	if limit := s.props.contextTokens(); len(ids) >= limit {
		return nil, &model.Error{
			Kind: model.TooLong, Backend: backendName, Op: "POST " + completionPath,
			Err: fmt.Errorf("%d tokens, the context has %d", len(ids), limit),
		}
	}
	if len(ids) == 0 {
		return nil, &model.Error{
			Kind: model.NoInsert, Backend: backendName, Op: "POST " + completionPath,
			Err: errors.New("the prompt is empty, and this model has no token to begin with"),
		}
	}
	likely := model.TakeLikely(&o)
	request := newRequest(ids, model.TakeDemand(&o, p), o)
	if likely != nil {
		request.Probabilities = model.Alternatives
	}
	request.Slot = s.slots.choose(ids, model.IsAhead(ctx))
	lines, err := s.client.PostStream(ctx, completionPath, request)
	if err != nil {
		return nil, err
	}
	defer lines.Close()
	w := stream.NewWriter(ctx, request.Stop, o.StreamingFunc).AtMost(o.MaxTokens)
	return s.read(lines, w, likely, len(ids), model.ReadingOf(ctx))
}

func newRequest(ids []int, demand string, o llms.CallOptions) completionRequest {
	r := completionRequest{
		Prompt: ids, MaxTokens: o.MaxTokens, Stop: []string{},
		Temperature: o.Temperature, Seed: o.Seed, RepeatPenalty: 1,
		CachePrompt: true, CacheReuse: cacheReuse,
		Stream: true, ReturnProgress: true, ReturnTokens: true,
		JSONSchema: model.TakeSchema(&o),
	}
	if demand != "" {
		r.Grammar = httpapi.BeginsWith(demand)
	}
	if r.MaxTokens <= 0 {
		r.MaxTokens = defaultMaxTokens
	}
	if r.Temperature <= 0 {
		r.Temperature, r.TopK, r.Samplers = 0, 1, []string{"top_k"}
	}
	for _, s := range o.StopWords {
		if s != "" {
			r.Stop = append(r.Stop, s)
		}
	}
	return r
}

// read copies the answer to w and returns it; progress hears how much of the prompt
// has been read. likely may be nil.
func (s *session) read(lines *httpapi.Lines, w *stream.Writer, likely *model.Likely, promptTokens int, progress func(read, of int)) (*llms.ContentResponse, error) {
	usage := model.Usage{PromptTokens: promptTokens}
	start, written := time.Now(), 0
	for {
		line, err := lines.Next()
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
		var record completionRecord
		if err := lines.Decode(data, &record); err != nil {
			return nil, err
		}
		if e := record.Error; e != nil {
			return nil, lines.Failure(&httpapi.StatusError{Code: e.Code, Message: e.Message})
		}
		if record.Progress != nil && !record.Stop {
			usage.CachedTokens = record.Progress.CacheTokens
			progress(record.Progress.Processed, record.Progress.Tokens)
			if record.Content == "" {
				continue // its token is a placeholder
			}
		}
		if usage.Reading == 0 {
			usage.Reading = time.Since(start)
		}
		if !record.Stop {
			usage.GeneratedTokens += max(1, len(record.Tokens))
		}
		// The server shows most control tokens as no text and goes on; the model
		// has ended its answer with it.
		ended := slices.ContainsFunc(record.Tokens, s.isControl)
		if ended {
			record.Content = withoutEnd(record.Content)
		}
		if likely != nil {
			written += len(record.Content)
			record.tell(likely, written)
		}
		if err := w.Write(record.Content); errors.Is(err, stream.ErrStopWord) {
			ended = true
		} else if err != nil {
			return nil, &model.Stopped{Usage: usage, Err: err}
		}
		switch {
		case record.Stop:
			lines.Finish()
			usage.GeneratedTokens = record.TokensPredicted
			usage.CachedTokens = record.Timings.CacheTokens
			reason := "stop"
			if record.StopType == "limit" || record.StoppedLimit {
				reason = "length"
			}
			return answer(w, reason, usage)
		case ended:
			return answer(w, "stop", usage)
		}
	}
}

// tell notes how likely the record's tokens were, behind which the answer has so
// many bytes. Where a record has several, the bytes are those of the last.
func (r *completionRecord) tell(likely *model.Likely, end int) {
	for _, p := range r.Probabilities {
		if p.Ln == nil {
			continue
		}
		t := model.Token{End: end, Ln: *p.Ln}
		for _, b := range p.Best {
			t.Best = append(t.Best, model.Alternative{Text: b.Token, Ln: b.Ln})
		}
		likely.Tokens = append(likely.Tokens, t)
	}
}

// event returns the data of a server-sent event. Comments (pings) are none.
func event(line []byte) ([]byte, bool) {
	if data, ok := bytes.CutPrefix(line, []byte("data:")); ok {
		return data, true
	}
	if data, ok := bytes.CutPrefix(line, []byte("error:")); ok {
		// Older servers put the error's object here without a name.
		return append(append([]byte(`{"error":`), data...), '}'), true
	}
	return line, bytes.HasPrefix(line, []byte("{"))
}

func answer(w *stream.Writer, reason string, usage model.Usage) (*llms.ContentResponse, error) {
	if err := w.Flush(); err != nil {
		return nil, err
	}
	return &llms.ContentResponse{Choices: []*llms.ContentChoice{{
		Content: w.Text(), StopReason: w.Reason(reason), GenerationInfo: model.WithUsage(usage),
	}}}, nil
}
