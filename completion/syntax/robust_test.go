package syntax

import (
	"strings"
	"testing"
	"time"

	sitter "github.com/smacker/go-tree-sitter"
)

// hostile are texts that are no code, or more of it than anybody writes.
func hostile() map[string]string {
	return map[string]string{
		"empty":        "",
		"newline":      "\n",
		"nul":          "\x00\x00func\x00",
		"invalid":      "package a\n\xff\xfe\xc3\x28 func f() {\n\xf0\x28\x8c\x28",
		"binary":       strings.Repeat("\x7fELF\x00\x01\x02\xff\"'`{", 3000),
		"long line":    "x := \"" + strings.Repeat("a", 1_000_000),
		"long code":    "var x = []int{" + strings.Repeat("1, ", 300_000),
		"deep":         strings.Repeat("(", 100_000),
		"deep braces":  strings.Repeat("{", 100_000) + strings.Repeat("}", 100_000),
		"deep lines":   strings.Repeat("{\n", 10_000),
		"quotes":       strings.Repeat("\"'`", 50_000),
		"comments":     strings.Repeat("/*", 100_000),
		"crlf":         strings.Repeat("if x {\r\n\ty()\r\n}\r\n", 200),
		"only indent":  strings.Repeat(" ", 300_000),
		"blank lines":  strings.Repeat("\n", 300_000),
		"backslashes":  strings.Repeat("\\", 100_000),
		"slashes":      strings.Repeat("/", 100_000),
		"indent steps": indentSteps(500),
	}
}

func indentSteps(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(strings.Repeat(" ", i%1000) + "def f():\n")
	}
	return b.String()
}

// TestHostileTexts asks everything about them, in every language, and bounds
// how long the answer takes.
func TestHostileTexts(t *testing.T) {
	names := []string{"", "go", "python", "tsx", "rust", "java", "cpp", "csharp", "ruby", "html"}
	const limit = 50 * time.Millisecond
	const bound = 30 * time.Second // takes 0.2 s; this finds what hangs, not a busy machine
	for name, text := range hostile() {
		t.Run(name, func(t *testing.T) {
			for _, language := range names {
				c := NewCache(Limits{ParseTime: limit})
				d := Document{Key: "a", Language: language, Text: text}
				c.Open(d)
				for _, offset := range []int{-5, len(text) / 2, len(text), len(text) + 9} {
					begin := time.Now()
					a := c.Analyze(d, offset)
					if took := time.Since(begin); took > bound {
						t.Errorf("%s: analyzing took %v", language, took)
					}
					End(a, "x {\n  y\n}\n\n\nz")
					Skeleton(a, offset)
					checkRanges(t, a, len(text))
					begin = time.Now()
					c.Judge().Breaks(d, Range{offset, offset + 3}, "foo(\n}")
					if took := time.Since(begin); took > bound {
						t.Errorf("%s: Breaks took %v", language, took)
					}
				}
				c.Edit("a", []Edit{{3, 1, 2}, {-1, -1, -1}, {1 << 30, 1 << 31, 1}}, text+"x")
				c.Edit("nobody", nil, text)
				c.Analyze(d, len(text)/3)
				c.CloseAll()
			}
		})
	}
	if open := openTrees.Load(); open != 0 {
		t.Errorf("%d trees are open", open)
	}
}

func checkRanges(t *testing.T, a Analysis, n int) {
	t.Helper()
	check := func(r Range) {
		if r.Start < 0 || r.End < r.Start || r.End > n {
			t.Errorf("a range of %v in %d bytes", r, n)
		}
	}
	for _, r := range a.Imports {
		check(r)
	}
	for _, s := range a.Enclosing {
		check(s.Signature)
		check(s.Body)
		check(s.Whole)
	}
	at := 0
	for _, r := range Skeleton(a, n) {
		check(r)
		if r.Start < at {
			t.Errorf("overlap at %v", r)
		}
		at = r.End
	}
}

// TestTooSlow gives a parse no time: the question is answered at once without
// a tree, and the background provides one.
func TestTooSlow(t *testing.T) {
	c := NewCache(Limits{ParseTime: time.Microsecond, FileBytes: 8 << 20, TreeBytes: 8 << 20})
	defer c.CloseAll()
	here(c).patience = 5 * time.Minute // for the slowest machine
	d := Document{Key: "a", Language: "go", Text: goFile(2000)}
	here(c).turn <- struct{}{} // no background parse yet
	c.Open(d)
	if c.Analyze(d, 100).Parsed {
		t.Error("8 ms of parsing were done in a microsecond")
	}
	<-here(c).turn
	here(c).background.Wait()
	if !c.Analyze(d, 100).Parsed {
		t.Error("no tree came from the background")
	}
}

// TestTooLarge checks that a file beyond the limit is judged without a tree.
func TestTooLarge(t *testing.T) {
	c := NewCache(Limits{FileBytes: 1000})
	defer c.CloseAll()
	text := goFile(100)
	d := Document{Key: "a", Language: "go", Text: text}
	c.Open(d)
	a := c.Analyze(d, strings.Index(text, "\tr.Name"))
	if a.Parsed || len(a.Enclosing) == 0 || len(a.Imports) == 0 || a.IndentUnit != "\t" {
		t.Errorf("%+v", a)
	}
	if breaks, keep := c.Judge().Breaks(d, Range{5, 5}, "((("); breaks || keep != 3 {
		t.Errorf("breaks: %v, keep %d", breaks, keep)
	}
}

// TestTable checks that each kind of node that the table names is one that the
// grammar has.
func TestTable(t *testing.T) {
	for _, l := range languages {
		if l.Grammar == nil {
			continue
		}
		known := map[string]bool{}
		grammar := l.Grammar()
		for i := range grammar.SymbolCount() {
			known[grammar.SymbolName(sitter.Symbol(i))] = true
		}
		kinds := [][]string{l.Imports, l.Requires, l.Sections, l.Bodies, l.Wrappers, l.Strings, l.Embedded, l.Markup, l.Calls, l.Comments}
		for kind := range l.Scopes {
			kinds = append(kinds, []string{kind})
		}
		for _, list := range kinds {
			for _, kind := range list {
				if !known[kind] {
					t.Errorf("%s has no %s", l.Names[0], kind)
				}
			}
		}
	}
}
