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

// place marks the cursor in test documents.
const cursor = "¦"

// docAt makes a request of a document with the cursor at ¦.
func docAt(t *testing.T, name, text string) Request {
	t.Helper()
	before, after, ok := strings.Cut(text, cursor)
	if !ok {
		t.Fatalf("no cursor in %q", text)
	}
	return Request{
		Document: Document{Path: name, Language: LanguageOf(name), Text: before + after},
		Offset:   len(before),
	}
}

func newEngine(t *testing.T, backends ...model.Backend) *Engine {
	t.Helper()
	e := New(Options{Backends: backends, ProbeInterval: 5 * time.Millisecond})
	t.Cleanup(func() { e.Close() })
	return e
}

const goFunc = "package p\n\nfunc f(a, b int) int {\n\treturn ¦\n}\n"

// recalled is what is at hand for a request.
func recalled(t *testing.T, e *Engine, r Request) (res Result, ok bool) {
	a, ok := e.recall(t.Context(), r)
	return a.result(), ok
}

func TestComplete(t *testing.T) {
	tests := []struct {
		name, file, doc, answer string
		want                    string // "" for none
		reason                  string // a part of it
	}{
		{"line", "a.go", goFunc, "a + b", "a + b", ""},
		{"one line only", "a.go", goFunc, "a + b\n}\n\nfunc g() {}", "a + b", ""},
		{"block", "a.go", "package p\n\nfunc f(a, b int) int {\n\t¦\n}\n", "c := a + b\n\treturn c\n}\n\nfunc g() {\n}", "c := a + b\n\treturn c", ""},
		{"block after a brace", "a.go", "package p\n\nfunc f() error {\n\tif err := g(); err != nil {¦\n\t}\n\treturn nil\n}\n", "\n\t\treturn err\n\t}\n\treturn nil\n}", "\n\t\treturn err", ""},
		{"python block", "a.py", "def f(a, b):\n    ¦\n\ndef g():\n    pass\n", "c = a + b\n    return c\n\ndef h():\n    pass", "c = a + b\n    return c", ""},
		{"bracket is there", "a.go", "package p\n\nfunc f() {\n\tg(¦)\n}\n", "1, 2)", "1, 2", ""},
		{"unknown language", "a.zig", "fn f(a: i32) i32 {\n    return ¦\n}\n", "a;", "a;", ""},
		{"carriage returns", "a.go", "package p\r\n\r\nfunc f(a, b int) int {\r\n\t¦\r\n}\r\n", "c := a\n\treturn c\n}\n", "c := a\n\treturn c", ""},
		{"nothing", "a.go", goFunc, "", "", "nothing to add"},
		{"marker", "a.go", goFunc, "<PRE> x", "", "prompt marker"},
		{"inside a word", "a.go", "package p\n\nvar na¦me int\n", "x", "", "inside a word"},
		{"binary", "a.go", "package p\x00¦", "x", "", "binary"},
		{"empty document", "a.go", "¦", "package main", "package main", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e := newEngine(t, modeltest.NewFake(tt.answer))
			req := docAt(t, tt.file, tt.doc)
			res, err := e.Complete(t.Context(), req)
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			if len(res.Suggestions) > 0 {
				s := res.Suggestions[0]
				got = s.Text
				if s.Start != req.Offset || s.End != req.Offset || s.ID == "" {
					t.Errorf("suggestion %+v at %d", s, req.Offset)
				}
			}
			if got != tt.want {
				t.Errorf("got %q, want %q (reason %q, raw %q)", got, tt.want, res.Reason, res.Trace.Raw)
			}
			if !strings.Contains(res.Reason, tt.reason) || (got == "") != (res.Reason != "") {
				t.Errorf("reason %q, want one with %q", res.Reason, tt.reason)
			}
		})
	}
}

