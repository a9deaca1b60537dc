package lsp

import (
	"context"

	"github.com/airside-ls/airside/completion"
)

// Engine is what the server asks of [completion.Engine].
type Engine interface {
	DidOpen(completion.Document)
	DidChange(completion.Document, []completion.Edit)
	DidClose(path string)
	// Recall answers at once what needs no model; ok is false if it cannot.
	Recall(context.Context, completion.Request) (result completion.Result, ok bool)
	Complete(context.Context, completion.Request) (completion.Result, error)
	// Rests tells that the cursor rests at a place.
	Rests(completion.Request)
	OnStatus(func(completion.Status))
	// OnReady has f called when there is more for a place than a request there was
	// answered.
	OnReady(func(completion.More))
	Feedback(id string, event completion.Event, acceptedBytes int)
	Traces() []completion.Trace
	AddWorkspace(completion.Workspace)
	RemoveWorkspace(root string)
}

var _ Engine = (*completion.Engine)(nil)
