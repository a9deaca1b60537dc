package completion

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/model/modeltest"
)

const (
	emptyBody = "package p\n\nfunc f(a, b int) int {\n\t¦\n}\n"
	wholeBody = "c := a\n\treturn c + b"
	// firstLine is how many tokens of wholeBody end its first line.
	firstLine = 7
)

// slow is an engine whose model writes wholeBody, the first line when it is
// released and the second when it is released again.
type slow struct {
	*Engine
	fake          *modeltest.Fake
	first, second func()
	more          chan Notice // what OnReady told
}

func newSlow(t *testing.T) slow {
	t.Helper()
	s := slow{fake: modeltest.NewFake(""), more: make(chan Notice, 10)}
	second := make(chan struct{})
	s.fake.Script(func(p model.Prompt) modeltest.Reply {
		if !strings.Contains(p.String(), "{\n\t▁<SUF>") {
			return modeltest.Reply{Text: "elsewhere()"}
		}
		return modeltest.Reply{Text: wholeBody, Release: second, ReleaseAfter: firstLine}
	})
	s.first, s.second = s.fake.Block(), func() { close(second) }
	s.Engine = newEngine(t, s.fake)
	s.OnReady(func(m Notice) { s.more <- m })
	return s
}

// giveUp asks, and cancels once the model has begun.
func (s slow) giveUp(t *testing.T, r Request) {
	t.Helper()
	s.DidOpen(r.Document)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() {
		_, err := s.Complete(ctx, r)
		done <- err
	}()
	if err := s.fake.WaitStarted(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Fatalf("error %v", err)
	}
}

// wants asks, and wants this text, and whether there is more to come.
func (s slow) wants(t *testing.T, r Request, text string, pending bool) Result {
	t.Helper()
	res, err := s.Complete(t.Context(), r)
	if err != nil || shownAt(r, res) != text || res.Pending != pending {
		t.Errorf("got %q, pending %v (%s), %v; want %q, pending %v", shownAt(r, res), res.Pending, res.Reason, err, text, pending)
	}
	return res
}

// TestCancelledGoesOn: who waits no longer finds the answer when asking again, and
// is told that it is there.
func TestCancelledGoesOn(t *testing.T) {
	s := newSlow(t)
	r := docAt(t, "a.go", emptyBody)
	r.Document.Version = 7
	s.giveUp(t, r)
	s.first()
	if m := <-s.more; m != (Notice{"a.go", 7, r.Offset}) { // the first line
		t.Errorf("told %+v", m)
	}
	s.second()
	<-s.more // all of it
	s.wants(t, r, wholeBody, false)
	if c := s.fake.Counts(); c.Started != 1 || c.Cancelled != 0 {
		t.Errorf("%+v", c)
	}
	s.Close()
	if len(s.more) != 0 {
		t.Error("told more than there is")
	}
}

// TestAnswerWithin: what there is by then is answered, in whole lines.
func TestAnswerWithin(t *testing.T) {
	s := newSlow(t)
	r := docAt(t, "a.go", emptyBody)
	r.Within = time.Nanosecond
	s.DidOpen(r.Document)
	s.first() // nothing is there in time: the first line is the answer
	if res := s.wants(t, r, "c := a", true); res.Trace.CachedBy != InPart {
		t.Errorf("%+v", res.Trace)
	}
	s.wants(t, r, "c := a", true)
	// The user takes it, or types it: the model goes on.
	typed := docAt(t, "a.go", strings.Replace(emptyBody, "¦", "c := a¦", 1))
	typed.Within = r.Within
	s.DidChange(typed.Document, nil)
	s.second()
	s.wants(t, typed, "\n\treturn c + b", false)
	if c := s.fake.Counts(); c.Started != 1 {
		t.Errorf("%+v", c)
	}
}

// TestEndedMeanwhile: a generation that ends between the look at what is at hand and
// the look at what runs is not made again.
func TestEndedMeanwhile(t *testing.T) {
	s := newSlow(t)
	r := docAt(t, "a.go", emptyBody)
	ended := s.generations.haveEnded()
	s.giveUp(t, r)
	s.first()
	s.second()
	s.generations.all.Wait()
	a, err := s.attend(t.Context(), r, ended)
	if got := shownAt(r, a.result()); err != nil || got != wholeBody {
		t.Errorf("got %q, %v", got, err)
	}
	if c := s.fake.Counts(); c.Started != 1 {
		t.Errorf("%+v", c)
	}
}

