package modeltest

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/model/stream"
)

// Reply is one answer of a [Fake].
type Reply struct {
	// Text, behind what is demanded where Info.Demands says so, is generated token by token: a run of letters and digits, a run of
	// blanks, or any other single character.
	Text string
	// P is how likely each token of Text was, for who asks ([model.Request.Likely]);
	// 0 tells nothing.
	P float64
	// Endless repeats Text until MaxTokens, a stop word, the caller or its
	// context ends it.
	Endless bool
	// Release, when set, blocks the generation after ReleaseAfter tokens until
	// it is closed or the context ends.
	Release      <-chan struct{}
	ReleaseAfter int
	// Err ends the generation in the place of its end token: alone, or after
	// Text when both are set.
	Err error
}

// Generate implements [model.Backend].
func (f *Fake) Generate(ctx context.Context, r model.Request) (model.Response, error) {
	reply, gate := f.reply(r)
	prompt := promptTokens(r)
	if most := f.contextTokens(); prompt >= most {
		reply = Reply{Err: &model.Error{
			Kind: model.TooLong, Backend: f.Name(), Op: "generate",
			Err: fmt.Errorf("%d tokens, the context has %d", prompt, most),
		}}
	}
	w := stream.NewWriter(r.Stop, r.OnText)
	tokens, reason, err := reply.play(ctx, w, r.Likely, gate, r.MaxTokens)
	f.update(func() {
		c := &f.counts
		c.Ended++
		c.Tokens += tokens
		if ctx.Err() != nil {
			c.Cancelled++
		} else if errors.Is(err, model.ErrEnough) {
			c.Enough++
		}
	})
	if err != nil {
		return model.Response{}, err
	}
	return model.Response{Text: w.Text(), StopReason: reason, Usage: model.Usage{PromptTokens: prompt, GeneratedTokens: tokens}}, nil
}

// play writes the reply to w, once gate is closed, and returns how many tokens
// that took.
func (r Reply) play(ctx context.Context, w *stream.Writer, likely *model.Likelihood, gate <-chan struct{}, limit int) (n int, reason string, err error) {
	wait := func(c <-chan struct{}) error {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-c:
			return ctx.Err()
		}
	}
	if err := wait(gate); err != nil {
		return 0, "", err
	}
	written := 0
	for rest := r.Text; ; {
		if r.Release != nil && n == r.ReleaseAfter {
			if err := wait(r.Release); err != nil {
				return n, "", err
			}
		}
		if err := ctx.Err(); err != nil {
			return n, "", err
		}
		if rest == "" && r.Endless {
			rest = r.Text
		}
		if rest == "" {
			break
		}
		if limit > 0 && n == limit {
			return n, "length", w.Flush()
		}
		token := nextToken(rest)
		rest = rest[len(token):]
		n++
		if written += len(token); likely != nil && r.P > 0 {
			likely.Tokens = append(likely.Tokens, model.Token{End: written, Ln: math.Log(r.P)})
		}
		if err := w.Write(token); errors.Is(err, stream.ErrStopWord) {
			return n, "stop", nil
		} else if err != nil {
			return n, "", err
		}
	}
	if r.Err != nil {
		return n, "", r.Err
	}
	return n, "stop", w.Flush()
}

// nextToken is the first token of s, which is not empty.
func nextToken(s string) string {
	first, size := utf8.DecodeRuneInString(s)
	kind := func(r rune) int {
		switch {
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			return 1
		case r == ' ' || r == '\t':
			return 2
		}
		return 0
	}
	if kind(first) == 0 {
		return s[:size]
	}
	if end := strings.IndexFunc(s, func(r rune) bool { return kind(r) != kind(first) }); end > 0 {
		return s[:end]
	}
	return s
}

func (f *Fake) contextTokens() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.info.ContextTokens
}

// promptTokens counts what the model reads as [nextToken] cuts it, with its begin of
// sequence.
func promptTokens(r model.Request) int {
	n := 1
	for _, s := range said(r) {
		if s.Control {
			n++
			continue
		}
		for rest := s.Text; rest != ""; n++ {
			rest = rest[len(nextToken(rest)):]
		}
	}
	return n
}

// said is the prompt, or what the conversation says.
func said(r model.Request) model.Prompt {
	p := r.Prompt
	for _, m := range r.Chat {
		p = append(p, model.Text(m.Text))
	}
	return p
}

// reply records a request and finds its reply.
func (f *Fake) reply(r model.Request) (Reply, <-chan struct{}) {
	var gate chan struct{}
	var answer func(model.Prompt) Reply
	var chat func([]model.Message) Reply
	var queued *Reply
	demands := false
	f.update(func() {
		if r.Chat != nil {
			f.chats = append(f.chats, r)
		} else {
			f.requests = append(f.requests, r)
		}
		queued, answer, chat, gate, demands = f.next(), f.answer, f.chat, f.gate, f.info.Demands
	})
	var reply Reply
	switch {
	case queued != nil:
		reply = *queued
	case r.Chat != nil && chat != nil:
		reply = chat(r.Chat)
	default:
		reply = answer(said(r))
	}
	if demands {
		reply.Text = r.Demand + reply.Text
	}
	return reply, gate
}

// next takes the first queued reply and counts the generation. f.mu is held.
func (f *Fake) next() *Reply {
	f.counts.Started++
	if len(f.queue) == 0 {
		return nil
	}
	r := f.queue[0]
	f.queue = f.queue[1:]
	return &r
}
