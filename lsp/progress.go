package lsp

import (
	"context"
	"fmt"
	"sync"
	"time"

	"go.lsp.dev/protocol"

	"github.com/airside-ls/airside/lsp/editor"
)

// createTimeout bounds the wait for a client that was asked for a place to show
// progress.
const createTimeout = 10 * time.Second

// progresses are the calls whose progress a client shows, by the token.
type progresses struct {
	mu   sync.Mutex
	last int
	by   map[protocol.ProgressToken]*editor.Call
}

func (ps *progresses) register(token protocol.ProgressToken, c *editor.Call) {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	if ps.by == nil {
		ps.by = make(map[protocol.ProgressToken]*editor.Call)
	}
	ps.by[token] = c
}

func (ps *progresses) forget(token protocol.ProgressToken) {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	delete(ps.by, token)
}

func (ps *progresses) newToken() protocol.ProgressToken {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	ps.last++
	return protocol.String(fmt.Sprintf("airside/%d", ps.last))
}

// cancel is window/workDoneProgress/cancel.
func (ps *progresses) cancel(params *protocol.WorkDoneProgressCancelParams) error {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	if c := ps.by[params.Token]; c != nil {
		c.Cancel(editor.ErrCancelled)
	}
	return nil
}

// progress tells the client how far one call is (LSP, "Work Done Progress").
type progress struct {
	client *client
	call   *editor.Call
	title  string

	mu    sync.Mutex
	token protocol.ProgressToken
	asked bool   // the client was asked for a place to show it
	shown bool   // its beginning was sent
	ended bool   // nothing is sent any more
	last  string // what was reported before the client answered

	measured bool // it has a percentage
	percent  uint32
}

func (p *progress) start() {
	if p.token != nil {
		p.client.progress.register(p.token, p.call)
		p.mu.Lock()
		defer p.mu.Unlock()
		p.begin()
	}
}

// Report implements editor.Progress.
func (p *progress) Report(message string) {
	message = p.client.capabilities.Say(message)
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.ended:
	case p.shown:
		p.send(&protocol.WorkDoneProgressReport{Kind: "report", Message: &message, Percentage: p.percentage()})
	case p.client.capabilities.Progress:
		p.last = message
		if !p.asked {
			p.asked = true
			p.client.Background(p.create)
		}
	}
}

// ReportOf implements editor.Progress.
func (p *progress) ReportOf(message string, done, total int) {
	p.mu.Lock()
	if total > 0 {
		p.percent = uint32(100 * max(0, min(done, total)) / total)
	}
	p.mu.Unlock()
	p.Report(message)
}

// percentage is nil where there is none. A client that got none at the
// beginning shows none later.
func (p *progress) percentage() *uint32 {
	if !p.measured {
		return nil
	}
	percent := p.percent
	return &percent
}

// create asks the client for a place, and begins there unless all is over.
func (p *progress) create(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, createTimeout)
	defer cancel()
	token := p.client.progress.newToken()
	if err := p.client.Call(ctx, protocol.MethodWindowWorkDoneProgressCreate,
		&protocol.WorkDoneProgressCreateParams{Token: token}, nil); err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ended {
		return nil
	}
	p.token = token
	p.client.progress.register(token, p.call)
	p.begin()
	return nil
}

// begin is called with p.mu held.
func (p *progress) begin() {
	cancellable := true
	begin := &protocol.WorkDoneProgressBegin{Kind: "begin", Title: p.client.capabilities.Say(p.title), Cancellable: &cancellable, Percentage: p.percentage()}
	if p.last != "" {
		begin.Message = &p.last
	}
	p.shown = true
	p.send(begin)
}

// End implements editor.Progress.
func (p *progress) End(message string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ended = true
	if p.token != nil {
		p.client.progress.forget(p.token)
	}
	if !p.shown {
		return
	}
	end := &protocol.WorkDoneProgressEnd{Kind: "end"}
	if message != "" {
		message = p.client.capabilities.Say(message)
		end.Message = &message
	}
	p.send(end)
}

func (p *progress) send(value any) {
	raw, err := protocol.Marshal(value)
	if err != nil {
		p.client.log.Warn("progress", "err", err)
		return
	}
	p.client.Notify(protocol.MethodProgress, &protocol.ProgressParams{Token: p.token, Value: raw})
}