func TestPromptIsCodeLlamas(t *testing.T) {
	fake := modeltest.NewFake("a + b")
	e := newEngine(t, fake)
	if _, err := e.Complete(t.Context(), docAt(t, "a.go", goFunc)); err != nil {
		t.Fatal(err)
	}
	want := "▁<PRE>package p\n\nfunc f(a, b int) int {\n\treturn ▁<SUF>\n}\n▁<MID>"
	if got := fake.Prompts()[0].String(); got != want {
		t.Errorf("prompt %q, want %q", got, want)
	}
}

// TestFormIsTheModels: the engine asks in the form of the model's family, tells
// it what the form tells, and minds the family's own markers.
func TestFormIsTheModels(t *testing.T) {
	fake := modeltest.NewFake("a + b<|observation|>")
	fake.SetInfo(func(i *model.Info) {
		i.Controls = []string{"<|user|>", "<|assistant|>", "<|code_suffix|>", "<|code_prefix|>", "<|code_middle|>"}
	})
	e := newEngine(t, fake)
	res, err := e.Complete(t.Context(), docAt(t, "/home/me/src/a.go", goFunc))
	if err != nil || len(res.Suggestions) != 1 || res.Suggestions[0].Text != "a + b" {
		t.Errorf("%+v, %v", res, err)
	}
	if p := fake.Prompts()[0].String(); !strings.Contains(p, "###PATH:a.go\n###LANGUAGE:go\n") || strings.Contains(p, "/home") {
		t.Errorf("prompt %q", p)
	}
}

// TestTinyContext: a bound of no tokens would be no bound.
func TestTinyContext(t *testing.T) {
	fake := modeltest.NewFake("a + b")
	fake.SetInfo(func(i *model.Info) { i.ContextTokens = 1 })
	e := newEngine(t, fake)
	if _, err := e.Complete(t.Context(), docAt(t, "a.go", goFunc)); err != nil {
		t.Fatal(err)
	}
	for _, o := range fake.Requests() {
		if o.MaxTokens < 1 {
			t.Errorf("asked for %d tokens", o.MaxTokens)
		}
	}
}

func TestSecondAskIsCached(t *testing.T) {
	fake := modeltest.NewFake("a + b")
	e := newEngine(t, fake)
	for i, want := range []bool{false, true} {
		res, err := e.Complete(t.Context(), docAt(t, "a.go", goFunc))
		if err != nil || res.Trace.Cached != want || len(res.Suggestions) != 1 {
			t.Errorf("ask %d: %+v, %v", i, res, err)
		}
	}
	if n := fake.Counts().Started; n != 1 {
		t.Errorf("the model was asked %d times", n)
	}
}

// namedFake gives a scripted backend its own name.
type namedFake struct {
	*modeltest.Fake
	name string
}

func (n namedFake) Name() string { return n.name }

func TestNextBackendServesTheSameRequest(t *testing.T) {
	for _, kind := range []model.Kind{model.Unreachable, model.BadReply, model.NoInsert, model.Loading, model.Broken} {
		t.Run(kind.String(), func(t *testing.T) {
			first, second := namedFake{modeltest.NewFake(""), "first"}, namedFake{modeltest.NewFake("a + b"), "second"}
			first.Fail(kind)
			e := newEngine(t, first, second)
			res, err := e.Complete(t.Context(), docAt(t, "a.go", goFunc))
			if err != nil || len(res.Suggestions) != 1 {
				t.Fatalf("%+v, %v", res, err)
			}
			if first.Counts().Started != 1 || second.Counts().Started != 1 {
				t.Errorf("first %+v, second %+v", first.Counts(), second.Counts())
			}
		})
	}
}

func TestNoBackendIsAnAnswerWithAReason(t *testing.T) {
	fake := modeltest.NewFake("")
	fake.FailProbe(&model.Error{Kind: model.Unreachable, Backend: "ollama", Err: errors.New("connection refused"), Advice: "start it with: ollama serve"})
	e := newEngine(t, fake)
	res, err := e.Complete(t.Context(), docAt(t, "a.go", goFunc))
	if err != nil || !strings.Contains(res.Reason, "connection refused") || !strings.Contains(res.Reason, "ollama serve") {
		t.Errorf("%+v, %v", res, err)
	}
}

