package lang

import (
	"regexp"
	"strings"

	"github.com/airside-ls/airside/completion/syntax/grammars"
)

// It wants a line end or a semicolon behind the last member of a class,
// and finds an error in class A { val b = 1 }.
var _ = add(&Language{
	Title:      "Kotlin",
	Names:      []string{"kotlin", "kt", "kts"},
	Extensions: []string{".kt", ".kts"},
	Grammar:    grammars.Kotlin,
	Lexis:      Lexis{Line: []string{"//"}, Block: [2]string{"/*", "*/"}, Nested: true, Quotes: []Quote{{`"""`, `"""`, Lines}, {`"`, `"`, Escapes}, {`'`, `'`, Escapes}}},
	Blocks: Blocks{
		Openers:   []string{"->"},
		Head:      regexp.MustCompile(`^\s*((\}\s*)?(else\s+if|catch)|if|for|while|when)\s*\(.*\)\s*$|^\s*(\}\s*)?(else|finally)\s*$|^\s*(try|do|when|init)\s*$`),
		Middles:   cMiddles,
		Header:    regexp.MustCompile(`^\s*(@\w+(\([^)]*\))?\s*)*((public|private|protected|internal|open|abstract|final|sealed|data|inner|inline|value|enum|annotation|companion|override|suspend|operator|infix|tailrec|external|expect|actual|fun)\s+)*(class|interface|object|fun|constructor|init)\b`),
		Signature: regexp.MustCompile(`^\s*((public|private|protected|internal|open|abstract|final|override|suspend|operator|infix|inline|tailrec)\s+)*fun\s+[^{}=;]*\)(\s*:\s*[^={};]+)?$|^\s*((public|private|internal|open|abstract|sealed|data|inner|enum|companion)\s+)*(class|interface|object)\s+\w[^{};=]*$`),
		Indent:    "    ",
	},
	Nodes: Nodes{
		Imports: []string{"package_header", "import"},
		Scopes: map[string]Kind{"class_declaration": Class, "object_declaration": Class, "companion_object": Class, "function_declaration": Function, "secondary_constructor": Method,
			"anonymous_initializer": Method, "getter": Method, "setter": Method, "anonymous_function": Function, "lambda_literal": Function},
		Bodies:   []string{"class_body", "enum_class_body", "function_body"},
		Strings:  []string{"string_literal", "multiline_string_literal", "character_literal"},
		Embedded: []string{"interpolation"},
		Comments: []string{"line_comment", "block_comment"},
		Defines:  map[string]Kind{},
		Imported: dottedImported,
	},
	Merge: &Merge{
		Lists: []UnorderedList{
			{What: "declarations", In: []string{"source_file"}, Items: and(kotlinItems, of(lastWord, "import"))},
			{What: "members", In: []string{"class_body"}, Open: "{", Items: kotlinItems},
			{What: "enum members", In: []string{"enum_class_body"}, Open: "{", Sep: ",", Only: []string{"enum_entry"}, Items: of(byName, "enum_entry")},
		},
	},
	Debug:  &Debug{Prints: []string{"println", "print", "System.out.println"}},
	Frames: []string{"fun f() {\n%s\n}\n"},
	Errors: Catches,
	Tests:  Tests{Files: testClass("kt")},
	Behind: true,
})

var kotlinItems = of(byName, "class_declaration", "object_declaration", "function_declaration", "property_declaration", "type_alias", "secondary_constructor")

// lastWord keys an import by its last name, which is the one that is bound.
func lastWord(p Source, n Node) ([]string, bool) {
	words := strings.FieldsFunc(p.Text(n), func(r rune) bool { return strings.ContainsRune(" \t.;", r) })
	if len(words) == 0 || strings.ContainsAny(words[len(words)-1], "*_{}") {
		return []string{squeeze(p.Text(n))}, true
	}
	return words[len(words)-1:], true
}
