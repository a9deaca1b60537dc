package lang

import (
	"regexp"
	"strings"

	"github.com/airside-ls/airside/completion/syntax/grammars"
)

var _ = add(&Language{
	Title:      "Rust",
	Names:      []string{"rust", "rs"},
	Extensions: []string{".rs"},
	Grammar:    grammars.Rust,
	Lexis:      Lexis{Line: []string{"//"}, Block: [2]string{"/*", "*/"}, Nested: true, Quotes: []Quote{{`"`, `"`, Escapes | Lines}, {`'`, `'`, Escapes | Char}}, RawRust: true},
	Blocks: Blocks{
		Openers:   []string{"=>"},
		Middles:   []string{"else"},
		Head:      regexp.MustCompile(`^\s*(\}\s*else\s+)?(if|for|while|loop|match|unsafe)\b|^\s*\}\s*else\s*$`),
		Header:    regexp.MustCompile(`^\s*(pub(\([^)]*\))?\s+)?((default|async|const|unsafe|extern(\s+"[^"]*")?)\s+)*(fn|impl|trait|struct|enum|union|mod)\b`),
		Signature: regexp.MustCompile(`^\s*(pub(\([^)]*\))?\s+)?((default|async|const|unsafe|extern(\s+"[^"]*")?)\s+)*(fn\s+\w+[^{};]*\)[^{};]*|(impl|trait|struct|enum|union|mod)\b[^{};()=]*)$`),
		Indent:    "    ",
	},
	Nodes: Nodes{
		Imports:  []string{"use_declaration", "extern_crate_declaration", "inner_attribute_item"},
		Scopes:   map[string]Kind{"function_item": Function, "impl_item": Impl, "trait_item": Interface, "struct_item": Class, "enum_item": Class, "union_item": Class, "mod_item": Module, "closure_expression": Function},
		Bodies:   []string{"block", "declaration_list", "field_declaration_list", "enum_variant_list"},
		Strings:  []string{"string_literal", "raw_string_literal", "char_literal"},
		Comments: []string{"line_comment", "block_comment"},
		Defines:  map[string]Kind{"const_item": Datum, "static_item": Datum, "type_item": Class, "macro_definition": Function},
		Imported: rustImported,
	},
	Merge: &Merge{
		Attached: []string{"attribute_item"},
		Lists: []UnorderedList{
			{What: "declarations", In: []string{"source_file"}, Items: rustItems},
			{What: "members", In: []string{"declaration_list"}, Open: "{", Items: rustItems},
			{What: "fields", In: []string{"field_declaration_list"}, Open: "{", Sep: ",", Items: of(byName, "field_declaration")},
			// With values on some, those of the others follow from their places.
			{What: "enum members", In: []string{"enum_variant_list"}, Open: "{", Sep: ",", Items: of(byName, "enum_variant"), When: func(p Source, n, up Node) bool {
				return !n.has("=") || allHave("enum_variant", "value")(p, n, up)
			}},
			{What: "imported names", In: []string{"use_list"}, Open: "{", Sep: ",", Items: of(rustUsed, "*")},
			{What: "fields", In: []string{"field_initializer_list"}, Open: "{", Sep: ",", Items: and(of(byKey, "field_initializer"), of(byText, "shorthand_field_initializer"))},
		},
	},
	Debug:  &Debug{Macro: "dbg!", Prints: []string{"println!", "eprintln!", "print!", "eprint!"}},
	Frames: []string{"fn f() {\n%s\n}\n", "impl A {\n%s\n}\n"},
	Errors: Results,
})

var rustItems = and(
	of(byName, "mod_item", "function_item", "struct_item", "enum_item", "union_item", "trait_item", "const_item", "static_item", "type_item", "extern_crate_declaration", "function_signature_item", "associated_type"),
	of(rustUse, "use_declaration"), of(rustImpl, "impl_item"))

// rustUsed keys by the name that is bound.
func rustUsed(p Source, n Node) ([]string, bool) {
	if n.Type == "use_as_clause" {
		return Names(p, n), true
	}
	text := squeeze(p.Text(n))
	if n.Type == "scoped_identifier" {
		text = text[strings.LastIndexByte(text, ':')+1:]
	}
	return []string{text}, true
}

func rustUse(p Source, n Node) ([]string, bool) {
	for _, c := range n.Children {
		if c.Field == "argument" {
			if open := strings.IndexByte(p.Text(c), '{'); open >= 0 { // a list is one whatever is in it
				return []string{"use " + squeeze(p.Text(c)[:open])}, true
			}
			return rustUsed(p, c)
		}
	}
	return byText(p, n)
}

// rustImpl keys by what is implemented for what.
func rustImpl(p Source, n Node) ([]string, bool) {
	for _, c := range n.Children {
		if c.Field == "body" {
			return []string{squeeze(string(p[n.Start:c.Start]))}, true
		}
	}
	return byText(p, n)
}
