package surprise

import (
	"strings"

	"github.com/airside-ls/airside/completion/syntax"
)

// arguments takes in neighbours that could stand the other way round.
func (w *walker) arguments(n *syntax.Node) {
	if n.Type != "argument_list" && n.Type != "arguments" {
		return
	}
	var list []*syntax.Node
	for i := range n.Children {
		if c := &n.Children[i]; c.Named && !c.IsComment() {
			list = append(list, c)
		}
	}
	for i := 0; i+1 < len(list); i++ {
		a, b := w.code(list[i]), w.code(list[i+1])
		if a == b || !simple(a) || !simple(b) || !name.MatchString(a) && !name.MatchString(b) {
			continue
		}
		if literal(list[i]) != literal(list[i+1]) || !alike(a, b) {
			continue
		}
		w.add(Argument, list[i].Start, list[i+1].End, b+w.text[list[i].End:list[i+1].Start]+a)
	}
}

// simple tells whether an argument is a name or a short expression.
func simple(code string) bool { return len(code) < 30 && !strings.ContainsAny(code, "\"'`({\n=") }

// literal tells whether a node is a number, a text or the like: nothing of the kind
// of a name.
func literal(n *syntax.Node) bool {
	return strings.Contains(n.Type, "literal") || strings.Contains(n.Type, "string") || n.Type == "integer" || n.Type == "number" || n.Type == "true" || n.Type == "false" || n.Type == "nil" || n.Type == "none" || n.Type == "null"
}
