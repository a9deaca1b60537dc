package syntax

import (
	"slices"
	"strings"

	"github.com/airside-ls/airside/completion/syntax/lang"
)

// Declaration is a function, a class or the like in a whole file.
type Declaration struct {
	Kind Kind
	Name string // "" for a function without one
	// Whole has what belongs to the declaration: decorators, "export", the
	// variable that an anonymous function is given to. Comments above it are not
	// in it.
	Whole Range
	Head  Range // from its start to where its body begins
	Body  Range // with its brackets; empty where it has none
	// Members are the declarations within it, in order.
	Members []Declaration
}

// Outline lists the declarations of a document whose tree is root; see
// [Cache.Nodes].
func Outline(d Document, root Node) []Declaration {
	o := outliner{languageOf(d.Language), d.Text}
	return o.below(root, nil)
}

type outliner struct {
	language *language
	text     string
}

// below lists the declarations among the children of node; above are its
// ancestors and itself.
func (o outliner) below(node Node, above []Node) []Declaration {
	above = append(above[:len(above):len(above)], node)
	var list []Declaration
	for _, child := range node.Children {
		if kind := o.kindOf(child); kind != "" && child.Named {
			list = append(list, o.declaration(child, kind, above))
		} else if len(child.Children) > 0 {
			list = append(list, o.below(child, above)...)
		}
	}
	return list
}

func (o outliner) kindOf(n Node) Kind {
	if slices.Contains(o.language.Calls, n.Type) {
		if c, ok := o.language.Words[wordAt(o.text, n.Start)]; ok {
			return c.Scope
		}
	}
	return o.language.Scopes[n.Type]
}

func (o outliner) declaration(n Node, kind Kind, above []Node) Declaration {
	d := Declaration{Kind: kind, Name: o.nameOf(n), Whole: Range{n.Start, n.End}, Body: o.bodyOf(n)}
	inner := n
	for i := len(above) - 1; i >= 0 && slices.Contains(o.language.Wrappers, above[i].Type); i-- {
		if outer := above[i]; alone(outer, inner.Type) {
			if d.Name == "" {
				d.Name = o.nameOf(outer)
			}
			d.Whole, inner = Range{outer.Start, outer.End}, outer
			continue
		}
		break
	}
	d.Head = Range{d.Whole.Start, d.Whole.End}
	if d.Body.End > d.Body.Start {
		d.Head.End = d.Body.Start
	}
	d.Members = o.below(n, above)
	return d
}

// alone tells whether a node has one child of a type: "type (A …; B …)" is no
// part of A.
func alone(n Node, child string) bool {
	count := 0
	for _, c := range n.Children {
		if c.Type == child {
			count++
		}
	}
	return count <= 1
}

func (o outliner) bodyOf(n Node) Range {
	for i := len(n.Children) - 1; i >= 0; i-- {
		if c := n.Children[i]; slices.Contains(o.language.Bodies, c.Type) || c.Field == "body" {
			return Range{c.Start, c.End}
		}
	}
	for _, c := range n.Children {
		if c.End > c.Start && o.text[c.Start] == '{' {
			return Range{c.Start, n.End}
		}
	}
	return Range{n.End, n.End}
}

// longestName bounds a name, in bytes.
const longestName = 100

// nameOf is what a declaration is called, "" where its tree does not tell.
func (o outliner) nameOf(n Node) string {
	name := ""
	for _, field := range []string{"name", "property", "key", "declarator", "type"} {
		i := slices.IndexFunc(n.Children, func(c Node) bool { return c.Field == field })
		if i < 0 {
			continue
		}
		switch c := n.Children[i]; {
		case field == "declarator" && len(c.Children) > 0:
			return o.nameOf(c)
		case field == "type" && o.kindOf(n) != lang.Impl:
			continue
		default:
			name = o.text[c.Start:c.End]
		}
		break
	}
	if name == "" {
		for _, c := range n.Children {
			if c.Field == "" && (c.Type == "simple_identifier" || c.Type == "type_identifier") {
				name = o.text[c.Start:c.End]
				break
			}
			if c.Type == "arguments" && slices.Contains(o.language.Calls, n.Type) { // Elixir's def f(x)
				name, _, _ = strings.Cut(o.text[c.Start:c.End], "(")
				break
			}
		}
	}
	if name = strings.TrimSpace(name); len(name) > longestName || strings.ContainsAny(name, "\n{}") {
		return ""
	}
	return name
}
