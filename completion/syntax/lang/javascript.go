package lang

import (
	"regexp"

	"github.com/airside-ls/airside/completion/syntax/grammars"
)

var _ = add(ecmaScript(&Language{
	Title:       "JavaScript",
	Names:       []string{"javascript", "js", "jsx", "javascriptreact"},
	Extensions:  []string{".js", ".mjs", ".cjs", ".jsx"},
	Identifiers: map[string]string{".jsx": "javascriptreact"},
	Grammar:     grammars.JavaScript,
	Nodes: Nodes{
		Strings: []string{"jsx_text"},
		Markup:  jsx,
		Scopes: map[string]Kind{"function_declaration": Function, "generator_function_declaration": Function, "function_expression": Function, "generator_function": Function,
			"arrow_function": Function, "method_definition": Method, "class_declaration": Class, "class": Class},
		Bodies:   []string{"statement_block", "class_body"},
		Wrappers: []string{"export_statement", "variable_declarator", "lexical_declaration", "variable_declaration", "pair", "field_definition"},
	},
	Merge: &Merge{
		Once:  []string{"function_declaration", "class_declaration", "lexical_declaration"},
		Lists: append([]UnorderedList{{What: "declarations", In: []string{"program"}, Items: scriptItems}}, scriptLists...),
	},
}))

var jsx = []string{"jsx_element"}

// ecmaScript completes a member of the JavaScript family.
func ecmaScript(l *Language) *Language {
	l.Imports = append(l.Imports, "import_statement")
	l.Requires = append(l.Requires, "lexical_declaration", "variable_declaration")
	l.Strings = append(l.Strings, "string", "template_string", "regex")
	l.Embedded = append(l.Embedded, "template_substitution")
	l.Comments = append(l.Comments, "comment")
	l.Defines = map[string]Kind{"variable_declarator": Datum}
	l.Anonymous = []string{"arrow_function", "function_expression", "generator_function", "class"}
	l.Imported = scriptImported
	l.Lexis = Lexis{Line: []string{"//"}, Block: [2]string{"/*", "*/"}, Regexp: true,
		Quotes: []Quote{{`"`, `"`, Escapes}, {`'`, `'`, Escapes}, {"`", "`", Escapes | Lines}}}
	l.Openers = []string{"=>"}
	l.Head = cHead
	l.Middles = cMiddles
	l.Header = regexp.MustCompile(`^\s*(export\s+)?(default\s+)?(declare\s+)?(abstract\s+)?(async\s+)?(function|class|interface|enum|namespace|module)\b|=>\s*\{\s*$|^\s*((public|private|protected|static|async|override|get|set|readonly)\s+)*[\w$#]+\s*(<[^>]*>)?\([^;=]*\{\s*$`)
	l.Signature = regexp.MustCompile(`^\s*(export\s+)?(default\s+)?(async\s+)?function\b[^{};]*\)[^{};=]*$|^\s*(export\s+)?(default\s+)?(declare\s+)?(abstract\s+)?(class|interface|enum|namespace)\s+\w[^{};=]*$|^\s*((public|private|protected|static|async|override)\s+)+[\w$#]+\s*(<[^>]*>)?\([^{};]*\)[^{};=]*$`)
	l.Indent = "  "
	l.Debug = &Debug{Always: []string{"debugger"}, Prints: []string{"console.log", "console.debug", "console.dir", "console.table", "alert"}}
	l.Frames = []string{"async function* f() {\n%s\n}\n", "class A {\n%s\n}\n"}
	l.Errors = Catches
	l.Tests = Tests{Skips: []string{"this.skip", "t.skip"},
		Only: regexp.MustCompile(`^\s*(?:(?:describe|it|test|context|suite|specify)(?:\.concurrent)?(\.only)\s*[(.]|(f)(?:describe|it|context)\s*\(\s*["'` + "`" + `])`),
		Skip: regexp.MustCompile(`^(\s*)(?:(describe|it|test|context|suite)\.(?:skip|todo|fixme)|x(describe|it|test|context))(\s*\(.*)$`)}
	l.Doubt = 2.23
	return l
}

// scriptItems are what stands in a module of the JavaScript family.
var scriptItems = and(
	of(byName, "function_declaration", "generator_function_declaration", "class_declaration"),
	of(scriptImport, "import_statement"), of(scriptVariable, "lexical_declaration"), of(scriptExport, "export_statement"))

var scriptLists = []UnorderedList{
	{What: "members", In: []string{"class_body"}, Open: "{", Items: of(scriptMember, "method_definition", "field_definition", "public_field_definition", "abstract_method_signature")},
	{What: "keys", In: []string{"object"}, Open: "{", Sep: ",", Items: and(of(byKey, "pair"), of(byText, "shorthand_property_identifier"), of(scriptMember, "method_definition"))},
	{What: "imported names", In: []string{"named_imports"}, Open: "{", Sep: ",", Items: of(byName, "import_specifier")},
	{What: "exported names", In: []string{"export_clause"}, Open: "{", Sep: ",", Items: of(byName, "export_specifier")},
	{What: "elements", In: []string{"array"}, Open: "[", Sep: ",", Items: of(byText, "string"), When: isSet},
}

// scriptImport keys by the names that are bound. Without any the module is run
// for what it does, and when matters.
func scriptImport(p Source, n Node) ([]string, bool) {
	var keys []string
	var bound func(n Node)
	bound = func(n Node) {
		switch n.Type {
		case "import_specifier", "namespace_import":
			keys = append(keys, Names(p, n)...)
		case "identifier":
			keys = append(keys, p.Text(n))
		default:
			for _, c := range n.Children {
				bound(c)
			}
		}
	}
	for _, c := range n.Children {
		if c.Type == "import_clause" {
			bound(c)
		}
	}
	return keys, len(keys) > 0
}

// scriptVariable are variables whose values run nothing when they are made.
func scriptVariable(p Source, n Node) ([]string, bool) {
	keys := Names(p, n)
	for _, c := range n.Children {
		if c.Type != "variable_declarator" {
			continue
		}
		for _, v := range c.Children {
			if v.Field == "value" && v.Type != "arrow_function" && v.Type != "function_expression" && v.Type != "function" &&
				v.has("call_expression", "new_expression", "await_expression", "subscript_expression", "member_expression", "template_substitution", "update_expression") {
				return keys, false
			}
		}
	}
	return keys, len(keys) > 0
}

func scriptExport(p Source, n Node) ([]string, bool) {
	for _, c := range n.Children {
		switch {
		case c.Type == "default":
			return []string{"default"}, false
		case c.Field == "declaration" && c.Type == "lexical_declaration":
			return scriptVariable(p, c)
		case c.Field == "declaration" || c.Type == "export_clause":
			keys := Names(p, c)
			return keys, len(keys) > 0
		}
	}
	// export * from: of two that bring one name, neither does.
	return []string{squeeze(p.Text(n))}, true
}

// scriptMember keys by name; a getter and a setter of one name are two, and so
// is what is static.
func scriptMember(p Source, n Node) ([]string, bool) {
	prefix := ""
	for _, c := range n.Children {
		switch c.Type {
		case "get", "set", "static":
			prefix += c.Type + " "
		case "computed_property_name":
			return nil, false
		}
	}
	keys := Names(p, n)
	for i := range keys {
		keys[i] = prefix + keys[i]
	}
	return keys, len(keys) > 0
}
