package merge

import (
	"bytes"
	"strconv"
	"strings"

	"github.com/airside-ls/airside/completion/syntax"
)

// blank tells whether text is white space alone.
func blank(text string) bool { return strings.TrimSpace(text) == "" }

// children are the nodes below n that have text. Grammars have line ends and
// dedents as nodes, and count white space behind a node to it: both are left
// out. ok is false where text stands between them that no node holds.
func (p parsedSource) children(n syntax.Node) (list []syntax.Node, ok bool) {
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
func (p parsedSource) tokens(list []string, n syntax.Node) []string {
	if !n.IsAtomic() {
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
func (p parsedSource) shape(n syntax.Node) string {
	var b strings.Builder
	p.writeShape(&b, n)
	return b.String()
}

func (p parsedSource) writeShape(b *strings.Builder, n syntax.Node) {
	if !n.IsAtomic() {
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

// squeeze takes the white space out of a text.
func squeeze(text string) string { return strings.Join(strings.Fields(text), "") }

// lineAt is the line, from 1, on which an offset lies.
func lineAt(src []byte, offset int) int {
	return 1 + bytes.Count(src[:min(offset, len(src))], []byte("\n"))
}
