package syntax

import (
	"testing"
	"time"
)

// FuzzAnalyze edits a document and asks everything about it, and compares the
// tree that grew with a fresh one.
func FuzzAnalyze(f *testing.F) {
	for name, pieces := range snippets {
		for i, piece := range pieces {
			f.Add(name, pieces[0]+piece, i, i+2, pieces[(i+1)%len(pieces)], "x {\n  y()\n}\n\nz")
		}
	}
	for name, text := range hostile() {
		if len(text) < 1000 {
			f.Add(name, text, 1, 0, "{", "}")
		}
	}
	f.Fuzz(func(t *testing.T, language, text string, start, end int, insert, suggestion string) {
		c := NewCache(Limits{ParseTime: 10 * time.Second})
		defer c.CloseAll()
		d := Document{Key: "a", Language: language, Text: text}
		c.Open(d)
		checkRanges(t, c.Analyze(d, start), len(text))

		from := clamp(start, len(text))
		to := max(from, clamp(end, len(text)))
		d.Text = text[:from] + insert + text[to:]
		c.Edit("a", []Edit{{start, end, start + len(insert)}}, d.Text)
		a := c.Analyze(d, from+len(insert))
		checkRanges(t, a, len(d.Text))
		if languageOf(language).grammar != nil {
			compareToFresh(t, c, d)
		}
		if keep, _ := End(a, suggestion); keep < 0 || keep > len(suggestion) {
			t.Errorf("End keeps %d of %d bytes", keep, len(suggestion))
		}
		if _, keep := c.Breaks(d, Range{start, end}, suggestion); keep < 0 || keep > len(suggestion) {
			t.Errorf("Breaks keeps %d of %d bytes", keep, len(suggestion))
		}
	})
}
