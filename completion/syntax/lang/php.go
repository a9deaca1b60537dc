package lang

import (
	"regexp"
	"strings"

	"github.com/airside-ls/airside/completion/syntax/grammars"
)

var _ = add(&Language{
	Title:      "PHP",
	Names:      []string{"php"},
	Extensions: []string{".php", ".phtml"},
	Grammar:    grammars.PHP,
	Lexis: Lexis{Line: []string{"//", "#"}, Block: [2]string{"/*", "*/"},
		Quotes: []Quote{{`"`, `"`, Escapes | Lines}, {`'`, `'`, Escapes | Lines}}},
	Blocks: Blocks{
		Openers:   []string{"=>"},
		Head:      cHead,
		Middles:   []string{"else", "elseif", "catch", "finally"},
		Header:    regexp.MustCompile(`^\s*((public|private|protected|static|final|abstract|readonly)\s+)*(class|interface|trait|enum|function)\b|\bfunction\s*\(`),
		Signature: regexp.MustCompile(`^\s*((public|private|protected|static|final|abstract)\s+)*function\s+&?\w+\s*\([^{};]*\)(\s*:\s*[?\w\\|]+)?$|^\s*((final|abstract|readonly)\s+)*(class|interface|trait|enum)\s+\w[^{};=()]*$`),
		Indent:    "    ",
	},
	Nodes: Nodes{
		Imports: []string{"namespace_definition", "namespace_use_declaration"},
		Calls:   []string{"expression_statement"},
		Words:   map[string]Word{"require": {Imports: true}, "require_once": {Imports: true}, "include": {Imports: true}, "include_once": {Imports: true}},
		Scopes: map[string]Kind{"class_declaration": Class, "trait_declaration": Class, "enum_declaration": Class, "interface_declaration": Interface,
			"method_declaration": Method, "function_definition": Function, "anonymous_function": Function},
		Bodies:   []string{"declaration_list", "enum_declaration_list", "compound_statement"},
		Strings:  []string{"string", "encapsed_string", "heredoc_body", "nowdoc_body"},
		Markup:   []string{"text"},
		Comments: []string{"comment"},
		Defines:  map[string]Kind{},
	},
	Merge: &Merge{
		Lists: []UnorderedList{
			{What: "declarations", In: []string{"program"}, Items: and(phpTypes, of(phpUse, "namespace_use_declaration"))},
			{What: "members", In: []string{"declaration_list", "enum_declaration_list"}, Open: "{", Items: of(byName, "const_declaration", "property_declaration", "method_declaration", "enum_case")},
			{What: "keys", In: []string{"array_creation_expression"}, Sep: ",", Open: "[", Items: of(byKey, "array_element_initializer"), When: func(p Source, n, up Node) bool {
				for _, c := range n.Children {
					if c.Type == "array_element_initializer" && !strings.Contains(p.Text(c), "=>") {
						return false
					}
				}
				return true
			}},
		},
	},
	Debug:  &Debug{Always: []string{"var_dump", "dd", "ddd", "xdebug_break", "xdebug_var_dump"}, Prints: []string{"print_r", "var_export", "dump"}},
	Frames: []string{"<?php\nfunction f() {\n%s\n}\n", "<?php\nclass A {\n%s\n}\n"},
	Errors: Catches,
	Tests:  Tests{Skips: []string{"$this->markTestSkipped", "$this->markTestIncomplete"}, Files: testClass("php")},
})

var phpTypes = of(byName, "class_declaration", "interface_declaration", "trait_declaration", "enum_declaration", "function_definition")

// phpUse keys by the name that is bound.
func phpUse(p Source, n Node) ([]string, bool) {
	text := strings.TrimSuffix(strings.TrimSpace(p.Text(n)), ";")
	words := strings.FieldsFunc(text, func(r rune) bool { return r == ' ' || r == '\\' || r == '\n' || r == '\t' })
	if len(words) < 2 || strings.ContainsAny(text, "{,") {
		return []string{squeeze(text)}, true
	}
	return words[len(words)-1:], true
}
