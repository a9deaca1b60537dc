package model

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"time"
)

// Priority of a generation. Among those of [Typing], and of [Ahead], the newest
// goes first and stops older ones; those of [Background] take turns in order.
type Priority int

const (
	Background Priority = iota // nobody waits at the keyboard; the default
	Ahead                      // may be asked for in a moment
	Typing
)

// Role is who says something.
type Role string

// The roles that every model knows.
const (
	System    Role = "system"
	User      Role = "user"
	Assistant Role = "assistant"
)

// Message is one turn of a conversation.
type Message struct {
	Role Role
	Text string
}

// Request is one generation.
type Request struct {
	// Prompt is continued as it is.
	Prompt Prompt
	// Begun is how the answer begins already: the end of Prompt, when a generation
	// goes on.
	Begun string
	// Chat, when set, is answered in the place of Prompt, behind the model's chat
	// template.
	Chat      []Message
	Priority  Priority
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
	// LeastBegun is the same for the beginning of its first line; 0 when the whole of
	// it is wanted.
	LeastBegun float64
	// Told, when set, takes in the odds as the answer grows, from backends that take
	// Expect.
	Told *Odds
	// Likely, when set, is filled as the answer grows by backends that can
	// ([Info.Likely]).
	Likely *Likelihood
	// Score, when set, are texts that could come next behind Prompt: nothing is
	// generated, [Response.Scores] tells how likely each is. For backends that can
	// ([Info.Scores]).
	Score []string
	// Beyond is by how much likelier (ln) than the first of Score another has to be to
	// be read to its end: one that cannot become so is given up.
	Beyond float64
	// ReadAhead says that a prompt is only to be read before it is asked about: see
	// [Info.Beside].
	ReadAhead bool
	// OnText, when set, gets every chunk of the answer as it comes (whole
	// UTF-8 characters). Returning [ErrEnough] stops the generation at the
	// source and makes what came so far the answer.
	OnText func(chunk string) error
	// OnRestart, when set, is called when the answer of a chat comes anew from its
	// beginning, because the model had to give way to something more urgent. Who
	// reads along without it gets an error if the answer turns out otherwise.
	OnRestart func()
	// OnReading, when set, is told by backends that know how far they have come with
	// reading the prompt, in tokens, each time some more was read: that stays of use
	// when the generation is given up.
	OnReading func(read, of int)
}

// Reads tells [Request.OnReading], if anybody listens.
func (r Request) Reads(read, of int) {
	if r.OnReading != nil {
		r.OnReading(read, of)
	}
}

// Say is a conversation of one message of the user.
func Say(text string) []Message { return []Message{{User, text}} }

// ErrEnough is what Request.OnText returns when it has seen enough.
var ErrEnough = errors.New("enough text generated")

// Response is the answer to a Request.
type Response struct {
	Text       string
	StopReason string // "stop" (end token or stop word), "length", "enough"
	Usage      Usage
	Scores     []Score // of Request.Score, in its order
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

// Generate asks a backend, measures, and makes of [ErrEnough] an answer. The error
// is ctx.Err() if the context ended first, else an [*Error] or what OnText returned;
// the Response beside it is empty.
func Generate(ctx context.Context, b Backend, r Request) (Response, error) {
	if r.Expect != nil {
		r.Told = cmp.Or(r.Told, new(Odds))
	}
	a := reader{onText: r.OnText, start: time.Now()}
	r.OnText = a.read
	if again := r.OnRestart; again != nil {
		r.OnRestart = func() { a.got = nil; again() }
	}
	resp, err := b.Generate(ctx, r)
	resp.Usage.FirstToken, resp.Usage.Writing = a.first, a.last-a.first
	switch {
	case ctx.Err() != nil:
		return Response{}, ctx.Err()
	case a.enough:
		return Response{Text: string(a.got), StopReason: "enough", Usage: resp.Usage}, nil
	case err != nil:
		return Response{}, err
	}
	return resp, nil
}

// reader reads an answer along.
type reader struct {
	onText      func(string) error
	got         []byte
	enough      bool // for onText
	start       time.Time
	first, last time.Duration // when text came
}

func (a *reader) read(chunk string) error {
	a.last = time.Since(a.start)
	if a.first == 0 {
		a.first = a.last
	}
	a.got = append(a.got, chunk...)
	if a.onText == nil {
		return nil
	}
	err := a.onText(chunk)
	a.enough = a.enough || errors.Is(err, ErrEnough)
	return err
}
