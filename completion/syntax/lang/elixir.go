package lang

import (
	"regexp"
	"strings"

	"github.com/airside-ls/airside/completion/syntax/grammars"
)

var _ = add(&Language{
	Title:      "Elixir",
	Names:      []string{"elixir", "ex", "exs"},
	Extensions: []string{".ex", ".exs"},
	Grammar:    grammars.Elixir,
	Lexis:      Lexis{Line: []string{"#"}, Quotes: []Quote{{`"""`, `"""`, Escapes | Lines}, {`'''`, `'''`, Escapes | Lines}, {`"`, `"`, Escapes | Lines}, {`'`, `'`, Escapes}}},
	Blocks: Blocks{
		Block:   regexp.MustCompile(`\bdo\s*$|->\s*$|^\s*(else|rescue|catch|after)\s*$`),
		Dedents: true,
		Closers: []string{"end"},
		Middles: []string{"else", "rescue", "catch", "after"},
		Header:  regexp.MustCompile(`^\s*(def|defp|defmacro|defmacrop|defmodule|defprotocol|defimpl|test|describe)\b`),
		Indent:  "  ",
	},
	Nodes: Nodes{
		Calls:    []string{"call"},
		Sections: []string{"do_block"},
		Words: map[string]Word{"defmodule": {Scope: Module, Section: true}, "defprotocol": {Scope: Interface, Section: true}, "defimpl": {Scope: Impl, Section: true},
			"def": {Scope: Function}, "defp": {Scope: Function}, "defmacro": {Scope: Function}, "defmacrop": {Scope: Function}, "test": {Scope: Function}, "describe": {Scope: Module},
			"use": {Imports: true}, "alias": {Imports: true}, "import": {Imports: true}, "require": {Imports: true}},
		Bodies:   []string{"do_block"},
		Strings:  []string{"string", "charlist", "sigil"},
		Embedded: []string{"interpolation"},
		Comments: []string{"comment"},
	},
	Merge: &Merge{
		Docs: []string{"@doc", "@spec", "@impl", "@tag", "@deprecated"},
		// see isDoc
		Lists: []UnorderedList{
			{What: "declarations", In: []string{"source"}, Items: elixirItems},
			{What: "members", In: []string{"do_block"}, Parents: []string{"call"}, Open: "do", Items: elixirItems, When: func(p Source, n, up Node) bool {
				return strings.HasPrefix(p.Text(up), "defmodule ") || strings.HasPrefix(p.Text(up), "describe ")
			}},
			{What: "keys", In: []string{"keywords"}, Sep: ",", Only: []string{"pair"}, Items: of(byKey, "pair"), When: func(p Source, n, up Node) bool { return up.Type == "map_content" }},
		},
	},
	Debug: &Debug{Always: []string{"IEx.pry", "require IEx; IEx.pry", "dbg"}, Prints: []string{"IO.inspect"}},
})

var elixirItems = of(elixirCall, "call")

// elixirCall are the calls that declare: the clauses of one function have an
// order, the functions have none.
func elixirCall(p Source, n Node) ([]string, bool) {
	word, rest, _ := strings.Cut(p.Text(n), " ")
	rest = strings.TrimSpace(rest)
	switch word {
	case "def", "defp", "defmacro", "defmacrop", "defdelegate":
		if i := strings.IndexAny(rest, "( ,\n"); i > 0 {
			rest = rest[:i]
		}
		return []string{rest}, true
	case "alias":
		return []string{"alias " + rest[strings.LastIndexByte(rest, '.')+1:]}, !strings.ContainsAny(rest, "{,")
	case "test", "describe", "defmodule":
		name, _, _ := strings.Cut(rest, " do")
		return []string{word + " " + name}, true
	}
	return nil, false
}
