package lang

import (
	"regexp"
	"strings"

	"github.com/airside-ls/airside/completion/syntax/grammars"
)

var _ = add(&Language{
	Title:      "CSS",
	Names:      []string{"css"},
	Extensions: []string{".css"},
	Grammar:    grammars.CSS,
	Lexis:      Lexis{Block: [2]string{"/*", "*/"}, Quotes: []Quote{{`"`, `"`, Escapes}, {`'`, `'`, Escapes}}},
	Blocks: Blocks{
		Header: regexp.MustCompile(`\{\s*$`),
		Indent: "  ",
	},
	Nodes: Nodes{
		Imports:  []string{"import_statement", "charset_statement", "namespace_statement"},
		Scopes:   map[string]Kind{"rule_set": Class, "media_statement": Module, "supports_statement": Module, "keyframes_statement": Module},
		Bodies:   []string{"block", "keyframe_block_list"},
		Strings:  []string{"string_value"},
		Comments: []string{"comment"},
	},
	Merge: &Merge{
		Lists: []UnorderedList{
			// Rules are left out: which one wins follows from their order.
			{What: "declarations", In: []string{"block"}, Parents: []string{"rule_set"}, Open: "{", Items: of(cssDeclaration, "declaration")},
		},
	},
})

// cssDeclaration keys by the property and the shorthands that set it too:
// border for border-top.
func cssDeclaration(p Source, n Node) ([]string, bool) {
	keys, ok := byKey(p, n)
	if !ok || keys[0] == "all" || keys[0] == "font" || keys[0] == "line-height" {
		return keys, false
	}
	name := keys[0]
	for i := 1; i < len(name); i++ {
		if name[i] == '-' && !strings.HasPrefix(name, "--") && name[i-1] != '-' {
			keys = append(keys, name[:i])
		}
	}
	return keys, true
}
