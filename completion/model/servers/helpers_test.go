package servers

import (
	"testing"
	"time"

	"github.com/airside-ls/airside/completion/model"
)

func openLlama(t *testing.T, o LlamaCppOptions) *LlamaCpp {
	t.Helper()
	b, err := NewLlamaCpp(o)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func openOpenAI(t *testing.T, o OpenAIOptions) *OpenAI {
	t.Helper()
	b, err := NewOpenAI(o)
	if err != nil {
		t.Fatal(err)
	}
	b.connectTimeout = time.Minute // the handshake of a busy machine is as good as any other
	return b
}

func insertPrompt(prefix, suffix string) model.Prompt {
	return model.Prompt{
		model.Control("▁<PRE>"), model.Text(prefix),
		model.Control("▁<SUF>"), model.TextNoSpace(suffix), model.Control("▁<MID>"),
	}
}

// eventually polls a condition that no event tells of.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for pause := time.Millisecond; !ok(); pause = min(2*pause, 50*time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("it never came about that %s", what)
		}
		time.Sleep(pause)
	}
}
