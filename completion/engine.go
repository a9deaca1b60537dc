package completion

import (
	"context"
)

// Engine answers completion requests. It is safe for concurrent use.
type Engine struct{}

// DidOpen makes the document known, so that its syntax tree is ready before
// the first request. Opening an open document replaces it.
func (e *Engine) DidOpen(d Document) {}

// DidChange tells how an open document became d. The edits lead from the
// version last told of to d; nil edits mean that all of it changed. It returns
// at once: trees follow when they are needed.
func (e *Engine) DidChange(d Document, edits []Edit) {}

// DidClose forgets a document.
func (e *Engine) DidClose(path string) {}

// Complete answers one request. It ends early, with ctx.Err(), when ctx does,
// and the model stops generating then. Every other trouble (no backend, model
// failing, nothing worth showing) is an answer with a Reason, not an error.
func (e *Engine) Complete(ctx context.Context, r Request) (Result, error) {
	return Result{}, nil
}

// Status is the present status.
func (e *Engine) Status() Status { return Status{State: Starting} }

// OnStatus has f called, from one goroutine at a time, whenever the status
// changes, and once with the present one. It replaces an earlier f.
func (e *Engine) OnStatus(f func(Status)) {}

// Event is what a user did with a suggestion.
type Event int

const (
	Shown Event = iota
	Accepted
	PartlyAccepted
)

// Feedback records what became of the suggestion with this ID. Unknown IDs
// are ignored. acceptedBytes is how much of it was taken, for PartlyAccepted.
func (e *Engine) Feedback(id string, event Event, acceptedBytes int) {}

// Traces returns the latest requests' traces, newest first, 50 at most.
func (e *Engine) Traces() []Trace { return nil }

// Close stops every generation and backend.
func (e *Engine) Close() error { return nil }
