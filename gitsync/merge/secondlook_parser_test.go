package merge

import (
	"path"
	"testing"
	"time"

	"github.com/airside-ls/airside/completion"
	"github.com/airside-ls/airside/completion/syntax"
)

// realParser parses with the grammars that airside has, as cmd does.
func realParser(t testing.TB) Parser {
	trees := syntax.NewCache(syntax.Limits{ParseTime: time.Minute})
	t.Cleanup(trees.CloseAll)
	return func(file string, src []byte) (Node, bool) {
		language := completion.LanguageOf(file)
		if path.Ext(file) == ".json" {
			language = "json"
		}
		root, ok := trees.Nodes(syntax.Document{Language: language, Text: string(src)})
		return ofSyntax(root), ok
	}
}

func ofSyntax(n syntax.Node) Node {
	out := Node{Type: n.Type, Field: n.Field, Named: n.Named, Start: n.Start, End: n.End, Error: n.Error}
	for _, child := range n.Children {
		out.Children = append(out.Children, ofSyntax(child))
	}
	return out
}
