package model

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/tmc/langchaingo/llms"
)

// Request is one raw generation in plain fields.
type Request struct {
	Prompt    Prompt
	MaxTokens int      // upper bound of generated tokens; positive
	Stop      []string // the answer ends before the first of these
	// Temperature 0 is greedy decoding.
	Temperature float64
	Seed        int
	// Schema, when set, is the JSON schema that the answer is held to, by
	// backends that can.
	Schema json.RawMessage
	// Demand is what the answer has to begin with, for backends that can see to it
	// ([Info.Demands]); the answers of others may begin otherwise.
	Demand string
	// Expect, when set, is weighed against the model's own next tokens by
	// backends that can ([Info.Expects]).
	Expect Expecter
	// Least is how likely the answer has to be, by its [Odds], to be of use: a
	// backend that takes Expect may stop once it is less so.
	Least float64
	// Told, when set, takes in the odds as the answer grows, from backends that take
	// Expect.
	Told *Odds
	// Likely, when set, is filled as the answer grows by backends that can
	// ([Info.Likely]).
	Likely *Likely
	// Ahead says that a prompt is only to be read before it is asked about: see
	// [Info.Beside].
	Ahead bool
	// OnText, when set, gets every chunk of the answer as it comes (whole
	// UTF-8 characters). Returning [ErrEnough] stops the generation at the
	// source and makes what came so far the answer.
	OnText func(chunk string) error
}

// ErrEnough is what Request.OnText returns when it has seen enough.
var ErrEnough = errors.New("enough text generated")

// Response is the answer to a Request.
type Response struct {
	Text       string
	StopReason string // "stop" (end token or stop word), "length", "enough"
	Usage      Usage
}

// Usage is what a generation cost, as the backend counted it. A backend that
// cannot count leaves zero.
type Usage struct {
	PromptTokens    int           // tokens of the whole prompt
	CachedTokens    int           // those of them that were not evaluated again
	GeneratedTokens int           // tokens of the answer
	FirstToken      time.Duration // from sending the request to the first text
	Reading         time.Duration // of the prompt; 0 where only FirstToken is known
	Writing         time.Duration // from the first text to the last
	// Odds are nil from a backend that does not tell.
	Odds *Odds
}

// Stopped is the error of a generation that its streaming function ended, from
// a backend that knows what it had cost by then. It wraps the function's error.
type Stopped struct {
	Usage Usage
	Err   error
}

func (s *Stopped) Error() string { return s.Err.Error() }
func (s *Stopped) Unwrap() error { return s.Err }

const usageKey = "airside.usage"

// WithUsage returns the GenerationInfo in which a backend reports u.
func WithUsage(u Usage) map[string]any { return map[string]any{usageKey: u} }

// Generate asks an insert model ([Backend.Insert]). The error is ctx.Err() if
// the context ended first, else an [*Error].
func Generate(ctx context.Context, m llms.Model, r Request) (Response, error) {
	options := []llms.CallOption{
		llms.WithMaxTokens(r.MaxTokens),
		llms.WithTemperature(r.Temperature),
		llms.WithStopWords(r.Stop),
		llms.WithSeed(r.Seed),
	}
	if r.Schema != nil {
		options = append(options, WithSchema(r.Schema))
	}
	if r.Demand != "" {
		options = append(options, withDemand(r.Prompt, r.Demand))
	}
	if r.Expect != nil {
		options = append(options, withExpecter(r.Prompt, r.Expect, r.Least, cmp.Or(r.Told, new(Odds))))
	}
	if r.Likely != nil {
		options = append(options, withLikely(r.Likely))
	}
	return generate(ctx, m, r.Prompt.Messages(), options, r.OnText, nil)
}

// generate asks and reads along; onRestart, when set, allows that the answer
// begins anew.
func generate(ctx context.Context, m llms.Model, messages []llms.MessageContent, options []llms.CallOption, onText func(string) error, onRestart func()) (Response, error) {
	var got []byte
	if onRestart != nil {
		ctx = WithRestart(ctx, func() { got = nil; onRestart() })
	}
	enough := false
	start := time.Now()
	var first, last time.Duration
	options = append(options, llms.WithStreamingFunc(func(_ context.Context, chunk []byte) error {
		if first == 0 {
			first = time.Since(start)
		}
		last = time.Since(start)
		got = append(got, chunk...)
		if onText == nil {
			return nil
		}
		err := onText(string(chunk))
		enough = enough || errors.Is(err, ErrEnough)
		return err
	}))
	resp, err := m.GenerateContent(ctx, messages, options...)
	if ctx.Err() != nil {
		// Some langchaingo models answer "", nil when cancelled in mid-stream.
		return Response{}, ctx.Err()
	}
	if enough {
		var usage Usage
		var stopped *Stopped
		if errors.As(err, &stopped) {
			usage = stopped.Usage
		}
		usage.FirstToken, usage.Writing = first, last-first
		return Response{Text: string(got), StopReason: "enough", Usage: usage}, nil
	}
	if err != nil {
		return Response{}, err
	}
	if resp == nil || len(resp.Choices) == 0 {
		return Response{}, &Error{Kind: BadReply, Op: "generate", Err: errors.New("the answer holds no choice")}
	}
	choice := resp.Choices[0]
	usage, _ := choice.GenerationInfo[usageKey].(Usage)
	usage.FirstToken, usage.Writing = first, last-first
	return Response{Text: choice.Content, StopReason: choice.StopReason, Usage: usage}, nil
}
