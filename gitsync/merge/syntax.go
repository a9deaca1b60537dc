package merge

// Node is a node of a syntax tree: plain data that a [Parser] hands in, so that
// this package knows no grammar.
type Node struct {
	Type       string // as the grammar names it
	Field      string // the node's role in its parent; "" for none
	Named      bool   // false for punctuation and keywords
	Start, End int    // bytes of the source; no white space at the start
	Error      bool   // this or something below is an error, or is missing
	Children   []Node // in order, comments included
}

// Parser returns the syntax tree of a source, whose language follows from the
// path. ok is false where there is no grammar for it, or no time to parse. It
// may be called from several goroutines.
type Parser func(path string, src []byte) (root Node, ok bool)

// parsed is a source with its tree.
type parsed struct {
	src  []byte
	root Node
}

// text is what the source has at a node.
func (p parsed) text(n Node) string { return string(p.src[n.Start:n.End]) }

// parseAll parses sources. ok is false unless each has a tree without errors.
func parseAll(path string, parse Parser, sources ...[]byte) (trees []parsed, ok bool) {
	for _, src := range sources {
		root, ok := parse(path, src)
		if !ok || root.Error {
			return nil, false
		}
		trees = append(trees, parsed{src, root})
	}
	return trees, true
}
