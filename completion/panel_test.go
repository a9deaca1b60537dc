package completion

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/model/modeltest"
)

const blockFunc = "package p\n\nfunc f(a, b int) int {\n\t¦\n}\n"

// panelOf fills a panel.
func panelOf(t *testing.T, e *Engine, r Request, most int) (texts []string, ids []string, reason string) {
	t.Helper()
	e.DidOpen(r.Document)
	reason, err := e.Panel(t.Context(), r, most, func(s Suggestion) {
		texts, ids = append(texts, s.Text), append(ids, s.ID)
	})
	if err != nil {
		t.Fatal(err)
	}
	return texts, ids, reason
}

// TestPanel: the best, its first line, more than that, and samples; each once, and as
// many as are wanted. One that is taken counts.
func TestPanel(t *testing.T) {
	n := 0
	answers := []string{
		"c := a + b\n\treturn c\n}\n\nfunc g() {}",           // the best
		"c := a + b\n\treturn c\n}\n\nfunc g() {}",           // more, which is the same here
		"return a - b\n}", "return a * b\n}", "return a * b", // samples
		"\treturn max(a, b)\n}",
	}
	fake := modeltest.NewFake("")
	fake.Script(func(model.Prompt) modeltest.Reply { n++; return modeltest.Reply{Text: answers[(n-1)%len(answers)]} })
	e := newEngine(t, fake)
	texts, ids, reason := panelOf(t, e, docAt(t, "a.go", blockFunc), 4)
	want := []string{"c := a + b\n\treturn c", "c := a + b", "return a - b", "return a * b"}
	if !slices.Equal(texts, want) || reason != "" {
		t.Errorf("%q, %q; want %q", texts, reason, want)
	}
	seen := map[string]bool{}
	for _, id := range ids {
		if id == "" || seen[id] {
			t.Errorf("ids %q", ids)
		}
		seen[id] = true
	}
	e.Feedback(ids[2], Accepted, 0)
	if tr, ok := e.traces.find(ids[2]); !ok || tr.Alternative == 0 || tr.Backend == "" {
		t.Errorf("%+v", tr)
	}
}

// TestPanelEnds: a model that says the same again and again is not asked for ever; one
// that has nothing to say, or fails, has a reason; a panel that is closed ends.
func TestPanelEnds(t *testing.T) {
	same := modeltest.NewFake("a + b")
	texts, _, reason := panelOf(t, newEngine(t, same), docAt(t, "a.go", goFunc), 8)
	if len(texts) != 1 || reason != "" || same.Counts().Started > 1+maxPanelInVain {
		t.Errorf("%q, %q, asked %d times", texts, reason, same.Counts().Started)
	}
	texts, _, reason = panelOf(t, newEngine(t, modeltest.NewFake("")), docAt(t, "a.go", goFunc), 8)
	if len(texts) != 0 || !strings.Contains(reason, "nothing to add") {
		t.Errorf("%q, %q", texts, reason)
	}
	off := New(Options{Backends: []model.Backend{modeltest.NewFake("x")}, Disabled: true})
	defer off.Close()
	if texts, _, reason = panelOf(t, off, docAt(t, "a.go", goFunc), 8); len(texts) != 0 || !strings.Contains(reason, "switched off") {
		t.Errorf("%q, %q", texts, reason)
	}
	ctx, cancel := context.WithCancel(t.Context())
	_, err := newEngine(t, modeltest.NewFake("a + b")).Panel(ctx, docAt(t, "a.go", goFunc), 8, func(Suggestion) { cancel() })
	if !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// TestPanelIsLonger: one alternative goes on where the usual one ends.
func TestPanelIsLonger(t *testing.T) {
	text := "def f(a):\n    ¦\n"
	texts, _, _ := panelOf(t, newEngine(t, modeltest.NewFake("b = a\n\n    c = b\n\n    return c\n\n\ndef g():\n    pass\n")), docAt(t, "a.py", text), 8)
	if !slices.Contains(texts, "b = a\n\n    c = b\n\n    return c") {
		t.Errorf("%q", texts)
	}
}
