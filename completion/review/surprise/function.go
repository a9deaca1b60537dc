package surprise

import (
	"github.com/airside-ls/airside/completion/syntax"
	"github.com/airside-ls/airside/completion/syntax/lang"
)

// Functions are the outermost functions and methods of a tree, in order.
func Functions(root *syntax.Node, language string) (list []*syntax.Node) {
	scopes := lang.Of(language).Scopes
	var walk func(n *syntax.Node)
	walk = func(n *syntax.Node) {
		for i := range n.Children {
			c := &n.Children[i]
			if kind := scopes[c.Type]; kind == lang.Function || kind == lang.Method {
				list = append(list, c)
				continue
			}
			walk(c)
		}
	}
	walk(root)
	return list
}