func TestTooLongPromptIsCutAgain(t *testing.T) {
	fake := modeltest.NewFake("")
	fake.Script(func(p model.Prompt) modeltest.Reply {
		if len(p.String()) > 1500 {
			return modeltest.Reply{Err: modeltest.Failure(model.TooLong)}
		}
		return modeltest.Reply{Text: "a + b"}
	})
	e := newEngine(t, fake)
	doc := "package p\n\n" + strings.Repeat("// filler, filler, filler\n", 1000) + strings.TrimPrefix(goFunc, "package p\n")
	res, err := e.Complete(t.Context(), docAt(t, "a.go", doc))
	if err != nil || len(res.Suggestions) != 1 {
		t.Fatalf("%+v, %v", res, err)
	}
	if n := fake.Counts().Started; n < 2 || n > 5 {
		t.Errorf("%d tries", n)
	}
}

func TestSelectedCompletion(t *testing.T) {
	fake := modeltest.NewFake("(a, b)")
	e := newEngine(t, fake)
	req := docAt(t, "a.go", "package p\n\nfunc f(a, b int) int {\n\treturn ad¦\n}\n")
	req.Selected = &Replacement{Start: req.Offset - 2, End: req.Offset, Text: "addAll"}
	res, err := e.Complete(t.Context(), req)
	if err != nil || len(res.Suggestions) != 1 {
		t.Fatalf("%+v, %v", res, err)
	}
	s := res.Suggestions[0]
	if s.Text != "addAll(a, b)" || s.Start != req.Offset-2 || s.End != req.Offset {
		t.Errorf("suggestion %+v", s)
	}
	want := "▁<PRE>package p\n\nfunc f(a, b int) int {\n\treturn addAll▁<SUF>\n}\n▁<MID>"
	if p := fake.Prompts()[0].String(); p != want { // what the entry replaces is gone from it
		t.Errorf("prompt %q, want %q", p, want)
	}
}

// TestSelectedEntryOfThePopup: what VS Code sends with its popup open after ".for".
func TestSelectedEntryOfThePopup(t *testing.T) {
	fake := modeltest.NewFake("((x) => x)")
	e := newEngine(t, fake)
	req := docAt(t, "a.ts", "class A {\n  f() {\n    this.items.for¦\n  }\n}\n")
	req.Selected = &Replacement{Start: req.Offset - len(".for"), End: req.Offset, Text: ".forEach"}
	res, err := e.Complete(t.Context(), req)
	if err != nil || len(res.Suggestions) != 1 || res.Suggestions[0].Text != ".forEach((x) => x)" {
		t.Fatalf("%+v, %v", res, err)
	}
	want := "▁<PRE>class A {\n  f() {\n    this.items.forEach▁<SUF>\n  }\n}\n▁<MID>"
	if p := fake.Prompts()[0].String(); p != want {
		t.Errorf("prompt %q, want %q", p, want)
	}
}

func TestBadRequests(t *testing.T) {
	e := newEngine(t, modeltest.NewFake("x"))
	doc := Document{Path: "a.go", Text: "abc"}
	for _, r := range []Request{
		{Document: doc, Offset: 4},
		{Document: doc, Offset: -1},
		{Document: doc, Offset: 3, Selected: &Replacement{Start: 2, End: 9}},
		{Document: doc, Offset: 3, Selected: &Replacement{Start: 0, End: 1}},
		{Document: Document{Path: "big", Text: strings.Repeat("x", maxDocument+1)}},
		{Document: Document{Path: "invalid", Text: "\xff\xfe x"}, Offset: 3, Trigger: Invoked},
	} {
		res, err := e.Complete(t.Context(), r)
		if err != nil {
			t.Errorf("%.80v: %v", r, err)
		}
		if len(res.Suggestions) == 0 && res.Reason == "" {
			t.Errorf("%.80v: neither text nor reason", r)
		}
	}
	// The engine lives, and other documents go on.
	if res, err := e.Complete(t.Context(), docAt(t, "b.go", goFunc)); err != nil || len(res.Suggestions) != 1 {
		t.Errorf("%+v, %v", res, err)
	}
}

