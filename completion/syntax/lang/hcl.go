package lang

import (
	"regexp"

	"github.com/airside-ls/airside/completion/syntax/grammars"
)

var _ = add(&Language{
	Title:       "HCL, Terraform",
	Names:       []string{"hcl", "terraform", "tf", "terraform-vars", "opentofu"},
	Extensions:  []string{".tf", ".tfvars", ".hcl"},
	Identifiers: map[string]string{".tf": "terraform", ".tfvars": "terraform-vars"},
	Grammar:     grammars.HCL,
	Lexis:       Lexis{Line: []string{"#", "//"}, Block: [2]string{"/*", "*/"}, Quotes: []Quote{{`"`, `"`, Escapes}}},
	Blocks: Blocks{
		Header: regexp.MustCompile(`^\s*\w+(\s+"[^"]*")*\s*\{\s*$`),
		Indent: "  ",
	},
	Nodes: Nodes{
		Scopes:   map[string]Kind{"block": Class},
		Strings:  []string{"string_lit", "quoted_template", "heredoc_template"},
		Embedded: []string{"template_interpolation"},
		Comments: []string{"comment"},
	},
	Merge: &Merge{
		Lists: []UnorderedList{
			{What: "blocks", In: []string{"body"}, Items: and(of(byKey, "attribute"), of(hclBlock, "block"))},
			{What: "keys", In: []string{"object"}, Open: "object_start", Items: of(byKey, "object_elem")},
		},
	},
})

// hclBlock keys by the type and the labels; without labels, blocks of a type
// are a list.
func hclBlock(p Source, n Node) ([]string, bool) {
	key, labels := "", 0
	for _, c := range n.Children {
		switch c.Type {
		case "identifier", "string_lit":
			key += " " + unquote(p.Text(c))
			labels++
		}
	}
	return []string{key}, labels > 1
}
