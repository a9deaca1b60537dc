package completion

import (
	"strconv"
	"sync"
)

// maxTraces is how many requests "why no suggestion" can speak of.
const maxTraces = 50

// traces is a ring of the latest requests, and what became of suggestions.
type traces struct {
	mu     sync.Mutex
	next   uint64 // number of traces ever added
	ring   [maxTraces]Trace
	counts map[Event]int
}

// add stores a trace and returns its ID.
func (t *traces) add(tr Trace) (id string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.ring[t.next%maxTraces] = tr
	t.next++
	return strconv.FormatUint(t.next, 36)
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
)

// Feedback records what became of the suggestion with this ID. Unknown IDs
// are ignored. acceptedBytes is how much of it was taken, for PartlyAccepted.
func (e *Engine) Feedback(id string, event Event, acceptedBytes int) {
	t := &e.traces
	n, err := strconv.ParseUint(id, 36, 64)
	t.mu.Lock()
	defer t.mu.Unlock()
	if err != nil || n == 0 || n > t.next {
		return
	}
	if t.counts == nil {
		t.counts = map[Event]int{}
	}
	t.counts[event]++
	e.log.Debug("feedback", "id", id, "event", event, "bytes", acceptedBytes)
}
