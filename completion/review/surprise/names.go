package surprise

import (
	"regexp"
	"slices"
	"strings"

	"github.com/airside-ls/airside/completion/syntax"
)

// maxOthers is how many other names are compared with one.
const maxOthers = 12

// names are the variables of a function: where each is first named.
type names struct {
	first map[string]int // offset
	order []string
}

var name = regexp.MustCompile(`^[A-Za-z_$][\w$]*$`)

// declaring are parts of the types of nodes whose names are declared there.
var declaring = []string{"parameter", "declarator", "var_spec", "short_var", "range_clause", "let_declaration", "pattern", "for_statement", "for_in", "enhanced_for", "for_expression"}

// namesOf are the names that a function declares: its parameters, receiver and
// variables.
func namesOf(function *syntax.Node, text string) *names {
	list := &names{first: map[string]int{}}
	var walk func(n, parent *syntax.Node, declared bool)
	walk = func(n, parent *syntax.Node, declared bool) {
		if n.IsComment() {
			return
		}
		if variable(n) {
			code := text[n.Start:n.End]
			if _, known := list.first[code]; declared && !known && code != "_" && name.MatchString(code) {
				list.first[code] = n.Start
				list.order = append(list.order, code)
			}
			return
		}
		for i := range n.Children {
			c := &n.Children[i]
			walk(c, n, declares(n, c, declared))
		}
	}
	walk(function, nil, false)
	return list
}

// variable tells whether a node is a name by itself.
func variable(n *syntax.Node) bool { return n.Type == "identifier" || n.Type == "self" }

// declares tells whether a child is declared by its parent.
func declares(p, c *syntax.Node, already bool) bool {
	switch c.Field {
	case "type", "body", "right", "value", "condition", "default_value", "function", "return_type", "result", "object", "operand", "argument", "arguments", "subscript", "index":
		return false
	case "left", "pattern":
		return already || p.Type != "binary_expression" && p.Type != "binary_operator" && p.Type != "comparison_operator"
	case "name", "declarator":
		return already || slices.ContainsFunc(declaring, func(part string) bool { return strings.Contains(p.Type, part) })
	}
	if strings.Contains(p.Type, "parameter") {
		return true
	}
	return already && !strings.Contains(p.Type, "call") && !strings.Contains(p.Type, "block")
}

// fieldsOf are the members that a file names behind each base: "s.opts" has those
// of s.opts.x.
func fieldsOf(root *syntax.Node, text string) map[string][]string {
	fields := map[string][]string{}
	var walk func(n, parent *syntax.Node)
	walk = func(n, parent *syntax.Node) {
		if base, member, ok := memberOf(n, text); ok && !called(parent, n) {
			if code := text[member.Start:member.End]; !slices.Contains(fields[base], code) && len(fields[base]) < maxOthers {
				fields[base] = append(fields[base], code)
			}
		}
		for i := range n.Children {
			walk(&n.Children[i], n)
		}
	}
	walk(root, nil)
	return fields
}

// memberOf is the name behind a base that is short, in x.y.
func memberOf(n *syntax.Node, text string) (base string, member *syntax.Node, ok bool) {
	switch n.Type {
	case "selector_expression", "attribute", "member_expression", "field_access", "field_expression":
	default:
		return "", nil, false
	}
	if len(n.Children) < 3 {
		return "", nil, false
	}
	last := &n.Children[len(n.Children)-1]
	base = text[n.Children[0].Start:n.Children[0].End]
	return base, last, len(base) < 30 && name.MatchString(text[last.Start:last.End])
}

// called tells whether a node is what its parent calls.
func called(parent, n *syntax.Node) bool {
	return parent != nil && strings.Contains(parent.Type, "call") && len(parent.Children) > 0 && parent.Children[0].Start == n.Start
}

// name takes in the use of a variable, or of a member.
func (w *walker) name(n *syntax.Node) {
	p := w.parent(0)
	if p == nil {
		return
	}
	if base, member, ok := memberOf(n, w.text); ok && !called(p, n) && !w.assigned(n) {
		w.add(Variable, member.Start, member.End, slices.Clone(w.fields[base])...)
	}
	if !variable(n) || n.Field == "field" || n.Field == "property" || n.Field == "name" || n.Field == "function" || n.Field == "attribute" || w.assigned(n) || called(p, n) {
		return
	}
	code := w.code(n)
	if at, ok := w.names.first[code]; !ok || at == n.Start {
		return
	}
	if base, member, ok := memberOf(p, w.text); ok && member.Start != n.Start && len(w.fields[base]) > 0 {
		return // a member of another would have to have the name
	}
	var others []string
	for _, other := range slices.Backward(w.names.order) {
		if w.names.first[other] < n.Start && other != code && alike(other, code) && len(others) < maxOthers {
			others = append(others, other)
		}
	}
	w.add(Variable, n.Start, n.End, others...)
}

// assigned tells whether a node is what is assigned to, or declared.
func (w *walker) assigned(n *syntax.Node) bool {
	at := n
	for i := range w.above {
		p := w.parent(i)
		if declares(p, at, false) && (at.Field == "left" || at.Field == "pattern" || at.Field == "name" || strings.Contains(p.Type, "parameter")) {
			return true
		}
		if strings.Contains(p.Type, "call") || strings.Contains(p.Type, "block") {
			return false
		}
		at = p
	}
	return false
}

// alike tells whether two names may stand for values of one kind, as far as names
// tell: errors and contexts are never mistaken for anything else.
func alike(a, b string) bool {
	kind := func(s string) string {
		switch {
		case strings.HasPrefix(s, "err"):
			return "error"
		case s == "ctx" || s == "self" || s == "this" || s == "t" || s == "cls":
			return s
		}
		return ""
	}
	return kind(a) == kind(b)
}
