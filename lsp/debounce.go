package lsp

import (
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/airside-ls/airside/completion"
)

const (
	// maxWait is the longest that a request waits for the next keystroke.
	maxWait = 300 * time.Millisecond
	// maxInterval is the longest time between two keystrokes of one flow; what
	// takes longer is a pause for thought.
	maxInterval = time.Second
	// smoothing is the share of the latest sample in a mean.
	smoothing = 0.3
	// astraySmoothing is the same for astray: it looks back on ten keystrokes or so.
	astraySmoothing = 0.1
	// maxAstray is the share of unforeseen keystrokes from which on a model is asked
	// only when the rhythm falters, however fast it is: what it says would be typed
	// over before it is read.
	maxAstray = 0.5
)

// pace is the rhythm in which the user types and the latency of the model, as
// means of late; 0 is not known.
type pace struct {
	interval, latency time.Duration
	last              time.Time // of the latest keystroke
	astray            float64   // share of the keystrokes that no suggestion foresaw
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

// foreseen takes in whether a keystroke went on with what was suggested.
func (p pace) foreseen(yes bool) pace {
	p.astray -= astraySmoothing * p.astray
	if !yes {
		p.astray += astraySmoothing
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
	if invites(before) || p.interval == 0 || p.latency <= p.interval && p.astray < maxAstray {
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

// debounce says how long requests wait. Its zero value adapts.
type debounce struct {
	mu    sync.Mutex
	fixed time.Duration
	pace  pace
	path  string                 // of the document in which
	shown completion.Replacement // was suggested last
	asked asked                  // about what, latest
}

// asked is a cursor in one version of a document.
type asked struct {
	path    string
	version int32
	offset  int
}

// arrived takes in a request and tells how long it waits. Each comes with a
// keystroke, but one that the user asks for and one that an editor repeats, as it
// does when there is more for the place: these do not wait.
func (d *debounce) arrived(r completion.Request, now time.Time) time.Duration {
	if r.Trigger == completion.Invoked {
		return 0
	}
	d.mu.Lock()
	at := asked{r.Document.Path, r.Document.Version, r.Offset}
	again := at == d.asked
	d.asked = at
	if !again {
		d.pace = d.pace.keystroke(now)
	}
	atOnce := again && r.Selected == nil && d.fixed == 0
	d.mu.Unlock()
	if atOnce {
		return 0
	}
	return d.wait(r)
}

// maxForeseen is for how many keystrokes a suggestion that was taken whole counts
// at most.
const maxForeseen = 20

// foreseen takes in whether the answer to a keystroke was at hand, or the
// suggestion before it was taken whole.
func (d *debounce) foreseen(r completion.Request, atHand bool) {
	if r.Trigger == completion.Invoked {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if n := len(d.shown.Text); n > 0 && d.path == r.Document.Path && d.shown.Start+n == r.Offset &&
		strings.HasSuffix(r.Document.Text[:r.Offset], d.shown.Text) {
		for range min(n, maxForeseen) {
			d.pace = d.pace.foreseen(true)
		}
		return
	}
	d.pace = d.pace.foreseen(atHand)
}

// suggested notes an answer.
func (d *debounce) suggested(r completion.Request, result completion.Result) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.path, d.shown = r.Document.Path, completion.Replacement{}
	if len(result.Suggestions) > 0 {
		d.shown = result.Suggestions[0].Replacement
	}
}

func (d *debounce) set(fixed time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.fixed = fixed
}

// learn changes what is known of the pace.
func (d *debounce) learn(f func(pace) pace) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.pace = f(d.pace)
}

// wait is how long a request that comes with a keystroke waits.
func (d *debounce) wait(r completion.Request) time.Duration {
	d.mu.Lock()
	defer d.mu.Unlock()
	text := r.Document.Text
	rest := text[r.Offset:]
	return d.pace.wait(d.fixed, text[:r.Offset], rest == "" || rest[0] == '\n' || rest[0] == '\r')
}
