package lsp

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"go.lsp.dev/protocol"
	"go.lsp.dev/uri"

	"github.com/airside-ls/airside/completion"
	"github.com/airside-ls/airside/lsp/editor"
)

// completions answer requests for a completion, of which one is being answered at
// a time: a person types in one place.
type completions struct {
	engine    Engine
	log       *slog.Logger
	client    *client
	documents *documents
	debounce  debounce
	declined  declineLog

	mu     sync.Mutex
	latest *editor.Call // nil when there is none
	asked  uri.URI      // what latest is about
}

// supersede makes c the one request, for a document, and stops the one before,
// whatever document that was for.
func (cs *completions) supersede(u uri.URI, c *editor.Call) {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	if cs.latest != nil {
		cs.latest.Cancel(editor.ErrSuperseded)
	}
	cs.latest, cs.asked = c, u
}

// closed stops the request for a document that was closed.
func (cs *completions) closed(u uri.URI) {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	if cs.latest != nil && cs.asked == u {
		cs.latest.Cancel(editor.ErrClosed)
		cs.latest = nil
	}
}

// settle forgets a request that has been answered.
func (cs *completions) settle(c *editor.Call) {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	if cs.latest == c {
		cs.latest = nil
	}
}

// ask puts a question about a document to the engine, in the place of the call
// that is still running, after a wait for a newer one. A nil result without error
// is the answer null: superseded, stale, or a document without completions.
func (cs *completions) ask(c *editor.Call, d *editor.Document, r completion.Request, wait time.Duration) (*completion.Result, error) {
	defer cs.settle(c)
	if reason := d.Withheld(cs.documents.maxSize); reason != "" {
		cs.decline(r, reason)
		return nil, nil
	}
	result, err := cs.answer(c, r, wait)
	switch {
	case c.Ctx.Err() != nil:
		return nil, cs.unanswered(c, r)
	case err != nil:
		return nil, err
	case !cs.documents.Current(d):
		cs.decline(r, "the document changed meanwhile")
		return nil, nil
	}
	return &result, nil
}

// patience is how long a request that the user did not ask for takes, if there is
// something to show by then; what comes later replaces it. VS Code waits 750 ms
// where a word is typed, from 10 ms after the key on, and asks 50 ms after it.
const patience = 600 * time.Millisecond

// answer is what the engine has at hand, or what it comes by after a wait for a
// newer request.
func (cs *completions) answer(c *editor.Call, r completion.Request, wait time.Duration) (completion.Result, error) {
	if wait > 0 {
		result, ok := cs.engine.Recall(c.Ctx, r)
		cs.debounce.foreseen(r, ok)
		if ok {
			cs.debounce.suggested(r, result)
			return result, nil
		}
		if !pause(c.Ctx, wait) {
			return completion.Result{}, c.Ctx.Err()
		}
	}
	if r.Trigger != completion.Invoked {
		r.Within = max(patience-wait, patience/2)
	}
	start := time.Now()
	result, err := cs.engine.Complete(c.Ctx, r)
	if wait == 0 {
		cs.debounce.foreseen(r, result.Trace.Cached)
	}
	cs.debounce.suggested(r, result)
	switch {
	case c.Ctx.Err() != nil || result.Pending:
		cs.debounce.learn(func(p pace) pace { return p.abandoned(time.Since(start)) })
	case err == nil && !result.Trace.Cached && result.Trace.FirstToken > 0:
		cs.debounce.learn(func(p pace) pace { return p.answered(result.Trace.Total) })
	}
	return result, err
}

// unanswered notes why a call ended early and returns its error, if any.
func (cs *completions) unanswered(c *editor.Call, r completion.Request) error {
	cs.decline(r, context.Cause(c.Ctx).Error())
	_, err := c.Unanswered()
	return err
}

// pause waits for d and tells whether ctx still stands.
func pause(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

// position finds the document and the byte offset a request speaks of. The
// document is nil if it is not open, which is no error: the client may have
// closed it a moment ago.
func (cs *completions) position(p *protocol.TextDocumentPositionParams) (*editor.Document, int, error) {
	if p.TextDocument.URI == "" {
		return nil, 0, editor.InvalidParams(editor.ErrNoURI)
	}
	d := cs.documents.Open(p.TextDocument.URI)
	if d == nil {
		cs.decline(completion.Request{Document: completion.Document{Path: editor.PathOf(p.TextDocument.URI)}, Line: int(p.Position.Line) + 1}, "the document is not open")
		return nil, 0, nil
	}
	return d, d.Text.PositionOffset(p.Position), nil
}
