package merge

import (
	"unicode/utf8"

	"github.com/airside-ls/airside/completion/syntax"
)

// parsed is a source with its tree.
type parsed struct {
	src  []byte
	root syntax.Node
}

// text is what the source has at a node.
func (p parsed) text(n syntax.Node) string { return string(p.src[n.Start:n.End]) }

// document is a source in the language that its file's name tells. ok is false
// for what is no text, or too large to be looked at twice.
func document(file string, src []byte) (d syntax.Document, ok bool) {
	if len(src) > maxSecondLook || IsBinary(src) || !utf8.Valid(src) {
		return d, false
	}
	language := syntax.LanguageOfFile(file)
	if profileOf(file) == jsonProfile {
		language = "json"
	}
	return syntax.Document{Language: language, Text: string(src)}, true
}

// parseAll parses sources. ok is false unless each has a tree without errors.
func parseAll(file string, trees *syntax.Cache, sources ...[]byte) (list []parsed, ok bool) {
	for _, src := range sources {
		d, ok := document(file, src)
		if !ok {
			return nil, false
		}
		root, ok := trees.Nodes(d)
		if !ok || root.Error {
			return nil, false
		}
		list = append(list, parsed{src, root})
	}
	return list, true
}
