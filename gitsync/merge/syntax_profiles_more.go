package merge

import (
	"strings"

	"github.com/airside-ls/airside/completion/syntax"
)

// cItems are what stands in a C file. Each side's additions follow all that
// they could need, whichever of the two comes first.
var cItems = and(
	of(byName, "function_definition", "declaration", "struct_specifier", "union_specifier", "enum_specifier", "type_definition", "preproc_def", "preproc_function_def"),
	of(byText, "preproc_include"))

var cPlaces = []place{
	{what: "fields", in: []string{"field_declaration_list"}, parents: []string{"struct_specifier", "union_specifier"}, open: "{", items: of(byName, "field_declaration")},
	// A member without a value takes that of the one before it, and one.
	{what: "enum members", in: []string{"enumerator_list"}, open: "{", sep: ",", items: of(byNameAndValue, "enumerator"), when: allHave("enumerator", "value")},
	{what: "initializers", in: []string{"initializer_list"}, open: "{", sep: ",", items: of(byKey, "initializer_pair"), when: allOf("initializer_pair")},
}

var cProfile = &profile{
	extensions: []string{".c", ".h"},
	places: append([]place{
		{what: "declarations", in: []string{"translation_unit"}, items: cItems},
		{what: "declarations", in: []string{"preproc_ifdef"}, open: "field:name", items: cItems},
		{what: "declarations", in: []string{"preproc_if"}, open: "field:condition", items: cItems},
		{what: "declarations", in: []string{"declaration_list"}, open: "{", items: cItems},
	}, cPlaces...),
}

var cppItems = and(cItems, of(byName, "class_specifier", "template_declaration", "alias_declaration", "namespace_definition"), of(byText, "using_declaration"))

var cppProfile = &profile{
	extensions: []string{".cc", ".cpp", ".cxx", ".hh", ".hpp", ".hxx"},
	places: append([]place{
		{what: "declarations", in: []string{"translation_unit"}, items: cppItems},
		{what: "declarations", in: []string{"preproc_ifdef"}, open: "field:name", items: cppItems},
		{what: "declarations", in: []string{"preproc_if"}, open: "field:condition", items: cppItems},
		{what: "declarations", in: []string{"declaration_list"}, open: "{", items: cppItems},
		{what: "members", in: []string{"field_declaration_list"}, open: "{", items: of(byName, "field_declaration", "declaration", "function_definition", "template_declaration", "alias_declaration", "using_declaration", "friend_declaration")},
	}, cPlaces[1:]...),
}

var cSharpTypes = of(byName, "class_declaration", "struct_declaration", "interface_declaration", "enum_declaration", "record_declaration", "delegate_declaration", "namespace_declaration")

var cSharpProfile = &profile{
	extensions: []string{".cs", ".csx"},
	once:       []string{"field_declaration", "property_declaration", "method_declaration", "constructor_declaration", "enum_member_declaration"},
	places: []place{
		{what: "declarations", in: []string{"compilation_unit"}, items: and(of(byText, "using_directive"), cSharpTypes)},
		{what: "members", in: []string{"declaration_list"}, open: "{", items: and(cSharpTypes, of(byText, "using_directive"),
			of(byName, "field_declaration", "property_declaration", "method_declaration", "constructor_declaration", "event_field_declaration"))},
		// A member without a value takes that of the one before it, and one.
		{what: "enum members", in: []string{"enum_member_declaration_list"}, open: "{", sep: ",", items: of(byNameAndValue, "enum_member_declaration"), when: allHave("enum_member_declaration", "value")},
	},
}

var rustItems = and(
	of(byName, "mod_item", "function_item", "struct_item", "enum_item", "union_item", "trait_item", "const_item", "static_item", "type_item", "extern_crate_declaration", "function_signature_item", "associated_type"),
	of(rustUse, "use_declaration"), of(rustImpl, "impl_item"))

