package lang

import "regexp"

// The grammar's scanner loses memory, 1.2 KB with each parse (60,000 edits
// took 74 MB), and PL/pgSQL's IF ... END IF in a function's body is an error
// to it.
var _ = add(&Language{
	Title:      "SQL",
	Names:      []string{"sql", "mysql", "postgres", "plsql", "pgsql", "sqlite"},
	Extensions: []string{".sql"},
	Lexis:      Lexis{Line: []string{"--"}, Block: [2]string{"/*", "*/"}, Quotes: []Quote{{`'`, `'`, Lines}, {`"`, `"`, 0}, {"`", "`", 0}}},
	Blocks: Blocks{
		Openers: []string{" begin", " BEGIN", " then", " THEN", " else", " ELSE", " loop", " LOOP", " as", " AS", " select", " SELECT", " from", " FROM", " where", " WHERE", " set", " SET"},
		Block:   regexp.MustCompile(`(?i)^\s*(begin|select|from|where|set|else|declare|case|values)\s*$`),
		Dedents: true,
		Closers: []string{"end", "END"},
		Middles: []string{"else", "ELSE", "elsif", "ELSIF", "when", "WHEN"},
		Header:  regexp.MustCompile(`(?i)^\s*create\s+(or\s+replace\s+)?(table|function|procedure|trigger|view)\b`),
		Indent:  "    ",
	},
})
