package syntax

import (
	"regexp"

	"github.com/airside-ls/airside/completion/syntax/grammars"
)

// withoutBlocks are the languages made of lines, and those whose grammar is of
// no use: these have none here, and are judged by brackets and indentation.
var withoutBlocks = []*language{
	{
		names:    []string{"toml"},
		grammar:  grammars.TOML,
		scopes:   map[string]Kind{"table": Class, "table_array_element": Class},
		trailing: true,
		strings:  []string{"string"},
		comments: []string{"comment"},
		lexis:    lexis{line: []string{"#"}, quotes: []quote{{`"""`, `"""`, escapes | lines}, {`'''`, `'''`, lines}, {`"`, `"`, escapes}, {`'`, `'`, 0}}},
		header:   regexp.MustCompile(`^\s*\[`),
		indent:   "  ",
	},
	{
		names:    []string{"dockerfile", "docker", "containerfile"},
		grammar:  grammars.Dockerfile,
		imports:  []string{"from_instruction"},
		strings:  []string{"double_quoted_string", "single_quoted_string", "json_string"},
		comments: []string{"comment"},
		lexis:    lexis{line: []string{"#"}, lineStart: true, quotes: []quote{{`"`, `"`, escapes}, {`'`, `'`, 0}}},
		header:   regexp.MustCompile(`^(?i)FROM\b`),
		indent:   "    ",
	},
	{
		// The scanner of this grammar is C++, and all else is built by a C compiler
		// and linked to the C library alone. Indentation says it all, too.
		names:   []string{"yaml", "yml", "dockercompose", "github-actions-workflow", "helm", "ansible"},
		lexis:   lexis{line: []string{"#"}, lineSpace: true, quotes: []quote{{`"`, `"`, escapes | lines | value}, {`'`, `'`, lines | value}}},
		block:   regexp.MustCompile(`:(\s+[&!][\w/.-]+)?(\s+[|>][+-]?\d?)?\s*$|^\s*-\s*$`),
		dedents: true,
		items:   true,
		header:  regexp.MustCompile(`^\s*(-\s+)?[\w."'/ -]+:(\s|$)`),
		indent:  "  ",
	},
	{
		// The grammar's scanner loses memory, 1.2 KB with each parse (60,000 edits
		// took 74 MB), and PL/pgSQL's IF ... END IF in a function's body is an error
		// to it.
		names:   []string{"sql", "mysql", "postgres", "plsql", "pgsql", "sqlite"},
		lexis:   lexis{line: []string{"--"}, block: [2]string{"/*", "*/"}, quotes: []quote{{`'`, `'`, lines}, {`"`, `"`, 0}, {"`", "`", 0}}},
		openers: []string{" begin", " BEGIN", " then", " THEN", " else", " ELSE", " loop", " LOOP", " as", " AS", " select", " SELECT", " from", " FROM", " where", " WHERE", " set", " SET"},
		block:   regexp.MustCompile(`(?i)^\s*(begin|select|from|where|set|else|declare|case|values)\s*$`),
		dedents: true,
		closers: []string{"end", "END"},
		middles: []string{"else", "ELSE", "elsif", "ELSIF", "when", "WHEN"},
		header:  regexp.MustCompile(`(?i)^\s*create\s+(or\s+replace\s+)?(table|function|procedure|trigger|view)\b`),
		indent:  "    ",
	},
	{
		// The block grammar knows headings and lists, which no prompt or filter
		// needs, and finds an error in next to nothing; an edit takes 26 ms in 65 KB.
		names:  []string{"markdown", "md", "mdx", "quarto", "rmd"},
		lexis:  lexis{prose: true, block: [2]string{"<!--", "-->"}},
		header: regexp.MustCompile(`^#{1,6}\s`),
		indent: "  ",
	},
	{
		// The grammar of CSS takes their variables, mixins and // comments for
		// errors.
		names:  []string{"scss", "less"},
		lexis:  lexis{line: []string{"//"}, block: [2]string{"/*", "*/"}, quotes: []quote{{`"`, `"`, escapes}, {`'`, `'`, escapes}}},
		header: regexp.MustCompile(`\{\s*$`),
		indent: "  ",
	},
}
