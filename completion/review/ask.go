package review

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/airside-ls/airside/completion/awake"
	"github.com/airside-ls/airside/completion/model"
)

// asker puts questions to whoever answers, one at a time. Its generations have
// the gate's lowest priority: typing goes first.
type asker struct {
	chosen func(context.Context) (model.Backend, model.Info, error)
	pauses []time.Duration // between attempts while nobody answers
	log    *slog.Logger

	backend model.Backend
	info    model.Info
	free    bool // the server takes no schema
	plain   bool // it has no chat template: the question is a text to go on with
	failed  int  // answers in a row that were none

	answers, malformed int
}

// askTimeout bounds one question, the wait for its turn included.
const askTimeout = 10 * time.Minute

// maxFailures are as many failures in a row as it takes to ask no more.
const maxFailures = 3

// errNobody wraps why no model answers, now and for the rest of the review.
type errNobody struct{ err error }

func (e errNobody) Error() string { return e.err.Error() }
func (e errNobody) Unwrap() error { return e.err }

// choose finds out who answers, and whether they can review in words.
func (a *asker) choose(ctx context.Context) error {
	if err := a.find(ctx); err != nil {
		return err
	}
	return a.usable()
}

// find finds out who answers.
func (a *asker) find(ctx context.Context) error {
	for attempt := 0; ; attempt++ {
		backend, info, err := a.chosen(ctx)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err == nil && backend != nil {
			if backend != a.backend || info.Model != a.info.Model {
				a.free, a.plain = false, false
			}
			a.backend, a.info = backend, info
			return nil
		}
		if err == nil {
			err = errors.New("no backend is configured")
		}
		if !model.IsKind(err, model.Loading) || attempt >= len(a.pauses) {
			return errNobody{err}
		}
		if err := pause(ctx, a.pauses[attempt]); err != nil {
			return err
		}
	}
}

// usable says why a model cannot review.
func (a *asker) usable() error {
	switch {
	case !a.backend.Converses():
		return errNobody{fmt.Errorf("%s (%s) completes code and cannot review it; one that also chats can, such as qwen2.5-coder in Ollama or llama-server", a.info.Model, a.info.Backend)}
	case a.room() < leastUnit*bytesPerToken:
		return errNobody{fmt.Errorf("%s (%s) has a context of %d tokens, too few for a review", a.info.Model, a.info.Backend, a.info.ContextTokens)}
	}
	return nil
}

// room is how many bytes of code one prompt may have.
func (a *asker) room() int {
	all := (a.info.ContextTokens-a.answerTokens()-spareTokens)*bytesPerToken - promptBytes
	return min(all, unitTokens*bytesPerToken)
}

func (a *asker) answerTokens() int { return min(answerTokens, a.info.ContextTokens/4) }

// question is one generation. enough tells of an answer that it need not be read
// on.
type question struct {
	prompt string
	schema json.RawMessage
	tokens int
	enough func(answer string) bool
}

// ask returns the answer. A backend that is gone is waited for, or replaced by
// another; one that takes no schema, or has no chat template, is asked without.
// The error is ctx.Err(), one of kind model.TooLong, one that wraps errNobody
// when there is no point in asking on, or what is wrong with this answer.
func (a *asker) ask(ctx context.Context, q question) (string, error) {
	for attempt := 0; ; attempt++ {
		answer, err := a.once(ctx, q)
		switch {
		case ctx.Err() != nil:
			return "", ctx.Err()
		case err == nil:
			a.failed = 0
			a.answers++
			return answer, nil
		case model.IsKind(err, model.TooLong):
			return "", err
		case model.IsKind(err, model.BadReply) && a.answers == 0 && !a.free:
			a.log.Debug("asked again without a schema", "error", err)
			a.free = true
			continue
		case model.IsKind(err, model.BadReply) && a.answers == 0 && !a.plain:
			a.log.Debug("asked again without a chat template", "error", err)
			a.plain, a.free = true, false
			continue
		case (model.IsKind(err, model.Unreachable) || model.IsKind(err, model.Loading)) && attempt < len(a.pauses):
			if err := pause(ctx, a.pauses[attempt]); err != nil {
				return "", err
			}
			if err := a.choose(ctx); err != nil {
				return "", err
			}
			continue
		case model.IsKind(err, model.Unreachable), model.IsKind(err, model.Loading), model.IsKind(err, model.Broken), model.IsKind(err, model.NoModel), model.IsKind(err, model.NoInsert):
			return "", errNobody{err}
		}
		if a.failed++; a.failed >= maxFailures || a.answers == 0 {
			return "", errNobody{err}
		}
		return "", err
	}
}

// once asks once.
func (a *asker) once(ctx context.Context, q question) (string, error) {
	inner, cancel, _ := awake.WithTimeout(ctx, askTimeout)
	defer cancel()
	answer := ""
	read := func(chunk string) error {
		answer += chunk
		if q.enough(answer) {
			return model.ErrEnough
		}
		return nil
	}
	schema := q.schema
	if a.free {
		schema = nil
	}
	tokens := min(q.tokens, a.answerTokens())
	r := model.Request{MaxTokens: tokens, Schema: schema, OnText: read}
	if a.plain {
		r.Prompt = model.Prompt{model.Text(q.prompt + "\nAnswer:\n")}
	} else {
		r.Chat, r.OnRestart = model.Say(q.prompt), func() { answer = "" }
	}
	resp, err := model.Generate(inner, a.backend, r)
	if err != nil && errors.Is(inner.Err(), context.DeadlineExceeded) && ctx.Err() == nil {
		err = fmt.Errorf("the model took longer than %v", askTimeout)
	}
	return resp.Text, err
}

func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
