package recall

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/airside-ls/airside/completion/model"
)

// at is the place of the cursor ¦ in a document.
func at(text string) Place {
	before, after, _ := strings.Cut(text, "¦")
	return Place{Path: "a.go", Language: "go", Text: before + after, Start: len(before), End: len(before)}
}

// TestBounded: least recently used first out.
func TestBounded(t *testing.T) {
	ss := NewSuggestions(10 * (fixedBytes + 10))
	number := func(i int) Place { return at(fmt.Sprintf("%03d¦", i)) }
	for i := range 1000 {
		ss.Remember(Origin{}, number(i), "abc", "1", Exact)
		ss.Recall(Origin{}, number(0))
	}
	if ss.kept.size > ss.kept.max || ss.kept.Len() < 9 {
		t.Errorf("%d bytes in %d, at most %d", ss.kept.size, ss.kept.Len(), ss.kept.max)
	}
	for i, want := range map[int]bool{0: true, 1: false, 980: false, 999: true} {
		if _, _, _, ok := ss.Recall(Origin{}, number(i)); ok != want {
			t.Errorf("%d is remembered: %v", i, ok)
		}
	}
	ss.Remember(Origin{}, number(1), strings.Repeat("x", ss.kept.max), "1", Exact) // larger than all
	if ss.kept.size != 0 || !ss.Empty() {
		t.Errorf("%d bytes in %d", ss.kept.size, ss.kept.Len())
	}
}

// TestForget: a document's suggestions go, and no others.
func TestForget(t *testing.T) {
	ss := NewSuggestions(1 << 20)
	other := at("y¦")
	other.Path = "b.go"
	ss.Remember(Origin{}, at("x¦"), "abc", "1", Exact)
	kept := ss.Remember(Origin{}, other, "abc", "2", Exact)
	ss.Forget("a.go")
	if _, _, _, ok := ss.Recall(Origin{}, other); !ok || ss.kept.size != kept.bytes() {
		t.Errorf("the other document's is there: %v; %d bytes", ok, ss.kept.size)
	}
}

// TestAnswers are bounded, and one that is larger than all is not kept.
func TestAnswers(t *testing.T) {
	a := NewAnswers(1000)
	for i := range 100 {
		a.Put(fmt.Sprint(i), Answer{Text: strings.Repeat("x", 98)})
		a.Get("0")
	}
	a.Put("99", Answer{Text: "again"})
	a.Put("large", Answer{Tokens: make([]model.Token, 3)})
	for key, want := range map[string]bool{"0": true, "1": false, "98": true, "99": true, "large": false} {
		if _, ok := a.Get(key); ok != want {
			t.Errorf("%s is known: %v", key, ok)
		}
	}
	if len(a.byKey) != a.kept.Len() || a.kept.size > 1000 {
		t.Errorf("%d by key, %d kept, of %d bytes", len(a.byKey), a.kept.Len(), a.kept.size)
	}
}

// TestUnfinished: which places, and which documents, a suggestion serves of which only
// a beginning is there.
func TestUnfinished(t *testing.T) {
	s := *NewSuggestions(1<<20).Suggested(Origin{}, at("f(¦)"), "a, b", "1", Exact)
	for text, want := range map[string][2]bool{ // a request there, an edit to there
		"f(¦)":       {true, true},
		"f(a¦)":      {true, true},
		"f(a, b¦)":   {true, true},
		"f(a, b, ¦)": {false, true}, // as far as that is known
		"f(x¦)":      {false, false},
		"f((¦))":     {false, false},
		"g(¦)":       {false, false},
	} {
		if p := at(text); s.Serves(p) != want[0] || s.MayServe(p.Text) != want[1] {
			t.Errorf("%s: serves %v, may serve %v; want %v", text, s.Serves(p), s.MayServe(p.Text), want)
		}
	}
	var none Suggestion // of a request for no place
	if p := at("x¦"); none.Serves(p) || none.MayServe(p.Text) {
		t.Error("a suggestion for no place serves one")
	}
}

// TestSpeculator: what follows a suggestion is prepared once, when it is shown, if that
// pays, and dropped when its document says something else.
func TestSpeculator(t *testing.T) {
	latency := time.Millisecond
	s := &Speculator{Latency: func(Origin) time.Duration { return latency }, Log: slog.New(slog.DiscardHandler)}
	ss := NewSuggestions(1 << 20)
	base := ss.Remember(Origin{}, at("x := ¦"), "a + b", "1", Exact)
	begun, ended := make(chan bool, 10), make(chan bool, 10)
	offer := Offer{ID: "1", Base: base, Prepare: func(ctx context.Context) bool {
		begun <- true
		<-ctx.Done()
		ended <- true
		return false
	}}
	taken, typed := at("x := a + b¦"), at("x := a¦")
	s.Offered(offer)
	<-begun
	if s.Reached(taken) == nil || s.Reached(typed) != nil {
		t.Error("reached where the suggestion is not taken, or not where it is")
	}
	s.Elsewhere(func(base *Suggestion) bool { return base.IsTypedIn("a.go", typed.Text) })
	if s.Reached(taken) == nil {
		t.Error("dropped though it is typed")
	}
	s.Offered(offer) // the same again
	s.Elsewhere(func(base *Suggestion) bool { return base.IsTypedIn("a.go", "y := a") })
	<-ended
	s.Wait()
	if s.Reached(taken) != nil || len(begun) > 0 {
		t.Error("it goes on")
	}
	for range 20 {
		s.Foreseen(at("y¦"), false)
	}
	s.Offered(offer)
	s.Foreseen(taken, false) // taken whole
	s.Shown("2")             // from now on the client tells what it shows
	s.Offered(offer)
	latency = 0
	s.Shown("1")
	if s.Wait(); len(begun) > 0 {
		t.Error("prepared for who goes elsewhere, before it is shown, or where it does not pay")
	}
	latency = time.Millisecond
	s.Begin()
	s.Offered(offer)
	s.Shown("1")
	s.Finish()
	if s.Wait(); len(begun) > 0 {
		t.Error("prepared while a request is at the model")
	}
	s.Offered(offer)
	s.Shown("1")
	<-begun
	s.Close()
}

func TestCharactersSaved(t *testing.T) {
	for text, want := range map[string]int{"": 0, "äb": 2, "a {\n\t\tb\n  }": 7, "  a": 3} {
		if got := charactersSaved(text); got != want {
			t.Errorf("%q: %d, want %d", text, got, want)
		}
	}
}
