package lang

import (
	"regexp"
	"strings"

	"github.com/airside-ls/airside/completion/syntax/grammars"
)

var _ = add(&Language{
	Title:      "Lua",
	Names:      []string{"lua", "luau"},
	Extensions: []string{".lua"},
	Grammar:    grammars.Lua,
	Lexis:      Lexis{Line: []string{"--"}, Block: [2]string{"--[[", "]]"}, Quotes: []Quote{{`"`, `"`, Escapes}, {`'`, `'`, Escapes}}},
	Blocks: Blocks{
		Block:     regexp.MustCompile(`\b(then|do|else|repeat)\s*$|\bfunction\b[^()]*\([^()]*\)\s*$`),
		Dedents:   true,
		Closers:   []string{"end", "until"},
		Middles:   []string{"else", "elseif"},
		Header:    regexp.MustCompile(`\bfunction\b[^()]*\(`),
		Signature: regexp.MustCompile(`\bfunction\b[^()]*\([^()]*\)$`),
		Indent:    "  ",
	},
	Nodes: Nodes{
		Requires: []string{"variable_declaration"},
		Scopes:   map[string]Kind{"function_declaration": Function, "function_definition": Function},
		Strings:  []string{"string"},
		Comments: []string{"comment"},
		Defines:  map[string]Kind{},
	},
	Merge: &Merge{
		Lists: []UnorderedList{
			{What: "declarations", In: []string{"chunk"}, Items: and(of(byName, "function_declaration"), of(luaRequire, "variable_declaration"))},
			{What: "keys", In: []string{"table_constructor"}, Open: "{", Sep: ",", Items: of(luaField, "field")},
		},
	},
	Debug:  &Debug{Prints: []string{"print"}},
	Frames: []string{"%s\n"},
})

func luaRequire(p Source, n Node) ([]string, bool) {
	text := squeeze(p.Text(n))
	return Names(p, n), strings.HasPrefix(text, "local") && strings.Contains(text, "=require") && strings.Count(text, "(") <= 1
}

// luaField keys by name; a field without one has its place for a key.
func luaField(p Source, n Node) ([]string, bool) {
	for _, c := range n.Children {
		if c.Field == "name" {
			return []string{unquote(squeeze(p.Text(c)))}, true
		}
	}
	return nil, false
}
