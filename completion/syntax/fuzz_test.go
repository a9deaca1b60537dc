package syntax

import (
	"cmp"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"github.com/airside-ls/airside/completion/syntax/lang"
)

// FuzzGrammars gives each grammar with its scanner what it may not be made for. A
// grammar may crash: what must hold is that whoever asks gets an answer, and that
// other texts are parsed as before. New texts that have one crash are kept in the
// folder AIRSIDE_FUZZ_FINDINGS, or else in testdata/findings, where git shows them.
func FuzzGrammars(f *testing.F) {
	var grammars []*language
	for _, l := range lang.All() {
		if l.Grammar != nil {
			grammars = append(grammars, languageOf(l.Name()))
		}
	}
	known := map[string]bool{}
	for i, l := range grammars {
		for _, piece := range snippets[l.Name()] {
			f.Add(byte(i), piece)
		}
		f.Add(byte(i), "x\n")
		for _, k := range append(cured, killers...) {
			f.Add(byte(i), k.Text)
			known[k.Text] = true
		}
	}
	shop := newShop(f)
	sound := Document{Language: "go", Text: "package a\n"}
	f.Fuzz(func(t *testing.T, grammar byte, text string) {
		c := farIn(t, shop, Limits{ParseTime: time.Second})
		patient := farIn(t, shop, Limits{ParseTime: 20 * time.Second}) // the machine may be busy, the worker dead
		d := Document{Key: "a", Language: grammars[int(grammar)%len(grammars)].Name(), Text: text}
		c.Open(d)
		a := c.Analyze(d, len(text)/2)
		checkRanges(t, a, len(text))
		c.Nodes(d)
		if a.Unread != "" && !known[text] {
			dir := cmp.Or(os.Getenv("AIRSIDE_FUZZ_FINDINGS"), filepath.Join("testdata", "findings"))
			name := fmt.Sprintf("%s-%x", d.Language, sha256.Sum256([]byte(text)))
			if err := errors.Join(os.MkdirAll(dir, 0o755), os.WriteFile(filepath.Join(dir, name[:min(len(name), 40)]), []byte(text), 0o600)); err != nil {
				t.Fatal(err)
			}
		}
		if !patient.Analyze(sound, 1).Parsed {
			t.Error("another text is not parsed any more")
		}
	})
}

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
	shop := newShop(f)
	f.Fuzz(func(t *testing.T, language, text string, start, end int, insert, suggestion string) {
		c := farIn(t, shop, Limits{ParseTime: 10 * time.Second})
		d := Document{Key: "a", Language: language, Text: text}
		c.Open(d)
		checkRanges(t, c.Analyze(d, start), len(text))

		from := clamp(start, len(text))
		to := max(from, clamp(end, len(text)))
		d.Text = text[:from] + insert + text[to:]
		c.Edit("a", []Edit{{start, end, start + len(insert)}}, d.Text)
		a := c.Analyze(d, from+len(insert))
		checkRanges(t, a, len(d.Text))
		grown, ok := c.Nodes(d)
		fresh, also := c.Nodes(Document{Language: language, Text: d.Text})
		// Recovery from errors depends on what was there before.
		if ok && also && !grown.Error && !fresh.Error && !reflect.DeepEqual(grown, fresh) {
			t.Errorf("the tree that grew is\n%+v\nand a fresh one\n%+v", grown, fresh)
		}
		if keep, _ := End(a, suggestion); keep < 0 || keep > len(suggestion) {
			t.Errorf("End keeps %d of %d bytes", keep, len(suggestion))
		}
		if _, keep := c.Judge().Breaks(d, Range{start, end}, suggestion); keep < 0 || keep > len(suggestion) {
			t.Errorf("Breaks keeps %d of %d bytes", keep, len(suggestion))
		}
	})
}
