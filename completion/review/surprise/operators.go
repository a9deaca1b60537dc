package surprise

import (
	"slices"
	"strings"

	"github.com/airside-ls/airside/completion/syntax"
)

// operator is what could stand in the place of one.
type operator struct {
	class  Class
	others []string
}

var operators = map[string]operator{
	"<": {Bound, []string{"<=", ">"}}, "<=": {Bound, []string{"<", ">="}}, ">": {Bound, []string{">=", "<"}}, ">=": {Bound, []string{">", "<="}},
	"==": {Comparison, []string{"!="}}, "!=": {Comparison, []string{"=="}}, "===": {Comparison, []string{"!=="}}, "!==": {Comparison, []string{"==="}},
	"is": {Comparison, []string{"is not"}}, "is not": {Comparison, []string{"is"}}, "in": {Comparison, []string{"not in"}}, "not in": {Comparison, []string{"in"}},
	"&&": {Logic, []string{"||"}}, "||": {Logic, []string{"&&"}}, "and": {Logic, []string{"or"}}, "or": {Logic, []string{"and"}},
	"+": {Arithmetic, []string{"-"}}, "-": {Arithmetic, []string{"+"}}, "*": {Arithmetic, []string{"+", "/"}}, "/": {Arithmetic, []string{"*"}}, "%": {Arithmetic, []string{"/"}},
	"<<": {Arithmetic, []string{">>"}}, ">>": {Arithmetic, []string{"<<"}}, "&": {Arithmetic, []string{"|"}}, "|": {Arithmetic, []string{"&"}},
	"+=": {Arithmetic, []string{"-="}}, "-=": {Arithmetic, []string{"+="}}, "++": {Arithmetic, []string{"--"}}, "--": {Arithmetic, []string{"++"}},
	"|=": {Arithmetic, []string{"&="}}, "&=": {Arithmetic, []string{"|="}}, "//": {Arithmetic, []string{"/"}},
}

// operating are parts of the types of nodes that have an operator between their
// children, or behind them.
var operating = []string{"binary", "comparison_operator", "boolean_operator", "assignment", "compound_assignment", "inc_statement", "dec_statement", "update_expression"}

// operators takes in those between the children of a node.
func (w *walker) operators(n *syntax.Node) {
	if !n.Named || !slices.ContainsFunc(operating, func(part string) bool { return strings.Contains(n.Type, part) }) {
		return
	}
	for i := 1; i < len(n.Children); i++ {
		c := &n.Children[i]
		if c.Named || c.Start == c.End {
			continue
		}
		start, end := c.Start, c.End
		// Python's grammar may have "is not" as two.
		if i+1 < len(n.Children) && !n.Children[i+1].Named && (w.code(c) == "is" || w.code(c) == "not") && n.Type == "comparison_operator" {
			i++
			end = n.Children[i].End
		}
		if o, ok := operators[strings.Join(strings.Fields(w.text[start:end]), " ")]; ok {
			if i+1 == len(n.Children) && o.class != Arithmetic {
				continue
			}
			if w.text[start:end] == "+" && w.textual(n) {
				continue // texts are joined: nothing else is possible
			}
			w.add(o.class, start, end, o.others...)
		}
	}
}

// textual tells whether a text is a part of an expression.
func (w *walker) textual(n *syntax.Node) bool {
	if strings.Contains(n.Type, "string") || strings.Contains(n.Type, "template") {
		return true
	}
	return strings.Contains(n.Type, "binary") && slices.ContainsFunc(n.Children, func(c syntax.Node) bool { return w.textual(&c) })
}

// negation takes in what is negated, or could be.
func (w *walker) negation(n *syntax.Node) {
	p := w.parent(0)
	if p == nil || !n.Named {
		return
	}
	not := "!"
	if w.language == "python" {
		not = "not "
	}
	if n.Type == "not_operator" || strings.HasPrefix(n.Type, "unary") {
		if inner, ok := strings.CutPrefix(w.code(n), not); ok {
			w.add(Negation, n.Start, n.End, strings.TrimSpace(inner))
		}
		return
	}
	if !w.asked(n, p) {
		return
	}
	switch n.Type {
	case "identifier", "call_expression", "call", "method_invocation", "selector_expression", "attribute", "member_expression", "field_access", "field_expression":
		w.add(Negation, n.Start, n.End, not+w.code(n))
	}
}

// asked tells whether a node is a condition, or a part of one, by itself.
func (w *walker) asked(n, p *syntax.Node) bool {
	if p.Type == "parenthesized_expression" {
		if above := w.parent(1); above != nil && p.Field == "condition" {
			return true
		}
	}
	if n.Field == "condition" {
		return true
	}
	if p.Type == "boolean_operator" {
		return true
	}
	if strings.Contains(p.Type, "binary") && len(p.Children) > 1 {
		op := w.code(&p.Children[1])
		return op == "&&" || op == "||"
	}
	return false
}
