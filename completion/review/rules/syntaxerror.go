package rules

import (
	"fmt"
	"path"
	"regexp"
	"strings"

	"github.com/airside-ls/airside/completion/review/finding"
	"github.com/airside-ls/airside/completion/syntax"
	"github.com/airside-ls/airside/completion/syntax/lang"
)

// syntaxErrors finds what parsed before and does not any more. Languages
// with a parser of their own are judged by that, and as new files too. tree-sitter's grammars do
// not know each new construct, so the others count as broken for certain only
// when brackets lack their counterpart.
func syntaxErrors(c *change) {
	if c.kind.fixture && c.file.Old == nil || c.has("conflict-marker") {
		return
	}
	switch {
	case c.lang == lang.Of("json"):
		if strings.TrimSpace(c.text) != "" && (c.file.Old != nil || !withComments(c.file.Path)) {
			c.ownSyntax("this is not JSON: ", "this is no longer JSON: ")
		}
	case c.lang.Parse != nil:
		c.ownSyntax("this does not parse: ", "this no longer parses: ")
	default:
		c.treeSyntax()
	}
}

// ownSyntax goes by a language's own parser, and begins a message by whether there
// is a text that was better.
func (c *change) ownSyntax(isNew, wasFine string) {
	flaw := func(text []byte) *lang.Flaw {
		f, _ := c.trees.Judge().Flaw(syntax.Document{Language: c.lang.Name(), Text: string(text)})
		return f
	}
	says := isNew
	if c.file.Old != nil {
		if says = wasFine; flaw(c.file.Old) != nil {
			return
		}
	}
	if f := flaw(c.file.New); f != nil {
		c.broken(f.At, finding.Error, says+f.Message)
	}
}

// withComments tells whether a JSON file is one of those that may have
// comments.
func withComments(file string) bool {
	name := path.Base(file)
	return strings.HasPrefix(name, "tsconfig") || strings.HasPrefix(name, ".") || strings.HasPrefix(name, "jsconfig") ||
		strings.Contains(file, ".vscode/") || strings.HasPrefix(name, "devcontainer")
}

// conditional is a line by which a preprocessor takes one text or another, of
// which each may have its own brackets.
var conditional = regexp.MustCompile(`(?m)^\s*#\s*(?:el|if|endif)`)

func (c *change) treeSyntax() {
	if c.lang.Lexis.Directives {
		for _, r := range c.spans {
			if conditional.MatchString(c.text[r.Start:r.End]) {
				return
			}
		}
	}
	now, ok := c.tree()
	if !ok || !now.Error {
		return
	}
	before, ok := c.oldTree()
	if !ok || before.Error {
		return
	}
	at := firstError(now, c)
	open, unmatched := brackets(now, c.text)
	if unmatched {
		c.broken(at, finding.Error, fmt.Sprintf("this no longer parses: %q lacks its counterpart", open))
		return
	}
	if !c.lang.Behind {
		c.broken(at, finding.Information, "this may no longer parse: either it is broken, or newer than the grammar that airside has")
	}
}

// broken reports a syntax error at an offset: on that line, or on the changed
// line before it, where an unclosed bracket most often stands.
func (c *change) broken(offset int, s finding.Severity, message string) {
	offset = max(0, min(offset, len(c.text)-1))
	if !c.affected(offset, offset+1) {
		nearest := -1
		for _, r := range c.spans {
			if r.Start <= offset || nearest < 0 {
				nearest = r.End - 1
			}
		}
		for _, r := range c.edges {
			if r.Start <= offset && r.Start > nearest || nearest < 0 {
				nearest = r.Start
			}
		}
		if nearest < 0 {
			return
		}
		message += fmt.Sprintf(" (seen at line %d)", c.lineAt(offset)+1)
		offset = nearest
	}
	start := c.starts[c.lineAt(offset)]
	end := len(c.text)
	if i := strings.IndexByte(c.text[start:], '\n'); i >= 0 {
		end = start + i
	}
	line := strings.TrimRight(c.text[start:end], "\r")
	indent := len(line) - len(strings.TrimLeft(line, " \t"))
	if indent == len(line) { // blank
		indent = 0
		line = c.text[start:min(len(c.text), end+1)]
	}
	c.report(finding.Finding{Start: start + indent, End: start + len(line), Severity: s, Category: "syntax-error", Message: message})
}

// firstError returns the offset of the first error on a changed line, or of
// the first one at all.
func firstError(root *syntax.Node, c *change) int {
	first := -1
	for n := range root.Flaws() {
		if c.changed(n.Start, n.Start+1) {
			return n.Start
		}
		if first < 0 {
			first = n.Start
		}
	}
	return first
}

// brackets returns the first kind of bracket of which a tree has more of one
// side than of the other. Those in strings and comments are no tokens.
func brackets(root *syntax.Node, text string) (open string, unmatched bool) {
	var depth [3]int
	var walk func(n *syntax.Node)
	walk = func(n *syntax.Node) {
		if len(n.Children) == 0 && n.End == n.Start+1 {
			if i := strings.IndexByte("([{", text[n.Start]); i >= 0 {
				depth[i]++
			} else if i := strings.IndexByte(")]}", text[n.Start]); i >= 0 {
				depth[i]--
			}
		}
		for i := range n.Children {
			walk(&n.Children[i])
		}
	}
	walk(root)
	for i, d := range depth {
		switch {
		case d > 0:
			return "([{"[i : i+1], true
		case d < 0:
			return ")]}"[i : i+1], true
		}
	}
	return "", false
}
