package editor

import (
	"context"
	"errors"

	"go.lsp.dev/jsonrpc2"
	"go.lsp.dev/protocol"
)

// Why a call ended before its answer.
var (
	ErrCancelled  = errors.New("cancelled by the client")
	ErrSuperseded = errors.New("superseded by a newer request")
	ErrClosed     = errors.New("the document was closed")
	ErrShutdown   = errors.New("the server is shutting down")
)

// ErrNoURI says so of a document's identifier.
var ErrNoURI = errors.New("textDocument.uri is missing")

// Call is one request being answered.
type Call struct {
	Ctx    context.Context // ends when nobody waits for the answer any more
	Cancel context.CancelCauseFunc
}

// Unanswered is what to send for a call whose context ended: an error only if
// the client itself cancelled it, else null, which changes nothing on a screen.
func (c *Call) Unanswered() (any, error) {
	if errors.Is(context.Cause(c.Ctx), ErrCancelled) {
		return nil, protocol.ErrRequestCancelled
	}
	return nil, nil
}

// Answer is the part of a request that runs concurrently with what arrives
// after it. A nil result is sent as null.
type Answer func() (any, error)

// Invocation is one run of a command.
type Invocation struct {
	*Call
	Arguments []protocol.LSPAny
	Token     protocol.ProgressToken // where to tell of progress; nil for none
}

// Argument reads the one argument of a command, which may be left out.
func (run *Invocation) Argument(to any) error {
	if len(run.Arguments) == 0 || string(run.Arguments[0]) == "null" {
		return nil
	}
	if err := protocol.Unmarshal(run.Arguments[0], to); err != nil {
		return InvalidParams(err)
	}
	return nil
}

// Word reads the one argument if it is a string, "" if it is not.
func (run *Invocation) Word() (string, bool) {
	var word protocol.String
	if len(run.Arguments) == 0 || protocol.Unmarshal(run.Arguments[0], &word) != nil {
		return "", false
	}
	return string(word), true
}

// InvalidParams is what a request is answered whose params make no sense.
func InvalidParams(err error) error {
	return jsonrpc2.Errorf(jsonrpc2.InvalidParams, "invalid params: %.300v", err)
}
