package lang

import (
	"regexp"

	"github.com/airside-ls/airside/completion/syntax/grammars"
)

var _ = add(&Language{
	Title:      "Scala",
	Names:      []string{"scala"},
	Extensions: []string{".scala", ".sbt", ".sc"},
	Grammar:    grammars.Scala,
	Lexis:      Lexis{Line: []string{"//"}, Block: [2]string{"/*", "*/"}, Nested: true, Quotes: []Quote{{`"""`, `"""`, Lines}, {`"`, `"`, Escapes}, {`'`, `'`, Escapes | Char}}},
	Blocks: Blocks{
		Block:     regexp.MustCompile(`(=>|[^=<>!]=|\b(then|do|else|try|match|yield|with)|^\s*(class|object|trait|enum|given|extension)\b.*:)\s*$`),
		Dedents:   true,
		Middles:   []string{"else", "catch", "finally", "case"},
		Header:    regexp.MustCompile(`^\s*(@\w+(\([^)]*\))?\s*)*((private|protected)(\[\w+\])?\s+|(override|final|sealed|abstract|case|implicit|lazy|inline)\s+)*(class|object|trait|enum|def|extension|given)\b`),
		Signature: regexp.MustCompile(`^\s*((override|final|sealed|abstract|case|private|protected)\s+)*(class|object|trait)\s+\w[^{};=:]*(\([^{};=]*\))?[^{};=:]*$`),
		Indent:    "  ",
	},
	Nodes: Nodes{
		Imports: []string{"package_clause", "import_declaration"},
		Scopes: map[string]Kind{"class_definition": Class, "object_definition": Class, "enum_definition": Class, "trait_definition": Interface, "function_definition": Function,
			"extension_definition": Impl, "given_definition": Impl, "lambda_expression": Function},
		Bodies:   []string{"template_body", "enum_body", "block", "indented_block"},
		Strings:  []string{"string", "interpolated_string", "character_literal"},
		Embedded: []string{"interpolation"},
		Comments: []string{"comment", "block_comment"},
		Defines:  map[string]Kind{},
		Imported: dottedImported,
	},
	Merge: &Merge{
		Lists: []UnorderedList{
			{What: "declarations", In: []string{"compilation_unit"}, Items: scalaItems},
			{What: "members", In: []string{"template_body"}, Open: "{", Items: scalaItems},
			{What: "imported names", In: []string{"namespace_selectors"}, Open: "{", Sep: ",", Items: of(byText, "*")},
		},
	},
	Debug:  &Debug{Prints: []string{"println", "print", "System.out.println"}},
	Frames: []string{"object A {\n%s\n}\n"},
	Tests:  Tests{Files: testClass("scala")},
	Behind: true,
})

var scalaItems = and(of(byName, "class_definition", "object_definition", "trait_definition", "enum_definition", "function_definition", "function_declaration", "val_definition", "val_declaration", "type_definition"),
	of(lastWord, "import_declaration"))
