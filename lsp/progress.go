package lsp

import (
	"context"
	"fmt"
	"sync"
	"time"

	"go.lsp.dev/protocol"
)

// createTimeout bounds the wait for a client that was asked for a place to show
// progress.
const createTimeout = 10 * time.Second

// progresses are the calls whose progress a client shows, by the token.
type progresses struct {
	mu   sync.Mutex
	last int
	by   map[protocol.ProgressToken]*call
}

func (ps *progresses) register(token protocol.ProgressToken, c *call) {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	if ps.by == nil {
		ps.by = make(map[protocol.ProgressToken]*call)
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

// cancelProgress is window/workDoneProgress/cancel.
func (s *Server) cancelProgress(params *protocol.WorkDoneProgressCancelParams) error {
	s.progress.mu.Lock()
	c := s.progress.by[params.Token]
	s.progress.mu.Unlock()
	if c != nil {
		c.cancel(errCancelled)
	}
	return nil
}

// progress tells the client how far one call is (LSP, "Work Done Progress").
type progress struct {
	s     *Server
	call  *call
	title string

	mu    sync.Mutex
	token protocol.ProgressToken
	asked bool   // the client was asked for a place to show it
	shown bool   // its beginning was sent
	ended bool   // nothing is sent any more
	last  string // what was reported before the client answered

	measured bool // it has a percentage
	percent  uint32
}

// beginProgress shows a call's progress where the client wants it. A client that
// named no place is asked for one once there is something to tell: what is over
// soon should not flicker.
func (s *Server) beginProgress(run *invocation, title string) *progress {
	p := &progress{s: s, call: run.call, title: title, token: run.token}
	p.start()
	return p
}

// beginMeasured is beginProgress for what is told by reportOf.
func (s *Server) beginMeasured(run *invocation, title string) *progress {
	p := &progress{s: s, call: run.call, title: title, token: run.token, measured: true}
	p.start()
	return p
}

func (p *progress) start() {
	if p.token != nil {
		p.s.progress.register(p.token, p.call)
		p.mu.Lock()
		defer p.mu.Unlock()
		p.begin()
	}
}

// report tells what is being done, in one line. It does not wait.
func (p *progress) report(message string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.ended:
	case p.shown:
		p.send(&protocol.WorkDoneProgressReport{Kind: "report", Message: &message, Percentage: p.percentage()})
	case p.s.client.progress:
		p.last = message
		if !p.asked {
			p.asked = true
			p.s.background(p.create)
		}
	}
}

// reportOf is report when done of total steps are done.
func (p *progress) reportOf(message string, done, total int) {
	p.mu.Lock()
	if total > 0 {
		p.percent = uint32(100 * max(0, min(done, total)) / total)
	}
	p.mu.Unlock()
	p.report(message)
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
	token := p.s.progress.newToken()
	_, err := p.s.conn.Call(ctx, protocol.MethodWindowWorkDoneProgressCreate,
		&protocol.WorkDoneProgressCreateParams{Token: token}, nil)
	if err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ended {
		return nil
	}
	p.token = token
	p.s.progress.register(token, p.call)
	p.begin()
	return nil
}

// begin is called with p.mu held.
func (p *progress) begin() {
	cancellable := true
	begin := &protocol.WorkDoneProgressBegin{Kind: "begin", Title: p.title, Cancellable: &cancellable, Percentage: p.percentage()}
	if p.last != "" {
		begin.Message = &p.last
	}
	p.shown = true
	p.send(begin)
}

// end tells that the call is over. It may be called once.
func (p *progress) end(message string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ended = true
	if p.token != nil {
		p.s.progress.forget(p.token)
	}
	if !p.shown {
		return
	}
	end := &protocol.WorkDoneProgressEnd{Kind: "end"}
	if message != "" {
		end.Message = &message
	}
	p.send(end)
}

func (p *progress) send(value any) {
	raw, err := protocol.Marshal(value)
	if err != nil {
		p.s.log.Warn("progress", "err", err)
		return
	}
	p.s.notify(protocol.MethodProgress, &protocol.ProgressParams{Token: p.token, Value: raw})
}
