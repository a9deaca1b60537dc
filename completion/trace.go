package completion

import (
	"strconv"
	"sync"
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
type Event int

const (
	Shown Event = iota
	Accepted
	PartlyAccepted

	events = iota // how many there are
)

// fate is what became of one suggestion, however often its rest was shown again
// while the user typed it.
type fate struct {
	mu    sync.Mutex
	known [events]bool
}

// first notes an event and tells whether it is the first of its kind.
func (f *fate) first(event Event) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	was := f.known[event]
	f.known[event] = true
	return !was
}

// Feedback records what became of the suggestion with this ID. Unknown IDs
// are ignored. acceptedBytes is how much of it was taken, for PartlyAccepted.
func (e *Engine) Feedback(id string, event Event, acceptedBytes int) {
	if event == Shown {
		e.shown(id)
	}
	t, ok := e.traces.find(id)
	if !ok || t.fate == nil || event < 0 || event >= events || !t.fate.first(event) {
		return
	}
	e.stats.happened(t, event)
	e.log.Debug("feedback", "id", id, "event", event, "bytes", acceptedBytes)
}
