package syntax

import (
	"math/rand/v2"
	"testing"
)

// TestEndIsStable checks that an end which is certain stays where it is,
// whatever is generated after it: generation has stopped by then.
func TestEndIsStable(t *testing.T) {
	c := NewCache(Limits{})
	defer c.CloseAll()
	for name, pieces := range snippets {
		rng := rand.New(rand.NewPCG(11, uint64(len(name))))
		pieces := append([]string{"\n", "\n\n", "\n  ", "\n    ", " x ", "y", "\t", ":", ";"}, pieces...)
		for range 1500 {
			text, _ := randomEdits(rng, pieces[rng.IntN(len(pieces))], pieces)
			for range 3 {
				text, _ = randomEdits(rng, text, pieces)
			}
			at := rng.IntN(len(text) + 1)
			a := c.Analyze(Document{Language: name, Text: text}, at)
			suggestion := ""
			for range 8 {
				suggestion += pieces[rng.IntN(len(pieces))]
			}
			keep, sure := End(a, suggestion)
			for n := range len(suggestion) {
				k, certain := End(a, suggestion[:n])
				if k < 0 || k > n {
					t.Fatalf("keeps %d of %d", k, n)
				}
				if certain && (!sure || k != keep) {
					t.Fatalf("%s: at %d of %q, %s, the end of %q is certain at %d of %q, but then %v at %d", name, at, text, a.Reason, suggestion, k, suggestion[:n], sure, keep)
				}
			}
		}
	}
}

func TestEndOfNothing(t *testing.T) {
	if keep, certain := End(Analysis{}, "a\nb"); keep != 3 || certain {
		t.Error(keep, certain)
	}
}
