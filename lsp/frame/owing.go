package frame

import (
	"bytes"
	"sync"
	"time"
)

// isResponse tells a response from a call or notification by how jsonrpc2
// encodes them: only a response's id follows the version.
func isResponse(body []byte) bool {
	return bytes.HasPrefix(body, []byte(`{"jsonrpc":"2.0","id":`))
}

// Drain waits until every call read has been answered, but no longer than the
// timeout. Batches do not count.
func (s *Stream) Drain(timeout time.Duration) {
	limit := time.NewTimer(timeout)
	defer limit.Stop()
	select {
	case <-s.owing.settled():
	case <-limit.C:
	}
}

// openCalls counts calls without a response.
type openCalls struct {
	mu    sync.Mutex
	calls int
	idle  chan struct{} // closed when calls falls to 0; nil if nobody waits
}

func (o *openCalls) add(n int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.calls += n
	if o.calls <= 0 && o.idle != nil {
		close(o.idle)
		o.idle = nil
	}
}

func (o *openCalls) settled() <-chan struct{} {
	o.mu.Lock()
	defer o.mu.Unlock()
	idle := make(chan struct{})
	if o.calls <= 0 {
		close(idle)
	} else {
		o.idle = idle
	}
	return idle
}
