package llama

import (
	"bytes"
	"errors"
	"slices"
	"testing"
)

// TestSaveRestore: what was read before a restart is known after it, the last
// texts first, within the bound.
func TestSaveRestore(t *testing.T) {
	_, m := load(t, small)
	s := newSession(t, m, Options{Threads: 1})
	a, b := randomTokens(1, 81, m.Vocabulary), randomTokens(2, 100, m.Vocabulary)
	evaluate(t, s, a)
	want := evaluate(t, s, b)
	var file, half bytes.Buffer
	if n, err := s.Save(&file, "m", 1<<30); n != 2 || err != nil {
		t.Fatalf("%d saved, %v", n, err)
	}
	if n, err := s.Save(&half, "m", s.cache.savedBytes(100)); n != 1 || err != nil {
		t.Errorf("%d saved within the bound of one, %v", n, err)
	}
	fresh := newSession(t, m, Options{Threads: 1})
	if err := fresh.Restore(bytes.NewReader(file.Bytes()), "m"); err != nil {
		t.Fatal(err)
	}
	if cached, err := fresh.Evaluate(t.Context(), b); cached != 99 || err != nil {
		t.Errorf("%d tokens known, %v", cached, err)
	}
	sameBits(t, "restored", fresh.Logits(), want)
	if cached, _ := fresh.Evaluate(t.Context(), a); cached != 80 {
		t.Errorf("%d tokens of the other known", cached)
	}
}

// TestRestoreRefuses: nothing that is cut, changed, or of another model is taken
// in.
func TestRestoreRefuses(t *testing.T) {
	_, m := load(t, small)
	s := newSession(t, m, Options{Threads: 1})
	evaluate(t, s, randomTokens(1, 20, m.Vocabulary))
	var file bytes.Buffer
	if _, err := s.Save(&file, "m", 1<<30); err != nil {
		t.Fatal(err)
	}
	refused := func(name string, data []byte, model string) {
		t.Helper()
		fresh := newSession(t, m, Options{Threads: 1})
		if err := fresh.Restore(bytes.NewReader(data), model); !errors.Is(err, ErrNotSaved) || len(fresh.kept.list) != 1 {
			t.Errorf("%s: %v", name, err)
		}
	}
	refused("another model", file.Bytes(), "n")
	refused("nothing", nil, "m")
	for _, at := range []int{3, len(savedHeader), len(savedHeader) + 4, len(savedHeader) + 5, len(savedHeader) + 9, len(savedHeader) + 14, file.Len() / 2, file.Len() - 1} {
		changed := slices.Clone(file.Bytes())
		changed[at] ^= 0xff
		refused("changed", changed, "m")
		refused("cut", file.Bytes()[:at], "m")
	}
}
