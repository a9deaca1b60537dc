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
	"github.com/tmc/langchaingo/llms"
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

// fakeModel is the insert or the chat model of a fake.
type fakeModel struct {
	f     *Fake
	reply func([]llms.MessageContent, llms.CallOptions) (Reply, <-chan struct{}, error)
}

// Call implements llms.Model.
func (m fakeModel) Call(ctx context.Context, prompt string, options ...llms.CallOption) (string, error) {
	return llms.GenerateFromSinglePrompt(ctx, m, prompt, options...)
}

// GenerateContent implements llms.Model.
func (m fakeModel) GenerateContent(ctx context.Context, messages []llms.MessageContent, options ...llms.CallOption) (*llms.ContentResponse, error) {
	var o llms.CallOptions
	for _, option := range options {
		option(&o)
	}
	likely := model.TakeLikely(&o)
	reply, gate, err := m.reply(messages, o)
	if err != nil {
		return nil, err
	}
	if n, most := promptTokens(messages), m.f.contextTokens(); n >= most {
		reply = Reply{Err: &model.Error{
			Kind: model.TooLong, Backend: m.f.Name(), Op: "generate",
			Err: fmt.Errorf("%d tokens, the context has %d", n, most),
		}}
	}
	w := stream.NewWriter(ctx, o.StopWords, o.StreamingFunc)
	tokens, reason, err := reply.play(ctx, w, likely, gate, o.MaxTokens)
	m.f.update(func() {
		c := &m.f.counts
		c.Ended++
		c.Tokens += tokens
		if ctx.Err() != nil {
			c.Cancelled++
		} else if errors.Is(err, model.ErrEnough) {
			c.Enough++
		}
	})
	if err != nil {
		return nil, err
	}
	return &llms.ContentResponse{Choices: []*llms.ContentChoice{{
		Content: w.Text(), StopReason: reason,
		GenerationInfo: model.WithUsage(model.Usage{PromptTokens: promptTokens(messages), GeneratedTokens: tokens}),
	}}}, nil
}

// play writes the reply to w, once gate is closed, and returns how many tokens
// that took.
func (r Reply) play(ctx context.Context, w *stream.Writer, likely *model.Likely, gate <-chan struct{}, limit int) (n int, reason string, err error) {
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

// promptTokens counts a prompt as [nextToken] cuts it, with its begin of
// sequence.
func promptTokens(messages []llms.MessageContent) int {
	n := 1
	p, _ := model.PromptOf(messages)
	for _, s := range p {
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

// promptReply records an insert prompt and finds its reply.
func (f *Fake) promptReply(messages []llms.MessageContent, o llms.CallOptions) (Reply, <-chan struct{}, error) {
	p, err := model.PromptOf(messages)
	if err != nil {
		return Reply{}, nil, err
	}
	var gate chan struct{}
	var answer func(model.Prompt) Reply
	var queued *Reply
	f.update(func() {
		f.prompts = append(f.prompts, p)
		f.requests = append(f.requests, o)
		queued, answer, gate = f.next(), f.answer, f.gate
	})
	reply := queued
	if reply == nil {
		r := answer(p)
		reply = &r
	}
	if f.demands() {
		reply.Text = model.TakeDemand(&o, p) + reply.Text
	}
	return *reply, gate, nil
}

func (f *Fake) demands() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.info.Demands
}

// chatReply records a chat and finds its reply.
func (f *Fake) chatReply(messages []llms.MessageContent, o llms.CallOptions) (Reply, <-chan struct{}, error) {
	var gate chan struct{}
	var answer func(model.Prompt) Reply
	var chat func([]llms.MessageContent) Reply
	var queued *Reply
	f.update(func() {
		f.chats = append(f.chats, messages)
		f.asked = append(f.asked, o)
		queued, answer, chat, gate = f.next(), f.answer, f.chat, f.gate
	})
	switch {
	case queued != nil:
		return *queued, gate, nil
	case chat != nil:
		return chat(messages), gate, nil
	}
	p, _ := model.PromptOf(messages)
	return answer(p), gate, nil
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
