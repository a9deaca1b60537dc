package lang

import (
	"regexp"

	"github.com/airside-ls/airside/completion/syntax/grammars"
)

var _ = add(&Language{
	Title:      "Dockerfile",
	Names:      []string{"dockerfile", "docker", "containerfile"},
	Extensions: []string{".dockerfile"},
	FileNames:  []string{"Dockerfile", "Containerfile"},
	Grammar:    grammars.Dockerfile,
	Lexis:      Lexis{Line: []string{"#"}, LineStart: true, Quotes: []Quote{{`"`, `"`, Escapes}, {`'`, `'`, 0}}},
	Blocks: Blocks{
		Header: regexp.MustCompile(`^(?i)FROM\b`),
		Indent: "    ",
	},
	Nodes: Nodes{
		Imports:  []string{"from_instruction"},
		Strings:  []string{"double_quoted_string", "single_quoted_string", "json_string"},
		Comments: []string{"comment"},
	},
})
