package rhythm

import (
	"testing"
	"time"
)

const ms = time.Millisecond

func TestWait(t *testing.T) {
	tests := []struct {
		name              string
		interval, latency time.Duration
		fixed             time.Duration
		before            string
		lineEnd           bool
		want              time.Duration
	}{
		{"nothing known", 0, 0, 0, "x", false, 0},
		{"latency not known", 150 * ms, 0, 0, "x", false, 0},
		{"rhythm not known", 0, 800 * ms, 0, "x", false, 0},
		{"fast model", 150 * ms, 40 * ms, 0, "x", false, 0},
		{"just fast enough", 150 * ms, 150 * ms, 0, "x", false, 0},
		{"slow model", 100 * ms, 800 * ms, 0, "x", false, 150 * ms},
		{"after a word", 100 * ms, 800 * ms, 0, "x ", false, 120 * ms},
		{"line end", 100 * ms, 800 * ms, 0, "x", true, 130 * ms},
		{"word and line end", 100 * ms, 800 * ms, 0, "x ", true, 100 * ms},
		{"quick typist", 20 * ms, 800 * ms, 0, "x", false, 30 * ms},
		{"slow typist", 900 * ms, 2000 * ms, 0, "x", false, maxWait},
		{"dot", 100 * ms, 800 * ms, 0, "fmt.", false, 0},
		{"parenthesis", 100 * ms, 800 * ms, 0, "f(", true, 0},
		{"new line", 100 * ms, 800 * ms, 0, "x\n", true, 0},
		{"new line, indented", 100 * ms, 800 * ms, 0, "x\r\n\t\t", true, 0},
		{"start of the document", 100 * ms, 800 * ms, 0, "", true, 0},
		{"space after a dot", 100 * ms, 800 * ms, 0, "x. ", false, 120 * ms},
		{"not ASCII", 100 * ms, 800 * ms, 0, "größe", false, 150 * ms},
		{"fixed", 100 * ms, 40 * ms, 75 * ms, "x", false, 75 * ms},
		{"fixed, dot", 0, 0, 75 * ms, "fmt.", false, 75 * ms},
		{"fixed and long", 100 * ms, 800 * ms, time.Hour, "x", false, time.Hour},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := pace{interval: tt.interval, latency: tt.latency}
			if got := p.wait(tt.fixed, tt.before, tt.lineEnd); got != tt.want {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

// TestPace takes in keystrokes by their distance and the model's answers.
func TestPace(t *testing.T) {
	steady := func(n int, d time.Duration) []time.Duration {
		var steps []time.Duration
		for range n {
			steps = append(steps, d)
		}
		return steps
	}
	tests := []struct {
		name     string
		steps    []time.Duration
		low, top time.Duration
	}{
		{"first key", nil, 0, 0},
		{"steady", steady(20, 100*ms), 100 * ms, 100 * ms},
		{"50 a second", steady(1000, 20*ms), 20 * ms, 20 * ms},
		{"at once", steady(20, 0), 1, 1},
		{"a pause is no rhythm", append(steady(20, 100*ms), 30*time.Second), 100 * ms, 100 * ms},
		{"a clock that jumps back", append(steady(20, 100*ms), -time.Hour, 100*ms), 100 * ms, 100 * ms},
		{"faster", append(steady(20, 200*ms), steady(10, 100*ms)...), 100 * ms, 110 * ms},
		{"slower", append(steady(20, 100*ms), steady(10, 200*ms)...), 190 * ms, 200 * ms},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
			p := pace{}.keystroke(now)
			for _, d := range tt.steps {
				now = now.Add(d)
				p = p.keystroke(now)
			}
			if p.interval < tt.low || p.interval > tt.top {
				t.Errorf("interval %v, want %v to %v", p.interval, tt.low, tt.top)
			}
		})
	}
	p := pace{}.answered(500 * ms)
	if p.latency != 500*ms {
		t.Errorf("latency %v", p.latency)
	}
	if q := p.abandoned(100 * ms); q.latency != 500*ms {
		t.Errorf("stopped early, latency %v", q.latency)
	}
	if q := p.abandoned(1500 * ms); q.latency != 800*ms {
		t.Errorf("stopped late, latency %v", q.latency)
	}
}

// TestForeseen: a model that errs is asked when the rhythm falters, until what it
// says is typed or taken.
func TestForeseen(t *testing.T) {
	h := Rhythm{pace: pace{interval: 100 * ms, latency: 10 * ms}}
	at := func(text string) Key { return Key{Path: "a.go", Text: text, Offset: len(text)} }
	err := func() {
		t.Helper()
		n := 0
		for ; h.wait(at("x")) == 0; n++ {
			if n > 20 {
				t.Fatal("a model that errs is asked at every keystroke")
			}
			h.Foreseen(at("x"), false)
		}
		if n < 3 {
			t.Errorf("given up after %d errors", n)
		}
		if w := h.wait(at("x.")); w != 0 {
			t.Errorf("waits %v after a dot", w)
		}
	}
	err()
	for range 5 {
		h.Foreseen(at("x"), true)
	}
	if w := h.wait(at("x")); w != 0 {
		t.Errorf("foreseen five times, and still waits %v", w)
	}
	err()
	h.Suggested(at("x"), 1, " := size()")
	invoked := at("x := size()")
	invoked.Invoked = true
	h.Foreseen(invoked, false)
	if w := h.wait(at("x")); w == 0 {
		t.Error("a request by a key is no keystroke")
	}
	h.Foreseen(at("x := size()"), false)
	if w := h.wait(at("x")); w != 0 {
		t.Errorf("taken, and still waits %v", w)
	}
}

// TestArrived: who asks again about the same place does not wait, and is no
// keystroke; nor is who was overtaken by the next key.
func TestArrived(t *testing.T) {
	h := Rhythm{pace: pace{interval: 100 * ms, latency: 2000 * ms}}
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	at := Key{Path: "a.go", Text: "x := y", Version: 1, Offset: 6}
	next, invoked, popup := at, at, at
	next.Version, next.Text, next.Offset = 2, "x := ya", 7
	invoked.Invoked, popup.Popup = true, true
	for i, step := range []struct {
		k     Key
		after time.Duration
		want  time.Duration
	}{
		{at, 0, 130 * ms},
		{at, 600 * ms, 0},
		{invoked, 10 * ms, 0},
		{popup, 10 * ms, 130 * ms},
		{at, 10 * ms, 0},
		{next, 20 * ms, 130 * ms * 265 / 100}, // 650 ms after the first key
		{at, -10 * ms, 300 * ms},
		{next, 20 * ms, 0},
	} {
		now = now.Add(step.after)
		if got := h.Arrived(step.k, now); got.Round(10*ms) != min(step.want, maxWait).Round(10*ms) {
			t.Errorf("step %d: waits %v, want %v", i, got, step.want)
		}
	}
}

// TestAhead: after some requests in a row for which no suggestion was of use nothing
// is prepared, until one is typed or taken; nor ever with a model that is slow, or that
// nobody knows.
func TestAhead(t *testing.T) {
	var a Payoff
	n := 0
	for ; a.Pays(ms); n++ {
		if n > 20 {
			t.Fatal("it goes on preparing")
		}
		a.Foreseen(false)
	}
	if n < 4 {
		t.Errorf("given up after %d requests", n)
	}
	if a.Foreseen(true); !a.Pays(ms) {
		t.Error("typed through, and nothing is prepared")
	}
	for range n {
		a.Foreseen(false)
	}
	if a.Taken(); !a.Pays(2000*ms) || a.Pays(2001*ms) || a.Pays(0) {
		t.Error("what a model takes does not decide")
	}
}
