package syntax

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"
)

// snippets are pieces of each language that random edits put together.
var snippets = map[string][]string{
	"go":          {"func f() {\n\treturn 1\n}\n", "if x {", "}", "\"", "`", "x := 1\n", "// c\n", "import \"a\"\n", "(", ")", "type T struct {\n}\n", "é", "/*", "*/"},
	"python":      {"def f(x):\n    return 1\n", "class A:\n", "    ", "\n", "\"\"\"", "'", "x = [1,\n2]\n", "# c\n", "(", ")", "if x:\n", "import a\n", "\t", "f'{a}'"},
	"javascript":  {"function f() {\n  return 1;\n}\n", "`${a}`", "/re/g", "<p>it's</p>", "{", "}", "=>", "'", "// c\n", "import a from 'b';\n", "(", ")", "\n", ";"},
	"typescript":  {"interface A { b: string }\n", "class C<T> {", "}", "private x = 1;", "<", ">", "`", "type T = {", "=>", "\n", "(", ")", "// c\n"},
	"tsx":         {"const A = () => <p>{x}</p>;\n", "<", "/>", "{", "}", "'", "\n", "type T = 1;\n", "(", ")"},
	"rust":        {"fn f<'a>(x: &'a str) -> i32 {\n    1\n}\n", "impl S {", "}", "r#\"", "\"#", "'x'", "/* /*", "*/", "match x {", "\n", "use a::b;\n", "(", ")", "!"},
	"java":        {"class A {\n  int f() { return 1; }\n}\n", "\"\"\"", "\"", "{", "}", "@X", "import a.b;\n", "\n", "(", ")", "x -> {", ";"},
	"c":           {"int f(void) {\n\treturn 1;\n}\n", "#include <a.h>\n", "#ifdef X\n", "#endif\n", "struct s {", "}", ";", "\"", "'", "/*", "*/", "\\\n", "(", ")", "*"},
	"csharp":      {"namespace N {\nclass A : B {\n  int F() => 1;\n}\n}\n", "$\"{x}\"", "@\"", "\"\"\"", "using A;\n", "{", "}", "get;", "#if X\n", "#endif\n", "\n", "(", ")", "<", ">", "é"},
	"php":         {"<?php\nfunction f($x) {\n  return \"{$x}\";\n}\n", "?>", "<?php ", "<<<EOS\n", "EOS\n", "class A {", "}", "'", "use A\\B;\n", "(", ")", "#", "\n"},
	"kotlin":      {"class A(val x: Int) {\n  fun f() = x\n}\n", "\"${x}\"", "\"\"\"", "{ it ->", "}", "import a.b\n", "/*", "*/", "<", "\n", "(", ")", "interface S\n", "?.", "@X"},
	"swift":       {"struct A {\n  func f(x: Int) -> Int { return x }\n}\n", "\"\\(x)\"", "\"\"\"", "#\"", "{ x in", "}", "import A\n", "/*", "*/", "\n", "(", ")", "guard let x = y else {", "?", "@X "},
	"scala":       {"object A {\n  def f(x: Int): Int = x\n}\n", "def f =\n  1\n", "s\"${x}\"", "\"\"\"", "case 1 =>", "{", "}", "import a.b\n", "/*", "*/", "\n  ", "(", ")", "if x then\n", "else", ":\n"},
	"css":         {".a > b {\n  color: red;\n}\n", "@media x {", "}", "{", ":", ";", "\"", "/*", "*/", "\n", "#a", "(", ")", "&"},
	"hcl":         {"a \"b\" {\n  c = 1\n}\n", "x = \"${y}\"\n", "<<EOF\n", "EOF\n", "{", "}", "[", "]", "#", "/*", "*/", "\n", "\"", "%{if x}"},
	"proto":       {"syntax = \"proto3\";\nmessage A {\n  int32 a = 1;\n}\n", "message B {", "}", "oneof x {", "=", ";", "\"", "//", "/*", "*/", "\n", "(", ")", "rpc A(B) returns (C);"},
	"ruby":        {"class A\n  def f(x)\n    x\n  end\nend\n", "\"#{x}\"", "do |x|\n", "end\n", "<<~EOS\n", "EOS\n", "%w[", "]", "/re/", "if x\n", "else\n", "=begin\n", "=end\n", "(", ")", "{", "}", ":a", "\n"},
	"lua":         {"local function f(x)\n  return x\nend\n", "if x then\n", "end\n", "[[", "]]", "--[[", "--", "\"", "{", "}", "for i = 1, 2 do\n", "repeat\n", "until x\n", "(", ")", "\n", "  \n\n"},
	"elixir":      {"defmodule A do\n  def f(x), do: x\nend\n", "\"#{x}\"", "do\n", "end\n", "\"\"\"\n", "~s(", ")", "fn x ->", "|> ", "%{", "}", ":a", "\n", "(", "use B\n", "else\n", "'"},
	"shellscript": {"f() {\n  if [ -n \"$x\" ]; then\n    y\n  fi\n}\n", "<<EOF\n", "EOF\n", "$(", ")", "case x in\n", "a) b ;;\n", "esac\n", "for x in y; do\n", "done\n", "'", "\"", "#", "${x", "}", "\n", "|", "`", "[[", "]]"},
	"html":        {"<ul>\n  <li>it's</li>\n</ul>\n", "<p>", "</p>", "<", ">", "<!--", "-->", "<script>", "</script>", "<br>", "\"", "='", "\n", "(", "</", "<style>", "é"},
	"toml":        {"[a]\nb = 1\n", "[[c.d]]\n", "x = \"\"\"\n", "'''", "\"", "[1,\n", "]", "{ a = 1 }", "=", "#", "\n", "1979-05-27", "é"},
	"dockerfile":  {"FROM a:1 AS b\nRUN x \\\n  y\n", "COPY a b\n", "<<EOF\n", "EOF\n", "ENV A=\"b\"\n", "[\"a\"]", "#", "\\", "\n", "${X}", "\"", "'", "--from=x "},
	"yaml":        {"a:\n  - b: c\n", "  ", "\n", "- ", ": ", "|\n", "\"", "'", "#", "[", "]", "{", "}"},
	"sql":         {"SELECT a FROM b;\n", "CREATE TABLE a (\n", ");\n", "--", "/*", "*/", "'", "$$", "BEGIN\n", "END;\n", "\n", "(", ")"},
	"markdown":    {"# A\n\ntext\n", "- a\n", "```\n", "<!--", "-->", "(", ")", "\n", "> ", "|"},
	"scss":        {".a {\n  &:hover { color: $x; }\n}\n", "@mixin a($x) {", "}", "//", "/*", "*/", "\n", "\"", "(", ")"},
	"cpp":         {"namespace n {\nclass A : B { void f() {} };\n}\n", "R\"x(", ")x\"", "template <class T>\n", "<", ">", "{", "}", "[&](int x) { return x; }", "\n", "#if 1\n", "#endif\n", "(", ")", "1'000"},
}

