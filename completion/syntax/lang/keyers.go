package lang

import (
	"slices"
	"strings"
)

// of gives several types of items one Keyer.
func of(key Keyer, types ...string) map[string]Keyer {
	items := map[string]Keyer{}
	for _, t := range types {
		items[t] = key
	}
	return items
}

// and joins tables of items.
func and(tables ...map[string]Keyer) map[string]Keyer {
	items := map[string]Keyer{}
	for _, table := range tables {
		for t, key := range table {
			items[t] = key
		}
	}
	return items
}

// byName keys by the names that an item declares.
func byName(p Source, n Node) ([]string, bool) { return Names(p, n), true }

// byText keys by all of an item.
func byText(p Source, n Node) ([]string, bool) { return []string{squeeze(p.Text(n))}, true }

// byKey keys by an item's first part, a key that is written out: computed ones
// may be equal without looking so.
func byKey(p Source, n Node) ([]string, bool) {
	for _, c := range n.Children {
		if c.Named && !c.IsComment() {
			return []string{unquote(squeeze(p.Text(c)))}, !c.has("computed_property_name", "call", "call_expression")
		}
	}
	return nil, false
}

// byNameAndValue keys enum members that have values by both: two of one value
// are one member by two names.
func byNameAndValue(p Source, n Node) ([]string, bool) {
	keys := Names(p, n)
	for _, c := range n.Children {
		if c.Field == "value" {
			return append(keys, "="+squeeze(p.Text(c))), true
		}
	}
	return keys, false
}

// allOf tells whether all named children of a node, but comments, are of the
// types.
func allOf(types ...string) func(p Source, n, parent Node) bool {
	return func(p Source, n, _ Node) bool {
		for _, c := range n.Children {
			if c.Named && !c.IsComment() && !slices.Contains(types, c.Type) {
				return false
			}
		}
		return true
	}
}

// allHave tells whether all children of a type have a child in a field.
func allHave(typ, field string) func(p Source, n, parent Node) bool {
	return func(p Source, n, _ Node) bool {
		for _, c := range n.Children {
			if c.Type == typ && !slices.ContainsFunc(c.Children, func(g Node) bool { return g.Field == field }) {
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
func isSet(p Source, n, parent Node) bool {
	var elements []string
	for _, c := range n.Children {
		if !c.Named || c.IsComment() {
			continue
		}
		if !strings.Contains(c.Type, "string") {
			return false
		}
		elements = append(elements, unquote(p.Text(c)))
	}
	known := slices.ContainsFunc(parent.Children, func(c Node) bool {
		return c.End <= n.Start && slices.Contains(setLike, unquote(p.Text(c)))
	})
	sorted := slices.Clone(elements)
	slices.Sort(sorted)
	if len(slices.Compact(slices.Clone(sorted))) < len(elements) {
		return false
	}
	// Three: two stand in order by chance every other time.
	return known || len(elements) >= 3 && slices.Equal(elements, sorted)
}
