package syntax

import (
	"hash/maphash"
	"time"
)

// suspects are the texts that a worker was about when it died, by what they
// are.
type suspects map[uint64]suspicion

// suspicion is what is known of a text, how the worker died and when.
type suspicion struct {
	verdict verdict
	how     string
	last    time.Time
}

// verdict on a text.
type verdict uint8

const (
	innocent verdict = iota
	suspect          // the worker died while it was about this text and others
	guilty           // it died again, of this text alone: the text is plain
)

// after is the verdict on a text that the worker has just died with.
func (s suspicion) after(alone bool, how string) suspicion {
	v := max(s.verdict, suspect)
	if alone {
		v = guilty
	}
	return suspicion{v, how, time.Now()}
}

// maxSuspects bounds what is remembered; the texts of a hostile folder are as
// many as it likes.
const maxSuspects = 1000

var seed = maphash.MakeSeed()

// textID names a document's text, and a suggestion for it.
func textID(d Document, with string) uint64 {
	var h maphash.Hash
	h.SetSeed(seed)
	for _, part := range []string{d.Language, d.Text, with} {
		h.WriteString(part)
		h.WriteByte(0xFF) // no text has it
	}
	return h.Sum64()
}

// of tells what is known about a text. The lock is held, as it is for add and
// clear.
func (s suspects) of(d Document, with string) suspicion {
	if len(s) == 0 {
		return suspicion{} // as nearly always: nothing need be hashed
	}
	return s[textID(d, with)]
}

func (s suspects) add(d Document, with string, alone bool, how string) {
	if len(s) >= maxSuspects {
		clear(s)
	}
	id := textID(d, with)
	s[id] = s[id].after(alone, how)
}

func (s suspects) clear(d Document, with string) {
	if len(s) > 0 {
		delete(s, textID(d, with))
	}
}
