package lang

import (
	"regexp"

	"github.com/airside-ls/airside/completion/syntax/grammars"
)

var _ = add(&Language{
	Title:      "C",
	Names:      []string{"c"},
	Extensions: []string{".c", ".h"},
	Grammar:    grammars.C,
	Lexis:      cLexis,
	Blocks: Blocks{
		Head:       cHead,
		Middles:    cMiddles,
		Header:     regexp.MustCompile(`^\s*(typedef\s+)?(struct|union|enum)\b` + cFunction),
		Signature:  cSignature,
		Indent:     "    ",
		CallsAlike: true,
	},
	Nodes: Nodes{
		Imports:  []string{"preproc_include"},
		Sections: []string{"preproc_ifdef", "preproc_if", "preproc_else", "preproc_elif", "linkage_specification"},
		Scopes:   map[string]Kind{"function_definition": Function, "struct_specifier": Class, "union_specifier": Class, "enum_specifier": Class},
		Bodies:   []string{"compound_statement", "field_declaration_list", "enumerator_list"},
		Wrappers: []string{"type_definition", "declaration"},
		Strings:  []string{"string_literal", "char_literal"},
		Comments: []string{"comment"},
		Defines:  map[string]Kind{"declaration": Datum, "preproc_def": Datum, "preproc_function_def": Datum},
		Imported: cImported,
	},
	Merge: &Merge{
		Lists: append([]UnorderedList{
			{What: "declarations", In: []string{"translation_unit"}, Items: cItems},
			{What: "declarations", In: []string{"preproc_ifdef"}, Open: "field:name", Items: cItems},
			{What: "declarations", In: []string{"preproc_if"}, Open: "field:condition", Items: cItems},
			{What: "declarations", In: []string{"declaration_list"}, Open: "{", Items: cItems},
		}, cLists...),
	},
	Frames: []string{"void f() {\n%s\n}\n", "%s\n"},
})

// Of the family of C.
var (
	cLexis   = Lexis{Line: []string{"//"}, Block: [2]string{"/*", "*/"}, Quotes: []Quote{{`"`, `"`, Escapes}, {`'`, `'`, Escapes}}, Directives: true}
	cppLexis = Lexis{Line: []string{"//"}, Block: [2]string{"/*", "*/"}, Quotes: []Quote{{`"`, `"`, Escapes}, {`'`, `'`, Escapes | Char}}, Directives: true, RawCpp: true}
	// cFunction is a line that begins a C function: a type, a name and a
	// parenthesis, and not a statement.
	cFunction  = `|^[A-Za-z_][\w\s*&:<>,~]*[\s*&]+[*&]*[\w:~]+\s*\([^;]*$`
	cMiddles   = []string{"else", "catch", "finally"}
	cHead      = regexp.MustCompile(`^\s*((\}\s*)?(else\s+if|catch)|if|for|while|switch|synchronized)\s*\(.*\)\s*$|^\s*(\}\s*)?(else|finally)\s*$|^\s*(try|do)\s*$`)
	cSignature = regexp.MustCompile(`^\s*[A-Za-z_][\w\s*&:<>,~]*[\s*&]+[*&]*[\w:~<>,]+\s*\([^;{}=]*\)(\s*(const|noexcept|override|final))*$|^\s*(typedef\s+)?(struct|union|enum)(\s+\w+)?$|^\s*(class|namespace|enum\s+class)\s+\w[^{};=()]*$`)
)

// cItems are what stands in a C file. Each side's additions follow all that
// they could need, whichever of the two comes first.
var cItems = and(
	of(byName, "function_definition", "declaration", "struct_specifier", "union_specifier", "enum_specifier", "type_definition", "preproc_def", "preproc_function_def"),
	of(byText, "preproc_include"))

var cLists = []UnorderedList{
	{What: "fields", In: []string{"field_declaration_list"}, Parents: []string{"struct_specifier", "union_specifier"}, Open: "{", Items: of(byName, "field_declaration")},
	// A member without a value takes that of the one before it, and one.
	{What: "enum members", In: []string{"enumerator_list"}, Open: "{", Sep: ",", Items: of(byNameAndValue, "enumerator"), When: allHave("enumerator", "value")},
	{What: "initializers", In: []string{"initializer_list"}, Open: "{", Sep: ",", Items: of(byKey, "initializer_pair"), When: allOf("initializer_pair")},
}
