package main

import (
	"regexp"
	"strings"

	"github.com/airside-ls/airside/completion/syntax"
)

// edit puts a bug into a text.
type edit struct {
	start, end int
	with       string
	what       string
}

// place is a node of a function, with the ones around it.
type place struct {
	*syntax.Node
	above []*syntax.Node // from the function down
	text  string         // the whole file
}

func (p place) code() string { return p.text[p.Start:p.End] }

func (p place) parent() *syntax.Node { return p.above[len(p.above)-1] }

// replace is an edit of the whole node.
func (p place) replace(with, what string) edit { return edit{p.Start, p.End, with, what} }

// within tells whether one of the nodes around is of a kind that has a word in
// its name.
func (p place) within(word string) bool {
	for _, n := range p.above {
		if strings.Contains(n.Type, word) {
			return true
		}
	}
	return false
}

// operator returns the token between the sides of a binary expression.
func (p place) operator() (op *syntax.Node, text string) {
	if !strings.Contains(p.Type, "binary") && p.Type != "comparison_operator" && p.Type != "boolean_operator" {
		return nil, ""
	}
	for i := range p.Children {
		if n := &p.Children[i]; !n.Named && i > 0 && i < len(p.Children)-1 {
			return n, p.text[n.Start:n.End]
		}
	}
	return nil, ""
}

// each calls visit with each node within a function.
func each(function *syntax.Node, text string, visit func(place)) {
	var above []*syntax.Node
	var walk func(n *syntax.Node)
	walk = func(n *syntax.Node) {
		if len(above) > 0 {
			visit(place{n, above, text})
		}
		above = append(above, n)
		for i := range n.Children {
			walk(&n.Children[i])
		}
		above = above[:len(above)-1]
	}
	walk(function)
}

// takeOut is an edit that takes out the lines of a statement; ok is false when
// it has not the lines to itself, or is all that a block has.
func (p place) takeOut(what string) (edit, bool) {
	start := strings.LastIndexByte(p.text[:p.Start], '\n') + 1
	end := len(p.text)
	if i := strings.IndexByte(p.text[p.End:], '\n'); i >= 0 {
		end = p.End + i + 1
	}
	named := 0
	for _, c := range p.parent().Children {
		if c.Named {
			named++
		}
	}
	if strings.TrimSpace(p.text[start:p.Start]) != "" || strings.Trim(p.text[p.End:end], " \t\r\n;") != "" || named < 2 {
		return edit{}, false
	}
	return edit{start, end, "", what}, true
}

// isStatement tells whether a node stands for itself in a block.
func (p place) isStatement() bool {
	t := p.parent().Type
	return p.Named && (strings.Contains(t, "block") || strings.Contains(t, "body") || t == "compound_statement" || t == "statements" || t == "statement_list" || t == "program")
}

// before is an edit that puts a line above a statement, indented as it is.
func (p place) before(line, what string) edit {
	start := strings.LastIndexByte(p.text[:p.Start], '\n') + 1
	indent := p.text[start:p.Start]
	if strings.TrimSpace(indent) != "" {
		indent = ""
	}
	return edit{start, start, indent + line + "\n", what}
}

var word = regexp.MustCompile(`^[A-Za-z_$][\w$]*$`)

func short(code string) string {
	code = strings.Join(strings.Fields(code), " ")
	if len(code) > 50 {
		code = strings.ToValidUTF8(code[:50], "") + "…"
	}
	return code
}