var rustProfile = &profile{
	extensions: []string{".rs"},
	attached:   []string{"attribute_item"},
	places: []place{
		{what: "declarations", in: []string{"source_file"}, items: rustItems},
		{what: "members", in: []string{"declaration_list"}, open: "{", items: rustItems},
		{what: "fields", in: []string{"field_declaration_list"}, open: "{", sep: ",", items: of(byName, "field_declaration")},
		// With values on some, those of the others follow from their places.
		{what: "enum members", in: []string{"enum_variant_list"}, open: "{", sep: ",", items: of(byName, "enum_variant"), when: func(p parsed, n, up syntax.Node) bool {
			return !has(n, "=") || allHave("enum_variant", "value")(p, n, up)
		}},
		{what: "imported names", in: []string{"use_list"}, open: "{", sep: ",", items: of(rustUsed, "*")},
		{what: "fields", in: []string{"field_initializer_list"}, open: "{", sep: ",", items: and(of(byKey, "field_initializer"), of(byText, "shorthand_field_initializer"))},
	},
}

// rustUsed keys by the name that is bound.
func rustUsed(p parsed, n syntax.Node) ([]string, bool) {
	if n.Type == "use_as_clause" {
		return names(p, n), true
	}
	text := squeeze(p.text(n))
	if n.Type == "scoped_identifier" {
		text = text[strings.LastIndexByte(text, ':')+1:]
	}
	return []string{text}, true
}

func rustUse(p parsed, n syntax.Node) ([]string, bool) {
	for _, c := range n.Children {
		if c.Field == "argument" {
			if open := strings.IndexByte(p.text(c), '{'); open >= 0 { // a list is one whatever is in it
				return []string{"use " + squeeze(p.text(c)[:open])}, true
			}
			return rustUsed(p, c)
		}
	}
	return byText(p, n)
}

// rustImpl keys by what is implemented for what.
func rustImpl(p parsed, n syntax.Node) ([]string, bool) {
	for _, c := range n.Children {
		if c.Field == "body" {
			return []string{squeeze(string(p.src[n.Start:c.Start]))}, true
		}
	}
	return byText(p, n)
}

var rubyItems = and(of(byName, "method", "class", "module"), of(rubyMethod, "singleton_method"), of(rubyRequire, "call"), of(rubyConstant, "assignment"))

var rubyProfile = &profile{
	extensions: []string{".rb", ".rake", ".gemspec"},
	places: []place{
		{what: "declarations", in: []string{"program"}, items: rubyItems},
		{what: "members", in: []string{"body_statement"}, parents: []string{"class", "module", "singleton_class"}, items: rubyItems},
		{what: "keys", in: []string{"hash"}, open: "{", sep: ",", items: of(byKey, "pair")},
	},
}

func rubyMethod(p parsed, n syntax.Node) ([]string, bool) {
	keys := names(p, n)
	for i := range keys {
		keys[i] = "self." + keys[i]
	}
	return keys, true
}

func rubyRequire(p parsed, n syntax.Node) ([]string, bool) {
	text := p.text(n)
	return []string{squeeze(text)}, strings.HasPrefix(text, "require ") || strings.HasPrefix(text, "require_relative ")
}

// rubyConstant are constants whose values run nothing.
func rubyConstant(p parsed, n syntax.Node) ([]string, bool) {
	return names(p, n), len(n.Children) > 0 && n.Children[0].Type == "constant" && !has(n, "call", "identifier")
}

var phpTypes = of(byName, "class_declaration", "interface_declaration", "trait_declaration", "enum_declaration", "function_definition")

var phpProfile = &profile{
	extensions: []string{".php", ".phtml"},
	places: []place{
		{what: "declarations", in: []string{"program"}, items: and(phpTypes, of(phpUse, "namespace_use_declaration"))},
		{what: "members", in: []string{"declaration_list", "enum_declaration_list"}, open: "{", items: of(byName, "const_declaration", "property_declaration", "method_declaration", "enum_case")},
		{what: "keys", in: []string{"array_creation_expression"}, sep: ",", open: "[", items: of(byKey, "array_element_initializer"), when: func(p parsed, n, up syntax.Node) bool {
			for _, c := range n.Children {
				if c.Type == "array_element_initializer" && !strings.Contains(p.text(c), "=>") {
					return false
				}
			}
			return true
		}},
	},
}

// phpUse keys by the name that is bound.
func phpUse(p parsed, n syntax.Node) ([]string, bool) {
	text := strings.TrimSuffix(strings.TrimSpace(p.text(n)), ";")
	words := strings.FieldsFunc(text, func(r rune) bool { return r == ' ' || r == '\\' || r == '\n' || r == '\t' })
	if len(words) < 2 || strings.ContainsAny(text, "{,") {
		return []string{squeeze(text)}, true
	}
	return words[len(words)-1:], true
}

