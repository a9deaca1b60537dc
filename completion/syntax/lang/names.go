package lang

import (
	"slices"
	"strings"
)

// naming are the fields by which grammars mark what a declaration declares, or
// what holds it.
var naming = []string{"name", "declarator", "left", "pattern", "key", "declaration", "definition"}

// decoration are the types of nodes that stand before a name and have others.
var decoration = []string{"modifiers", "modifier", "annotation", "attribute", "attribute_list", "attribute_item", "decorator", "visibility_modifier", "value", "superclass", "type_parameters"}

// Names are the names that a declaration gives, without white space. Names
// that nobody can use are left out.
func Names(p Source, n Node) []string {
	var out []string
	for _, name := range declared(p, n, 0) {
		if name != "" && name != "_" && name != "," {
			out = append(out, name)
		}
	}
	return out
}

func declared(p Source, n Node, depth int) []string {
	if depth > 8 || n.IsAtomic() {
		return nil
	}
	for _, c := range n.Children {
		if c.Field == "alias" {
			return []string{squeeze(p.Text(c))}
		}
	}
	var out []string
	for _, c := range n.Children {
		if !slices.Contains(naming, c.Field) || c.Field == "name" && len(out) > 0 && strings.HasSuffix(c.Type, "_type") {
			continue
		}
		switch {
		case c.Field == "declaration" || c.Field == "definition":
			return declared(p, c, depth+1)
		case c.IsAtomic() || c.Field == "name" && c.Type != "variable_declarator" || c.Type == "qualified_identifier":
			out = append(out, unquote(squeeze(p.Text(c))))
		default:
			below := declared(p, c, depth+1)
			if below == nil {
				below = []string{squeeze(p.Text(c))}
			}
			out = append(out, below...)
		}
	}
	if out != nil {
		return out
	}
	for _, c := range n.Children {
		if c.Named && len(c.Children) == 0 && isName(c.Type) {
			return []string{squeeze(p.Text(c))}
		}
	}
	for _, c := range n.Children {
		if c.Named && !c.IsComment() && !slices.Contains(decoration, c.Type) {
			out = append(out, declared(p, c, depth+1)...)
			if len(out) > 0 && !strings.HasSuffix(c.Type, "_declarator") && !strings.HasSuffix(c.Type, "_spec") && !strings.HasSuffix(c.Type, "_element") {
				return out
			}
		}
	}
	return out
}

// isName tells whether leaves of a type are names.
func isName(leaf string) bool {
	switch leaf {
	case "name", "constant", "word", "variable_name", "bare_key", "property_name", "alias":
		return true
	}
	return strings.HasSuffix(leaf, "identifier")
}

// squeeze takes the white space out of a text.
func squeeze(text string) string { return strings.Join(strings.Fields(text), "") }

// unquote takes the quotes from around a key: in most languages a and "a" are
// one key.
func unquote(text string) string {
	if n := len(text); n > 1 && text[0] == text[n-1] && strings.ContainsRune("\"'`", rune(text[0])) {
		return text[1 : n-1]
	}
	return text
}