// TestIncrementalEqualsFresh edits at random, and compares the tree that grew
// with the edits to one parsed at once.
func TestIncrementalEqualsFresh(t *testing.T) {
	for name, pieces := range snippets {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rng := rand.New(rand.NewPCG(7, uint64(len(name))))
			c := NewCache(Limits{ParseTime: time.Minute})
			defer c.CloseAll()
			for round := range 6 {
				d := Document{Key: "a", Language: name, Text: strings.Repeat(pieces[0], round)}
				c.Open(d)
				for range 60 {
					text, edits := randomEdits(rng, d.Text, pieces)
					if rng.IntN(5) == 0 {
						edits = nil
					}
					d.Text = text
					c.Edit("a", edits, text)
					if rng.IntN(3) > 0 {
						continue // edits pile up
					}
					c.Analyze(d, rng.IntN(len(text)+1))
					compareToFresh(t, c, d)
				}
			}
		})
	}
}

func compareToFresh(t *testing.T, c *Cache, d Document) {
	t.Helper()
	grown := here(c).tree(d, repair{})
	defer grown.close()
	fresh := here(c).tree(Document{Language: d.Language, Text: d.Text}, repair{})
	defer fresh.close()
	if !c.limits.parses(languageOf(d.Language), d.Text) {
		return
	}
	a, b := grown.RootNode(), fresh.RootNode()
	if a.HasError() || b.HasError() {
		// Recovery from errors depends on what was there before, and may differ
		// with reason; but there is an error in both.
		if a.HasError() != b.HasError() {
			t.Fatalf("an error in one tree only, for %q:\n%s\n%s", d.Text, a, b)
		}
		return
	}
	if a.String() != b.String() || a.EndByte() != b.EndByte() {
		t.Fatalf("trees differ for %q:\n%s\n%s", d.Text, a, b)
	}
}

