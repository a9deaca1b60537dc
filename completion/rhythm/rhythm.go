// Package rhythm says when a model is asked: how long a request waits for the next
// keystroke, how long a person waits for an answer, and whether it pays to prepare
// the suggestion after the one shown. It learns from how the user types, how long the
// model takes, and whether what it suggests is what is typed.
package rhythm

import (
	"context"
	"strings"
	"sync"
	"time"
)

// Key is a request that comes from an editor: a cursor in one version of a document.
type Key struct {
	Path    string
	Version int32
	Text    string
	Offset  int  // in bytes
	Invoked bool // the user asked by a key, and typed nothing
	Popup   bool // an entry is highlighted in the editor's own popup
}

// Rhythm says how long requests wait. Its zero value adapts. It is safe for
// concurrent use.
type Rhythm struct {
	mu    sync.Mutex
	fixed time.Duration
	pace  pace
	asked cursor // of the latest request

	// The latest suggestion: its document, the byte at which it begins, and its text,
	// "" for none.
	path  string
	start int
	shown string
}

// cursor is a cursor in one version of a document.
type cursor struct {
	path    string
	version int32
	offset  int
}

// Set has everybody wait for a time; 0 adapts.
func (h *Rhythm) Set(fixed time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.fixed = fixed
}

// Arrived takes in a request and tells how long it waits for a newer one. Each comes
// with a keystroke, but one that the user asks for and one that an editor repeats, as
// it does when there is more for the place: these do not wait.
func (h *Rhythm) Arrived(k Key, now time.Time) time.Duration {
	if k.Invoked {
		return 0
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	at := cursor{k.Path, k.Version, k.Offset}
	again := at == h.asked
	// Requests are answered beside each other: one may be overtaken by the next.
	if overtaken := now.Before(h.pace.last); !again && !overtaken {
		h.asked = at
		h.pace = h.pace.keystroke(now)
	}
	if again && !k.Popup && h.fixed == 0 {
		return 0
	}
	return h.wait(k)
}

// wait is how long a request that comes with a keystroke waits. The lock is held.
func (h *Rhythm) wait(k Key) time.Duration {
	rest := k.Text[k.Offset:]
	return h.pace.wait(h.fixed, k.Text[:k.Offset], rest == "" || rest[0] == '\n' || rest[0] == '\r')
}

// maxForeseen is for how many keystrokes a suggestion that was taken whole counts
// at most.
const maxForeseen = 20

// Foreseen takes in whether the answer to a keystroke was at hand, or the
// suggestion before it was taken whole.
func (h *Rhythm) Foreseen(k Key, atHand bool) {
	if k.Invoked {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	times := 1
	if n := len(h.shown); n > 0 && h.path == k.Path && h.start+n == k.Offset && strings.HasSuffix(k.Text[:k.Offset], h.shown) {
		times, atHand = min(n, maxForeseen), true
	}
	for range times {
		h.pace.keys = h.pace.keys.foreseen(atHand, keyShare)
	}
}

// Suggested notes what a request was answered: a text that begins at a byte of the
// document, "" for nothing.
func (h *Rhythm) Suggested(k Key, start int, text string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.path, h.start, h.shown = k.Path, start, text
}

// Answered takes in how long the model took.
func (h *Rhythm) Answered(took time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.pace = h.pace.answered(took)
}

// Abandoned takes in that the model was not done after a time.
func (h *Rhythm) Abandoned(after time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.pace = h.pace.abandoned(after)
}

// patience is how long a request that the user did not ask for takes, if there is
// something to show by then; what comes later replaces it. VS Code waits 750 ms
// where a word is typed, from 10 ms after the key on, and asks 50 ms after it.
const patience = 600 * time.Millisecond

// Patience is how long a person who types waits for an answer that has waited so long
// already.
func Patience(waited time.Duration) time.Duration { return max(patience-waited, patience/2) }

// Pause waits for a time and tells whether ctx still stands.
func Pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return ctx.Err() == nil // both may be so by now
	}
}
