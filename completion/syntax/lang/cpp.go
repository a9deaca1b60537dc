package lang

import (
	"regexp"

	"github.com/airside-ls/airside/completion/syntax/grammars"
)

var _ = add(&Language{
	Title:      "C++",
	Names:      []string{"cpp", "c++", "cc", "cxx", "hpp", "objective-cpp", "cuda-cpp"},
	Extensions: []string{".cc", ".cpp", ".cxx", ".hh", ".hpp", ".hxx"},
	Grammar:    grammars.Cpp,
	Lexis:      cppLexis,
	Blocks: Blocks{
		Head:       cHead,
		Middles:    cMiddles,
		Header:     regexp.MustCompile(`^\s*(template\s*<.*>\s*)?(typedef\s+)?(struct|union|enum|class|namespace)\b` + cFunction),
		Signature:  cSignature,
		Indent:     "    ",
		CallsAlike: true,
	},
	Nodes: Nodes{
		Imports:  []string{"preproc_include", "using_declaration"},
		Sections: []string{"preproc_ifdef", "preproc_if", "preproc_else", "preproc_elif", "linkage_specification"},
		Scopes: map[string]Kind{"function_definition": Function, "class_specifier": Class, "struct_specifier": Class, "union_specifier": Class, "enum_specifier": Class,
			"namespace_definition": Module, "lambda_expression": Function},
		Bodies:   []string{"compound_statement", "field_declaration_list", "enumerator_list", "declaration_list"},
		Wrappers: []string{"template_declaration", "type_definition", "declaration"},
		Strings:  []string{"string_literal", "char_literal", "raw_string_literal"},
		Comments: []string{"comment"},
		Defines:  map[string]Kind{"declaration": Datum, "preproc_def": Datum, "preproc_function_def": Datum},
		Imported: cImported,
	},
	Merge: &Merge{
		Lists: append([]UnorderedList{
			{What: "declarations", In: []string{"translation_unit"}, Items: cppItems},
			{What: "declarations", In: []string{"preproc_ifdef"}, Open: "field:name", Items: cppItems},
			{What: "declarations", In: []string{"preproc_if"}, Open: "field:condition", Items: cppItems},
			{What: "declarations", In: []string{"declaration_list"}, Open: "{", Items: cppItems},
			{What: "members", In: []string{"field_declaration_list"}, Open: "{", Items: of(byName, "field_declaration", "declaration", "function_definition", "template_declaration", "alias_declaration", "using_declaration", "friend_declaration")},
		}, cLists[1:]...),
	},
	Frames: []string{"void f() {\n%s\n}\n", "%s\n"},
	Behind: true,
})

var cppItems = and(cItems, of(byName, "class_specifier", "template_declaration", "alias_declaration", "namespace_definition"), of(byText, "using_declaration"))
