package llama

import (
	"fmt"
	"slices"
	"testing"
)

// TestExtendSameBits: the logits after each token of a batch are those of one
// after the other, also after going back.
func TestExtendSameBits(t *testing.T) {
	for name, spec := range variants() {
		t.Run(name, func(t *testing.T) {
			_, m := load(t, spec)
			one, many := newSession(t, m, Options{Threads: 1}), newSession(t, m, Options{Threads: 2})
			tokens := randomTokens(4, 60, m.Vocabulary)
			want := [][]float32{evaluate(t, one, tokens[:20])}
			for _, token := range tokens[20:] {
				if err := one.Append(t.Context(), token); err != nil {
					t.Fatal(err)
				}
				want = append(want, slices.Clone(one.Logits()))
			}
			evaluate(t, many, tokens[:20])
			for at, n := 20, 1; at+n <= len(tokens); at, n = at+n, n%many.MaxExtend()+1 {
				wrong := slices.Repeat([]int32{tokens[3]}, n)
				if err := many.Extend(t.Context(), wrong); err != nil {
					t.Fatal(err)
				}
				many.Truncate(at)
				if err := many.Extend(t.Context(), tokens[at:at+n]); err != nil {
					t.Fatal(err)
				}
				for i := range n {
					sameBits(t, fmt.Sprintf("token %d of %d at %d", i, n, at), many.LogitsAfter(i), want[at+i-19])
				}
				sameBits(t, "the last", many.Logits(), want[at+n-20])
			}
		})
	}
}

func TestExtendBounds(t *testing.T) {
	_, m := load(t, small)
	s := newSession(t, m, Options{Context: 30, Threads: 1})
	evaluate(t, s, randomTokens(1, 20, m.Vocabulary))
	for name, tokens := range map[string][]int32{
		"none": nil, "too many at once": make([]int32, s.MaxExtend()+1), "more than the context": make([]int32, 11),
		"outside the vocabulary": {1, int32(m.Vocabulary)},
	} {
		if err := s.Extend(t.Context(), tokens); err == nil || s.Len() != 20 {
			t.Errorf("%s: %v, %d tokens", name, err, s.Len())
		}
	}
}

// TestKeepsTexts: a text that was left for another is known when it comes back,
// an edit of it is no other text, and the bound holds.
func TestKeepsTexts(t *testing.T) {
	_, m := load(t, small)
	a, b := randomTokens(1, 150, m.Vocabulary), randomTokens(2, 150, m.Vocabulary)
	copy(b, a[:10]) // a licence in both
	edited := slices.Concat(a[:20], randomTokens(3, 5, m.Vocabulary), a[20:])
	short := slices.Concat(a[:4], randomTokens(4, 36, m.Vocabulary)) // read for a cursor that rests

	fresh := newSession(t, m, Options{Threads: 1})
	s := newSession(t, m, Options{Threads: 1})
	for _, step := range []struct {
		name   string
		tokens []int32
		cached int
		kept   int
	}{
		{"the first", a, 0, 1},
		{"another with the same beginning", b, 10, 2},
		{"back", a, 149, 2},
		{"edited near the beginning", edited, 20, 2},
		{"the other again", b, 149, 2},
		{"a short one", short, 4, 3},
		{"the other once more", b, 149, 3},
		{"the short one is still known", short, 39, 3},
	} {
		cached, err := s.Evaluate(t.Context(), step.tokens)
		if err != nil || cached != step.cached || len(s.kept.list) != step.kept {
			t.Errorf("%s: %d tokens known, %d texts kept, %v; want %d and %d", step.name, cached, len(s.kept.list), err, step.cached, step.kept)
		}
		fresh.Truncate(0)
		sameBits(t, step.name, s.Logits(), evaluate(t, fresh, step.tokens))
	}

	// What is read gently is read beside an edit of it, too.
	s.Gently(true)
	for _, tokens := range [][]int32{edited, b[:120]} {
		more := slices.Concat(tokens[:100], randomTokens(5, 40, m.Vocabulary))
		if cached, err := s.Evaluate(t.Context(), more); err != nil || cached != 100 || s.Known(tokens) != len(tokens) {
			t.Errorf("%d tokens known, %d of the text it is beside, %v", cached, s.Known(tokens), err)
		}
	}

	tight := newSession(t, m, Options{Threads: 1, KeepBytes: 1})
	for _, tokens := range [][]int32{a, b, a} {
		evaluate(t, tight, tokens)
	}
	if n := len(tight.kept.list); n != 1 {
		t.Errorf("%d texts kept beyond the bound", n)
	}
}
