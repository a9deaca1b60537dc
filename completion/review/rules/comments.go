package rules

import (
	"strings"

	"github.com/airside-ls/airside/completion/syntax"
)

// comment is one comment, or several on neighbouring lines that have the lines
// to themselves.
type comment struct {
	start, end int
	lines      []commentLine
	alone      bool // nothing else is on its lines
	doc        bool // by its marker, a text about what follows
}

// commentLine is a line of a comment without its markers.
type commentLine struct {
	start int // of text, in the file
	text  string
}

// comments returns the comments that touch changed lines, with those above and
// below that belong to them.
func (c *change) comments() []comment {
	root, ok := c.tree()
	if !ok || c.remarked {
		return c.remarks
	}
	c.remarked = true
	var list []comment
	var walk func(n *syntax.Node)
	walk = func(n *syntax.Node) {
		if strings.Contains(n.Type, "comment") && n.Named {
			list = c.appendComment(list, n)
			return
		}
		for i := range n.Children {
			walk(&n.Children[i])
		}
	}
	walk(root)
	for _, g := range list {
		if c.changed(g.start, g.end) {
			c.remarks = append(c.remarks, g)
		}
	}
	return c.remarks
}

func (c *change) appendComment(list []comment, n *syntax.Node) []comment {
	end := n.Start + len(strings.TrimRight(c.code(n), " \t\r\n"))
	if end <= n.Start {
		return list
	}
	whole, alone := c.wholeLines(n.Start, end)
	code := c.text[n.Start:end]
	next := comment{start: n.Start, end: end, alone: alone, lines: c.commentLines(n.Start, code)}
	for _, doc := range []string{"///", "//!", "/**", "/*!", "##", "#:", "--[[", "=begin", "#!", "---"} {
		next.doc = next.doc || strings.HasPrefix(code, doc)
	}
	if len(list) == 0 || !alone {
		return append(list, next)
	}
	last := &list[len(list)-1]
	if between := c.text[last.end:n.Start]; last.alone && last.doc == next.doc && !strings.HasPrefix(code, "/*") &&
		strings.TrimSpace(between) == "" && strings.Count(between, "\n") == 1 && c.changed(whole.Start, whole.End) == c.changed(last.end-1, last.end) {
		last.end = end
		last.lines = append(last.lines, next.lines...)
		return list
	}
	return append(list, next)
}

// commentLines takes the markers off.
func (c *change) commentLines(start int, code string) []commentLine {
	var list []commentLine
	at := start
	block := strings.HasPrefix(code, "/*")
	for raw := range strings.Lines(code) {
		text := strings.TrimRight(raw, " \t\r\n")
		body := strings.TrimLeft(text, " \t")
		markers := []string{"///", "//!", "//", "/**", "/*!", "/*", "#", "--[[", "--", ";;", ";", "<!--", "%"}
		if block && at > start {
			markers = []string{"*/", "*"}
		}
		for _, m := range markers {
			if rest, ok := strings.CutPrefix(body, m); ok {
				body = rest
				break
			}
		}
		if block {
			body = strings.TrimSuffix(body, "*/")
		}
		body = strings.TrimRight(strings.TrimSuffix(body, "-->"), " \t")
		if i := strings.LastIndex(text, body); body != "" && i >= 0 {
			list = append(list, commentLine{at + i, body})
		}
		at += len(raw)
	}
	return list
}
