package lsp

import (
	"sync"

	"github.com/airside-ls/airside/completion"
	"github.com/airside-ls/airside/completion/shown"
	"github.com/airside-ls/airside/lsp/ext"
)

// told is the status the client was told last.
type told struct {
	mu     sync.Mutex
	sent   bool
	status ext.StatusParams
}

// followStatus tells a client that wants it about every change of status,
// beginning with the present one.
func (s *Server) followStatus() {
	if s.client.status {
		s.engine.OnStatus(s.tellStatus)
	}
}

func (s *Server) tellStatus(c completion.Status) {
	s.tell(func(status *ext.StatusParams) {
		status.Completion = ext.CompletionStatus{
			State:   string(c.State),
			Backend: c.Backend,
			Model:   shown.Text(c.Model),
			Message: shown.Text(c.Message),
		}
	})
}

// tell changes the part of the status that has come to be another, and sends
// all of it if that is news. Nothing is sent before completions have a state.
func (s *Server) tell(change func(*ext.StatusParams)) {
	s.told.mu.Lock()
	defer s.told.mu.Unlock()
	status := s.told.status
	if status.Sync.State == "" {
		status.Sync.State, status.Review.State = "disabled", "disabled"
		if s.opts.Review.Reviewer != nil {
			status.Review.State = "idle"
		}
	}
	change(&status)
	if s.told.sent && s.told.status == status {
		return
	}
	s.told.status = status
	if status.Completion.State == "" {
		return
	}
	s.told.sent = true
	s.notify(ext.MethodStatus, &status)
}
