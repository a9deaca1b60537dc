package lsp

import (
	"cmp"
	"slices"
	"sync"
	"time"

	"github.com/airside-ls/airside/completion"
	"github.com/airside-ls/airside/lsp/editor"
	"github.com/airside-ls/airside/lsp/ext"
)

// why is airside.why: what became of the latest requests, whether the engine
// was asked or not.
func (cs *completions) why(*editor.Invocation) (any, error) {
	traces := append(cs.declined.list(), cs.engine.Traces()...)
	slices.SortStableFunc(traces, func(a, b completion.Trace) int { return cmp.Compare(b.Time.UnixNano(), a.Time.UnixNano()) })
	told := make([]ext.Trace, 0, len(traces))
	for _, t := range traces {
		told = append(told, EncodeTrace(t))
	}
	return told, nil
}

// maxDeclined is how many declined requests airside.why can tell of.
const maxDeclined = 50

// declineLog remembers the latest requests that got no suggestion for a reason
// that the engine does not know.
type declineLog struct {
	mu     sync.Mutex
	traces []completion.Trace // oldest first
}

// decline notes why a request was answered null.
func (cs *completions) decline(r completion.Request, reason string) {
	cs.log.Debug("no completion", "path", r.Document.Path, "offset", r.Offset, "why", reason)
	cs.declined.add(completion.Trace{
		Time: time.Now(), Path: r.Document.File(), Cell: r.Cell, Offset: r.Offset, Line: r.Line, Reason: reason,
	})
}

// add takes in one more, in the place of the oldest if there are too many.
func (d *declineLog) add(t completion.Trace) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.traces = append(d.traces, t)
	if over := len(d.traces) - maxDeclined; over > 0 {
		d.traces = append(d.traces[:0], d.traces[over:]...)
	}
}

// list is the latest first.
func (d *declineLog) list() []completion.Trace {
	d.mu.Lock()
	defer d.mu.Unlock()
	list := make([]completion.Trace, 0, len(d.traces))
	for i := len(d.traces) - 1; i >= 0; i-- {
		list = append(list, d.traces[i])
	}
	return list
}
