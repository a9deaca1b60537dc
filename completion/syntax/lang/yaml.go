package lang

import "regexp"

// The scanner of this grammar is C++, and all else is built by a C compiler
// and linked to the C library alone. Indentation says it all, too.
var _ = add(&Language{
	Title:      "YAML",
	Names:      []string{"yaml", "yml", "dockercompose", "github-actions-workflow", "helm", "ansible"},
	Extensions: []string{".yaml", ".yml"},
	Lexis:      Lexis{Line: []string{"#"}, LineSpace: true, Quotes: []Quote{{`"`, `"`, Escapes | Lines | Value}, {`'`, `'`, Lines | Value}}},
	Blocks: Blocks{
		Block:   regexp.MustCompile(`:(\s+[&!][\w/.-]+)?(\s+[|>][+-]?\d?)?\s*$|^\s*-\s*$`),
		Dedents: true,
		Items:   true,
		Header:  regexp.MustCompile(`^\s*(-\s+)?[\w."'/ -]+:(\s|$)`),
		Indent:  "  ",
	},
})