// randomEdits makes one to three edits, mostly typing and deleting.
func randomEdits(rng *rand.Rand, text string, pieces []string) (string, []Edit) {
	var edits []Edit
	for range 1 + rng.IntN(3) {
		start := rng.IntN(len(text) + 1)
		end := min(len(text), start+rng.IntN(4)*rng.IntN(8))
		piece := pieces[rng.IntN(len(pieces))]
		text = text[:start] + piece + text[end:]
		edits = append(edits, Edit{start, end, start + len(piece)})
	}
	return text, edits
}

// TestChanges checks that following edits finds just what changed.
func TestChanges(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for range 5000 {
		old := strings.Repeat("abcdef\n", rng.IntN(20))
		text, edits := randomEdits(rng, old, []string{"x", "yy\n", "", "abc"})
		list, ok := follow(old, text, edits)
		if !ok {
			t.Fatalf("cannot follow %v from %q to %q", edits, old, text)
		}
		var got strings.Builder
		at := 0
		for _, c := range list {
			got.WriteString(old[at:c.start])
			newStart := got.Len()
			got.WriteString(text[newStart : newStart+c.n])
			at = c.end
		}
		got.WriteString(old[at:])
		if got.String() != text {
			t.Fatalf("%v from %q gives %q, not %q", list, old, got.String(), text)
		}
	}
	for _, edits := range [][]Edit{{{-1, 0, 1}}, {{5, 3, 9}}, {{0, 100, 101}}, {{3, 3, 4}}, {{1 << 40, 1 << 40, 1 << 40}}} {
		if list := changes("hello", "help", edits); len(list) != 1 || list[0] != (change{3, 5, 1}) {
			t.Errorf("edits %v give %v", edits, list)
		}
	}
}

// TestConcurrentUse has many goroutines edit, ask, open and close; it is for
// the race detector.
func TestConcurrentUse(t *testing.T) {
	c := NewCache(Limits{TreeBytes: 20 << 10})
	text := goFile(100)
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			rng := rand.New(rand.NewPCG(5, uint64(g)))
			d := Document{Key: fmt.Sprint(g % 5), Language: "go", Text: text}
			for i := range 60 {
				switch rng.IntN(6) {
				case 0:
					c.Open(d)
				case 1:
					c.Close(d.Key)
				default:
					next, edits := randomEdits(rng, d.Text, snippets["go"])
					d.Text = next
					c.Edit(d.Key, edits, d.Text)
				}
				at := rng.IntN(len(d.Text) + 1)
				a := c.Analyze(d, at)
				End(a, "x {\n}\n\n}")
				if i%4 == 0 {
					c.Judge().Breaks(d, Range{at, at}, "foo()\n\tbar(")
				}
			}
		})
	}
	wg.Wait()
	c.CloseAll()
	c.Open(Document{Key: "late", Language: "go", Text: text})
	c.Analyze(Document{Key: "late", Language: "go", Text: text}, 1)
	if open := openTrees.Load(); open != 0 {
		t.Errorf("%d trees are open", open)
	}
}

// TestTreesAreBounded opens more than the cache may keep.
func TestTreesAreBounded(t *testing.T) {
	text := goFile(200)
	c := NewCache(Limits{TreeBytes: 3*len(text) + 10, ParseTime: time.Minute})
	defer c.CloseAll()
	for i := range 10 {
		d := Document{Key: fmt.Sprint(i), Language: "go", Text: text}
		c.Open(d)
		if !c.Analyze(d, 10).Parsed {
			t.Fatal("not parsed")
		}
	}
	here(c).background.Wait()
	here(c).mu.Lock()
	defer here(c).mu.Unlock()
	kept, bytes := 0, 0
	for _, doc := range here(c).docs {
		if doc.tree != nil {
			kept, bytes = kept+1, bytes+len(doc.text)
		}
	}
	if kept != 3 || bytes != here(c).bytes {
		t.Errorf("%d trees of %d bytes are kept, %d are accounted for", kept, bytes, here(c).bytes)
	}
}
