package lsp

import (
	"context"
	"time"
)

// parentInterval is how often the client's process is looked for where the system
// does not tell of its end. The end of input tells sooner in all but odd cases.
const parentInterval = 5 * time.Second

// watchParent ends Serve once the client's process is gone (LSP,
// InitializeParams.processId). A process that cannot be seen from the start
// lives elsewhere, beyond a container's or an SSH connection's end, and is not
// watched.
func (s *Server) watchParent(pid int) {
	if !processExists(pid) {
		s.log.Debug("the client's process cannot be seen", "pid", pid)
		return
	}
	go func() {
		if told := awaitEnd(s.lifecycle.ctx, pid, s.lifecycle.abandon); told {
			return
		}
		ticker := time.NewTicker(parentInterval)
		defer ticker.Stop()
		awaitGone(s.lifecycle.ctx, pid, processExists, ticker.C, s.lifecycle.abandon)
	}()
}

// awaitGone looks at every tick and calls gone once the process does not exist.
func awaitGone(ctx context.Context, pid int, exists func(int) bool, tick <-chan time.Time, gone func()) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick:
			if !exists(pid) {
				gone()
				return
			}
		}
	}
}
