package lang

import (
	"errors"
	"go/parser"
	"go/scanner"
	"go/token"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/airside-ls/airside/completion/syntax/grammars"
)

var _ = add(&Language{
	Title:      "Go",
	Names:      []string{"go", "golang"},
	Extensions: []string{".go"},
	Grammar:    grammars.Go,
	Parse:      parseGo,
	Lexis:      Lexis{Line: []string{"//"}, Block: [2]string{"/*", "*/"}, Quotes: []Quote{{"\"", "\"", Escapes}, {"`", "`", Lines}, {"'", "'", Escapes}}},
	Blocks: Blocks{
		Head:      regexp.MustCompile(`^\s*(\}\s*else\s+)?(if|for|switch|select)\b|^\s*\}\s*else\s*$`),
		Header:    regexp.MustCompile(`^\s*(func|type)\b|\bfunc\s*\(`),
		Signature: regexp.MustCompile(`^\s*func\b[^{}]*\)[^{}=]*$|^\s*type\s+\w+(\[.*\])?\s+(struct|interface)$`),
		Indent:    "\t",
	},
	Nodes: Nodes{
		Imports:  []string{"package_clause", "import_declaration"},
		Scopes:   map[string]Kind{"function_declaration": Function, "method_declaration": Method, "func_literal": Function, "struct_type": Class, "interface_type": Interface},
		Bodies:   []string{"block", "field_declaration_list"},
		Wrappers: []string{"type_spec", "type_declaration"},
		Strings:  []string{"interpreted_string_literal", "raw_string_literal", "rune_literal"},
		Comments: []string{"comment"},

		Defines:   map[string]Kind{"type_spec": Class, "type_alias": Class, "const_spec": Datum, "var_spec": Datum},
		Anonymous: []string{"struct_type", "interface_type", "func_literal"},
		Imported:  goImported,
	},
	Merge: &Merge{
		Once: []string{"function_declaration", "method_declaration", "type_declaration", "const_declaration", "var_declaration", "field_declaration"},
		Lists: []UnorderedList{
			{What: "declarations", In: []string{"source_file"}, Items: and(
				of(byName, "type_declaration", "var_declaration", "const_declaration"),
				of(goFunction, "function_declaration"), of(goMethod, "method_declaration"), of(goImports, "import_declaration"))},
			{What: "imports", In: []string{"import_spec_list"}, Open: "(", Items: of(goImport, "import_spec")},
			// Where a value is left out, or iota is in it, it follows from the line's
			// place.
			{What: "constants", In: []string{"const_declaration"}, Open: "(", Items: of(byName, "const_spec"), When: func(p Source, n, up Node) bool {
				return !n.has("iota") && allHave("const_spec", "value")(p, n, up)
			}},
			{What: "variables", In: []string{"var_declaration"}, Open: "(", Items: of(byName, "var_spec")},
			{What: "types", In: []string{"type_declaration"}, Open: "(", Items: of(byName, "type_spec", "type_alias")},
			{What: "fields", In: []string{"field_declaration_list"}, Open: "{", Items: of(goField, "field_declaration")},
			{What: "methods", In: []string{"interface_type"}, Open: "{", Items: and(of(byName, "method_elem"), of(byText, "type_elem"))},
			{What: "keys", In: []string{"literal_value"}, Open: "{", Sep: ",", Items: of(byKey, "keyed_element"), When: allOf("keyed_element")},
		},
	},
	Debug:  &Debug{Imports: true, Always: []string{"spew.Dump", "spew.Printf", "runtime.Breakpoint", "pp.Println", "litter.Dump"}, Prints: []string{"fmt.Println", "fmt.Printf", "fmt.Print", "println", "print"}},
	Frames: []string{"package p\nfunc _() {\n%s\n}\n", "package p\n%s\n"},
	Errors: Values,
	Tests:  Tests{Skips: []string{"t.Skip", "t.Skipf", "t.SkipNow"}, Example: "Example"},
})

func parseGo(text string) *Flaw {
	_, err := parser.ParseFile(token.NewFileSet(), "", text, parser.SkipObjectResolution|parser.ParseComments)
	var list scanner.ErrorList
	if errors.As(err, &list) && len(list) > 0 {
		return &Flaw{list[0].Pos.Offset, list[0].Msg}
	}
	return nil
}

func goFunction(p Source, n Node) ([]string, bool) {
	keys := Names(p, n)
	// Functions named init run in the order of the file.
	return keys, len(keys) == 1 && keys[0] != "init"
}

// goMethod keys by the receiver's type and the name.
func goMethod(p Source, n Node) ([]string, bool) {
	receiver, name := "", ""
	for _, c := range n.Children {
		switch c.Field {
		case "receiver":
			receiver = p.Text(c)
		case "name":
			name = p.Text(c)
		}
	}
	receiver, _, _ = strings.Cut(strings.Trim(receiver, "()"), "[")
	if words := strings.Fields(strings.ReplaceAll(receiver, "*", " ")); len(words) > 0 {
		receiver = words[len(words)-1]
	}
	return []string{receiver + "." + name}, true
}

// goField keys by the names, and an embedded field by its type's.
func goField(p Source, n Node) ([]string, bool) {
	var keys []string
	for _, c := range n.Children {
		switch {
		case c.Field == "name" && c.Named:
			keys = append(keys, p.Text(c))
		case c.Field == "type" && len(keys) == 0:
			t, _, _ := strings.Cut(squeeze(p.Text(c)), "[")
			t = t[strings.LastIndexAny(t, ".*")+1:]
			keys = append(keys, t)
		}
	}
	return slices.DeleteFunc(keys, func(key string) bool { return key == "_" }), true
}

// goImport keys by the name that the file knows the package by.
func goImport(p Source, n Node) ([]string, bool) {
	var keys []string
	for _, c := range n.Children {
		switch c.Field {
		case "name":
			if c.Type == "package_identifier" {
				return []string{p.Text(c)}, true
			}
			return []string{squeeze(p.Text(n))}, true // dot and blank imports
		case "path":
			keys = append(keys, path.Base(unquote(p.Text(c))))
		}
	}
	return keys, true
}

func goImports(p Source, n Node) ([]string, bool) {
	for _, c := range n.Children {
		switch c.Type {
		case "import_spec":
			return goImport(p, c)
		case "import_spec_list": // a block is one whatever is in it
			return []string{"import ("}, true
		}
	}
	return nil, true
}
