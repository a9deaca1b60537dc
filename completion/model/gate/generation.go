package gate

import (
	"context"
	"errors"
	"strings"

	"github.com/airside-ls/airside/completion/model"
)

// gatedCall is one call, over all its attempts.
type gatedCall struct {
	request model.Request
	failed  bool // the caller's OnText has

	text   strings.Builder // the caller has got so far
	tokens int             // of it
	behind string          // what of it the attempt under way has yet to repeat
	before string          // what of it the attempt under way goes on from
}

var errDiverged = errors.New("asked again after it had given way, the model answered otherwise than the caller has read")

// Generate implements [model.Backend]. A generation that had to give way is
// done again from its start, or, if its caller reads along, goes on: see resume
// and replay.
func (b *gatedBackend) Generate(ctx context.Context, r model.Request) (model.Response, error) {
	g := &gatedCall{request: r}
	t := b.queue.newTurn(r.Priority)
	for {
		resp, err := b.attempt(ctx, t, g)
		if errors.Is(err, errGiveWay) && ctx.Err() == nil && !g.failed {
			continue
		}
		if errors.Is(err, errDiverged) {
			err = &model.Error{Kind: model.Broken, Backend: b.Name(), Op: "generate", Err: errDiverged}
		}
		return resp, err
	}
}

// attempt generates until the answer is whole or has to give way.
func (b *gatedBackend) attempt(ctx context.Context, t *turn, g *gatedCall) (model.Response, error) {
	inner, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	if err := b.queue.enter(ctx, t, stop); err != nil {
		return model.Response{}, err
	}
	defer b.queue.leave(t)

	r := g.request
	if g.text.Len() > 0 {
		if r.Chat != nil {
			r = g.replay()
		} else {
			r = g.resume()
		}
		if g.before != "" && g.request.MaxTokens > 0 && g.tokens >= g.request.MaxTokens {
			return g.whole(model.Response{StopReason: "length"}), nil
		}
	}
	if g.request.OnText != nil {
		r.OnText = g.read(inner)
	}
	resp, err := b.Backend.Generate(inner, r)
	switch {
	case ctx.Err() != nil || g.failed || errors.Is(err, errDiverged):
		return resp, err
	case errors.Is(context.Cause(inner), errGiveWay): // whatever came of it
		return model.Response{}, errGiveWay
	case err == nil && g.behind != "":
		return model.Response{}, errDiverged
	case err == nil && g.before != "":
		return g.whole(resp), nil
	}
	return resp, err
}

// read hands on what the attempt generates, and ends it when it has to give way.
func (g *gatedCall) read(inner context.Context) func(string) error {
	return func(chunk string) error {
		if errors.Is(context.Cause(inner), errGiveWay) {
			return errGiveWay
		}
		n := min(len(g.behind), len(chunk))
		if chunk[:n] != g.behind[:n] {
			return errDiverged
		}
		g.behind, chunk = g.behind[n:], chunk[n:]
		if chunk == "" {
			return nil
		}
		g.text.WriteString(chunk)
		g.tokens++
		err := g.request.OnText(chunk)
		g.failed = err != nil
		return err
	}
}

// resume goes on with an insert: what the caller has read becomes the end of the
// prompt, so that nothing is generated twice and nothing can turn out otherwise.
func (g *gatedCall) resume() model.Request {
	r := g.request
	g.before = g.text.String()
	r.Prompt = append(r.Prompt[:len(r.Prompt):len(r.Prompt)], model.TextNoSpace(g.before))
	r.Begun += g.before
	r.Demand = demandAfter(r.Demand, g.before)
	if r.MaxTokens > 0 {
		r.MaxTokens = max(1, r.MaxTokens-g.tokens)
	}
	return r
}

// demandAfter is what is left of a demand behind the beginning of an answer: nothing
// if that goes on behind what was demanded.
func demandAfter(demand, answer string) string {
	left, ok := strings.CutPrefix(demand, answer)
	if !ok {
		return ""
	}
	return left
}

// replay begins a chat anew, whose answer cannot be begun by a caller, and hands
// on only what goes beyond what was read. Should the model answer otherwise than
// before, the call fails: what was read cannot be taken back. Callers that do
// not read along are spared that, and those with an OnRestart.
func (g *gatedCall) replay() model.Request {
	if again := g.request.OnRestart; again != nil {
		again()
		g.text.Reset()
		g.tokens = 0
		return g.request
	}
	g.behind = g.text.String()
	return g.request
}

// whole is the response of an attempt with what stands before it.
func (g *gatedCall) whole(resp model.Response) model.Response {
	resp.Text = g.before + resp.Text
	resp.Usage.GeneratedTokens = max(resp.Usage.GeneratedTokens, g.tokens)
	return resp
}
