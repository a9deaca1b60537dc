package merge

import (
	"unicode/utf8"

	"github.com/airside-ls/airside/completion/syntax"
	"github.com/airside-ls/airside/completion/syntax/lang"
)

// language is what the second look knows of one.
type language struct{ *lang.Language }

// languageOf returns the language of a file, nil where it merges by lines alone.
func languageOf(file string) *language {
	if l, _ := lang.OfFile(file); l.Merge != nil {
		return &language{l}
	}
	return nil
}

// parsedSource is a source with its tree.
type parsedSource struct {
	src  lang.Source
	root syntax.Node
}

// text is what the source has at a node.
func (p parsedSource) text(n syntax.Node) string { return string(p.src[n.Start:n.End]) }

// document is a source in the language that its file's name tells. ok is false
// for what is no text, or too large to be looked at twice.
func document(file string, src []byte) (d syntax.Document, ok bool) {
	if len(src) > maxSecondLook || IsBinary(src) || !utf8.Valid(src) {
		return d, false
	}
	l, _ := lang.OfFile(file)
	return syntax.Document{Language: l.Name(), Text: string(src)}, true
}

// parseAll parses sources. ok is false unless each has a tree without errors.
func parseAll(file string, trees *syntax.Cache, sources ...[]byte) (list []parsedSource, ok bool) {
	for _, src := range sources {
		d, ok := document(file, src)
		if !ok {
			return nil, false
		}
		root, ok := trees.Nodes(d)
		if !ok || root.Error {
			return nil, false
		}
		list = append(list, parsedSource{src, root})
	}
	return list, true
}
