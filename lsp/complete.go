package lsp

import (
	"context"
	"log/slog"
	"sync"

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
	declined  declineLog

	mu     sync.Mutex
	latest *editor.Call // nil when there is none
	asked  uri.URI      // what latest is about
	filled *editor.Call // the panel that is being filled; nil when there is none
	beside uri.URI      // what it is about
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
	if cs.filled != nil && cs.beside == u {
		cs.filled.Cancel(editor.ErrClosed)
		cs.filled = nil
	}
}

// openPanel makes c the one panel that is filled, for a document.
func (cs *completions) openPanel(u uri.URI, c *editor.Call) {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	if cs.filled != nil {
		cs.filled.Cancel(editor.ErrSuperseded)
	}
	cs.filled, cs.beside = c, u
}

// closePanel forgets a panel that is full.
func (cs *completions) closePanel(c *editor.Call) {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	if cs.filled == c {
		cs.filled = nil
	}
}

// changed stops the panel for a document whose text is another one now.
func (cs *completions) changed(u uri.URI) {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	if cs.filled != nil && cs.beside == u {
		cs.filled.Cancel(editor.ErrSuperseded)
		cs.filled = nil
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
// that is still running. A nil result without error is the answer null:
// superseded, stale, or a document without completions.
func (cs *completions) ask(c *editor.Call, d *editor.Document, r completion.Request) (*completion.Result, error) {
	defer cs.settle(c)
	if reason := d.Withheld(cs.documents.maxSize); reason != "" {
		cs.decline(r, reason)
		return nil, nil
	}
	result, err := cs.engine.Complete(c.Ctx, r)
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

// unanswered notes why a call ended early and returns its error, if any.
func (cs *completions) unanswered(c *editor.Call, r completion.Request) error {
	cs.decline(r, context.Cause(c.Ctx).Error())
	_, err := c.Unanswered()
	return err
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
		cs.decline(completion.Request{Document: completion.Document{Path: editor.PathOf(p.TextDocument.URI), Notebook: editor.NotebookOf(p.TextDocument.URI)}, Line: int(p.Position.Line) + 1}, "the document is not open")
		return nil, 0, nil
	}
	return d, d.Text.PositionOffset(p.Position), nil
}
