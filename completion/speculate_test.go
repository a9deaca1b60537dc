package completion

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/model/modeltest"
)

// newSpeculative returns an engine that speculates, and the fake behind it,
// which suggests "a + b" and after that "// more". Speculations wait until the
// test releases them.
func newSpeculative(t *testing.T) (e *Engine, fake *modeltest.Fake, release func()) {
	t.Helper()
	fake = modeltest.NewFake("")
	gate := make(chan struct{})
	fake.Script(func(p model.Prompt) modeltest.Reply {
		switch s := p.String(); {
		case strings.Contains(s, "a + b // more▁"):
			return modeltest.Reply{Text: ""}
		case strings.Contains(s, "a + b▁"):
			return modeltest.Reply{Text: " // more", Release: gate}
		}
		return modeltest.Reply{Text: "a + b"}
	})
	e = New(Options{Backends: []model.Backend{fake}, ProbeInterval: 5 * time.Millisecond, Speculate: true})
	t.Cleanup(func() { e.Close() })
	for range maxSamples { // however long this machine takes for the first answer
		e.stats.answered("fake", "fake:7b-code", time.Millisecond, 0)
	}
	return e, fake, func() { close(gate) }
}

// typed is the document in which the user typed something after "return ".
func typed(t *testing.T, text string) Request {
	return docAt(t, "a.go", "package p\n\nfunc f(a, b int) int {\n\treturn "+text+"¦\n}\n")
}

// suggestFirst opens the document and has "a + b" suggested.
func suggestFirst(t *testing.T, e *Engine) Result {
	t.Helper()
	r := typed(t, "")
	e.DidOpen(r.Document)
	res, err := e.Complete(t.Context(), r)
	if err != nil || shownAt(r, res) != "a + b" {
		t.Fatalf("%+v, %v", res, err)
	}
	return res
}

func changeTo(t *testing.T, e *Engine, text string) {
	t.Helper()
	e.DidChange(typed(t, text).Document, nil)
}

// TestSpeculation: the suggestion after the one shown is there when it is asked
// for, and the model is asked for it once.
func TestSpeculation(t *testing.T) {
	for _, early := range []bool{false, true} {
		e, fake, release := newSpeculative(t)
		suggestFirst(t, e)
		if err := fake.WaitStarted(t.Context(), 2); err != nil {
			t.Fatal(err)
		}
		if !early {
			release()
			if err := fake.WaitEnded(t.Context(), 2); err != nil {
				t.Fatal(err)
			}
		}
		changeTo(t, e, "a + b") // accepted
		r := typed(t, "a + b")
		var res Result
		done := make(chan struct{})
		go func() {
			defer close(done)
			res, _ = e.Complete(t.Context(), r)
		}()
		if early { // asked for while it is prepared: it is waited for
			release()
		}
		<-done
		if shownAt(r, res) != " // more" || res.Trace.CachedBy != Speculated {
			t.Errorf("early %v: %q, %+v", early, shownAt(r, res), res.Trace)
		}
		if again, err := e.Complete(t.Context(), r); err != nil || again.Trace.CachedBy != Exact {
			t.Errorf("the second time: %+v, %v", again.Trace, err)
		}
		e.Close()
		if n := fake.Counts(); n.Started > 4 { // the third and fourth are the next speculation, in two places
			t.Errorf("%d generations", n.Started)
		}
	}
}

// TestSpeculationGoesOn while the user types what is shown.
func TestSpeculationGoesOn(t *testing.T) {
	e, fake, release := newSpeculative(t)
	suggestFirst(t, e)
	if err := fake.WaitStarted(t.Context(), 2); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"a", "a ", "a +", "a", "a + ", "a + b"} {
		changeTo(t, e, text)
		if text == "a + b" {
			release()
		}
		r := typed(t, text)
		res, err := e.Complete(t.Context(), r)
		if err != nil || !res.Trace.Cached {
			t.Errorf("%q: %+v, %v", text, res.Trace, err)
		}
	}
	if c := fake.Counts(); c.Cancelled != 0 {
		t.Errorf("%+v", c)
	}
}

