package lang

import (
	"regexp"

	"github.com/airside-ls/airside/completion/syntax/grammars"
)

var _ = add(&Language{
	Title:      "C#",
	Names:      []string{"csharp", "c#", "cs"},
	Extensions: []string{".cs", ".csx"},
	Grammar:    grammars.CSharp,
	Lexis: Lexis{Line: []string{"//"}, Block: [2]string{"/*", "*/"}, Directives: true,
		Quotes: []Quote{{`"""`, `"""`, Lines}, {`@"`, `"`, Lines}, {`"`, `"`, Escapes}, {`'`, `'`, Escapes}}},
	Blocks: Blocks{
		Openers:   []string{"=>"},
		Head:      cHead,
		Middles:   cMiddles,
		Header:    regexp.MustCompile(`^\s*((public|private|protected|internal|static|sealed|abstract|partial|readonly|file|ref)\s+)*(class|struct|interface|enum|record|namespace)\b|^\s*((public|private|protected|internal|static|virtual|override|abstract|sealed|async|extern|partial|unsafe|new)\s+)+[^=;]*\(`),
		Signature: regexp.MustCompile(`^\s*((public|private|protected|internal|static|virtual|override|abstract|sealed|async|partial|unsafe|new)\s+)+[^=;{}]*\)(\s*(where|:)\b[^;{}=]*)?$|^\s*((public|private|protected|internal|static|sealed|abstract|partial|readonly)\s+)*(class|struct|interface|enum|record|namespace)\s+\w[^{};=]*$`),
		Indent:    "    ",
	},
	Nodes: Nodes{
		Imports:  []string{"using_directive", "extern_alias_directive", "file_scoped_namespace_declaration"},
		Sections: []string{"namespace_declaration", "declaration_list"},
		Scopes: map[string]Kind{"namespace_declaration": Module, "class_declaration": Class, "struct_declaration": Class, "record_declaration": Class, "enum_declaration": Class, "interface_declaration": Interface,
			"method_declaration": Method, "constructor_declaration": Method, "destructor_declaration": Method, "operator_declaration": Method, "property_declaration": Method, "indexer_declaration": Method,
			"local_function_statement": Function, "lambda_expression": Function, "anonymous_method_expression": Function},
		Bodies:   []string{"declaration_list", "enum_member_declaration_list", "block", "accessor_list", "arrow_expression_clause"},
		Strings:  []string{"string_literal", "verbatim_string_literal", "raw_string_literal", "interpolated_string_expression", "character_literal"},
		Embedded: []string{"interpolation"},
		Comments: []string{"comment"},
		Defines:  map[string]Kind{},
		Imported: dottedImported,
	},
	Merge: &Merge{
		Once: []string{"field_declaration", "property_declaration", "method_declaration", "constructor_declaration", "enum_member_declaration"},
		Lists: []UnorderedList{
			{What: "declarations", In: []string{"compilation_unit"}, Items: and(of(byText, "using_directive"), cSharpTypes)},
			{What: "members", In: []string{"declaration_list"}, Open: "{", Items: and(cSharpTypes, of(byText, "using_directive"),
				of(byName, "field_declaration", "property_declaration", "method_declaration", "constructor_declaration", "event_field_declaration"))},
			// A member without a value takes that of the one before it, and one.
			{What: "enum members", In: []string{"enum_member_declaration_list"}, Open: "{", Sep: ",", Items: of(byNameAndValue, "enum_member_declaration"), When: allHave("enum_member_declaration", "value")},
		},
	},
	Debug:  &Debug{Always: []string{"Debugger.Break", "Debugger.Launch", "System.Diagnostics.Debugger.Break"}, Prints: []string{"Console.WriteLine", "Console.Write"}},
	Frames: []string{"class A { void F() {\n%s\n} }\n", "class A {\n%s\n}\n"},
	Errors: Catches,
	Tests:  Tests{Files: testClass("cs")},
	Behind: true,
})

var cSharpTypes = of(byName, "class_declaration", "struct_declaration", "interface_declaration", "enum_declaration", "record_declaration", "delegate_declaration", "namespace_declaration")
