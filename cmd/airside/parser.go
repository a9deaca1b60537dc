package main

import (
	"path"
	"unicode/utf8"

	"github.com/airside-ls/airside/completion"
	"github.com/airside-ls/airside/completion/syntax"
	"github.com/airside-ls/airside/gitsync/merge"
)

// parseForMerge gives gitsync's merge, which knows no grammars, the syntax trees
// of completion/syntax. The trees are kept until the returned function is called.
func parseForMerge() (merge.Parser, func()) {
	cache := syntax.NewCache(syntax.DefaultLimits)
	parse := func(file string, source []byte) (merge.Node, bool) {
		language := completion.LanguageOf(file)
		if path.Ext(file) == ".json" { // read as JavaScript's
			language = "json"
		}
		if language == "" || !utf8.Valid(source) {
			return merge.Node{}, false
		}
		root, ok := cache.Nodes(syntax.Document{Language: language, Text: string(source)})
		return plainNode(root), ok
	}
	return parse, cache.CloseAll
}

func plainNode(n syntax.Node) merge.Node {
	plain := merge.Node{Type: n.Type, Field: n.Field, Named: n.Named, Start: n.Start, End: n.End, Error: n.Error}
	for _, child := range n.Children {
		plain.Children = append(plain.Children, plainNode(child))
	}
	return plain
}

// lookTwice proposes a merge by syntax where lines conflict.
func lookTwice(path string, base, ours, theirs []byte) (merged []byte, ok bool) {
	parse, done := parseForMerge()
	defer done()
	proposal, ok := merge.SecondLook(path, base, ours, theirs, parse)
	return proposal.Text, ok
}
