package lsp

import (
	"context"
	"errors"
	"sync"

	"go.lsp.dev/jsonrpc2"
	"go.lsp.dev/protocol"
)

// Why a call ended before its answer.
var (
	errCancelled  = errors.New("cancelled by the client")
	errSuperseded = errors.New("superseded by a newer request")
	errClosed     = errors.New("the document was closed")
	errShutdown   = errors.New("the server is shutting down")
)

// call is one request being answered.
type call struct {
	id     jsonrpc2.ID
	counts bool // among maxCalls
	ctx    context.Context
	cancel context.CancelCauseFunc
}

// unanswered is what to send for a call whose context ended: an error only if
// the client itself cancelled it, else null, which changes nothing on a screen.
func (c *call) unanswered() (any, error) {
	if errors.Is(context.Cause(c.ctx), errCancelled) {
		return nil, protocol.ErrRequestCancelled
	}
	return nil, nil
}

// maxCalls bounds the requests being answered at a time. Those for completions
// end one another (see documents.supersede) and are not counted: the newest is
// the one that somebody waits for.
const maxCalls = 256

// calls are the requests being answered.
type calls struct {
	mu      sync.Mutex
	byID    map[jsonrpc2.ID]*call
	counted int // of them that count
}

// begin returns nil for a request beyond what is answered at a time.
func (cs *calls) begin(ctx context.Context, id jsonrpc2.ID, counts bool) *call {
	c := &call{id: id, counts: counts}
	c.ctx, c.cancel = context.WithCancelCause(ctx)
	cs.mu.Lock()
	defer cs.mu.Unlock()
	if counts {
		if cs.counted >= maxCalls {
			return nil
		}
		cs.counted++
	}
	if cs.byID == nil {
		cs.byID = make(map[jsonrpc2.ID]*call)
	}
	cs.byID[id] = c
	return c
}

func (cs *calls) end(c *call) {
	c.cancel(nil)
	cs.mu.Lock()
	defer cs.mu.Unlock()
	if c.counts {
		cs.counted--
	}
	if cs.byID[c.id] == c { // a client may use an id twice
		delete(cs.byID, c.id)
	}
}

func (cs *calls) cancel(id jsonrpc2.ID, cause error) {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	if c := cs.byID[id]; c != nil {
		c.cancel(cause)
	}
}

func (cs *calls) cancelAll(cause error) {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	for _, c := range cs.byID {
		c.cancel(cause)
	}
}

// cancelRequest is $/cancelRequest. The call it names may have been answered.
func (s *Server) cancelRequest(params *protocol.CancelParams) error {
	switch id := params.ID.(type) {
	case protocol.Integer:
		s.calls.cancel(jsonrpc2.NewNumberID(int64(id)), errCancelled)
	case protocol.String:
		s.calls.cancel(jsonrpc2.NewStringID(string(id)), errCancelled)
	default:
		return errors.New("the id is neither an integer nor a string")
	}
	return nil
}
