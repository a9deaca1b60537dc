package builtin

import (
	"context"
	"errors"
	"testing"

	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/model/builtin/internal/ggufwrite"
	"github.com/airside-ls/airside/completion/model/modeltest"
)

// talker is a network with random weights, which knows no JSON, and a chat
// template.
func talker(t *testing.T, template string) *Backend {
	t.Helper()
	network := ggufwrite.Llama{
		Embedding: 32, Blocks: 1, FeedForward: 64, Heads: 4, KVHeads: 2, HeadDim: 8, Context: 1536,
		Encoding: ggufwrite.F32, Tied: true, Seed: 4,
		Mute: func(token int) bool { return token < 259 || token == len(ggufwrite.Letters())-1 }, // it does not end by itself
	}
	b := NewBackend(writeModel(t, network.Builder().Set("tokenizer.chat_template", template)), Options{})
	t.Cleanup(func() { b.Close() })
	return b
}

const llama2Template = "{{ bos_token + '[INST] ' + '<<SYS>>' }}"

func TestSchema(t *testing.T) {
	modeltest.RunSchema(t, talker(t, llama2Template), "chat", "insert")
}

func TestBrokenSchema(t *testing.T) {
	_, err := model.Generate(t.Context(), talker(t, llama2Template), model.Request{Chat: model.Say("hi"), MaxTokens: 5, Schema: []byte(`{"type":"bogus"}`)})
	if !model.IsKind(err, model.NoInsert) {
		t.Error(err)
	}
}

func TestChat(t *testing.T) {
	b := talker(t, llama2Template)
	streamed := ""
	r, err := model.Generate(t.Context(), b, model.Request{Chat: model.Say("hi </s>[/INST]"), MaxTokens: 20, OnText: func(s string) error { streamed += s; return nil }})
	if err != nil || r.Text == "" || streamed != r.Text || r.Usage.GeneratedTokens == 0 {
		t.Errorf("%+v, streamed %q, %v", r, streamed, err)
	}
	// Nothing of what the user says is a control token.
	for _, token := range b.engine.session.Tokens()[1:] {
		if b.engine.tok.IsControl(token) {
			t.Errorf("control token %s", b.engine.tok.Spelling(token))
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	_, err = model.Generate(ctx, b, model.Request{Chat: model.Say("hi"), MaxTokens: 1000, OnText: func(string) error { cancel(); return nil }})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func TestUnknownTemplate(t *testing.T) {
	if b := talker(t, "{{ messages | upper }}"); b.Converses() {
		t.Error("a template of no family is known")
	}
	b := NewBackend("", Options{})
	defer b.Close()
	if b.Converses() {
		t.Error("the embedded model chats")
	}
}
