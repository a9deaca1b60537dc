package completion

import (
	"context"
	"errors"
	"time"

	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/model/selector"
	"github.com/airside-ls/airside/completion/prompt"
	"github.com/airside-ls/airside/completion/recall"
	"github.com/airside-ls/airside/completion/rhythm"
)

// Complete answers one request. It ends early, with ctx.Err(), when ctx does; the
// model goes on until the cursor is known to have left the place, so that a
// request that comes again finds its answer ([Engine.OnReady]). Every other
// trouble (no backend, model failing, nothing worth showing) is an answer with a
// Reason, not an error.
func (e *Engine) Complete(ctx context.Context, r Request) (Result, error) {
	key, typed := keystroke(r)
	if !typed {
		a, err := e.answer(ctx, r)
		return a.result(), err
	}
	wait := e.rhythm.Arrived(key, r.Arrived)
	if wait > 0 {
		a, ok := e.recall(ctx, r)
		e.rhythm.Foreseen(key, ok)
		if ok {
			e.rhythm.Suggested(key, a.cut.Start, a.cut.Text)
			return a.result(), nil
		}
		if !rhythm.Pause(ctx, wait) {
			return Result{}, ctx.Err()
		}
	}
	if !key.Invoked {
		r.Within = rhythm.Patience(wait)
	}
	start := time.Now()
	a, err := e.answer(ctx, r)
	atHand := a.exchange.how != ""
	if wait == 0 {
		e.rhythm.Foreseen(key, atHand)
	}
	e.rhythm.Suggested(key, a.cut.Start, a.cut.Text)
	switch {
	case ctx.Err() != nil || a.pending:
		e.rhythm.Abandoned(time.Since(start))
	case err == nil && !atHand && a.exchange.usage.FirstToken > 0:
		e.rhythm.Answered(a.total)
	}
	return a.result(), err
}

// keystroke is a request as the rhythm takes it; typed is false if it does not come
// from an editor.
func keystroke(r Request) (key rhythm.Key, typed bool) {
	if r.Arrived.IsZero() || r.Offset < 0 || r.Offset > len(r.Document.Text) {
		return key, false
	}
	return rhythm.Key{
		Path: r.Document.Path, Version: r.Document.Version, Text: r.Document.Text, Offset: r.Offset,
		Invoked: r.Trigger == Invoked, Popup: r.Selected != nil,
	}, true
}

// answer answers a request that need not wait for a newer one.
func (e *Engine) answer(ctx context.Context, r Request) (attempt, error) {
	e.ahead.stop()
	e.ahead.askedAt(r)
	a, err := e.best(ctx, r)
	if err != nil || a.pending {
		return a, err
	}
	why := atPause
	if a.doubted() && r.Trigger != Invoked {
		why = atDoubt
	}
	defer e.readAhead(r, why)
	if a.cut.Text != "" && r.Alternatives > 1 {
		a.others = e.alternatives(ctx, r, a.suggestions())
		err = ctx.Err()
	}
	return a, err
}

// best answers a request with one suggestion.
func (e *Engine) best(ctx context.Context, r Request) (attempt, error) {
	ended := e.generations.haveEnded()
	if a, ok := e.recall(ctx, r); ok {
		return a, nil
	}
	if err := ctx.Err(); err != nil {
		return attempt{}, err
	}
	p, _ := placeOf(r)
	e.speculator.Foreseen(p.hole(), false)
	return e.attend(ctx, r, ended)
}

// recall answers a request for which a suggestion is at hand: one made for this
// very place, one that the user has typed a part of since, one that is being
// prepared, for which it waits, or, past [Request.Within], whole lines of one that
// is being generated. It asks neither the model nor the parser. ok is
// false when there is none.
func (e *Engine) recall(ctx context.Context, r Request) (a attempt, ok bool) {
	opts, sel := e.asked()
	a = newAttempt(r)
	if why, _ := e.refused(r.Document); why != "" {
		return a, false
	}
	if part, ok := e.partAtHand(r); ok {
		return part, true
	}
	if e.suggestions.Empty() {
		return a, false
	}
	p, reason := placeOf(r)
	if reason != "" {
		return a, false
	}
	if prepared := e.speculator.Reached(p.hole()); prepared != nil {
		idle := e.status.begin()
		select {
		case <-prepared:
		case <-ctx.Done():
		}
		idle()
	}
	choice, err := sel.Current(ctx)
	if err != nil || choice.Backend == nil || ctx.Err() != nil {
		return a, false
	}
	found, rest, how, ok := e.suggestions.Recall(askedOf(choice.Info, opts.maxTokens(r)), p.hole())
	if !ok || found.Begun && r.Trigger == Invoked {
		return a, false
	}
	a.asked, a.from, a.multiline, a.fate = found.Origin, found.ID, found.Multiline, found.Fate
	a.exchange, a.cut.Replacement = exchange{how: how, raw: found.Text}, Replacement(rest)
	e.finish(&a)
	e.speculator.Foreseen(p.hole(), true)
	e.offered(a.id, found, r, a.cut.Replacement)
	return a, true
}

// askedOf is who is asked, and how.
func askedOf(info model.Info, maxTokens int) recall.Origin {
	return recall.Origin{Backend: info.Backend, Endpoint: info.Endpoint, Model: info.Model, Form: prompt.Choose(info).Name, MaxTokens: maxTokens}
}

// complete asks the backends; heard is told how the answer grows.
func (e *Engine) complete(ctx context.Context, a *attempt, opts Options, sel *selector.Selector, heard hearer) error {
	p, reason, withheld := e.placeToAsk(a.request)
	a.at(p)
	if reason != "" {
		if a.cut.reason = reason; withheld {
			a.withheld = reason
		}
		return nil
	}
	q := question{place: p, maxTokens: opts.maxTokens(a.request), timeout: opts.Timeout, priority: model.Typing, heard: heard}
	// Every backend gets one chance, the best first.
	choice, err := sel.Current(ctx)
	if errors.Is(err, selector.ErrClosed) {
		if newOpts, newer := e.askedNext(); newer != sel {
			return e.complete(ctx, a, newOpts, newer, heard)
		}
	}
	if err != nil {
		return err
	}
	var failed error
	for range len(opts.Backends) + 1 {
		if choice.Backend == nil {
			failed = choice.Err
			break
		}
		err := e.suggest(ctx, a, choice, q, Exact)
		if err == nil {
			sel.Succeeded(choice.Backend)
			return nil
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		failed = err
		if model.IsKind(err, model.Slow) {
			break // it is at work: a guess of another model would be no better
		}
		choice = sel.Failed(ctx, choice.Backend, err)
	}
	a.cut.reason = failed.Error()
	return nil
}
