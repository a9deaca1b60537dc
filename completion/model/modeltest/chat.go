package modeltest

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/model/langchain"
	"github.com/tmc/langchaingo/llms"
)

// CheckChat checks that a backend whose server answers every chat "two words", in
// two chunks, hands that on, to langchaingo too.
func CheckChat(t *testing.T, b model.Backend) {
	t.Helper()
	var chunks []string
	r, err := model.Generate(t.Context(), b, model.Request{Chat: model.Say("hello"), OnText: func(c string) error {
		chunks = append(chunks, c)
		return nil
	}})
	if err != nil || r.Text != "two words" || strings.Join(chunks, "|") != "two |words" {
		t.Fatalf("%+v, %v, chunks %q", r, err, chunks)
	}
	if r, err = b.Generate(t.Context(), model.Request{Chat: model.Say("hello")}); err != nil || r.Text != "two words" {
		t.Errorf("not read along: %+v, %v", r, err)
	}
	text, err := llms.GenerateFromSinglePrompt(t.Context(), langchain.Model{Backend: b}, "hello")
	if err != nil || text != "two words" {
		t.Errorf("by langchaingo: %q, %v", text, err)
	}
}

// CheckRealChat holds the chat of a backend with a real server to its contract: what
// is read along is the answer, a schema is kept to, and a chat of most tokens that
// its caller cancels ends as cancelled.
func CheckRealChat(t *testing.T, b model.Backend, most int) {
	t.Helper()
	var chunks strings.Builder
	r, err := model.Generate(t.Context(), b, model.Request{
		Chat: model.Say("package main"), MaxTokens: 8, OnText: func(c string) error { chunks.WriteString(c); return nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	if r.Text != chunks.String() || r.Usage.GeneratedTokens > 8 {
		t.Errorf("%+v, chunks %q", r, chunks.String())
	}
	object, err := b.Generate(t.Context(), model.Request{Chat: model.Say("package main"), MaxTokens: 64, Schema: []byte(`{"type":"object"}`)})
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(strings.TrimSpace(object.Text), "{") {
		t.Errorf("held to an object: %q", object.Text)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	r, err = model.Generate(ctx, b, model.Request{
		Chat: model.Say("package main"), MaxTokens: most, OnText: func(string) error { cancel(); return nil },
	})
	if err != context.Canceled {
		t.Errorf("cancelled: %+v, %v", r, err)
	}
}

// RunChatFaults holds the chat of a backend to the contract of [model.Backend], whose
// server has a fault where it chats. langchaingo's clients answer "", nil in most of
// these cases.
func RunChatFaults(t *testing.T, faulty func(*testing.T, Fault) model.Backend) {
	ask := func(ctx context.Context, t *testing.T, f Fault, onText func(string) error) (model.Response, error) {
		b := faulty(t, f)
		t.Cleanup(func() { b.Close() })
		return b.Generate(ctx, model.Request{Chat: model.Say("hello"), OnText: onText})
	}
	for _, f := range faults {
		t.Run(string(f.fault), func(t *testing.T) {
			for _, onText := range []func(string) error{nil, func(string) error { return nil }} {
				if r, err := ask(t.Context(), t, f.fault, onText); !model.IsKind(err, f.kind) {
					t.Errorf("got %+v, %v, want kind %q", r, err, f.kind)
				}
			}
		})
	}
	t.Run("cancelled", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		if r, err := ask(ctx, t, FallsSilent, func(string) error { cancel(); return nil }); !errors.Is(err, context.Canceled) {
			t.Errorf("%+v, %v", r, err)
		}
	})
	t.Run("the caller's error", func(t *testing.T) {
		boom := errors.New("boom")
		if r, err := ask(t.Context(), t, FallsSilent, func(string) error { return boom }); !errors.Is(err, boom) {
			t.Errorf("%+v, %v", r, err)
		}
	})
}
