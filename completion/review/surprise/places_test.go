package surprise

import (
	"fmt"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/airside-ls/airside/completion/goldentest"
	"github.com/airside-ls/airside/completion/syntax"
	"github.com/airside-ls/airside/completion/syntax/lang"
)

// TestPlaces: a case is a file, and the places of its functions ("want"): the line, the
// class, what stands there, and what could.
func TestPlaces(t *testing.T) {
	goldentest.Run(t, "testdata/places/*.txtar", func(t *testing.T, a *txtar.Archive) string {
		return describe(t, a.Files[0].Name, string(a.Files[0].Data))
	})
}

func describe(t *testing.T, name, text string) string {
	trees := syntax.NewCache(syntax.DefaultLimits)
	defer trees.CloseAll()
	language := lang.IdentifierOf(name)
	d := syntax.Document{Language: language, Text: text}
	root, ok := trees.Nodes(d)
	if !ok || root.Error {
		t.Fatalf("%s does not parse", name)
	}
	var b strings.Builder
	for _, f := range Functions(&root, language) {
		for _, p := range Places(&root, f, text, language, func(int, int) bool { return true }) {
			fmt.Fprintf(&b, "%d %s: %s", 1+strings.Count(text[:p.Start], "\n"), p.Class, text[p.Start:p.End])
			for _, o := range p.Others {
				if !trees.Judge().Fits(d, syntax.Range{Start: p.Start, End: p.End}, o) {
					t.Errorf("%s for %s in line %d does not parse", o, text[p.Start:p.End], 1+strings.Count(text[:p.Start], "\n"))
				}
				b.WriteString(" | " + o)
			}
			b.WriteString("\n")
		}
	}
	return b.String()
}

// FuzzPlaces: whatever parses or does not, no place lies outside of the text or has
// itself among its others.
func FuzzPlaces(f *testing.F) {
	f.Add("package a\n\nfunc f(a, b int) bool {\n\treturn a < b && !g(b, a)\n}\n", "go")
	f.Add("def f(a, b):\n    return a is not b\n", "python")
	f.Fuzz(func(t *testing.T, text, language string) {
		trees := syntax.NewCache(syntax.DefaultLimits)
		defer trees.CloseAll()
		root, ok := trees.Nodes(syntax.Document{Language: language, Text: text})
		if !ok {
			return
		}
		for _, function := range Functions(&root, language) {
			for _, p := range Places(&root, function, text, language, func(int, int) bool { return true }) {
				own := text[p.Start:p.End]
				for _, o := range p.Others {
					if o == own {
						t.Errorf("%q for itself", o)
					}
				}
				Shown(text, function.Start, p)
			}
		}
	})
}