func TestStatus(t *testing.T) {
	fake := modeltest.NewFake("x")
	e := newEngine(t, fake)
	states := make(chan Status, 100)
	e.OnStatus(func(s Status) { states <- s })
	wait := func(want State) Status {
		t.Helper()
		for {
			select {
			case s := <-states:
				if s.State == want {
					return s
				}
			case <-time.After(10 * time.Second):
				t.Fatalf("no status %q", want)
			}
		}
	}
	if s := wait(Ready); s.Backend != "fake" || s.Model != "fake:7b-code" || s.Message == "" {
		t.Errorf("status %+v", s)
	}
	// A slow request shows as busy, and its end as ready.
	release := fake.Block()
	go e.Complete(t.Context(), docAt(t, "a.go", goFunc))
	wait(Busy)
	release()
	wait(Ready)
	// The backend goes and comes back without a restart.
	fake.FailProbe(modeltest.Failure(model.Unreachable))
	if s := wait(Failing); s.Message == "" {
		t.Error("no message")
	}
	fake.FailProbe(nil)
	wait(Ready)
	e.Reconfigure(Options{Backends: []model.Backend{fake}, Disabled: true})
	wait(Disabled)
}

func TestReconfigureClosesWhatLeft(t *testing.T) {
	a, b := modeltest.NewFake("a"), modeltest.NewFake("b")
	e := newEngine(t, a)
	if err := e.Reconfigure(Options{Backends: []model.Backend{b}}); err != nil {
		t.Fatal(err)
	}
	res, err := e.Complete(t.Context(), docAt(t, "a.go", goFunc))
	if err != nil || len(res.Suggestions) != 1 || res.Suggestions[0].Text != "b" {
		t.Errorf("%+v, %v", res, err)
	}
	if a.Counts().Closed != 1 || b.Counts().Closed != 0 {
		t.Errorf("closed: a %d, b %d", a.Counts().Closed, b.Counts().Closed)
	}
}

func TestTraces(t *testing.T) {
	e := newEngine(t, modeltest.NewFake("x"))
	for range maxTraces + 5 {
		if _, err := e.Complete(t.Context(), docAt(t, "a.go", goFunc)); err != nil {
			t.Fatal(err)
		}
	}
	traces := e.Traces()
	if len(traces) != maxTraces || traces[0].Time.Before(traces[1].Time) {
		t.Errorf("%d traces, newest first?", len(traces))
	}
	for _, id := range []string{"", "0", "zzzz", "-1", "1"} {
		e.Feedback(id, Accepted, 1)
	}
}

// TestHeldRequestsAskWhoIsChosenInTheEnd: a request that waits for the settings is
// answered by the backends that they name.
func TestHeldRequestsAskWhoIsChosenInTheEnd(t *testing.T) {
	first, second := modeltest.NewFake("wrong"), modeltest.NewFake("a + b")
	hold := make(chan struct{})
	e := New(Options{Backends: []model.Backend{first}, Hold: hold})
	defer e.Close()
	answers := make(chan Result, 1)
	go func() {
		res, err := e.Complete(context.Background(), docAt(t, "a.go", goFunc))
		if err != nil {
			t.Error(err)
		}
		answers <- res
	}()
	chosen := make(chan model.Backend, 1)
	go func() { b, _, _ := e.Chosen(context.Background()); chosen <- b }()
	if err := e.Reconfigure(Options{Backends: []model.Backend{second}, Hold: hold}); err != nil {
		t.Fatal(err)
	}
	close(hold)
	if res := <-answers; shown(res) != "a + b" {
		t.Errorf("%+v", res)
	}
	if <-chosen == nil || first.Counts().Probes > 0 {
		t.Errorf("%d probes of who is no longer wanted", first.Counts().Probes)
	}
}
