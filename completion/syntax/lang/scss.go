package lang

import "regexp"

// The grammar of CSS takes their variables, mixins and // comments for
// errors.
var _ = add(&Language{
	Title:       "SCSS, Less",
	Names:       []string{"scss", "less"},
	Extensions:  []string{".scss", ".less"},
	Identifiers: map[string]string{".less": "less"},
	Lexis:       Lexis{Line: []string{"//"}, Block: [2]string{"/*", "*/"}, Quotes: []Quote{{`"`, `"`, Escapes}, {`'`, `'`, Escapes}}},
	Blocks: Blocks{
		Header: regexp.MustCompile(`\{\s*$`),
		Indent: "  ",
	},
})
