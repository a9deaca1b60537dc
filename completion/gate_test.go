package completion

import (
	"strings"
	"testing"

	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/model/modeltest"
)

// TestCompletionsGoFirst: what others ask of the chosen model gives way to a
// completion and goes on behind it.
func TestCompletionsGoFirst(t *testing.T) {
	fake := modeltest.NewFake("")
	release := make(chan struct{})
	fake.Script(func(p model.Prompt) modeltest.Reply {
		text := p.String()
		if rest, ok := strings.CutPrefix(text, "review"); ok {
			return modeltest.Reply{Text: "all is well"[len(rest):], Release: release, ReleaseAfter: 2}
		}
		return modeltest.Reply{Text: "a + b"}
	})
	e := newEngine(t, fake)
	b, info, err := e.Chosen(t.Context())
	if err != nil || info.Model != "fake:7b-code" {
		t.Fatal(info, err)
	}
	read, done := make(chan string, 10), make(chan struct{})
	var resp model.Response
	go func() {
		defer close(done)
		resp, err = model.Generate(t.Context(), b, model.Request{
			Prompt: model.Prompt{model.Text("review")}, MaxTokens: 50,
			OnText: func(chunk string) error { read <- chunk; return nil },
		})
	}()
	<-read
	<-read
	// New settings keep the gate of a backend that stays.
	if err := e.Reconfigure(Options{Backends: []model.Backend{fake}}); err != nil {
		t.Fatal(err)
	}
	res, completeErr := e.Complete(t.Context(), docAt(t, "a.go", goFunc))
	if completeErr != nil || len(res.Suggestions) != 1 {
		t.Errorf("%+v, %v", res, completeErr)
	}
	if c := fake.Counts(); c.Cancelled != 1 {
		t.Errorf("%+v", c)
	}
	close(release)
	<-done
	if err != nil || resp.Text != "all is well" {
		t.Errorf("the other got %q, %v", resp.Text, err)
	}
	if _, _, err := newEngine(t).Chosen(t.Context()); err == nil {
		t.Error("chosen from none")
	}
}
