package lang

import (
	"regexp"

	"github.com/airside-ls/airside/completion/syntax/grammars"
)

var _ = add(&Language{
	Title:      "Swift",
	Names:      []string{"swift"},
	Extensions: []string{".swift"},
	Grammar:    grammars.Swift,
	Lexis:      Lexis{Line: []string{"//"}, Block: [2]string{"/*", "*/"}, Nested: true, Quotes: []Quote{{`"""`, `"""`, Escapes | Lines}, {`"`, `"`, Escapes}}},
	Blocks: Blocks{
		Openers:   []string{" in"},
		Head:      regexp.MustCompile(`^\s*(\}\s*else\s+)?(if|for|while|switch|repeat|do|guard)\b|^\s*(\}\s*)?(else|catch)\s*$`),
		Middles:   []string{"else", "catch"},
		Header:    regexp.MustCompile(`^\s*(@\w+(\([^)]*\))?\s*)*((public|private|fileprivate|internal|open|final|static|class|override|mutating|indirect|required|convenience|nonisolated)\s+)*(func|class|struct|enum|protocol|extension|actor|init|deinit|subscript)\b`),
		Signature: regexp.MustCompile(`^\s*((public|private|fileprivate|internal|open|final|static|class|override|mutating|required|convenience)\s+)*(func\s+[^{};]*\)(\s*(async|throws|rethrows))*(\s*->\s*[^{};=]+)?|init[?!]?\s*\([^{};]*\)|(class|struct|enum|protocol|extension|actor)\s+\w[^{};=()]*)$`),
		Indent:    "    ",
	},
	Nodes: Nodes{
		Imports: []string{"import_declaration"},
		Scopes: map[string]Kind{"class_declaration": Class, "protocol_declaration": Interface, "function_declaration": Function, "init_declaration": Method, "deinit_declaration": Method,
			"subscript_declaration": Method, "lambda_literal": Function},
		Bodies:   []string{"class_body", "enum_class_body", "protocol_body", "function_body"},
		Strings:  []string{"line_string_literal", "multi_line_string_literal", "raw_string_literal"},
		Embedded: []string{"interpolated_expression"},
		Comments: []string{"comment", "multiline_comment"},
		Defines:  map[string]Kind{},
	},
	Merge: &Merge{
		Lists: []UnorderedList{
			{What: "declarations", In: []string{"source_file"}, Items: swiftItems},
			{What: "members", In: []string{"class_body", "protocol_body", "enum_class_body"}, Open: "{", Items: swiftItems},
		},
	},
	Debug:  &Debug{Always: []string{"debugPrint"}, Prints: []string{"print", "dump", "NSLog"}},
	Frames: []string{"func f() {\n%s\n}\n"},
	Errors: Catches,
	Tests:  Tests{Skips: []string{"throw XCTSkip"}, Files: testClass("swift")},
	Behind: true,
})

var swiftItems = and(of(byName, "class_declaration", "protocol_declaration", "function_declaration", "property_declaration", "typealias_declaration", "protocol_function_declaration", "protocol_property_declaration", "enum_entry"),
	of(byText, "import_declaration"), of(swiftInit, "init_declaration"))

func swiftInit(p Source, n Node) ([]string, bool) {
	for _, c := range n.Children {
		if c.Field == "body" {
			return []string{squeeze(string(p[n.Start:c.Start]))}, true
		}
	}
	return byText(p, n)
}
