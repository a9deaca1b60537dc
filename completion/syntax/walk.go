package syntax

import (
	sitter "github.com/smacker/go-tree-sitter"

	"github.com/airside-ls/airside/completion/syntax/lang"
)

// Node is a node of a syntax tree as plain data, which outlives the tree.
type Node = lang.Node

// maxWalkDepth bounds the nesting of a tree that is handed out whole: whoever
// walks it recurses.
const maxWalkDepth = 1000

// nodes is [Cache.Nodes] of a language with a grammar.
func (c *store) nodes(d Document) (root Node, ok bool) {
	t := c.tree(d, repair{})
	if t == nil {
		return Node{}, false
	}
	defer t.close()
	cursor := sitter.NewTreeCursor(t.RootNode())
	defer cursor.Close()
	w := walker{cursor: cursor, text: t.text, types: map[sitter.Symbol]string{}}
	root = w.node(0)
	// The root begins at the first token: what stands before it is the text's.
	root.Start, root.End = 0, len(t.text)
	return root, !w.tooDeep
}

// expression reads a text as an expression of another language, between parentheses,
// without which an object would be a block.
func (c *Cache) expression(l *language, text string) (root Node, ok bool) {
	size := len(text)
	program, ok := c.Nodes(Document{Language: l.Within, Text: "(" + text + "\n)"})
	if !ok {
		return Node{}, false
	}
	root = Node{Type: l.Names[0], Named: true, End: size, Error: program.Error}
	if len(program.Children) != 1 || program.Children[0].Type != "expression_statement" || len(program.Children[0].Children) != 1 ||
		program.Children[0].Children[0].Type != "parenthesized_expression" {
		root.Error = true
		return root, true
	}
	inner := program.Children[0].Children[0].Children
	for _, n := range inner {
		if n.Start > 0 && n.Start <= size { // all but the parentheses
			shift(&n, -1)
			root.Children = append(root.Children, n)
		}
	}
	return root, true
}

// shift moves a node by a number of bytes.
func shift(n *Node, by int) {
	n.Start += by
	n.End += by
	for i := range n.Children {
		shift(&n.Children[i], by)
	}
}

type walker struct {
	cursor  *sitter.TreeCursor
	text    string
	types   map[sitter.Symbol]string // each name costs a call into C
	tooDeep bool
	prune   *language // nil: all of the tree; else see [language.pruned]
	parent  class     // of the node at the cursor, where there is something to prune
}

// node copies the node at the cursor, and leaves the cursor there.
func (w *walker) node(depth int) Node {
	at := w.cursor.CurrentNode()
	symbol := at.Symbol()
	name, ok := w.types[symbol]
	if !ok {
		name = at.Type()
		w.types[symbol] = name
	}
	n := Node{
		Type: name, Field: w.cursor.CurrentFieldName(), Named: at.IsNamed(),
		Start: startIn(w.text, at), End: int(at.EndByte()),
		Error: at.HasError() || at.IsMissing() || at.IsError(),
	}
	if depth > maxWalkDepth {
		w.tooDeep = true
		return n
	}
	if w.prune != nil {
		if w.prune.pruned(at, w.parent) {
			return n
		}
		defer func(parent class) { w.parent = parent }(w.parent)
		w.parent = w.prune.class(at)
	}
	if !w.cursor.GoToFirstChild() {
		return n
	}
	for {
		n.Children = append(n.Children, w.node(depth+1))
		if !w.cursor.GoToNextSibling() {
			break
		}
	}
	w.cursor.GoToParent()
	return n
}