var kotlinItems = of(byName, "class_declaration", "object_declaration", "function_declaration", "property_declaration", "type_alias", "secondary_constructor")

var kotlinProfile = &profile{
	extensions: []string{".kt", ".kts"},
	places: []place{
		{what: "declarations", in: []string{"source_file"}, items: and(kotlinItems, of(lastWord, "import"))},
		{what: "members", in: []string{"class_body"}, open: "{", items: kotlinItems},
		{what: "enum members", in: []string{"enum_class_body"}, open: "{", sep: ",", only: []string{"enum_entry"}, items: of(byName, "enum_entry")},
	},
}

// lastWord keys an import by its last name, which is the one that is bound.
func lastWord(p parsed, n syntax.Node) ([]string, bool) {
	words := strings.FieldsFunc(p.text(n), func(r rune) bool { return strings.ContainsRune(" \t.;", r) })
	if len(words) == 0 || strings.ContainsAny(words[len(words)-1], "*_{}") {
		return []string{squeeze(p.text(n))}, true
	}
	return words[len(words)-1:], true
}

var scalaItems = and(of(byName, "class_definition", "object_definition", "trait_definition", "enum_definition", "function_definition", "function_declaration", "val_definition", "val_declaration", "type_definition"),
	of(lastWord, "import_declaration"))

var scalaProfile = &profile{
	extensions: []string{".scala", ".sc"},
	places: []place{
		{what: "declarations", in: []string{"compilation_unit"}, items: scalaItems},
		{what: "members", in: []string{"template_body"}, open: "{", items: scalaItems},
		{what: "imported names", in: []string{"namespace_selectors"}, open: "{", sep: ",", items: of(byText, "*")},
	},
}

var swiftItems = and(of(byName, "class_declaration", "protocol_declaration", "function_declaration", "property_declaration", "typealias_declaration", "protocol_function_declaration", "protocol_property_declaration", "enum_entry"),
	of(byText, "import_declaration"), of(swiftInit, "init_declaration"))

var swiftProfile = &profile{
	extensions: []string{".swift"},
	places: []place{
		{what: "declarations", in: []string{"source_file"}, items: swiftItems},
		{what: "members", in: []string{"class_body", "protocol_body", "enum_class_body"}, open: "{", items: swiftItems},
	},
}

func swiftInit(p parsed, n syntax.Node) ([]string, bool) {
	for _, c := range n.Children {
		if c.Field == "body" {
			return []string{squeeze(string(p.src[n.Start:c.Start]))}, true
		}
	}
	return byText(p, n)
}

var tomlProfile = &profile{
	extensions: []string{".toml"},
	lift:       []string{"table", "table_array_element"},
	places: []place{
		{what: "tables", in: []string{"document"}, items: of(byKey, "pair", "table")},
		{what: "keys", in: []string{"table", "table_array_element"}, only: []string{"pair"}, items: of(byKey, "pair")},
		{what: "keys", in: []string{"inline_table"}, open: "{", sep: ",", items: of(byKey, "pair")},
		{what: "elements", in: []string{"array"}, open: "[", sep: ",", items: of(byText, "string"), when: isSet},
	},
}

var hclProfile = &profile{
	extensions: []string{".tf", ".tfvars", ".hcl"},
	places: []place{
		{what: "blocks", in: []string{"body"}, items: and(of(byKey, "attribute"), of(hclBlock, "block"))},
		{what: "keys", in: []string{"object"}, open: "object_start", items: of(byKey, "object_elem")},
	},
}

// hclBlock keys by the type and the labels; without labels, blocks of a type
// are a list.
func hclBlock(p parsed, n syntax.Node) ([]string, bool) {
	key, labels := "", 0
	for _, c := range n.Children {
		switch c.Type {
		case "identifier", "string_lit":
			key += " " + unquote(p.text(c))
			labels++
		}
	}
	return []string{key}, labels > 1
}

var cssProfile = &profile{
	extensions: []string{".css"},
	places: []place{
		// Rules are left out: which one wins follows from their order.
		{what: "declarations", in: []string{"block"}, parents: []string{"rule_set"}, open: "{", items: of(cssDeclaration, "declaration")},
	},
}

