package completion

import (
	"context"
	"strings"
	"testing"

	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/model/modeltest"
)

// TestAlternatives: up to three distinct suggestions, the greedy one first; the
// same request again asks nobody.
func TestAlternatives(t *testing.T) {
	tests := []struct {
		name    string
		answers []string // of the model, in order
		want    string   // suggestions, joined by |
	}{
		{"three", []string{"a + b", "a - b", "a * b"}, "a + b|a - b|a * b"},
		{"a model that repeats itself", []string{"a + b", "a + b", "a + b ", "a - b", "a + b"}, "a + b|a - b"},
		{"one that is sure", []string{"a + b", "a + b", "a + b", "a + b", "a + b"}, "a + b"},
		{"rubbish is filtered", []string{"a + b", "<PRE> x", "", "b"}, "a + b|b|never"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			fake := modeltest.NewFake("never")
			for _, a := range tt.answers {
				fake.Queue(modeltest.Reply{Text: a})
			}
			e := newEngine(t, fake)
			r := docAt(t, "a.go", goFunc)
			r.Trigger, r.Alternatives = Invoked, 3
			for round := range 2 {
				res, err := e.Complete(t.Context(), r)
				if err != nil {
					t.Fatal(err)
				}
				var got []string
				ids := map[string]bool{}
				for _, s := range res.Suggestions {
					got = append(got, s.Text)
					ids[s.ID] = true
				}
				if strings.Join(got, "|") != tt.want {
					t.Errorf("round %d: %q, want %q", round, got, tt.want)
				}
				if len(ids) != len(got) {
					t.Errorf("round %d: IDs %v", round, ids)
				}
			}
			if n := fake.Counts().Started; n > 1+maxAlternativeTries {
				t.Errorf("%d generations", n)
			}
			for i, o := range fake.Requests() {
				if (i == 0) != (o.Temperature == 0) {
					t.Errorf("generation %d has temperature %v", i, o.Temperature)
				}
			}
		})
	}
}

// TestAlternativeIsTypedThrough: having typed what only an alternative begins
// with, the user gets its rest without the model.
func TestAlternativeIsTypedThrough(t *testing.T) {
	fake := modeltest.NewFake("x")
	fake.Queue(modeltest.Reply{Text: "a + b"}, modeltest.Reply{Text: "b - a"}, modeltest.Reply{Text: "a * b"})
	e := newEngine(t, fake)
	r := docAt(t, "a.go", goFunc)
	r.Trigger, r.Alternatives = Invoked, 3
	if res, err := e.Complete(t.Context(), r); err != nil || len(res.Suggestions) != 3 {
		t.Fatalf("%+v, %v", res, err)
	}
	for _, tt := range [][2]string{{"", "a + b"}, {"a", " + b"}, {"b", " - a"}, {"a *", " b"}} {
		typed, want := tt[0], tt[1]
		res, ok := recalled(t, e, docAt(t, "a.go", strings.Replace(goFunc, cursor, typed+cursor, 1)))
		if !ok || res.Suggestions[0].Text != want {
			t.Errorf("typed %q: %+v, %v; want %q", typed, res.Suggestions, ok, want)
		}
	}
}

// TestAlternativesAreCancelled: the user who goes on typing waits for nothing.
func TestAlternativesAreCancelled(t *testing.T) {
	fake := modeltest.NewFake("a + b")
	e := newEngine(t, fake)
	r := docAt(t, "a.go", goFunc)
	if _, err := e.Complete(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	release := fake.Block()
	defer release()
	ctx, cancel := context.WithCancel(t.Context())
	r.Trigger, r.Alternatives = Invoked, 3
	done := make(chan error)
	go func() { _, err := e.Complete(ctx, r); done <- err }()
	if err := fake.WaitStarted(t.Context(), 2); err != nil {
		t.Fatal(err)
	}
	cancel()
	if err := <-done; err != context.Canceled {
		t.Errorf("error %v", err)
	}
	if err := fake.WaitCancelled(t.Context(), 1); err != nil {
		t.Error(err)
	}
}

// TestSelfTest: a model that does not insert is told of in the status, once,
// with the name of one that can; a good one is not.
func TestSelfTest(t *testing.T) {
	tests := []struct {
		name   string
		change func(*model.Info)
		answer string // to the sample
		want   string // a part of the status' message
	}{
		{"good", func(*model.Info) {}, " a + b", "the test says so"},
		{"says nothing", func(*model.Info) {}, "", "failed the insert self-test"},
		{"leaks markers", func(*model.Info) {}, "<PRE> package", "prompt marker"},
		{"has no insert tokens", func(i *model.Info) { i.Controls, i.VocabularyKnown = nil, true }, " a + b", "cannot insert"},
		{"continues by its card", func(i *model.Info) { i.Controls, i.Form, i.VocabularyKnown = nil, "plain", true }, " a + b", "the test says so"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			fake := modeltest.NewFake("")
			fake.SetInfo(tt.change)
			fake.Script(func(p model.Prompt) modeltest.Reply {
				if strings.Contains(p.String(), "package sample") {
					return modeltest.Reply{Text: tt.answer}
				}
				return modeltest.Reply{Text: "a + b"}
			})
			e := New(Options{Backends: []model.Backend{fake}, SelfTest: true})
			defer e.Close()
			ready := make(chan bool, 10)
			e.OnStatus(func(s Status) {
				if s.State == Ready {
					ready <- true
				}
			})
			<-ready
			for range 2 {
				if _, err := e.Complete(t.Context(), docAt(t, "a.go", goFunc)); err != nil {
					t.Fatal(err)
				}
				e.suggestions.Forget("a.go")
			}
			e.tested.all.Wait()
			s := e.Status()
			if !strings.Contains(s.Message, tt.want) {
				t.Errorf("status %+v, want %q in it", s, tt.want)
			}
			if bad := tt.want != "the test says so"; bad != strings.Contains(s.Message, "codellama:7b-code") {
				t.Errorf("status %+v", s)
			}
			samples := 0
			for _, p := range fake.Prompts() {
				if strings.Contains(p.String(), "package sample") {
					samples++
				}
			}
			if samples != 1 {
				t.Errorf("%d self-tests", samples)
			}
		})
	}
}
