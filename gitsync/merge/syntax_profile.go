package merge

import (
	"path"
	"slices"
	"strings"

	"github.com/airside-ls/airside/completion/syntax"
)

// profile is what the second look knows of a language.
type profile struct {
	extensions []string // of file names, with the dot
	places     []place
	// attached are types of nodes that belong to the declaration behind them:
	// attributes that are no part of it.
	attached []string
	// once are the types of declarations of which no scope may have two of one
	// name: a compiler refuses them.
	once []string
	// valid is a stricter judge than the grammar; nil for none.
	valid func(src []byte) bool
	// lift moves comments out of the end of these nodes, where the grammar
	// takes what stands before the next for a part of the last.
	lift []string
}

// place is a sort of node whose children are a list in which, for some of
// them, the order does not matter.
type place struct {
	what    string   // for people: "imports"
	in      []string // the types of the node
	parents []string // and of its parent; nil for any
	// open is the token that ends the head of the node, as a type or as
	// "field:" and a role: behind it, comments are part of the list. "" is for
	// lists with no head, or with one that ends where the first item begins.
	open string
	sep  string // "," where items have to be separated by it
	// items are types of children whose order does not matter, each with what
	// it declares. "*" is any other.
	items map[string]keyer
	// fields are the roles by which the children that are items are known; nil:
	// all named ones are.
	fields []string
	only   []string // or their types
	// when tells whether the node is such a list at all; nil is yes.
	when func(p parsed, n, parent syntax.Node) bool
	// inert lists are never merged, but known for what they declare, as part of
	// what encloses them.
	inert bool
}

// keyer returns what an item declares, as keys that two items of a list may
// not share. ok is false for one whose place in the order matters.
type keyer func(p parsed, n syntax.Node) (keys []string, ok bool)

// profileOf returns the profile for a path, nil for none.
func profileOf(file string) *profile {
	ext := strings.ToLower(path.Ext(file))
	for _, l := range profiles {
		if slices.Contains(l.extensions, ext) {
			return l
		}
	}
	return nil
}

// place returns what kind of list a node is, nil for none.
func (l *profile) place(p parsed, n, parent syntax.Node) *place {
	for i := range l.places {
		at := &l.places[i]
		if !slices.Contains(at.in, n.Type) || at.parents != nil && !slices.Contains(at.parents, parent.Type) {
			continue
		}
		if at.open != "" && !slices.ContainsFunc(n.Children, at.opens) {
			continue
		}
		if at.when == nil || at.when(p, n, parent) {
			return at
		}
	}
	return nil
}

// of gives several types of items one keyer.
func of(key keyer, types ...string) map[string]keyer {
	items := map[string]keyer{}
	for _, t := range types {
		items[t] = key
	}
	return items
}

// and joins tables of items.
func and(tables ...map[string]keyer) map[string]keyer {
	items := map[string]keyer{}
	for _, table := range tables {
		for t, key := range table {
			items[t] = key
		}
	}
	return items
}

// byName keys by the names that an item declares.
func byName(p parsed, n syntax.Node) ([]string, bool) { return names(p, n), true }

// byText keys by all of an item.
func byText(p parsed, n syntax.Node) ([]string, bool) { return []string{squeeze(p.text(n))}, true }

// byKey keys by an item's first part, a key that is written out: computed ones
// may be equal without looking so.
func byKey(p parsed, n syntax.Node) ([]string, bool) {
	for _, c := range n.Children {
		if c.Named && !isComment(c) {
			return []string{unquote(squeeze(p.text(c)))}, !has(c, "computed_property_name", "call", "call_expression")
		}
	}
	return nil, false
}

// byNameAndValue keys enum members that have values by both: two of one value
// are one member by two names.
func byNameAndValue(p parsed, n syntax.Node) ([]string, bool) {
	keys := names(p, n)
	for _, c := range n.Children {
		if c.Field == "value" {
			return append(keys, "="+squeeze(p.text(c))), true
		}
	}
	return keys, false
}

// allOf tells whether all named children of a node, but comments, are of the
// types.
func allOf(types ...string) func(p parsed, n, parent syntax.Node) bool {
	return func(p parsed, n, _ syntax.Node) bool {
		for _, c := range n.Children {
			if c.Named && !isComment(c) && !slices.Contains(types, c.Type) {
				return false
			}
		}
		return true
	}
}

// allHave tells whether all children of a type have a child in a field.
func allHave(typ, field string) func(p parsed, n, parent syntax.Node) bool {
	return func(p parsed, n, _ syntax.Node) bool {
		for _, c := range n.Children {
			if c.Type == typ && !slices.ContainsFunc(c.Children, func(g syntax.Node) bool { return g.Field == field }) {
				return false
			}
		}
		return true
	}
}

// setLike are the names of lists that are read as sets, whatever the language.
var setLike = []string{"__all__", "dependencies", "dev-dependencies", "keywords", "classifiers", "files", "exclude", "include", "ignore", "features", "members"}

// isSet tells of a list whose elements are all texts, each once, that is known
// to be read as a set, or has been kept sorted.
func isSet(p parsed, n, parent syntax.Node) bool {
	var elements []string
	for _, c := range n.Children {
		if !c.Named || isComment(c) {
			continue
		}
		if !strings.Contains(c.Type, "string") {
			return false
		}
		elements = append(elements, unquote(p.text(c)))
	}
	known := slices.ContainsFunc(parent.Children, func(c syntax.Node) bool {
		return c.End <= n.Start && slices.Contains(setLike, unquote(p.text(c)))
	})
	sorted := slices.Clone(elements)
	slices.Sort(sorted)
	if len(slices.Compact(slices.Clone(sorted))) < len(elements) {
		return false
	}
	// Three: two stand in order by chance every other time.
	return known || len(elements) >= 3 && slices.Equal(elements, sorted)
}