// TestSpeculationIsDropped, and the model stopped, when the user goes elsewhere.
func TestSpeculationIsDropped(t *testing.T) {
	other := func(t *testing.T) Request { return docAt(t, "b.go", goFunc) }
	for name, leave := range map[string]func(*testing.T, *Engine){
		"another edit":         func(t *testing.T, e *Engine) { changeTo(t, e, "b") },
		"an edit elsewhere":    func(t *testing.T, e *Engine) { d := typed(t, "").Document; d.Text += "\n"; e.DidChange(d, nil) },
		"more than the text":   func(t *testing.T, e *Engine) { changeTo(t, e, "a + bx") },
		"another document":     func(t *testing.T, e *Engine) { e.DidChange(other(t).Document, nil) },
		"another request":      func(t *testing.T, e *Engine) { e.Complete(t.Context(), other(t)) },
		"the document closed":  func(t *testing.T, e *Engine) { e.DidClose("a.go") },
		"the engine closed":    func(t *testing.T, e *Engine) { e.Close() },
		"the settings changed": func(t *testing.T, e *Engine) { e.Reconfigure(Options{Backends: e.Backends(), Speculate: true}) },
	} {
		t.Run(name, func(t *testing.T) {
			e, fake, _ := newSpeculative(t)
			suggestFirst(t, e)
			if err := fake.WaitStarted(t.Context(), 2); err != nil {
				t.Fatal(err)
			}
			leave(t, e)
			if err := fake.WaitCancelled(t.Context(), 1); err != nil {
				t.Error("the model goes on: ", err)
			}
		})
	}
}

// TestSpeculationWaitsForShown: once a client has told what it shows, only what
// it shows is followed up.
func TestSpeculationWaitsForShown(t *testing.T) {
	e, fake, release := newSpeculative(t)
	release()
	e.Feedback("none", Shown, 0)
	res := suggestFirst(t, e)
	e.Feedback("none", Shown, 0)
	e.speculator.Wait()
	if n := fake.Counts().Started; n != 1 {
		t.Fatalf("%d generations before it was shown", n)
	}
	e.Feedback(res.Suggestions[0].ID, Shown, 0)
	e.speculator.Wait()
	if n := fake.Counts().Started; n != 2 {
		t.Errorf("%d generations after it was shown", n)
	}
	e.Feedback(res.Suggestions[0].ID, Shown, 0)
	e.speculator.Wait()
	if n := fake.Counts().Started; n != 2 {
		t.Errorf("%d generations after it was shown twice", n)
	}
}

// TestSpeculationInTheNextLine: where nothing follows in the line, the next one
// is prepared.
func TestSpeculationInTheNextLine(t *testing.T) {
	for name, newline := range map[string]string{"LF": "\n", "CRLF": "\r\n"} {
		fake := modeltest.NewFake("")
		fake.Script(func(p model.Prompt) modeltest.Reply {
			switch s := p.String(); {
			case strings.Contains(s, "c := a + b\n\t▁"):
				return modeltest.Reply{Text: "return c"}
			case strings.Contains(s, "c := a + b▁"):
				return modeltest.Reply{}
			}
			return modeltest.Reply{Text: "a + b"}
		})
		e := New(Options{Backends: []model.Backend{fake}, Speculate: true})
		defer e.Close()
		at := func(typed string) Request {
			return docAt(t, "a.go", strings.ReplaceAll("package p\n\nfunc f(a, b int) int {\n\tc := "+typed+"¦\n}\n", "\n", newline))
		}
		if _, err := e.Complete(t.Context(), at("")); err != nil {
			t.Fatal(err)
		}
		e.speculator.Wait()
		r := at("a + b\n\t")
		if res, ok := recalled(t, e, r); !ok || shownAt(r, res) != "return c" || res.Trace.CachedBy != Speculated {
			t.Errorf("%s: %q, %+v", name, shownAt(r, res), res.Trace)
		}
	}
}

