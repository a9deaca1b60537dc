package lsp

import (
	"sync"
	"time"

	"github.com/airside-ls/airside/completion"
	"github.com/airside-ls/airside/completion/shown"
	"github.com/airside-ls/airside/lsp/ext"
)

// statusLine is the status that the client was told last.
type statusLine struct {
	reviews bool // this server can review

	mu     sync.Mutex // held while it is sent, so that one does not overtake another
	sent   bool
	status ext.StatusParams
}

// change changes a part of the status, and sends all of it if that is news.
// Nothing is sent before completions have a state.
func (l *statusLine) change(change func(*ext.StatusParams), send func(*ext.StatusParams)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	status := l.status
	if status.Sync.State == "" {
		status.Sync.State, status.Review.State = "disabled", "disabled"
		if l.reviews {
			status.Review.State = "idle"
		}
	}
	change(&status)
	if l.sent && l.status == status {
		return
	}
	l.status = status
	if status.Completion.State == "" {
		return
	}
	l.sent = true
	send(&status)
}

// tellStatus has the status line follow the engine.
func (c *client) tellStatus(s completion.Status) {
	c.Status(func(status *ext.StatusParams) {
		status.Completion = ext.CompletionStatus{
			State:   string(s.State),
			Backend: s.Backend,
			Model:   shown.Text(s.Model),
			Message: shown.Text(s.Message),

			Withheld: shown.Text(s.Withheld), MinutesLeft: s.MinutesLeft,
		}
		if !s.Until.IsZero() {
			status.Completion.Until = s.Until.Format(time.RFC3339)
		}
	})
}
