package syntax

import (
	"flag"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

// randomEditCount is small for every day; go test ./completion/syntax
// -run RandomEdits -random-edits 100000 is the whole.
var randomEditCount = flag.Int("random-edits", 10_000, "how many random edits to make, over all languages")

// TestRandomEdits edits and asks in every language: nothing crashes, the tree
// equals a fresh one at every 1,000th edit and at each language's last, and the
// resident memory stays flat.
func TestRandomEdits(t *testing.T) {
	names := slices.Sorted(maps.Keys(snippets))
	each := max(1, *randomEditCount/len(names))
	compared, total := 0, 0
	open := openTrees.Load()
	// All rounds make the same edits, and so the last two can do with the memory
	// that the first two took.
	run := func() {
		for _, name := range names {
			c := NewCache(Limits{ParseTime: time.Minute})
			rng := rand.New(rand.NewPCG(9, uint64(len(name))))
			pieces := snippets[name]
			d := Document{Key: "a", Language: name, Text: strings.Repeat(pieces[0], 10)}
			c.Open(d)
			for i := range each / 4 {
				text, edits := randomEdits(rng, d.Text, pieces)
				if len(text) > 4000 || i%200 == 199 {
					text, edits = strings.Repeat(pieces[0], 1+rng.IntN(10)), nil
				}
				d.Text = text
				c.Edit("a", edits, text)
				at := rng.IntN(len(text) + 1)
				End(c.Analyze(d, at), pieces[rng.IntN(len(pieces))]+"\n\n}")
				if total++; total%1000 == 0 || i == each/4-1 {
					compareToFresh(t, c, d)
					// Random edits leave errors, of which trees may differ with
					// reason; so compare what is left of them in good code, too.
					d.Text = strings.Repeat(pieces[0], 5)
					c.Edit("a", nil, d.Text)
					c.Analyze(d, len(d.Text)/2)
					compareToFresh(t, c, d)
					compared++
				}
			}
			c.CloseAll()
		}
	}
	run()
	run()
	warm := resident(t)
	run()
	run()
	grown := resident(t) - warm
	t.Logf("%d edits in %d languages, %d trees compared, the second half took %d KiB", total, len(names), compared, grown>>10)
	if grown > 20<<20 {
		t.Errorf("the second half of the edits took %d KiB", grown>>10)
	}
	if n := openTrees.Load() - open; n != 0 {
		t.Errorf("%d trees are open", n)
	}
}
