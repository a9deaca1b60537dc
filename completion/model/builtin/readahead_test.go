package builtin

import (
	"context"
	"runtime"
	"strings"
	"testing"

	"github.com/airside-ls/airside/completion/model"
)

// TestReadsAhead: what was answered without the network it has read when it is
// asked, the next key's tokens aside.
func TestReadsAhead(t *testing.T) {
	b := NewBackend("", Options{})
	defer b.Close()
	certain := &script{closes: "\n", list: map[string][]model.Continuation{"": {{Text: " xyzzy", P: 0.98, Ends: true}}}}
	if u := mixed(t, b, certain, 0).Usage; u.CachedTokens != 0 {
		t.Fatalf("read before: %+v", u)
	}
	if err := b.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	u := mixed(t, b, &script{closes: "\n"}, 0).Usage
	if u.PromptTokens < 10 || u.CachedTokens != u.PromptTokens-1 { // the last one is read again, for its logits
		t.Errorf("%d of %d tokens were known", u.CachedTokens, u.PromptTokens)
	}
}

// TestReadAheadGivesWay: who wants the turn stops what is read, keeps it from
// beginning, and finds what was read by then.
func TestReadAheadGivesWay(t *testing.T) {
	e := OpenEmbedded(Options{Threads: 1, ContextTokens: 1024, BatchTokens: 1})
	defer e.Close()
	if err := e.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	tokens := append([]int32{e.tok.BOS()}, e.tok.Encode(strings.Repeat("func f(a int) error { return nil }\n", 40))...)[:500]

	got := e.ahead.wait()
	e.readAhead(t.Context(), tokens, false)
	got()
	if e.session.Len() != 0 {
		t.Fatal("it began though somebody waited")
	}

	e.readAhead(t.Context(), tokens, false)
	r, err := e.Generate(t.Context(), tokens, GenerateOptions{MaxTokens: 1}) // of 500 steps some are left
	if err != nil || r.CachedTokens == len(tokens)-1 {
		t.Errorf("%d of %d tokens were read, %v", r.CachedTokens, len(tokens), err)
	}

	e.readAhead(t.Context(), tokens[:10], false)
	e.Close()
	e.readAhead(t.Context(), tokens, false) // as if nothing
	if err := e.Load(context.Background()); err != ErrClosed {
		t.Error(err)
	}
}

// TestPrepare: what was prepared is known, on the tokens of a document that was
// opened; who asks meanwhile is not kept waiting, and it says so.
func TestPrepare(t *testing.T) {
	b := NewBackend("", Options{BatchTokens: 1})
	defer b.Close()
	prompt := model.Prompt{model.Text(mixedPrompt)}
	read, of := 0, 0
	if err := b.Prepare(t.Context(), prompt, func(r, n int) { read, of = r, n }); err != nil {
		t.Fatal(err)
	}
	if read == 0 || read != of {
		t.Errorf("tells that it has read %d of %d tokens", read, of)
	}
	if u := mixed(t, b, &script{closes: "\n"}, 0).Usage; u.CachedTokens != u.PromptTokens-1 {
		t.Errorf("%d of %d tokens were known", u.CachedTokens, u.PromptTokens)
	}

	got := b.engine.ahead.wait()
	if err := b.Prepare(t.Context(), prompt, nil); err != model.ErrGaveWay {
		t.Errorf("while somebody waits: %v", err)
	}
	got()
	long := model.Prompt{model.Text(strings.Repeat("func g(a int) error { return nil }\n", 30))}
	ended := make(chan error)
	go func() { ended <- b.Prepare(t.Context(), long, func(r, n int) { read, of = r, n }) }()
	for !b.engine.ahead.reading() {
		runtime.Gosched()
	}
	if resp := mixed(t, b, &script{closes: "\n"}, 0); resp.Text == "" {
		t.Error("no answer")
	}
	if err := <-ended; err != model.ErrGaveWay {
		t.Errorf("interrupted: %v", err)
	}
	if read >= of {
		t.Errorf("interrupted, it tells that it has read %d of %d tokens", read, of)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := b.Prepare(ctx, prompt, nil); err != context.Canceled {
		t.Errorf("cancelled: %v", err)
	}
	b.Close()
	if err := b.Prepare(t.Context(), prompt, nil); err == nil {
		t.Error("prepared after Close")
	}
}

// reading tells whether something is being read ahead.
func (a *prereader) reading() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.stop != nil
}
