package lsp

import (
	"context"
	"sync"
	"time"

	"github.com/airside-ls/airside/completion"
)

// ask puts a question about a document to the engine, in the place of the call
// that is still running, after a wait for a newer one. A nil result without error
// is the answer null: superseded, stale, or a document without completions.
func (s *Server) ask(c *call, d *document, r completion.Request, wait time.Duration) (*completion.Result, error) {
	defer s.documents.settle(c)
	if reason := d.withheld(s.documents.maxSize); reason != "" {
		s.decline(r, reason)
		return nil, nil
	}
	result, err := s.answer(c, r, wait)
	switch {
	case c.ctx.Err() != nil:
		return nil, s.unanswered(c, r)
	case err != nil:
		return nil, err
	case !s.documents.isCurrent(d):
		s.decline(r, "the document changed meanwhile")
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
func (s *Server) answer(c *call, r completion.Request, wait time.Duration) (completion.Result, error) {
	if wait > 0 {
		result, ok := s.engine.Recall(c.ctx, r)
		s.debounce.foreseen(r, ok)
		if ok {
			s.debounce.suggested(r, result)
			return result, nil
		}
		if !pause(c.ctx, wait) {
			return completion.Result{}, c.ctx.Err()
		}
	}
	if r.Trigger != completion.Invoked {
		r.Within = max(patience-wait, patience/2)
	}
	start := time.Now()
	result, err := s.engine.Complete(c.ctx, r)
	if wait == 0 {
		s.debounce.foreseen(r, result.Trace.Cached)
	}
	s.debounce.suggested(r, result)
	switch {
	case c.ctx.Err() != nil || result.Pending:
		s.debounce.learn(func(p pace) pace { return p.abandoned(time.Since(start)) })
	case err == nil && !result.Trace.Cached && result.Trace.FirstToken > 0:
		s.debounce.learn(func(p pace) pace { return p.answered(result.Trace.Total) })
	}
	return result, err
}

// unanswered notes why a call ended early and returns its error, if any.
func (s *Server) unanswered(c *call, r completion.Request) error {
	s.decline(r, context.Cause(c.ctx).Error())
	_, err := c.unanswered()
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

// maxDeclined is how many declined requests airside.why can tell of.
const maxDeclined = 50

// declined remembers the latest requests that got no suggestion for a reason
// that the engine does not know.
type declined struct {
	mu     sync.Mutex
	traces []completion.Trace // oldest first
}

// decline notes why a request was answered null.
func (s *Server) decline(r completion.Request, reason string) {
	s.log.Debug("no completion", "path", r.Document.Path, "offset", r.Offset, "why", reason)
	s.declined.mu.Lock()
	defer s.declined.mu.Unlock()
	s.declined.traces = append(s.declined.traces, completion.Trace{
		Time: time.Now(), Path: r.Document.Path, Offset: r.Offset, Line: r.Line, Reason: reason,
	})
	if over := len(s.declined.traces) - maxDeclined; over > 0 {
		s.declined.traces = append(s.declined.traces[:0], s.declined.traces[over:]...)
	}
}

// list is the latest first.
func (d *declined) list() []completion.Trace {
	d.mu.Lock()
	defer d.mu.Unlock()
	list := make([]completion.Trace, 0, len(d.traces))
	for i := len(d.traces) - 1; i >= 0; i-- {
		list = append(list, d.traces[i])
	}
	return list
}
