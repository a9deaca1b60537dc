package lang

import (
	"regexp"

	"github.com/airside-ls/airside/completion/syntax/grammars"
)

var _ = add(&Language{
	Title:      "HTML",
	Names:      []string{"html", "htm", "xhtml"},
	Extensions: []string{".html", ".htm"},
	Grammar:    grammars.HTML,
	Lexis:      Lexis{Prose: true, Block: [2]string{"<!--", "-->"}, Quotes: []Quote{{`"`, `"`, Lines | Value}, {`'`, `'`, Lines | Value}}},
	Blocks: Blocks{
		Block:   regexp.MustCompile(`<[A-Za-z]([^<>]*[^<>/])?>\s*$`),
		Dedents: true,
		Closers: []string{"</"},
		Header:  regexp.MustCompile(`^\s*<[a-z]`),
		Indent:  "  ",
	},
	Nodes: Nodes{
		Strings:  []string{"quoted_attribute_value"},
		Markup:   []string{"element"},
		Comments: []string{"comment"},
	},
})
