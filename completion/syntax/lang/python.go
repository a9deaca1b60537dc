package lang

import (
	"regexp"

	"github.com/airside-ls/airside/completion/syntax/grammars"
)

var _ = add(&Language{
	Title:      "Python",
	Names:      []string{"python", "py"},
	Extensions: []string{".py", ".pyi"},
	Grammar:    grammars.Python,
	Lexis:      Lexis{Line: []string{"#"}, Quotes: []Quote{{`"""`, `"""`, Escapes | Lines}, {`'''`, `'''`, Escapes | Lines}, {`"`, `"`, Escapes}, {`'`, `'`, Escapes}}},
	Blocks: Blocks{
		Colon:     true,
		Middles:   []string{"else", "elif", "except", "finally"},
		Header:    regexp.MustCompile(`^\s*(async\s+def|def|class)\b`),
		Signature: regexp.MustCompile(`^\s*(async\s+)?def\s+\w+[^:]*\((.|\n)*\)(\s*->\s*[^:]+)?$|^\s*class\s+\w+(\([^()]*\))?$`),
		Indent:    "    ",
	},
	Nodes: Nodes{
		Imports:  []string{"import_statement", "import_from_statement", "future_import_statement"},
		Scopes:   map[string]Kind{"function_definition": Function, "class_definition": Class},
		Bodies:   []string{"block"},
		Wrappers: []string{"decorated_definition"},
		Strings:  []string{"string"},
		Embedded: []string{"interpolation"},
		Comments: []string{"comment"},

		Defines:      map[string]Kind{"assignment": Datum},
		Constructors: []string{"__init__", "__new__"},
		Fields:       regexp.MustCompile(`(?m)^\s*self\.\w+\s*(:[^=\n]*)?=[^=].*$`),
		Imported:     pythonImports,
	},
	Merge: &Merge{
		Lift: []string{"function_definition", "class_definition", "decorated_definition", "block"},
		Lists: []UnorderedList{
			{What: "declarations", In: []string{"module"}, Items: and(
				of(byName, "function_definition", "class_definition", "decorated_definition"),
				of(pythonImport, "import_statement", "import_from_statement"), of(pythonConstant, "expression_statement"))},
			// Fields are left out: in a data class their order is that of the arguments.
			{What: "members", In: []string{"block"}, Parents: []string{"class_definition"}, Items: of(byName, "function_definition", "class_definition", "decorated_definition")},
			{What: "imported names", In: []string{"import_from_statement", "import_statement"}, Sep: ",", Fields: []string{"name"}, Items: of(pythonImported, "*")},
			{What: "keys", In: []string{"dictionary"}, Open: "{", Sep: ",", Items: of(byKey, "pair")},
			{What: "elements", In: []string{"set"}, Open: "{", Sep: ",", Items: of(byText, "string", "integer", "identifier")},
			{What: "elements", In: []string{"list", "tuple"}, Open: "[", Sep: ",", Items: of(byText, "string"), When: isSet},
			{What: "keyword arguments", In: []string{"argument_list"}, Open: "(", Sep: ",", Items: of(byName, "keyword_argument")},
		},
	},
	Debug:  &Debug{Always: []string{"breakpoint", "pdb.set_trace", "ipdb.set_trace", "pudb.set_trace", "IPython.embed"}, Prints: []string{"print", "pprint", "pprint.pprint", "pp"}},
	Frames: []string{"%s\n"},
	Errors: Excepts,
	Tests:  Tests{Skips: []string{"pytest.skip", "self.skipTest", "pytest.xfail"}, Files: regexp.MustCompile(`(?i)(^|/)(test_[^/]*\.py|conftest\.py)$`)},
	Doubt:  2.23,
})

func pythonImported(p Source, n Node) ([]string, bool) {
	if name := Names(p, n); n.Type == "aliased_import" && len(name) > 0 {
		return name, true
	}
	return byText(p, n)
}

// pythonImport keys by the names that the statement binds; what a star binds
// is not known.
func pythonImport(p Source, n Node) ([]string, bool) {
	var keys []string
	for _, c := range n.Children {
		if c.Field == "name" {
			name, _ := pythonImported(p, c)
			keys = append(keys, name...)
		}
	}
	return keys, !n.has("wildcard_import")
}

// pythonConstant are assignments that run nothing.
func pythonConstant(p Source, n Node) ([]string, bool) {
	if len(n.Children) != 1 || n.Children[0].Type != "assignment" {
		return nil, false
	}
	return Names(p, n), !n.has("call", "await", "subscript", "attribute")
}
