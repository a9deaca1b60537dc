package completion

import (
	"strings"
	"testing"

	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/model/modeltest"
	"github.com/airside-ls/airside/completion/recall"
)

const block = "package p\n\nfunc f(a, b int) int {\n\t¦\n}\n"

// TestTypedThrough: a suggestion is asked for in the first document, then one
// in the second. Which text is given, and how it was come by.
func TestTypedThrough(t *testing.T) {
	tests := []struct {
		name, first, answer, second string
		want                        string   // inserted text; what it replaces stands before it in <>
		how                         Shortcut // "" when the model was asked
	}{
		{"the same place", goFunc, "a + b", goFunc, "a + b", Exact},
		{"a character", goFunc, "a + b", "package p\n\nfunc f(a, b int) int {\n\treturn a¦\n}\n", " + b", TypedThrough},
		{"all but one", goFunc, "a + b", "package p\n\nfunc f(a, b int) int {\n\treturn a + ¦\n}\n", "b", TypedThrough},
		{"all of it", goFunc, "a + b", "package p\n\nfunc f(a, b int) int {\n\treturn a + b¦\n}\n", "a + b", ""},
		{"something else", goFunc, "a + b", "package p\n\nfunc f(a, b int) int {\n\treturn b¦\n}\n", "a + b", ""},
		{"an edit before", goFunc, "a + b", "package q\n\nfunc f(a, b int) int {\n\treturn a¦\n}\n", "a + b", ""},
		{"an edit behind", goFunc, "a + b", "package p\n\nfunc f(a, b int) int {\n\treturn a¦\n}\n\nvar x int\n", "a + b", ""},
		{"an edit behind, as long", goFunc, "a + b", "package p\n\nfunc f(a, b int) int {\n\treturn a¦\n}\t", "a + b", ""},
		{"the place before", goFunc, "a + b", "package p\n\nfunc f(a, b int) int {\n\treturn¦\n}\n", "a + b", ""},

		{"several lines", block, "c := a + b\n\treturn c\n}", "package p\n\nfunc f(a, b int) int {\n\tc :=¦\n}\n", " a + b\n\treturn c", TypedThrough},
		{"into the second line", block, "c := a + b\n\treturn c\n}", "package p\n\nfunc f(a, b int) int {\n\tc := a + b\n\tret¦\n}\n", "urn c", TypedThrough},
		{"carriage returns", "package p\r\n\r\nfunc f(a, b int) int {\r\n\t¦\r\n}\r\n", "c := a\n\treturn c\n}", "package p\r\n\r\nfunc f(a, b int) int {\r\n\tc := a\r\n\tret¦\r\n}\r\n", "urn c", TypedThrough},

		{"a bracket that closed itself", block, "return g(a, b)\n}", "package p\n\nfunc f(a, b int) int {\n\treturn g(¦)\n}\n", "a, b", TypedThrough},
		{"and was typed over", block, "return g(a) + h(b)\n}", "package p\n\nfunc f(a, b int) int {\n\treturn g(a)¦\n}\n", " + h(b)", TypedThrough},
		{"a bracket, and more behind it", block, "return g(a) + 1\n}", "package p\n\nfunc f(a, b int) int {\n\treturn g(¦)\n}\n", "<)>a) + 1", TypedThrough},
		{"two brackets", block, "return g(h(a))\n}", "package p\n\nfunc f(a, b int) int {\n\treturn g(h(¦))\n}\n", "a", TypedThrough},
		{"a bracket and several lines", block, "if g(a) {\n\t\treturn b\n\t}\n}", "package p\n\nfunc f(a, b int) int {\n\tif g(¦)\n}\n", "<)>a) {\n\t\treturn b\n\t}", TypedThrough},
		{"a brace with its line", block, "if a > b {\n\t\treturn b\n\t}\n}", "package p\n\nfunc f(a, b int) int {\n\tif a > b {\n\t\t¦\n\t}\n}\n", "return b", TypedThrough},
		{"a quote that closed itself", block, "return g(\"x\")\n}", "package p\n\nfunc f(a, b int) int {\n\treturn g(\"¦\")\n}\n", "x", TypedThrough},
		{"a bracket that is not the suggestion's", block, "return g(a)\n}", "package p\n\nfunc f(a, b int) int {\n\treturn ¦]\n}\n", "", ""},
		{"only the bracket is left", block, "return g(a)\n}", "package p\n\nfunc f(a, b int) int {\n\treturn g(a¦)\n}\n", "", ""},
		{"inside a word", "package p\n\nfunc f(a, b int) int {\n\treturn (¦b\n}\n", "a + ", "package p\n\nfunc f(a, b int) int {\n\treturn (a¦b\n}\n", " +", TypedThrough},
		{"not ASCII", block, "s := \"größe 😀\"\n}", "package p\n\nfunc f(a, b int) int {\n\ts := \"grö¦\n}\n", "ße 😀\"", TypedThrough},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			fake := modeltest.NewFake(tt.answer)
			e := newEngine(t, fake)
			first, err := e.Complete(t.Context(), docAt(t, "a.go", tt.first))
			if err != nil || len(first.Suggestions) != 1 {
				t.Fatalf("%+v, %v", first, err)
			}
			req := docAt(t, "a.go", tt.second)
			res, err := e.Complete(t.Context(), req)
			if err != nil {
				t.Fatal(err)
			}
			if res.Trace.CachedBy != tt.how || res.Trace.Cached != (tt.how != "") || fake.Counts().Started != 1+btoi(tt.how == "") {
				t.Errorf("cached %q after %d generations, want %q", res.Trace.CachedBy, fake.Counts().Started, tt.how)
			}
			if got := shownAt(req, res); tt.want != "" && got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			if tt.how == "" {
				return
			}
			if res.Trace.From != first.Trace.ID {
				t.Errorf("from %q, want %q", res.Trace.From, first.Trace.ID)
			}
			// Taking it gives the document that the first suggestion promised.
			firstReq := docAt(t, "a.go", tt.first)
			if got, want := taken(req, res), taken(firstReq, first); recall.UnixNewlines(got) != recall.UnixNewlines(want) {
				t.Errorf("taken, it gives\n%q\nthe suggestion promised\n%q", got, want)
			}
		})
	}
}

