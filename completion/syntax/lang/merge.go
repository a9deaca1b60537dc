package lang

import (
	"slices"
	"strings"
)

// Merge is how two changes of a file become one, beyond its lines.
type Merge struct {
	Lists []UnorderedList
	// Attached are types of nodes that belong to the declaration behind them:
	// attributes that are no part of it.
	Attached []string
	// Docs begin unary operators that do: @doc.
	Docs []string
	// Once are the types of declarations of which no scope may have two of one
	// name: a compiler refuses them.
	Once []string
	// Lift moves comments out of the end of these nodes, where the grammar
	// takes what stands before the next for a part of the last.
	Lift []string
}

// UnorderedList is a sort of node whose children are a list in which, for some of
// them, the order does not matter.
type UnorderedList struct {
	What    string   // for people: "imports"
	In      []string // the types of the node
	Parents []string // the types of the node's parent; nil for any
	// Open is the token that ends the head of the node, as a type or as
	// "field:" and a role: behind it, comments are part of the list. "" is for
	// lists with no head, or with one that ends where the first item begins.
	Open string
	Sep  string // "," where items have to be separated by it
	// Items are types of children whose order does not matter, each with what
	// it declares. "*" is any other.
	Items map[string]Keyer
	// Fields are the roles by which the children that are items are known; nil:
	// all named ones are.
	Fields []string
	Only   []string // the types of the children that are items; nil for any
	// When tells whether the node is such a list at all; nil is yes.
	When func(p Source, n, parent Node) bool
	// Inert lists are never merged, but known for what they declare, as part of
	// what encloses them.
	Inert bool
}

// Keyer returns what an item declares, as keys that two items of a list may
// not share. ok is false for one whose place in the order matters.
type Keyer func(p Source, n Node) (keys []string, ok bool)

// List returns what kind of list a node is, nil for none.
func (m *Merge) List(p Source, n, parent Node) *UnorderedList {
	for i := range m.Lists {
		at := &m.Lists[i]
		if !slices.Contains(at.In, n.Type) || at.Parents != nil && !slices.Contains(at.Parents, parent.Type) {
			continue
		}
		if at.Open != "" && !slices.ContainsFunc(n.Children, at.Opens) {
			continue
		}
		if at.When == nil || at.When(p, n, parent) {
			return at
		}
	}
	return nil
}

// Opens tells whether a child ends the head of the list.
func (at *UnorderedList) Opens(c Node) bool {
	if field, ok := strings.CutPrefix(at.Open, "field:"); ok {
		return c.Field == field
	}
	return c.Type == at.Open
}

// IsItem tells whether a child is an item, be its order of matter or not.
func (at *UnorderedList) IsItem(c Node) bool {
	switch {
	case at.Fields != nil:
		return slices.Contains(at.Fields, c.Field)
	case at.Only != nil:
		return slices.Contains(at.Only, c.Type)
	}
	return c.Named && c.Field != "alternative"
}
