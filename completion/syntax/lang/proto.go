package lang

import (
	"regexp"

	"github.com/airside-ls/airside/completion/syntax/grammars"
)

// The grammar takes a file without a syntax line for one error.
var _ = add(&Language{
	Title:      "Protocol Buffers",
	Names:      []string{"proto", "protobuf", "proto3"},
	Extensions: []string{".proto"},
	Grammar:    grammars.Protobuf,
	Needs:      "syntax",
	Lexis:      Lexis{Line: []string{"//"}, Block: [2]string{"/*", "*/"}, Quotes: []Quote{{`"`, `"`, Escapes}, {`'`, `'`, Escapes}}},
	Blocks: Blocks{
		Header: regexp.MustCompile(`^\s*(message|enum|service|oneof|rpc|extend)\b`),
		Indent: "  ",
	},
	Nodes: Nodes{
		Imports:  []string{"syntax", "package", "import", "option"},
		Scopes:   map[string]Kind{"message": Class, "enum": Class, "oneof": Class, "service": Interface, "rpc": Method},
		Bodies:   []string{"message_body", "enum_body"},
		Strings:  []string{"string"},
		Comments: []string{"comment"},
	},
	Merge: &Merge{
		Once: []string{"field", "map_field", "enum_field", "message", "enum", "service", "rpc"},
		Lists: []UnorderedList{
			{What: "declarations", In: []string{"source_file"}, Items: and(of(byName, "message", "enum", "service"), of(byText, "import"))},
			{What: "fields", In: []string{"message_body"}, Open: "{", Items: and(of(protoField, "field", "map_field"), of(byName, "message", "enum"))},
			{What: "enum members", In: []string{"enum_body"}, Open: "{", Items: of(protoField, "enum_field")},
			{What: "methods", In: []string{"service"}, Open: "{", Items: of(byName, "rpc")},
			{What: "fields", In: []string{"oneof"}, Only: []string{"oneof_field"}, Inert: true, Items: of(protoField, "oneof_field")},
		},
	},
})

// protoField keys by name and by number: the number is the field, on the wire.
func protoField(p Source, n Node) ([]string, bool) {
	var keys []string
	for i, c := range n.Children {
		switch {
		case c.Type == "identifier":
			keys = append(keys, p.Text(c))
		case i > 0 && n.Children[i-1].Type == "=" && !n.Children[i-1].Named:
			keys = append(keys, "="+squeeze(p.Text(c)))
		}
	}
	return keys, len(keys) == 2
}