// cssDeclaration keys by the property and the shorthands that set it too:
// border for border-top.
func cssDeclaration(p parsed, n syntax.Node) ([]string, bool) {
	keys, ok := byKey(p, n)
	if !ok || keys[0] == "all" || keys[0] == "font" || keys[0] == "line-height" {
		return keys, false
	}
	name := keys[0]
	for i := 1; i < len(name); i++ {
		if name[i] == '-' && !strings.HasPrefix(name, "--") && name[i-1] != '-' {
			keys = append(keys, name[:i])
		}
	}
	return keys, true
}

var luaProfile = &profile{
	extensions: []string{".lua"},
	places: []place{
		{what: "declarations", in: []string{"chunk"}, items: and(of(byName, "function_declaration"), of(luaRequire, "variable_declaration"))},
		{what: "keys", in: []string{"table_constructor"}, open: "{", sep: ",", items: of(luaField, "field")},
	},
}

func luaRequire(p parsed, n syntax.Node) ([]string, bool) {
	text := squeeze(p.text(n))
	return names(p, n), strings.HasPrefix(text, "local") && strings.Contains(text, "=require") && strings.Count(text, "(") <= 1
}

// luaField keys by name; a field without one has its place for a key.
func luaField(p parsed, n syntax.Node) ([]string, bool) {
	for _, c := range n.Children {
		if c.Field == "name" {
			return []string{unquote(squeeze(p.text(c)))}, true
		}
	}
	return nil, false
}

var shellProfile = &profile{
	extensions: []string{".sh", ".bash", ".zsh"},
	places:     []place{{what: "declarations", in: []string{"program"}, items: of(byName, "function_definition")}},
}

var elixirItems = of(elixirCall, "call")

var elixirProfile = &profile{
	extensions: []string{".ex", ".exs"},
	attached:   []string{"@"}, // see isDoc
	places: []place{
		{what: "declarations", in: []string{"source"}, items: elixirItems},
		{what: "members", in: []string{"do_block"}, parents: []string{"call"}, open: "do", items: elixirItems, when: func(p parsed, n, up syntax.Node) bool {
			return strings.HasPrefix(p.text(up), "defmodule ") || strings.HasPrefix(p.text(up), "describe ")
		}},
		{what: "keys", in: []string{"keywords"}, sep: ",", only: []string{"pair"}, items: of(byKey, "pair"), when: func(p parsed, n, up syntax.Node) bool { return up.Type == "map_content" }},
	},
}

// elixirCall are the calls that declare: the clauses of one function have an
// order, the functions have none.
func elixirCall(p parsed, n syntax.Node) ([]string, bool) {
	word, rest, _ := strings.Cut(p.text(n), " ")
	rest = strings.TrimSpace(rest)
	switch word {
	case "def", "defp", "defmacro", "defmacrop", "defdelegate":
		if i := strings.IndexAny(rest, "( ,\n"); i > 0 {
			rest = rest[:i]
		}
		return []string{rest}, true
	case "alias":
		return []string{"alias " + rest[strings.LastIndexByte(rest, '.')+1:]}, !strings.ContainsAny(rest, "{,")
	case "test", "describe", "defmodule":
		name, _, _ := strings.Cut(rest, " do")
		return []string{word + " " + name}, true
	}
	return nil, false
}

var protoProfile = &profile{
	extensions: []string{".proto"},
	once:       []string{"field", "map_field", "enum_field", "message", "enum", "service", "rpc"},
	places: []place{
		{what: "declarations", in: []string{"source_file"}, items: and(of(byName, "message", "enum", "service"), of(byText, "import"))},
		{what: "fields", in: []string{"message_body"}, open: "{", items: and(of(protoField, "field", "map_field"), of(byName, "message", "enum"))},
		{what: "enum members", in: []string{"enum_body"}, open: "{", items: of(protoField, "enum_field")},
		{what: "methods", in: []string{"service"}, open: "{", items: of(byName, "rpc")},
		{what: "fields", in: []string{"oneof"}, only: []string{"oneof_field"}, inert: true, items: of(protoField, "oneof_field")},
	},
}

// protoField keys by name and by number: the number is the field, on the wire.
func protoField(p parsed, n syntax.Node) ([]string, bool) {
	var keys []string
	for i, c := range n.Children {
		switch {
		case c.Type == "identifier":
			keys = append(keys, p.text(c))
		case i > 0 && n.Children[i-1].Type == "=" && !n.Children[i-1].Named:
			keys = append(keys, "="+squeeze(p.text(c)))
		}
	}
	return keys, len(keys) == 2
}
