package servers

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/model/httpapi"
	"github.com/airside-ls/airside/completion/model/stream"
)

const (
	// defaultMaxTokens bounds an answer for which the caller sets no bound.
	defaultMaxTokens = 256

	// maxBytesPerToken is how many bytes of text one token covers at most on
	// average. Longer prompts cannot fit; some servers would cut them silently.
	maxBytesPerToken = 4
)

// generate has the server continue a prompt or answer a conversation.
func (s *session) generate(ctx context.Context, r model.Request) (model.Response, error) {
	if r.Chat != nil {
		return s.converse(ctx, r)
	}
	if r.Score != nil {
		return s.score(ctx, r)
	}
	if r.MaxTokens <= 0 {
		r.MaxTokens = defaultMaxTokens
	}
	l, err := s.lay(ctx, r.Prompt)
	if err != nil {
		return model.Response{}, err
	}
	lines, err := s.client.PostStream(ctx, s.dialect.path, s.dialect.request(s, l, r))
	if err != nil {
		return model.Response{}, err
	}
	defer lines.Close()
	a := answer{
		session: s, request: r, lines: lines, start: time.Now(), usage: model.Usage{PromptTokens: len(l.ids)},
		out: stream.NewWriter(r.Stop, r.OnText).AtMost(r.MaxTokens),
	}
	return a.read()
}

// lay makes a prompt what the server takes, and says so if that cannot fit.
func (s *session) lay(ctx context.Context, p model.Prompt) (layout, error) {
	if s.dialect.tokenize == nil {
		text := p.String()
		if len(text) > maxBytesPerToken*s.contextTokens {
			return layout{}, s.failure(model.TooLong, fmt.Errorf("%d bytes, the context has %d tokens", len(text), s.contextTokens))
		}
		if prefix, suffix, ok := split(p); ok && s.dialect.suffix {
			// Without a suffix the server would take the prompt for one without a hole.
			return layout{text: prefix, suffix: cmp.Or(suffix, "\n")}, nil
		}
		return layout{text: text}, nil
	}
	ids, err := s.encode(ctx, p)
	switch {
	case err != nil:
		return layout{}, err
	case len(ids) >= s.contextTokens:
		return layout{}, s.failure(model.TooLong, fmt.Errorf("%d tokens, the context has %d", len(ids), s.contextTokens))
	case len(ids) == 0:
		return layout{}, s.failure(model.NoInsert, errors.New("the prompt is empty, and this model has no token to begin with"))
	}
	return layout{ids: ids}, nil
}

func (s *session) failure(kind model.Kind, why error) error {
	return &model.Error{Kind: kind, Backend: s.backend, Op: "POST " + s.dialect.path, Err: why}
}

// answer is one that comes.
type answer struct {
	session *session
	request model.Request
	lines   *httpapi.Lines
	out     *stream.Writer
	start   time.Time
	usage   model.Usage
	written int    // bytes that the server has sent
	reason  string // why it ended, as the server says
}

// read copies the answer to its reader until it ends.
func (a *answer) read() (model.Response, error) {
	for {
		line, err := a.lines.Next()
		switch {
		case err == io.EOF && a.reason != "":
			return a.whole()
		case err == io.EOF:
			return a.broken(errors.New("the answer ended before it was complete"))
		case err != nil:
			return model.Response{}, err
		}
		data, ok := dataOf(line)
		if !ok {
			continue
		}
		e, err := a.session.dialect.record(a.lines, data)
		if err != nil {
			return model.Response{}, err
		}
		if e.failed != nil {
			return model.Response{}, a.lines.Failure(e.failed)
		}
		if a.reads(e) {
			continue
		}
		ended, err := a.take(e)
		switch {
		case err != nil:
			return model.Response{Usage: a.usage}, err
		case e.last:
			return a.whole()
		case ended && a.reason == "":
			return a.end("stop")
		}
	}
}

// reads notes how far the prompt has been read; true for a record that tells
// nothing else.
func (a *answer) reads(e event) bool {
	if r := e.reading; r != nil {
		a.usage.CachedTokens = r.cached
		a.request.Reads(r.read, r.of)
		if e.text == "" {
			return true // its token is a placeholder
		}
	}
	if a.session.dialect.reads && a.usage.Reading == 0 {
		a.usage.Reading = time.Since(a.start)
	}
	return false
}

// take hands on what a record says; ended means that the answer is whole with it,
// whatever the server has still to say.
func (a *answer) take(e event) (ended bool, err error) {
	a.usage.GeneratedTokens += e.count
	a.reason = cmp.Or(e.reason, a.reason)
	// A server may show a control token as no text and go on; the model has ended its
	// answer with it.
	if ended = slices.ContainsFunc(e.ids, a.session.isControl); ended {
		e.text = withoutEnd(e.text)
	}
	a.written += len(e.text)
	if likely := a.request.Likely; likely != nil {
		for _, t := range e.likely {
			t.End = a.written // of several the bytes are those of the last
			likely.Tokens = append(likely.Tokens, t)
		}
	}
	if err = a.out.Write(e.text); errors.Is(err, stream.ErrStopWord) {
		ended, err = true, nil
	}
	if c := e.counts; c != nil {
		a.usage.PromptTokens = cmp.Or(c.prompt, a.usage.PromptTokens)
		a.usage.CachedTokens, a.usage.GeneratedTokens = c.cached, c.generated
	}
	return ended, err
}

// whole ends an answer that has come to its end.
func (a *answer) whole() (model.Response, error) {
	a.lines.Finish()
	switch {
	case a.reason == "abort" || a.reason == "error":
		return a.broken(errors.New("the server gave the answer up"))
	case a.usage.PromptTokens >= a.session.contextTokens:
		return model.Response{}, a.session.failure(model.TooLong, fmt.Errorf("the prompt fills all %d tokens of the context", a.session.contextTokens))
	case a.reason == "length":
		return a.end("length")
	}
	return a.end("stop")
}

func (a *answer) broken(why error) (model.Response, error) {
	return model.Response{}, a.lines.Failure(httpapi.BadReply(why))
}

func (a *answer) end(reason string) (model.Response, error) {
	if err := a.out.Flush(); err != nil {
		return model.Response{Usage: a.usage}, err
	}
	return model.Response{Text: a.out.Text(), StopReason: a.out.Reason(reason), Usage: a.usage}, nil
}
