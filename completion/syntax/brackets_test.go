package syntax

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// TestScanGoesOn types in texts of every language, here and there: a scan that goes
// on where the last one came to finds what one from the beginning does.
func TestScanGoesOn(t *testing.T) {
	odd := []string{"'", "\"", "`", "/*", "*/", "//", "#", "r#\"", "\"#", "R\"x(", ")x\"", "\"\"\"", "\\", "return /", "\n", "\n\n", "{", "}", "(", ")", "[", "'\n", "/'/\n"}
	for _, name := range slices.Sorted(maps.Keys(snippets)) {
		l := languageOf(name)
		rng := rand.New(rand.NewPCG(7, uint64(len(name))))
		pieces := slices.Concat(snippets[name], odd)
		text, at := strings.Repeat(snippets[name][0]+"\n", 40), 0
		var from *checkpoint
		went := 0
		for i := range 3000 {
			if i%50 == 0 {
				at = rng.IntN(len(text) + 1)
			}
			switch rng.IntN(12) {
			case 0: // somewhere else, too
				k := rng.IntN(at + 1)
				with := odd[rng.IntN(len(odd))]
				text, at = text[:k]+with+text[k:], at+len(with)
			case 1:
				k := max(0, at-rng.IntN(80))
				text, at = text[:k]+text[at:], k
			case 2:
				with := pieces[rng.IntN(len(pieces))]
				text, at = text[:at]+with+text[at:], at+len(with)
			default:
				text, at = text[:at]+"x"+text[at:], at+1
			}
			if from.goesOn(&l.Lexis, text, scanStart(text, at), at) {
				went++
			}
			var got surroundings
			got, from = from.scanPlace(&l.Lexis, text, at)
			if want := scanPlace(&l.Lexis, text, at); fmt.Sprint(got) != fmt.Sprint(want) {
				t.Fatalf("%s, edit %d: at %d of\n%s\n%v, want\n%v", name, i, at, text, got, want)
			}
			if len(text) > 60<<10 {
				text, at = text[:40<<10], min(at, 40<<10)
			}
		}
		if went < 100 {
			t.Errorf("%s: went on %d times of 3000", name, went)
		}
	}
}
