package lang

import (
	"regexp"
	"strings"

	"github.com/airside-ls/airside/completion/syntax/grammars"
)

var _ = add(&Language{
	Title:      "Java",
	Names:      []string{"java"},
	Extensions: []string{".java"},
	Grammar:    grammars.Java,
	Lexis:      Lexis{Line: []string{"//"}, Block: [2]string{"/*", "*/"}, Quotes: []Quote{{`"""`, `"""`, Escapes | Lines}, {`"`, `"`, Escapes}, {`'`, `'`, Escapes}}},
	Blocks: Blocks{
		Openers:   []string{"->"},
		Head:      cHead,
		Middles:   cMiddles,
		Header:    regexp.MustCompile(`^\s*(@\w+(\([^)]*\))?\s*)*((public|private|protected|static|final|abstract|sealed|strictfp|synchronized|native|default)\s+)*(class|interface|enum|record|@interface)\b|^\s*((public|private|protected|static|final|abstract|synchronized|native|default)\s+)+[^=;]*\(`),
		Signature: regexp.MustCompile(`^\s*(@\w+(\([^)]*\))?\s*)*((public|private|protected|static|final|abstract|synchronized|default)\s+)+[^=;{}]*\)(\s*throws\s+[\w.,\s]+)?$|^\s*((public|private|protected|static|final|abstract|sealed)\s+)*(class|interface|enum|record)\s+\w[^{};=]*$`),
		Indent:    "    ",
	},
	Nodes: Nodes{
		Imports: []string{"package_declaration", "import_declaration"},
		Scopes: map[string]Kind{"class_declaration": Class, "interface_declaration": Interface, "enum_declaration": Class, "record_declaration": Class, "annotation_type_declaration": Interface,
			"method_declaration": Method, "constructor_declaration": Method, "compact_constructor_declaration": Method, "lambda_expression": Function},
		Bodies:   []string{"class_body", "interface_body", "enum_body", "annotation_type_body", "block", "constructor_body"},
		Strings:  []string{"string_literal", "character_literal"},
		Embedded: []string{"string_interpolation"},
		Comments: []string{"line_comment", "block_comment"},
		Defines:  map[string]Kind{},
		Imported: dottedImported,
	},
	Merge: &Merge{
		Once: []string{"field_declaration", "method_declaration", "constructor_declaration", "class_declaration", "interface_declaration", "enum_declaration", "record_declaration", "enum_constant"},
		Lists: []UnorderedList{
			{What: "declarations", In: []string{"program"}, Items: and(of(javaImport, "import_declaration"), javaTypes)},
			{What: "members", In: []string{"class_body", "interface_body", "annotation_type_body"}, Open: "{", Items: javaMembers},
			{What: "members", In: []string{"enum_body_declarations"}, Open: ";", Items: javaMembers},
			{What: "enum members", In: []string{"enum_body"}, Open: "{", Sep: ",", Only: []string{"enum_constant"}, Items: of(byName, "enum_constant")},
		},
	},
	Debug:  &Debug{Prints: []string{"System.out.println", "System.out.print", "System.out.printf", "System.err.println"}},
	Frames: []string{"class A { void f() {\n%s\n} }\n", "class A {\n%s\n}\n"},
	Errors: Catches,
	Tests:  Tests{Files: testClass("java")},
})

var javaMembers = and(of(byName, "field_declaration", "constant_declaration", "method_declaration", "constructor_declaration"), javaTypes)

var javaTypes = of(byName, "class_declaration", "interface_declaration", "enum_declaration", "record_declaration", "annotation_type_declaration")

// javaImport keys by the name that is bound.
func javaImport(p Source, n Node) ([]string, bool) {
	text := strings.TrimSuffix(squeeze(p.Text(n)), ";")
	if strings.HasSuffix(text, "*") {
		return []string{text}, true
	}
	return []string{text[strings.LastIndexByte(text, '.')+1:]}, true
}
