package lsp

import (
	"context"

	"github.com/airside-ls/airside/completion"
)

// Engine is what the server asks of [completion.Engine].
type Engine interface {
	DidOpen(completion.Document)
	DidChange(completion.Document, []completion.Edit)
	DidSave(path string)
	DidClose(path string)
	Complete(context.Context, completion.Request) (completion.Result, error)
	// Panel has found called with different suggestions for a place, at most so many,
	// as they come. reason says why there is none.
	Panel(ctx context.Context, r completion.Request, most int, found func(completion.Suggestion)) (reason string, err error)
	// Rests tells that the cursor rests at a place.
	Rests(completion.Request)
	OnStatus(func(completion.Status))
	// OnReady has f called when there is more for a place than a request there was
	// answered.
	OnReady(func(completion.Notice))
	Feedback(id string, event completion.Event, acceptedBytes int)
	Traces() []completion.Trace
	// Pause has no suggestions made for a time; Paused is the pause that is on.
	Pause(completion.Pause)
	Paused() completion.Pause
	// Where tells where suggestions are made.
	Where() completion.Coverage
	// Usage is what became of suggestions; it can be counted anew, and that taken back.
	Usage() (completion.Usage, error)
	ForgetUsage() error
	RestoreUsage() error
	AddWorkspace(completion.Workspace)
	RemoveWorkspace(root string)
}

var _ Engine = (*completion.Engine)(nil)
