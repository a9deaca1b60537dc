package syntax

import (
	"strings"
	"sync/atomic"

	sitter "github.com/smacker/go-tree-sitter"
)

// openTrees counts the trees that are not closed. Their memory is C's, about
// 30 times their source, and no garbage collector sees it.
var openTrees atomic.Int64

// tree is a syntax tree of text. It belongs to one goroutine at a time; others
// take a copy, which shares the nodes and costs next to nothing.
type tree struct {
	*sitter.Tree
	language *language
	text     string
	// stale tells that the tree was edited to match text but not parsed since:
	// it is good to parse from, and for nothing else.
	stale    bool
	repaired repair // what text has that the document has not
}

func newTree(t *sitter.Tree, l *language, text string) *tree {
	openTrees.Add(1)
	return &tree{Tree: t, language: l, text: text}
}

// copy returns a tree to be closed on its own. A copy of nil is nil.
func (t *tree) copy() *tree {
	if t == nil {
		return nil
	}
	c := newTree(t.Tree.Copy(), t.language, t.text)
	c.stale, c.repaired = t.stale, t.repaired
	return c
}

// close frees the tree; none of its nodes may be used any more.
func (t *tree) close() {
	if t != nil {
		openTrees.Add(-1)
		t.Tree.Close()
	}
}

// edit makes the tree match text, as the start of parsing it.
func (t *tree) edit(text string, edits []Edit) {
	list := changes(t.text, text, edits)
	// Last to first: so each offset still holds when its turn comes.
	for i := len(list) - 1; i >= 0; i-- {
		t.Tree.Edit(list[i].input(t.text))
	}
	t.stale = t.stale || len(list) > 0
	t.text = text
}

// maxDepth bounds how deep a path is followed. Code is not nested like this,
// but generated text can be.
const maxDepth = 500

// path returns the nodes that hold offset strictly inside, outermost first,
// without the root. Two nodes that merely touch there do not count.
func (t *tree) path(offset int) []*sitter.Node {
	cursor := sitter.NewTreeCursor(t.RootNode())
	defer cursor.Close()
	var nodes []*sitter.Node
	for len(nodes) < maxDepth && cursor.GoToFirstChildForByte(uint32(offset)) >= 0 {
		node := cursor.CurrentNode()
		if int(node.StartByte()) >= offset || int(node.EndByte()) <= offset {
			break
		}
		nodes = append(nodes, node)
	}
	return nodes
}

// maxVisits bounds how many nodes are looked at while counting errors.
const maxVisits = 20_000

// errors returns how many ERROR and MISSING nodes the tree has, and the offset
// of the first at or behind from, or -1.
func (t *tree) errors(from int) (count, first int) {
	first = -1
	root := t.RootNode()
	if !root.HasError() {
		return 0, first
	}
	cursor := sitter.NewTreeCursor(root)
	defer cursor.Close()
	for visits := 0; visits < maxVisits; visits++ {
		node := cursor.CurrentNode()
		missing := node.IsMissing()
		if missing || node.IsError() {
			count++
			if start := int(node.StartByte()); start >= from && first < 0 {
				first = start
			}
		}
		if (missing || node.HasError()) && cursor.GoToFirstChild() {
			continue
		}
		for !cursor.GoToNextSibling() {
			if !cursor.GoToParent() {
				return count, first
			}
		}
	}
	return count, first
}

// class is what a language's table says of a kind of node.
type class struct {
	scope                                                                     Kind
	imports, requires, section, body, wrapper, str, embedded, markup, comment bool
	call                                                                      bool // of a word that the table knows, maybe
}

// class returns what the table says of node.
func (l *language) class(node *sitter.Node) class {
	l.classify.Do(l.buildClasses)
	if symbol := int(node.Symbol()); symbol < len(l.classes) {
		return l.classes[symbol]
	}
	return class{} // an ERROR node
}

// classIn returns what the table says of node in text, and of its first word
// where it is a call.
func (l *language) classIn(text string, node *sitter.Node) class {
	c := l.class(node)
	if c.call {
		start := int(node.StartByte())
		if known, ok := l.Words[wordAt(text, start)]; ok {
			return class{scope: known.Scope, imports: known.Imports, section: known.Section}
		}
	}
	return c
}

// wordAt returns the letters, digits and underscores that text has at start.
func wordAt(text string, start int) string {
	end := start
	for end < len(text) && isWord(text[end]) {
		end++
	}
	return text[start:end]
}

// startIn returns where node begins in text. Some grammars count the white
// space before a node to it.
func startIn(text string, node *sitter.Node) int {
	start, end := int(node.StartByte()), int(node.EndByte())
	return end - len(strings.TrimLeft(text[start:end], " \t\r\n"))
}

// buildClasses turns the names of the table into one lookup by symbol: a name
// costs a call and an allocation for each node.
func (l *language) buildClasses() {
	byName := map[string]*class{}
	mark := func(names []string, set func(*class)) {
		for _, name := range names {
			if byName[name] == nil {
				byName[name] = &class{}
			}
			set(byName[name])
		}
	}
	for name, kind := range l.Scopes {
		mark([]string{name}, func(c *class) { c.scope = kind })
	}
	mark(l.Imports, func(c *class) { c.imports = true })
	mark(l.Requires, func(c *class) { c.requires = true })
	mark(l.Sections, func(c *class) { c.section = true })
	mark(l.Bodies, func(c *class) { c.body = true })
	mark(l.Wrappers, func(c *class) { c.wrapper = true })
	mark(l.Strings, func(c *class) { c.str = true })
	mark(l.Embedded, func(c *class) { c.embedded = true })
	mark(l.Markup, func(c *class) { c.markup = true })
	mark(l.Calls, func(c *class) { c.call = true })
	mark(l.Comments, func(c *class) { c.comment = true })

	grammar := l.Grammar()
	l.classes = make([]class, grammar.SymbolCount())
	for i := range l.classes {
		symbol := sitter.Symbol(i)
		if grammar.SymbolType(symbol) != sitter.SymbolTypeRegular {
			continue
		}
		if c := byName[grammar.SymbolName(symbol)]; c != nil {
			l.classes[i] = *c
		}
	}
}
