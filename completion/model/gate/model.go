package gate

import (
	"context"
	"errors"
	"strings"

	"github.com/airside-ls/airside/completion/model"
	"github.com/tmc/langchaingo/llms"
)

// llm is an insert or a chat model behind a gate.
type llm struct {
	llms.Model
	queue   *queue
	backend string
	again   func(*generation) ([]llms.MessageContent, []llms.CallOption, error)
}

// generation is one call, over all its attempts.
type generation struct {
	messages []llms.MessageContent
	options  []llms.CallOption
	caller   func(context.Context, []byte) error // its streaming function, or nil
	limit    int                                 // its MaxTokens
	failed   bool                                // the caller's streaming function has
	restart  func()                              // see model.WithRestart; nil without

	text   strings.Builder // the caller has got so far
	tokens int             // of it
	behind string          // what of it the attempt under way has yet to repeat
	before string          // what of it the attempt under way goes on from
}

var errDiverged = errors.New("asked again after it had given way, the model answered otherwise than the caller has read")

// Call implements llms.Model.
func (m llm) Call(ctx context.Context, prompt string, options ...llms.CallOption) (string, error) {
	return llms.GenerateFromSinglePrompt(ctx, m, prompt, options...)
}

// GenerateContent implements llms.Model. A generation that had to give way is
// done again from its start, or, if its caller reads along, goes on: see resume
// and replay.
func (m llm) GenerateContent(ctx context.Context, messages []llms.MessageContent, options ...llms.CallOption) (*llms.ContentResponse, error) {
	var o llms.CallOptions
	for _, option := range options {
		option(&o)
	}
	g := &generation{messages: messages, options: options, caller: o.StreamingFunc, limit: o.MaxTokens}
	g.restart = model.RestartOf(ctx)
	t := m.queue.newTurn(priorityOf(ctx))
	for {
		resp, err := m.attempt(ctx, t, g)
		if errors.Is(err, errGiveWay) && ctx.Err() == nil && !g.failed {
			continue
		}
		if errors.Is(err, errDiverged) {
			err = &model.Error{Kind: model.Broken, Backend: m.backend, Op: "generate", Err: errDiverged}
		}
		return resp, err
	}
}

// attempt generates until the answer is whole or has to give way.
func (m llm) attempt(ctx context.Context, t *turn, g *generation) (*llms.ContentResponse, error) {
	inner, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	if err := m.queue.enter(ctx, t, stop); err != nil {
		return nil, err
	}
	defer m.queue.leave(t)

	messages, options := g.messages, g.options
	if g.text.Len() > 0 {
		var err error
		if messages, options, err = m.again(g); err != nil {
			return nil, err
		}
		if g.before != "" && g.limit > 0 && g.tokens >= g.limit {
			return whole(g, &llms.ContentResponse{Choices: []*llms.ContentChoice{{StopReason: "length"}}}), nil
		}
	}
	if g.caller != nil {
		options = append(options[:len(options):len(options)], llms.WithStreamingFunc(g.read(ctx, inner)))
	}
	resp, err := m.Model.GenerateContent(inner, messages, options...)
	switch {
	case ctx.Err() != nil || g.failed || errors.Is(err, errDiverged):
		return resp, err
	case errors.Is(context.Cause(inner), errGiveWay): // whatever came of it
		return nil, errGiveWay
	case err == nil && g.behind != "":
		return nil, errDiverged
	case err == nil && g.before != "":
		return whole(g, resp), nil
	}
	return resp, err
}

// read hands on what the attempt generates, and ends it when it has to give way.
func (g *generation) read(ctx, inner context.Context) func(context.Context, []byte) error {
	return func(_ context.Context, chunk []byte) error {
		if errors.Is(context.Cause(inner), errGiveWay) {
			return errGiveWay
		}
		n := min(len(g.behind), len(chunk))
		if string(chunk[:n]) != g.behind[:n] {
			return errDiverged
		}
		g.behind, chunk = g.behind[n:], chunk[n:]
		if len(chunk) == 0 {
			return nil
		}
		g.text.Write(chunk)
		g.tokens++
		err := g.caller(ctx, chunk)
		g.failed = err != nil
		return err
	}
}

// resume goes on with an insert: what the caller has read becomes the end of the
// prompt, so that nothing is generated twice and nothing can turn out otherwise.
func resume(g *generation) ([]llms.MessageContent, []llms.CallOption, error) {
	prompt, err := model.PromptOf(g.messages)
	if err != nil {
		return nil, nil, err
	}
	g.before = g.text.String()
	prompt = append(prompt[:len(prompt):len(prompt)], model.TextNoSpace(g.before))
	options := g.options
	if g.limit > 0 {
		options = append(options[:len(options):len(options)], llms.WithMaxTokens(max(1, g.limit-g.tokens)))
	}
	return prompt.Messages(), options, nil
}

// replay begins a chat anew, whose answer cannot be begun by a caller, and hands
// on only what goes beyond what was read. Should the model answer otherwise than
// before, the call fails: what was read cannot be taken back. Callers that do
// not read along are spared that, and those of [model.WithRestart].
func replay(g *generation) ([]llms.MessageContent, []llms.CallOption, error) {
	if g.restart != nil {
		g.restart()
		g.text.Reset()
		g.tokens = 0
		return g.messages, g.options, nil
	}
	g.behind = g.text.String()
	return g.messages, g.options, nil
}

// whole is the response of an attempt with what stands before it.
func whole(g *generation, resp *llms.ContentResponse) *llms.ContentResponse {
	if resp == nil || len(resp.Choices) == 0 {
		return resp
	}
	choice := *resp.Choices[0]
	choice.Content = g.before + choice.Content
	for _, v := range choice.GenerationInfo {
		if usage, ok := v.(model.Usage); ok {
			usage.GeneratedTokens = max(usage.GeneratedTokens, g.tokens)
			choice.GenerationInfo = model.WithUsage(usage)
			break
		}
	}
	return &llms.ContentResponse{Choices: []*llms.ContentChoice{&choice}}
}
