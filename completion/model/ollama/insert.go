package ollama

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/model/httpapi"
	"github.com/airside-ls/airside/completion/model/stream"
)

const (
	generatePath = "/api/generate"

	// defaultMaxTokens bounds an answer for which the caller sets no bound;
	// Ollama takes 0 for none.
	defaultMaxTokens = 256

	// loopingAfter is how many times in a row Ollama lets a model write the
	// same before it ends the stream without a last record (llm/server.go,
	// v0.17.4).
	loopingAfter = 30
)

// generateRequest is the body of POST /api/generate.
type generateRequest struct {
	Model  string `json:"model"`
	Prompt string `json:"prompt"`
	Raw    bool   `json:"raw"`
	Stream bool   `json:"stream"`
	// Without these two Ollama silently cuts a prompt that is too long, and
	// drops its first half when the answer makes it so.
	Truncate bool `json:"truncate"`
	Shift    bool `json:"shift"`
	// Think false keeps Ollama from looking for thoughts in the answer.
	Think     bool            `json:"think"`
	KeepAlive *float64        `json:"keep_alive,omitempty"` // seconds; negative: for ever
	Format    json.RawMessage `json:"format,omitempty"`     // the schema that the answer is held to
	// Servers before 0.12.11 do not know these two.
	Logprobs     bool            `json:"logprobs,omitempty"`
	Alternatives int             `json:"top_logprobs,omitempty"`
	Options      generateOptions `json:"options"`
}

type generateOptions struct {
	NumCtx        int      `json:"num_ctx"`
	NumThread     int      `json:"num_thread,omitempty"`
	NumPredict    int      `json:"num_predict"`
	Temperature   float64  `json:"temperature"`
	Seed          int      `json:"seed"`
	Stop          []string `json:"stop"`
	RepeatPenalty float64  `json:"repeat_penalty"` // Ollama's own 1.1 garbles code
}

// generateRecord is one line of the answer.
type generateRecord struct {
	Response        string `json:"response"`
	Done            bool   `json:"done"`
	DoneReason      string `json:"done_reason"`
	PromptEvalCount int    `json:"prompt_eval_count"`
	EvalCount       int    `json:"eval_count"`
	Error           string `json:"error"`
	Logprobs        []struct {
		Ln   float64 `json:"logprob"`
		Best []struct {
			Token string  `json:"token"`
			Ln    float64 `json:"logprob"`
		} `json:"top_logprobs"`
	} `json:"logprobs"`
}

// tell notes how likely the record's tokens were, behind which the answer has so
// many bytes. Where a record has several, the bytes are those of the last.
func (r *generateRecord) tell(likely *model.Likelihood, end int) {
	for _, p := range r.Logprobs {
		t := model.Token{End: end, Ln: p.Ln}
		for _, b := range p.Best {
			t.Best = append(t.Best, model.Alternative{Text: b.Token, Ln: b.Ln})
		}
		likely.Tokens = append(likely.Tokens, t)
	}
}

// insert continues a raw prompt.
func (b *Backend) insert(ctx context.Context, r model.Request) (model.Response, error) {
	c, err := b.chosen(ctx)
	if err != nil {
		return model.Response{}, err
	}
	request := b.newRequest(c, r)
	lines, err := b.client.PostStream(ctx, generatePath, request)
	if err != nil {
		if model.IsKind(err, model.NoModel) {
			b.forget()
		}
		return model.Response{}, err
	}
	defer lines.Close()
	w := stream.NewWriter(request.Options.Stop, r.OnText).AtMost(r.MaxTokens)
	return read(lines, w, r.Likely, request.Options.NumCtx)
}

func (b *Backend) newRequest(c *choice, ask model.Request) generateRequest {
	r := generateRequest{
		Model: c.tag.Name, Prompt: c.details.vocabulary.spell(ask.Prompt), Raw: true, Stream: true,
		Format: ask.Schema,
		Options: generateOptions{
			NumCtx: b.contextTokens(c), NumThread: max(0, b.options.Threads),
			NumPredict: ask.MaxTokens, Temperature: ask.Temperature, Seed: ask.Seed,
			Stop: c.details.vocabulary.ends(), RepeatPenalty: 1,
		},
	}
	if ask.Likely != nil {
		r.Logprobs, r.Alternatives = true, model.Alternatives
	}
	if r.Options.NumPredict <= 0 {
		r.Options.NumPredict = defaultMaxTokens
	}
	if b.options.KeepAlive != 0 {
		seconds := b.options.KeepAlive.Seconds()
		r.KeepAlive = &seconds
	}
	for _, s := range ask.Stop {
		if s != "" {
			r.Options.Stop = append(r.Options.Stop, s)
		}
	}
	// Ollama cuts at the first of the list that it finds, which may lie within
	// a longer one that begins earlier.
	slices.SortStableFunc(r.Options.Stop, func(a, b string) int { return cmp.Compare(len(b), len(a)) })
	return r
}

// read copies the answer to w and returns it. likely may be nil.
func read(lines *httpapi.Lines, w *stream.Writer, likely *model.Likelihood, numCtx int) (model.Response, error) {
	var usage model.Usage
	pieces, same, last, written := 0, 0, "", 0
	for {
		line, err := lines.Next()
		if err == io.EOF {
			if same < loopingAfter {
				return model.Response{}, lines.Failure(httpapi.BadReply(errors.New("the answer ended before it was complete")))
			}
			usage.GeneratedTokens = pieces
			return answer(w, "length", usage)
		}
		if err != nil {
			return model.Response{}, err
		}
		var record generateRecord
		if err := lines.Decode(line, &record); err != nil {
			return model.Response{}, err
		}
		if record.Error != "" {
			return model.Response{}, lines.Failure(&httpapi.StatusError{Message: record.Error})
		}
		if likely != nil {
			written += len(record.Response)
			record.tell(likely, written)
		}
		if record.Done {
			lines.Finish()
			if record.PromptEvalCount >= numCtx {
				// An older server that knows no truncate has cut the prompt.
				return model.Response{}, lines.Failure(&model.Error{
					Kind: model.TooLong, Backend: backendName, Op: "POST " + generatePath,
					Err: fmt.Errorf("the prompt fills all %d tokens of the context", numCtx),
				})
			}
			usage.PromptTokens, usage.GeneratedTokens = record.PromptEvalCount, record.EvalCount
			reason := "stop"
			if record.DoneReason == "length" {
				reason = "length"
			}
			if err := w.Write(record.Response); err != nil && !errors.Is(err, stream.ErrStopWord) {
				return model.Response{}, err
			}
			return answer(w, reason, usage)
		}
		pieces++
		if trimmed := strings.TrimSpace(record.Response); trimmed == last {
			same++
		} else {
			same, last = 0, trimmed
		}
		err = w.Write(record.Response)
		if errors.Is(err, stream.ErrStopWord) {
			usage.GeneratedTokens = pieces
			return answer(w, "stop", usage)
		}
		if err != nil {
			return model.Response{}, err
		}
	}
}

func answer(w *stream.Writer, reason string, usage model.Usage) (model.Response, error) {
	if err := w.Flush(); err != nil {
		return model.Response{}, err
	}
	return model.Response{Text: w.Text(), StopReason: w.Reason(reason), Usage: usage}, nil
}
