package lang

import (
	"regexp"

	"github.com/airside-ls/airside/completion/syntax/grammars"
)

var _ = add(&Language{
	Title:      "TOML",
	Names:      []string{"toml"},
	Extensions: []string{".toml"},
	Grammar:    grammars.TOML,
	Lexis:      Lexis{Line: []string{"#"}, Quotes: []Quote{{`"""`, `"""`, Escapes | Lines}, {`'''`, `'''`, Lines}, {`"`, `"`, Escapes}, {`'`, `'`, 0}}},
	Blocks: Blocks{
		Header: regexp.MustCompile(`^\s*\[`),
		Indent: "  ",
	},
	Nodes: Nodes{
		Scopes:   map[string]Kind{"table": Class, "table_array_element": Class},
		Trailing: true,
		Strings:  []string{"string"},
		Comments: []string{"comment"},
	},
	Merge: &Merge{
		Lift: []string{"table", "table_array_element"},
		Lists: []UnorderedList{
			{What: "tables", In: []string{"document"}, Items: of(byKey, "pair", "table")},
			{What: "keys", In: []string{"table", "table_array_element"}, Only: []string{"pair"}, Items: of(byKey, "pair")},
			{What: "keys", In: []string{"inline_table"}, Open: "{", Sep: ",", Items: of(byKey, "pair")},
			{What: "elements", In: []string{"array"}, Open: "[", Sep: ",", Items: of(byText, "string"), When: isSet},
		},
	},
})
