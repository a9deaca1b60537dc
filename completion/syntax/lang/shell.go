package lang

import (
	"regexp"

	"github.com/airside-ls/airside/completion/syntax/grammars"
)

var _ = add(&Language{
	Title:      "Shell",
	Names:      []string{"shellscript", "bash", "sh", "shell", "zsh", "ksh"},
	Extensions: []string{".sh", ".bash", ".zsh"},
	FileNames:  []string{".bashrc", ".bash_profile", ".profile", ".zshrc"},
	Grammar:    grammars.Bash,
	Lexis: Lexis{Line: []string{"#"}, LineSpace: true, Patterns: true,
		Quotes: []Quote{{`"`, `"`, Escapes | Lines}, {`'`, `'`, Lines}}},
	Blocks: Blocks{
		Block:     regexp.MustCompile(`(^|[;\s])(then|do|else)\s*$|^\s*case\b.*\bin\s*$|^\s*[^()\s][^()]*\)\s*$`),
		Dedents:   true,
		Closers:   []string{"fi", "done", "esac"},
		Middles:   []string{"then", "do", "else", "elif"},
		Header:    regexp.MustCompile(`^\s*(function\s+[\w:.-]+|[\w:.-]+\s*\(\s*\))`),
		Signature: regexp.MustCompile(`^\s*(function\s+[\w:.-]+(\s*\(\s*\))?|[\w:.-]+\s*\(\s*\))$`),
		Indent:    "  ",
	},
	Nodes: Nodes{
		Calls:    []string{"command"},
		Words:    map[string]Word{"source": {Imports: true}},
		Scopes:   map[string]Kind{"function_definition": Function},
		Bodies:   []string{"compound_statement"},
		Strings:  []string{"string", "raw_string", "ansi_c_string", "heredoc_body"},
		Embedded: []string{"command_substitution", "expansion"},
		Comments: []string{"comment"},
	},
	Merge: &Merge{
		Lists: []UnorderedList{{What: "declarations", In: []string{"program"}, Items: of(byName, "function_definition")}},
	},
})
