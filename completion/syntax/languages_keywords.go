package syntax

import (
	"regexp"

	"github.com/smacker/go-tree-sitter/bash"
	"github.com/smacker/go-tree-sitter/elixir"
	"github.com/smacker/go-tree-sitter/html"
	"github.com/smacker/go-tree-sitter/lua"
	"github.com/smacker/go-tree-sitter/ruby"
)

// withKeywords are the languages whose blocks end by a word, or by a tag.
var withKeywords = []*language{
	{
		names:     []string{"ruby", "rb"},
		grammar:   ruby.GetLanguage,
		calls:     []string{"call"},
		words:     map[string]class{"require": {imports: true}, "require_relative": {imports: true}, "load": {imports: true}},
		scopes:    map[string]Kind{"method": Method, "singleton_method": Method, "class": Class, "singleton_class": Class, "module": Module},
		strings:   []string{"string", "heredoc_body", "regex", "string_array", "symbol_array", "subshell", "delimited_symbol"},
		embedded:  []string{"interpolation"},
		comments:  []string{"comment"},
		lexis:     lexis{line: []string{"#"}, quotes: []quote{{`"`, `"`, escapes | lines}, {`'`, `'`, escapes | lines}}},
		block:     regexp.MustCompile(`\bdo(\s*\|[^|]*\|)?\s*$|\{\s*\|[^|]*\|\s*$|^\s*(begin|else|ensure)\s*$|\bthen\s*$`),
		above:     regexp.MustCompile(`^\s*((private|public|protected|private_class_method)\s+)?(def\s+[\w.]+[?!=]?(\s*\(.*\)|[^=(]*)\s*$|(class|module|if|unless|while|until|for|case|when|in|elsif|rescue)\b)|=\s*(if|unless|case|begin)\b`),
		dedents:   true,
		closers:   []string{"end"},
		middles:   []string{"else", "elsif", "when", "in", "rescue", "ensure"},
		header:    regexp.MustCompile(`^\s*((private|public|protected|private_class_method)\s+)?(def|class|module)\b`),
		signature: regexp.MustCompile(`^\s*((private|public|protected)\s+)?def\s+[\w.]+[?!=]?\s*\([^{};]*\)$|^\s*class\s+[\w:]+\s*<\s*[\w:]+$`),
		indent:    "  ",
	},
	{
		// The grammar counts white space before a node to it, see startIn.
		names:     []string{"lua", "luau"},
		grammar:   lua.GetLanguage,
		requires:  []string{"variable_declaration"},
		scopes:    map[string]Kind{"function_statement": Function, "function": Function},
		strings:   []string{"string"},
		comments:  []string{"comment"},
		lexis:     lexis{line: []string{"--"}, block: [2]string{"--[[", "]]"}, quotes: []quote{{`"`, `"`, escapes}, {`'`, `'`, escapes}}},
		block:     regexp.MustCompile(`\b(then|do|else|repeat)\s*$|\bfunction\b[^()]*\([^()]*\)\s*$`),
		dedents:   true,
		closers:   []string{"end", "until"},
		middles:   []string{"else", "elseif"},
		header:    regexp.MustCompile(`\bfunction\b[^()]*\(`),
		signature: regexp.MustCompile(`\bfunction\b[^()]*\([^()]*\)$`),
		indent:    "  ",
	},
	{
		names:    []string{"elixir", "ex", "exs"},
		grammar:  elixir.GetLanguage,
		calls:    []string{"call"},
		sections: []string{"do_block"},
		words: map[string]class{"defmodule": {scope: Module, section: true}, "defprotocol": {scope: Interface, section: true}, "defimpl": {scope: Impl, section: true},
			"def": {scope: Function}, "defp": {scope: Function}, "defmacro": {scope: Function}, "defmacrop": {scope: Function}, "test": {scope: Function}, "describe": {scope: Module},
			"use": {imports: true}, "alias": {imports: true}, "import": {imports: true}, "require": {imports: true}},
		bodies:   []string{"do_block"},
		strings:  []string{"string", "charlist", "sigil"},
		embedded: []string{"interpolation"},
		comments: []string{"comment"},
		lexis:    lexis{line: []string{"#"}, quotes: []quote{{`"""`, `"""`, escapes | lines}, {`'''`, `'''`, escapes | lines}, {`"`, `"`, escapes | lines}, {`'`, `'`, escapes}}},
		block:    regexp.MustCompile(`\bdo\s*$|->\s*$|^\s*(else|rescue|catch|after)\s*$`),
		dedents:  true,
		closers:  []string{"end"},
		middles:  []string{"else", "rescue", "catch", "after"},
		header:   regexp.MustCompile(`^\s*(def|defp|defmacro|defmacrop|defmodule|defprotocol|defimpl|test|describe)\b`),
		indent:   "  ",
	},
	{
		names:    []string{"shellscript", "bash", "sh", "shell", "zsh", "ksh"},
		grammar:  bash.GetLanguage,
		calls:    []string{"command"},
		words:    map[string]class{"source": {imports: true}},
		scopes:   map[string]Kind{"function_definition": Function},
		bodies:   []string{"compound_statement"},
		strings:  []string{"string", "raw_string", "ansi_c_string", "heredoc_body"},
		embedded: []string{"command_substitution", "expansion"},
		comments: []string{"comment"},
		lexis: lexis{line: []string{"#"}, lineSpace: true, patterns: true,
			quotes: []quote{{`"`, `"`, escapes | lines}, {`'`, `'`, lines}}},
		block:     regexp.MustCompile(`(^|[;\s])(then|do|else)\s*$|^\s*case\b.*\bin\s*$|^\s*[^()\s][^()]*\)\s*$`),
		dedents:   true,
		closers:   []string{"fi", "done", "esac"},
		middles:   []string{"then", "do", "else", "elif"},
		header:    regexp.MustCompile(`^\s*(function\s+[\w:.-]+|[\w:.-]+\s*\(\s*\))`),
		signature: regexp.MustCompile(`^\s*(function\s+[\w:.-]+(\s*\(\s*\))?|[\w:.-]+\s*\(\s*\))$`),
		indent:    "  ",
	},
	{
		names:    []string{"html", "htm", "xhtml"},
		grammar:  html.GetLanguage,
		strings:  []string{"quoted_attribute_value"},
		markup:   []string{"element"},
		comments: []string{"comment"},
		lexis:    lexis{prose: true, block: [2]string{"<!--", "-->"}, quotes: []quote{{`"`, `"`, lines | value}, {`'`, `'`, lines | value}}},
		block:    regexp.MustCompile(`<[A-Za-z]([^<>]*[^<>/])?>\s*$`),
		dedents:  true,
		closers:  []string{"</"},
		header:   regexp.MustCompile(`^\s*<[a-z]`),
		indent:   "  ",
	},
}