// TestSpeculationBehindABlock: where a suggestion that was taken ends its line and
// its block, what is suggested for the next line is there at once. The user may
// as well begin that line by hand.
func TestSpeculationBehindABlock(t *testing.T) {
	for name, c := range map[string]struct{ before, after, want string }{
		"at the end of a block":    {"\tif err != nil ", "\n}\n", "\n\treturn c"},
		"with empty lines":         {"\tif err != nil ", "\n\n\n}\n", "\n\treturn c"},
		"at the end of the file":   {"\tif err != nil ", "", "\n\treturn c"},
		"in the midst of a block":  {"\tif err != nil ", "\n\tg()\n}\n", ""},
		"before a paragraph":       {"\tif err != nil ", "\n\n\tg()\n}\n", ""},
		"outside of all blocks":    {"if err != nil ", "\n", ""},
		"CRLF":                     {"\tif err != nil ", "\n}\n", "\n\treturn c"},
		"where something is added": {"\tif err != nil ", " // why\n}\n", ""},
	} {
		fake := modeltest.NewFake("")
		fake.Script(func(p model.Prompt) modeltest.Reply {
			switch s := p.String(); {
			case strings.Contains(s, "}\n\t▁<SUF>"), strings.Contains(s, "}\n▁<SUF>"):
				return modeltest.Reply{Text: "return c"}
			case strings.Contains(s, "if err != nil ▁<SUF>"):
				return modeltest.Reply{Text: "{ return err }"}
			}
			return modeltest.Reply{}
		})
		e := New(Options{Backends: []model.Backend{fake}, Speculate: true})
		defer e.Close()
		at := func(typed string) Request {
			text := "package p\n\nfunc f(err error) error {\n" + c.before + typed + "¦" + c.after
			if name == "CRLF" {
				text = strings.ReplaceAll(text, "\n", "\r\n")
			}
			return docAt(t, "a.go", text)
		}
		first := at("")
		res, err := e.Complete(t.Context(), first)
		if err != nil || shownAt(first, res) != "{ return err }" {
			t.Fatalf("%s: %+v, %v", name, res, err)
		}
		e.speculator.Wait()
		r := at("{ return err }")
		res, _ = recalled(t, e, r)
		if got := shownAt(r, res); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
		if c.want == "" {
			continue
		}
		if res.Trace.CachedBy != Speculated || !res.Trace.Multiline {
			t.Errorf("%s: %+v", name, res.Trace)
		}
		fate := res.Trace.fate
		begun := at("{ return err }\n\tre")
		if res, ok := recalled(t, e, begun); !ok || shownAt(begun, res) != "turn c" || res.Trace.fate != fate {
			t.Errorf("%s: in the next line %q, %+v", name, shownAt(begun, res), res.Trace)
		}
	}
}

// TestNoSpeculationOnASlowModel: the latency that was measured decides.
func TestNoSpeculationOnASlowModel(t *testing.T) {
	e, fake, release := newSpeculative(t)
	release()
	for range maxSamples {
		e.stats.answered("fake", "fake:7b-code", 3*time.Second, 0)
	}
	suggestFirst(t, e)
	e.speculator.Wait()
	if n := fake.Counts().Started; n != 1 {
		t.Errorf("%d generations", n)
	}
}

// TestNoSpeculationWhileAsked: a request at the model has it for itself.
func TestNoSpeculationWhileAsked(t *testing.T) {
	e, fake, release := newSpeculative(t)
	release()
	suggestFirst(t, e)
	e.speculator.Wait()
	unblock := fake.Block()
	done := make(chan struct{})
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		defer close(done)
		e.Complete(ctx, docAt(t, "b.go", "package other\n\nfunc f() {\n\t¦\n}\n"))
	}()
	if err := fake.WaitStarted(t.Context(), 3); err != nil {
		t.Fatal(err)
	}
	if res, ok := recalled(t, e, typed(t, "a + b")); !ok || res.Trace.CachedBy != Speculated {
		t.Errorf("%+v", res.Trace)
	}
	e.speculator.Wait()
	if n := fake.Counts().Started; n != 3 {
		t.Errorf("%d generations", n)
	}
	cancel()
	<-done
	unblock()
}

// TestPanicInASpeculation ends the speculation alone.
func TestPanicInASpeculation(t *testing.T) {
	fake := modeltest.NewFake("")
	fake.Script(func(p model.Prompt) modeltest.Reply {
		if strings.Contains(p.String(), "a + b▁") {
			panic("a backend's mistake")
		}
		return modeltest.Reply{Text: "a + b"}
	})
	e := New(Options{Backends: []model.Backend{fake}, Speculate: true})
	defer e.Close()
	suggestFirst(t, e)
	e.speculator.Wait()
	if n := fake.Counts().Started; n != 2 {
		t.Errorf("%d generations", n)
	}
}
