package lang

import (
	"iter"
	"slices"
	"strings"
)

// Node is a node of a syntax tree as plain data, which outlives the tree.
type Node struct {
	Type       string // as the grammar names it; "ERROR" for text it cannot place
	Field      string // the node's role in its parent; "" for none
	Named      bool   // false for punctuation and keywords
	Start, End int    // bytes of the text; no white space at the start
	Error      bool   // this or something below is an error, or was missing
	Children   []Node // extras such as comments included
}

// Source is the text that nodes are of.
type Source []byte

// Text is what the source has at a node.
func (p Source) Text(n Node) string { return string(p[n.Start:n.End]) }

// Flaws are the nodes that are errors themselves, or lack something, in order:
// those above them are in error for their sake.
func (n *Node) Flaws() iter.Seq[*Node] {
	return func(yield func(*Node) bool) { n.flaws(yield) }
}

func (n *Node) flaws(yield func(*Node) bool) (more bool) {
	if !n.Error {
		return true
	}
	deeper := false
	for i := range n.Children {
		deeper = deeper || n.Children[i].Error
		if !n.Children[i].flaws(yield) {
			return false
		}
	}
	return deeper && n.Type != "ERROR" || yield(n)
}

// IsComment tells of a node that no grammar gives a meaning.
func (n Node) IsComment() bool { return n.Named && strings.Contains(n.Type, "comment") }

// atomic are words in the types of nodes whose insides are never looked into:
// white space counts there, and grammars leave parts of them without a node.
var atomic = []string{"string", "comment", "heredoc", "regex", "sigil", "charlist", "char_lit", "rune", "quoted", "jsx_text", "symbol"}

// IsAtomic tells whether a node is one token.
func (n Node) IsAtomic() bool {
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

// has tells whether a node of one of the types is n or below it.
func (n Node) has(types ...string) bool {
	if slices.Contains(types, n.Type) {
		return true
	}
	return slices.ContainsFunc(n.Children, func(c Node) bool { return c.has(types...) })
}
