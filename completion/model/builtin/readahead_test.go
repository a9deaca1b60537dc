package builtin

import (
	"context"
	"strings"
	"testing"

	"github.com/airside-ls/airside/completion/model"
)

// TestReadsAhead: what was answered without the network it has read when it is
// asked, the next key's tokens aside.
func TestReadsAhead(t *testing.T) {
	b := NewBackend("", Options{})
	defer b.Close()
	certain := &script{closes: "\n", list: map[string][]model.Expected{"": {{Text: " xyzzy", P: 0.98, Ends: true}}}}
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
	e.readAhead(tokens)
	got()
	if e.session.Len() != 0 {
		t.Fatal("it began though somebody waited")
	}

	e.readAhead(tokens)
	r, err := e.Generate(t.Context(), tokens, GenerateOptions{MaxTokens: 1}) // of 500 steps some are left
	if err != nil || r.CachedTokens == len(tokens)-1 {
		t.Errorf("%d of %d tokens were read, %v", r.CachedTokens, len(tokens), err)
	}

	e.readAhead(tokens[:10])
	e.Close()
	e.readAhead(tokens) // as if nothing
	if err := e.Load(context.Background()); err != ErrClosed {
		t.Error(err)
	}
}
