package lsp

import (
	"context"
	"errors"
	"sync"

	"go.lsp.dev/jsonrpc2"
	"go.lsp.dev/protocol"

	"github.com/airside-ls/airside/lsp/editor"
)

// call is one request being answered.
type call struct {
	editor.Call
	id     jsonrpc2.ID
	counts bool // among maxCalls
}

// maxCalls bounds the requests being answered at a time. Those for completions
// end one another (see completions.supersede) and are not counted: the newest is
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
	c.Ctx, c.Cancel = context.WithCancelCause(ctx)
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
	c.Cancel(nil)
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
		c.Cancel(cause)
	}
}

func (cs *calls) cancelAll(cause error) {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	for _, c := range cs.byID {
		c.Cancel(cause)
	}
}

// cancelRequest is $/cancelRequest. The call it names may have been answered.
func (cs *calls) cancelRequest(params *protocol.CancelParams) error {
	switch id := params.ID.(type) {
	case protocol.Integer:
		cs.cancel(jsonrpc2.NewNumberID(int64(id)), editor.ErrCancelled)
	case protocol.String:
		cs.cancel(jsonrpc2.NewStringID(string(id)), editor.ErrCancelled)
	default:
		return errors.New("the id is neither an integer nor a string")
	}
	return nil
}