// TestJoined: requests for one place share one generation, and one that is in time
// gets the whole.
func TestJoined(t *testing.T) {
	s := newSlow(t)
	r := docAt(t, "a.go", emptyBody)
	s.giveUp(t, r)
	answers := make(chan Result)
	for range 3 {
		go func() {
			res, _ := s.Complete(t.Context(), r)
			answers <- res
		}()
	}
	s.first()
	s.second()
	for range 3 {
		if res := <-answers; shownAt(r, res) != wholeBody {
			t.Errorf("%+v", res)
		}
	}
	if c := s.fake.Counts(); c.Started != 1 {
		t.Errorf("%+v", c)
	}
}

// TestLeftBehind: the model stops when the cursor has left what it answers.
func TestLeftBehind(t *testing.T) {
	at := docAt(t, "a.go", emptyBody)
	change := func(text string) func(slow) {
		return func(s slow) {
			s.DidChange(docAt(t, "a.go", strings.Replace(emptyBody, "¦", text+"¦", 1)).Document, nil)
		}
	}
	for name, tt := range map[string]struct {
		do   func(slow)
		goes bool // on
	}{
		"a request elsewhere":     {func(s slow) { s.Complete(t.Context(), docAt(t, "b.go", goFunc)) }, false},
		"the document is closed":  {func(s slow) { s.DidClose("a.go") }, false},
		"other text is typed":     {change("x"), false},
		"an edit elsewhere in it": {func(s slow) { s.DidChange(docAt(t, "a.go", "// new\n"+emptyBody).Document, nil) }, false},
		"another document closed": {func(s slow) { s.DidClose("b.go") }, true},
		"its text is typed":       {change("c :"), true},
		"more than it has said":   {change("c := a\n\tret"), true},
		"the same text again":     {change(""), true},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSlow(t)
			s.giveUp(t, at)
			s.first()
			<-s.more
			tt.do(s)
			if tt.goes {
				s.second()
			}
			if err := s.fake.Wait(t.Context(), func(c modeltest.FakeCounts) bool {
				return tt.goes && c.Ended == 1 || !tt.goes && c.Cancelled == 1
			}); err != nil {
				t.Errorf("%+v: %v", s.fake.Counts(), err)
			}
		})
	}
}

// TestWholeLines: what is shown of an unfinished answer ends where a statement does.
func TestWholeLines(t *testing.T) {
	for _, tt := range []struct{ file, doc, answer, want string }{
		{"a.go", emptyBody, "c := a\n\tret", "c := a"},
		{"a.go", emptyBody, "c := a", ""},
		{"a.go", strings.Replace(emptyBody, "¦", "if a¦", 1), " > b {\n\t\tret", ""},
		{"a.go", strings.Replace(emptyBody, "¦", "if a¦", 1), " > b {\n\t\treturn a\n\t}\n\tret", " > b {\n\t\treturn a\n\t}"},
		{"a.go", emptyBody, "c := a\n\tif c > b {\n\t\tret", "c := a"},
		{"a.go", emptyBody, "c := f(\n\t\ta,\n\t\tb", ""},
		{"a.go", emptyBody, "if a > b {\n\t\treturn a\n\t}\n\tre", "if a > b {\n\t\treturn a\n\t}"},
		{"a.py", "def f(a):\n    ¦\n", "x = a\n    if x:\n        re", "x = a"},
		{"a.py", "def f(a):\n    ¦\n", "if a:\n        return a\n    re", "if a:\n        return a"},
	} {
		e := newEngine(t, modeltest.NewFake(""))
		p, _, _ := e.placeToAsk(docAt(t, tt.file, tt.doc))
		if got := e.wholeLines(p, output{text: tt.answer}, nil); got != tt.want {
			t.Errorf("%q: got %q, want %q", tt.answer, got, tt.want)
		}
	}
}
