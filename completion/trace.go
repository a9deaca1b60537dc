package completion

import (
	"strconv"
	"sync"

	"github.com/airside-ls/airside/completion/recall"
)

// maxTraces is how many requests "why no suggestion" can speak of.
const maxTraces = 50

// traces is a ring of the latest requests.
type traces struct {
	mu   sync.Mutex
	ids  uint64 // given so far
	next int    // number of traces ever added
	ring [maxTraces]Trace
}

// newID returns an ID that no other request has.
func (t *traces) newID() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.ids++
	return strconv.FormatUint(t.ids, 36)
}

// add stores a trace.
func (t *traces) add(tr Trace) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.ring[t.next%maxTraces] = tr
	t.next++
}

// find returns the trace with an ID if it is among the latest.
func (t *traces) find(id string) (tr Trace, ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, tr := range t.ring {
		if tr.ID == id && id != "" {
			return tr, true
		}
	}
	return Trace{}, false
}

// Traces returns the latest requests' traces, newest first, 50 at most.
func (e *Engine) Traces() []Trace {
	t := &e.traces
	t.mu.Lock()
	defer t.mu.Unlock()
	var list []Trace
	for i := t.next; i > 0 && i+maxTraces > t.next; i-- {
		list = append(list, t.ring[(i-1)%maxTraces])
	}
	return list
}

// Event is what a user did with a suggestion.
type Event = recall.Event

const (
	Shown          = recall.Shown
	Accepted       = recall.Accepted
	PartlyAccepted = recall.PartlyAccepted
)

// Feedback records what became of the suggestion with this ID. Unknown IDs
// are ignored. acceptedBytes is how much of it was taken, for PartlyAccepted.
func (e *Engine) Feedback(id string, event Event, acceptedBytes int) {
	if event == Shown {
		e.speculator.Shown(id)
	}
	t, ok := e.traces.find(id)
	if !ok || t.fate == nil || event < 0 || event >= recall.Events {
		return
	}
	first, taken, characters := t.fate.Note(recall.Showing{ID: t.ID, Text: t.Shown, Typed: t.typed}, event, acceptedBytes)
	if first {
		e.stats.happened(t, event)
	}
	use := Use{Characters: characters}
	if first && event == Shown {
		use.Shown = 1
	}
	if taken {
		use.Taken = 1
	}
	e.uses.add(t, use)
	e.log.Debug("feedback", "id", id, "event", event, "bytes", acceptedBytes)
}
