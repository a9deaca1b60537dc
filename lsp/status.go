package lsp

import (
	"sync"

	"github.com/airside-ls/airside/completion"
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
	status := ext.StatusParams{
		Completion: ext.CompletionStatus{
			State:   string(c.State),
			Backend: c.Backend,
			Model:   c.Model,
			Message: c.Message,
		},
		Sync:   ext.SyncStatus{State: "disabled"},
		Review: ext.ReviewStatus{State: "disabled"},
	}
	s.told.mu.Lock()
	defer s.told.mu.Unlock()
	if s.told.sent && s.told.status == status {
		return
	}
	s.told.sent, s.told.status = true, status
	s.notify(ext.MethodStatus, &status)
}
