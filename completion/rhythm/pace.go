package rhythm

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

const (
	// maxWait is the longest that a request waits for the next keystroke.
	maxWait = 300 * time.Millisecond
	// maxInterval is the longest time between two keystrokes of one flow; what
	// takes longer is a pause for thought.
	maxInterval = time.Second
	// smoothing is the share of the latest sample in a mean.
	smoothing = 0.3
	// keyShare is the share of the latest keystroke in those astray: it looks back on
	// ten keystrokes or so.
	keyShare = 0.1
	// maxKeysAstray is the share of unforeseen keystrokes from which on a model is asked
	// only when the rhythm falters, however fast it is: what it says would be typed
	// over before it is read.
	maxKeysAstray = 0.5
)

// pace is the rhythm in which the user types and the latency of the model, as
// means of late; 0 is not known.
type pace struct {
	interval, latency time.Duration
	last              time.Time // of the latest keystroke
	keys              strayShare
}

// strayShare is the share, of late, that no suggestion foresaw: of keystrokes, or of
// requests.
type strayShare float64

// foreseen takes in one more, whose share is so much.
func (a strayShare) foreseen(yes bool, share float64) strayShare {
	a -= strayShare(share) * a
	if !yes {
		a += strayShare(share)
	}
	return a
}

// keystroke takes in a keystroke. Clocks that go backwards teach nothing.
func (p pace) keystroke(now time.Time) pace {
	if d := now.Sub(p.last); !p.last.IsZero() && d >= 0 && d <= maxInterval {
		p.interval = mean(p.interval, d)
	}
	p.last = now
	return p
}

// answered takes in how long the model took.
func (p pace) answered(took time.Duration) pace {
	p.latency = mean(p.latency, took)
	return p
}

// abandoned takes in that the model was stopped after a time: it takes at least
// as long. Without this a model too slow for the user would never be known as
// slow.
func (p pace) abandoned(after time.Duration) pace {
	if after > p.latency {
		p.latency = mean(p.latency, after)
	}
	return p
}

func mean(old, sample time.Duration) time.Duration {
	sample = max(sample, 1) // 0 is not known
	if old == 0 {
		return sample
	}
	return old + time.Duration(smoothing*float64(sample-old))
}

// wait is how long a request waits for a newer one before the model is asked,
// given the text before the cursor and whether the cursor ends its line.
//
// A fixed time above 0 is waited by all. Otherwise nobody waits after a dot, an
// opening parenthesis or a new line, where people look up for help; nor for a
// model that answers within the time between two keystrokes and foresees what is
// typed. A slower one would be stopped by the next keystroke, and one that mostly
// errs be typed over: it is asked when the rhythm falters, a little sooner where
// a word or the line ends.
func (p pace) wait(fixed time.Duration, before string, lineEnd bool) time.Duration {
	if fixed > 0 {
		return fixed
	}
	if invites(before) || p.interval == 0 || p.latency <= p.interval && p.keys < maxKeysAstray {
		return 0
	}
	rate := 1.5
	if last, _ := utf8.DecodeLastRuneInString(before); last != '_' && !unicode.IsLetter(last) && !unicode.IsDigit(last) {
		rate -= 0.3
	}
	if lineEnd {
		rate -= 0.2
	}
	return min(time.Duration(rate*float64(p.interval)), maxWait)
}

// invites tells whether the text ends where a suggestion is expected at once.
func invites(before string) bool {
	code := strings.TrimRight(before, " \t")
	if code == "" || strings.HasSuffix(code, "\n") {
		return true
	}
	return strings.HasSuffix(before, ".") || strings.HasSuffix(before, "(")
}
