package merge

import (
	"bytes"
	"strconv"
	"strings"

	"github.com/airside-ls/airside/completion/syntax"
)

// isComment tells of a node that no grammar gives a meaning.
func isComment(n syntax.Node) bool { return n.Named && strings.Contains(n.Type, "comment") }

// atomic are words in the types of nodes whose insides are never looked into:
// white space counts there, and grammars leave parts of them without a node.
var atomic = []string{"string", "comment", "heredoc", "regex", "sigil", "charlist", "char_lit", "rune", "quoted", "jsx_text", "symbol"}

// isAtomic tells whether a node is one token.
func isAtomic(n syntax.Node) bool {
	if len(n.Children) == 0 {
		return true
	}
	if !n.Named {
		return false
	}
	for _, word := range atomic {
		if strings.Contains(n.Type, word) {
			return true
		}
	}
	// Whatever begins with a quote of its own is a string by another name.
	first := n.Children[0]
	return !first.Named && strings.ContainsAny(first.Type, "\"'`")
}

// blank tells whether text is white space alone.
func blank(text string) bool { return strings.TrimSpace(text) == "" }

// children are the nodes below n that have text. Grammars have line ends and
// dedents as nodes, and count white space behind a node to it: both are left
// out. ok is false where text stands between them that no node holds.
func (p parsed) children(n syntax.Node) (list []syntax.Node, ok bool) {
	at := n.Start
	for _, c := range n.Children {
		if c.End > n.End || c.Start < at {
			c.Start, c.End = max(c.Start, at), min(c.End, n.End)
		}
		c.End = max(c.Start, c.Start+len(bytes.TrimRight(p.src[c.Start:max(c.Start, c.End)], " \t\r\n\f")))
		if c.Start == c.End {
			continue
		}
		if !blank(string(p.src[at:c.Start])) {
			return nil, false
		}
		at = c.End
		list = append(list, c)
	}
	return list, blank(string(p.src[at:n.End]))
}

// tokens appends the tokens of a node in order. A node with text that belongs
// to none of its children is one token.
func (p parsed) tokens(list []string, n syntax.Node) []string {
	if !isAtomic(n) {
		if children, ok := p.children(n); ok {
			for _, c := range children {
				list = p.tokens(list, c)
			}
			return list
		}
	}
	if text := strings.TrimSpace(p.text(n)); text != "" {
		list = append(list, text)
	}
	return list
}

// shape writes down a node's tokens and what encloses each: two nodes with one
// shape differ in white space that has no meaning. In Python an indentation
// with a meaning shows as another nesting.
func (p parsed) shape(n syntax.Node) string {
	var b strings.Builder
	p.writeShape(&b, n)
	return b.String()
}

func (p parsed) writeShape(b *strings.Builder, n syntax.Node) {
	if !isAtomic(n) {
		if children, ok := p.children(n); ok {
			b.WriteString("(" + n.Type + " ")
			for _, c := range children {
				p.writeShape(b, c)
			}
			b.WriteByte(')')
			return
		}
	}
	// Quoted, so that no text looks like what stands around it.
	b.WriteString(strconv.Quote(strings.TrimSpace(p.text(n))))
}

// has tells whether a node of one of the types is n or below it.
func has(n syntax.Node, types ...string) bool {
	for _, t := range types {
		if n.Type == t {
			return true
		}
	}
	for _, c := range n.Children {
		if has(c, types...) {
			return true
		}
	}
	return false
}

// lineAt is the line, from 1, on which an offset lies.
func lineAt(src []byte, offset int) int {
	return 1 + bytes.Count(src[:min(offset, len(src))], []byte("\n"))
}
