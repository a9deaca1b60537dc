package recall

import "sync"

// Event is what a user did with a suggestion.
type Event int

const (
	Shown Event = iota
	Accepted
	PartlyAccepted

	Events = iota // how many there are
)

// Fate is what became of one suggestion, however often its rest was shown again
// while the user typed it.
type Fate struct {
	mu    sync.Mutex
	known [Events]bool

	// latest is the answer of which something was taken last, and taken how many
	// characters of it by then.
	latest string
	taken  int
}

// Showing is how a suggestion was shown: its rest, in an answer that has an ID.
type Showing struct {
	ID    string
	Text  string
	Typed int // bytes of it that stood before the cursor
}

// Note takes in an event, by which so many bytes were taken if a part was. first
// tells whether it is the first of its kind, taken whether it is the first by which
// anything was taken, and characters how many there are by it that nobody typed.
func (f *Fate) Note(a Showing, event Event, acceptedBytes int) (first, taken bool, characters int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	first = !f.known[event]
	if event != Shown {
		taken = !f.known[Accepted] && !f.known[PartlyAccepted]
		if event == PartlyAccepted || first {
			characters = f.more(a, event, acceptedBytes)
		}
	}
	f.known[event] = true
	return first, taken, characters
}

// more is how many characters of a suggestion were taken since the last time.
func (f *Fate) more(a Showing, event Event, acceptedBytes int) int {
	text := a.Text
	if event == PartlyAccepted {
		text = text[:min(max(acceptedBytes, 0), len(text))]
	}
	now, before := charactersSaved(text[min(a.Typed, len(text)):]), 0
	if f.latest == a.ID {
		before = f.taken
	}
	f.latest, f.taken = a.ID, max(now, before)
	return max(now-before, 0)
}

// charactersSaved counts the characters that a person would have typed: a line
// break is one, with the indentation behind it that an editor makes by itself.
func charactersSaved(text string) int {
	n, indenting := 0, false
	for _, r := range text {
		if indenting && (r == ' ' || r == '\t') {
			continue
		}
		indenting = r == '\n'
		n++
	}
	return n
}