// shownAt is the suggestion's text, after what it replaces in <>.
func shownAt(r Request, res Result) string {
	if len(res.Suggestions) == 0 {
		return ""
	}
	s := res.Suggestions[0]
	if replaced := r.Document.Text[s.Start:s.End]; replaced != "" {
		return "<" + replaced + ">" + s.Text
	}
	return s.Text
}

// taken is the document after the suggestion is accepted.
func taken(r Request, res Result) string {
	s := res.Suggestions[0]
	return r.Document.Text[:s.Start] + s.Text + r.Document.Text[s.End:]
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

func TestTypedThroughASelectedCompletion(t *testing.T) {
	fake := modeltest.NewFake("(a, b)")
	e := newEngine(t, fake)
	at := func(typed string, selected bool) Request {
		r := docAt(t, "a.go", "package p\n\nfunc f(a, b int) int {\n\treturn "+typed+"¦\n}\n")
		if selected {
			r.Selected = &Replacement{Start: r.Offset - len(typed), End: r.Offset, Text: "addAll"}
		}
		return r
	}
	for i, step := range []struct {
		typed    string
		selected bool
		want     string
	}{
		{"ad", true, "<ad>addAll(a, b)"},
		{"add", true, "<add>addAll(a, b)"},
		{"addA", false, "ll(a, b)"}, // the popup was closed
		{"addAll", false, "(a, b)"},
		{"addAll(", false, "a, b)"},
	} {
		r := at(step.typed, step.selected)
		res, err := e.Complete(t.Context(), r)
		if err != nil || shownAt(r, res) != step.want || res.Trace.Cached != (i > 0) {
			t.Errorf("%s: %q cached %q, %v; want %q", step.typed, shownAt(r, res), res.Trace.CachedBy, err, step.want)
		}
	}
}

// TestBackspaceAndRetype: what was shown at any state of the text is shown again
// when the text is the same again.
func TestBackspaceAndRetype(t *testing.T) {
	fake := modeltest.NewFake("")
	fake.Script(func(p model.Prompt) modeltest.Reply {
		if strings.Contains(p.String(), "return x▁") {
			return modeltest.Reply{Text: "y + 1"}
		}
		return modeltest.Reply{Text: "a + b"}
	})
	e := newEngine(t, fake)
	for i, step := range []struct {
		typed, want string
		how         Shortcut
	}{
		{"", "a + b", ""},
		{"a", " + b", TypedThrough},
		{"", "a + b", Exact},
		{"x", "y + 1", ""},
		{"xy", " + 1", TypedThrough},
		{"x", "y + 1", Exact},
		{"", "a + b", Exact},
		{"a ", "+ b", TypedThrough},
		{"xy ", "+ 1", TypedThrough},
	} {
		r := docAt(t, "a.go", "package p\n\nfunc f(a, b int) int {\n\treturn "+step.typed+"¦\n}\n")
		res, err := e.Complete(t.Context(), r)
		if err != nil || shownAt(r, res) != step.want || res.Trace.CachedBy != step.how {
			t.Errorf("step %d: %q cached %q, %v; want %q, %q", i, shownAt(r, res), res.Trace.CachedBy, err, step.want, step.how)
		}
	}
	if n := fake.Counts().Started; n != 2 {
		t.Errorf("the model was asked %d times", n)
	}
}

// TestContextBelongsToTheKey: what one model, document or bound suggested is
// not recalled for another.
func TestContextBelongsToTheKey(t *testing.T) {
	change := map[string]func(fake *modeltest.Fake, r *Request){
		"model":     func(f *modeltest.Fake, _ *Request) { f.SetInfo(func(i *model.Info) { i.Model = "other" }) },
		"endpoint":  func(f *modeltest.Fake, _ *Request) { f.SetInfo(func(i *model.Info) { i.Endpoint = "other" }) },
		"form":      func(f *modeltest.Fake, _ *Request) { f.SetInfo(func(i *model.Info) { i.Form = "plain" }) },
		"document":  func(_ *modeltest.Fake, r *Request) { r.Document.Path = "b.go" },
		"language":  func(_ *modeltest.Fake, r *Request) { r.Document.Language = "python" },
		"maxTokens": func(_ *modeltest.Fake, r *Request) { r.MaxTokens = 7 },
	}
	for name, f := range change {
		t.Run(name, func(t *testing.T) {
			fake := modeltest.NewFake("a + b")
			e := newEngine(t, fake)
			r := docAt(t, "a.go", goFunc)
			if res, err := e.Complete(t.Context(), r); err != nil || len(res.Suggestions) != 1 {
				t.Fatalf("%+v, %v", res, err)
			}
			if _, ok := e.recall(t.Context(), r); !ok {
				t.Error("not recalled as it was")
			}
			probes := fake.Counts().Probes
			f(fake, &r)
			// A probe that began before the change may still end after it.
			if err := fake.Wait(t.Context(), func(c modeltest.FakeCounts) bool { return c.Probes > probes+2 }); err != nil {
				t.Fatal(err)
			}
			if res, ok := recalled(t, e, r); ok {
				t.Errorf("recalled %+v", res.Trace)
			}
		})
	}
}

func TestClosedDocumentIsForgotten(t *testing.T) {
	fake := modeltest.NewFake("a + b")
	e := newEngine(t, fake)
	r := docAt(t, "a.go", goFunc)
	if _, err := e.Complete(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	e.DidClose("a.go")
	if !e.suggestions.Empty() {
		t.Error("something is remembered")
	}
}

// fullMemory is an engine whose memory is full of other suggestions for a
// document of 10,000 lines, and a request that it can recall.
func fullMemory(t testing.TB) (*Engine, Request) {
	e := New(Options{Backends: []model.Backend{modeltest.NewFake("a + b + c")}})
	t.Cleanup(func() { e.Close() })
	before := "package p\n\n" + strings.Repeat("// A line of some length, as they are.\n", 5000) + "func f(a, b, c int) int {\n\treturn "
	after := "\n}\n" + strings.Repeat("// A line of some length, as they are.\n", 5000)
	at := func(typed string) Request {
		return Request{
			Document: Document{Path: "a.go", Language: "go", Text: before + typed + after},
			Offset:   len(before) + len(typed),
		}
	}
	res, err := e.Complete(t.Context(), at(""))
	if err != nil || len(res.Suggestions) != 1 {
		t.Fatalf("%+v, %v", res, err)
	}
	choice, _ := e.selector.Current(t.Context())
	by := askedOf(choice.Info, e.maxTokens())
	for i := range suggestionsBytes / 300 / 2 {
		r := at("")
		r.Offset = i
		p, _ := placeOf(r)
		e.suggestions.Remember(by, p.hole(), "another suggestion", "1", Exact)
	}
	return e, at("a + ")
}

// BenchmarkRecall is to stay under 1 ms.
func BenchmarkRecall(b *testing.B) {
	e, r := fullMemory(b)
	for b.Loop() {
		if _, ok := e.recall(b.Context(), r); !ok {
			b.Fatal("not recalled")
		}
	}
}
