package merge

import (
	"encoding/json"
	"path"
	"slices"
	"strings"

	"github.com/airside-ls/airside/completion/syntax"
)

// profiles are the languages of which the second look knows something. The
// types of nodes are those of the grammars that completion/syntax has.
var profiles = []*profile{
	goProfile, pythonProfile, javaScriptProfile, typeScriptProfile, jsonProfile, javaProfile,
	cProfile, cppProfile, cSharpProfile, rustProfile, rubyProfile, phpProfile, kotlinProfile, scalaProfile,
	swiftProfile, tomlProfile, hclProfile, cssProfile, luaProfile, shellProfile, elixirProfile, protoProfile,
}

var goProfile = &profile{
	extensions: []string{".go"},
	once:       []string{"function_declaration", "method_declaration", "type_declaration", "const_declaration", "var_declaration", "field_declaration"},
	places: []place{
		{what: "declarations", in: []string{"source_file"}, items: and(
			of(byName, "type_declaration", "var_declaration", "const_declaration"),
			of(goFunction, "function_declaration"), of(goMethod, "method_declaration"), of(goImports, "import_declaration"))},
		{what: "imports", in: []string{"import_spec_list"}, open: "(", items: of(goImport, "import_spec")},
		// Where a value is left out, or iota is in it, it follows from the line's
		// place.
		{what: "constants", in: []string{"const_declaration"}, open: "(", items: of(byName, "const_spec"), when: func(p parsed, n, up syntax.Node) bool {
			return !has(n, "iota") && allHave("const_spec", "value")(p, n, up)
		}},
		{what: "variables", in: []string{"var_declaration"}, open: "(", items: of(byName, "var_spec")},
		{what: "types", in: []string{"type_declaration"}, open: "(", items: of(byName, "type_spec", "type_alias")},
		{what: "fields", in: []string{"field_declaration_list"}, open: "{", items: of(goField, "field_declaration")},
		{what: "methods", in: []string{"interface_type"}, open: "{", items: and(of(byName, "method_elem"), of(byText, "type_elem"))},
		{what: "keys", in: []string{"literal_value"}, open: "{", sep: ",", items: of(byKey, "keyed_element"), when: allOf("keyed_element")},
	},
}

func goFunction(p parsed, n syntax.Node) ([]string, bool) {
	keys := names(p, n)
	// Functions named init run in the order of the file.
	return keys, len(keys) == 1 && keys[0] != "init"
}

// goMethod keys by the receiver's type and the name.
func goMethod(p parsed, n syntax.Node) ([]string, bool) {
	receiver, name := "", ""
	for _, c := range n.Children {
		switch c.Field {
		case "receiver":
			receiver = p.text(c)
		case "name":
			name = p.text(c)
		}
	}
	receiver, _, _ = strings.Cut(strings.Trim(receiver, "()"), "[")
	if words := strings.Fields(strings.ReplaceAll(receiver, "*", " ")); len(words) > 0 {
		receiver = words[len(words)-1]
	}
	return []string{receiver + "." + name}, true
}

// goField keys by the names, and an embedded field by its type's.
func goField(p parsed, n syntax.Node) ([]string, bool) {
	var keys []string
	for _, c := range n.Children {
		switch {
		case c.Field == "name" && c.Named:
			keys = append(keys, p.text(c))
		case c.Field == "type" && len(keys) == 0:
			t, _, _ := strings.Cut(squeeze(p.text(c)), "[")
			t = t[strings.LastIndexAny(t, ".*")+1:]
			keys = append(keys, t)
		}
	}
	return slices.DeleteFunc(keys, func(key string) bool { return key == "_" }), true
}

// goImport keys by the name that the file knows the package by.
func goImport(p parsed, n syntax.Node) ([]string, bool) {
	var keys []string
	for _, c := range n.Children {
		switch c.Field {
		case "name":
			if c.Type == "package_identifier" {
				return []string{p.text(c)}, true
			}
			return []string{squeeze(p.text(n))}, true // dot and blank imports
		case "path":
			keys = append(keys, path.Base(unquote(p.text(c))))
		}
	}
	return keys, true
}

func goImports(p parsed, n syntax.Node) ([]string, bool) {
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

var pythonProfile = &profile{
	extensions: []string{".py", ".pyi"},
	lift:       []string{"function_definition", "class_definition", "decorated_definition", "block"},
	places: []place{
		{what: "declarations", in: []string{"module"}, items: and(
			of(byName, "function_definition", "class_definition", "decorated_definition"),
			of(pythonImport, "import_statement", "import_from_statement"), of(pythonConstant, "expression_statement"))},
		// Fields are left out: in a data class their order is that of the arguments.
		{what: "members", in: []string{"block"}, parents: []string{"class_definition"}, items: of(byName, "function_definition", "class_definition", "decorated_definition")},
		{what: "imported names", in: []string{"import_from_statement", "import_statement"}, sep: ",", fields: []string{"name"}, items: of(pythonImported, "*")},
		{what: "keys", in: []string{"dictionary"}, open: "{", sep: ",", items: of(byKey, "pair")},
		{what: "elements", in: []string{"set"}, open: "{", sep: ",", items: of(byText, "string", "integer", "identifier")},
		{what: "elements", in: []string{"list", "tuple"}, open: "[", sep: ",", items: of(byText, "string"), when: isSet},
		{what: "keyword arguments", in: []string{"argument_list"}, open: "(", sep: ",", items: of(byName, "keyword_argument")},
	},
}

func pythonImported(p parsed, n syntax.Node) ([]string, bool) {
	if name := names(p, n); n.Type == "aliased_import" && len(name) > 0 {
		return name, true
	}
	return byText(p, n)
}

// pythonImport keys by the names that the statement binds; what a star binds
// is not known.
func pythonImport(p parsed, n syntax.Node) ([]string, bool) {
	var keys []string
	for _, c := range n.Children {
		if c.Field == "name" {
			name, _ := pythonImported(p, c)
			keys = append(keys, name...)
		}
	}
	return keys, !has(n, "wildcard_import")
}

// pythonConstant are assignments that run nothing.
func pythonConstant(p parsed, n syntax.Node) ([]string, bool) {
	if len(n.Children) != 1 || n.Children[0].Type != "assignment" {
		return nil, false
	}
	return names(p, n), !has(n, "call", "await", "subscript", "attribute")
}

// scriptItems are what stands in a module of the JavaScript family.
var scriptItems = and(
	of(byName, "function_declaration", "generator_function_declaration", "class_declaration"),
	of(scriptImport, "import_statement"), of(scriptVariable, "lexical_declaration"), of(scriptExport, "export_statement"))

var scriptPlaces = []place{
	{what: "members", in: []string{"class_body"}, open: "{", items: of(scriptMember, "method_definition", "field_definition", "public_field_definition", "abstract_method_signature")},
	{what: "keys", in: []string{"object"}, open: "{", sep: ",", items: and(of(byKey, "pair"), of(byText, "shorthand_property_identifier"), of(scriptMember, "method_definition"))},
	{what: "imported names", in: []string{"named_imports"}, open: "{", sep: ",", items: of(byName, "import_specifier")},
	{what: "exported names", in: []string{"export_clause"}, open: "{", sep: ",", items: of(byName, "export_specifier")},
	{what: "elements", in: []string{"array"}, open: "[", sep: ",", items: of(byText, "string"), when: isSet},
}

var javaScriptProfile = &profile{
	extensions: []string{".js", ".mjs", ".cjs", ".jsx"},
	once:       []string{"function_declaration", "class_declaration", "lexical_declaration"},
	places:     append([]place{{what: "declarations", in: []string{"program"}, items: scriptItems}}, scriptPlaces...),
}

var typeScriptProfile = &profile{
	extensions: []string{".ts", ".mts", ".cts", ".tsx"},
	once:       []string{"function_declaration", "class_declaration", "lexical_declaration", "type_alias_declaration", "enum_declaration"},
	places: append([]place{
		{what: "declarations", in: []string{"program"}, items: typeScriptItems},
		{what: "declarations", in: []string{"statement_block"}, parents: []string{"internal_module", "module"}, open: "{", items: typeScriptItems},
		{what: "members", in: []string{"interface_body", "object_type"}, open: "{", items: of(scriptMember, "property_signature", "method_signature")},
		// A member without a value takes that of the one before it, and one.
		{what: "enum members", in: []string{"enum_body"}, open: "{", sep: ",", items: of(byNameAndValue, "enum_assignment"), when: allOf("enum_assignment")},
	}, scriptPlaces...),
}

var typeScriptItems = and(scriptItems, of(byName, "interface_declaration", "type_alias_declaration", "enum_declaration", "abstract_class_declaration", "ambient_declaration"))

// scriptImport keys by the names that are bound. Without any the module is run
// for what it does, and when matters.
func scriptImport(p parsed, n syntax.Node) ([]string, bool) {
	var keys []string
	var bound func(n syntax.Node)
	bound = func(n syntax.Node) {
		switch n.Type {
		case "import_specifier", "namespace_import":
			keys = append(keys, names(p, n)...)
		case "identifier":
			keys = append(keys, p.text(n))
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
func scriptVariable(p parsed, n syntax.Node) ([]string, bool) {
	keys := names(p, n)
	for _, c := range n.Children {
		if c.Type != "variable_declarator" {
			continue
		}
		for _, v := range c.Children {
			if v.Field == "value" && v.Type != "arrow_function" && v.Type != "function_expression" && v.Type != "function" &&
				has(v, "call_expression", "new_expression", "await_expression", "subscript_expression", "member_expression", "template_substitution", "update_expression") {
				return keys, false
			}
		}
	}
	return keys, len(keys) > 0
}

func scriptExport(p parsed, n syntax.Node) ([]string, bool) {
	for _, c := range n.Children {
		switch {
		case c.Type == "default":
			return []string{"default"}, false
		case c.Field == "declaration" && c.Type == "lexical_declaration":
			return scriptVariable(p, c)
		case c.Field == "declaration" || c.Type == "export_clause":
			keys := names(p, c)
			return keys, len(keys) > 0
		}
	}
	// export * from: of two that bring one name, neither does.
	return []string{squeeze(p.text(n))}, true
}

// scriptMember keys by name; a getter and a setter of one name are two, and so
// is what is static.
func scriptMember(p parsed, n syntax.Node) ([]string, bool) {
	prefix := ""
	for _, c := range n.Children {
		switch c.Type {
		case "get", "set", "static":
			prefix += c.Type + " "
		case "computed_property_name":
			return nil, false
		}
	}
	keys := names(p, n)
	for i := range keys {
		keys[i] = prefix + keys[i]
	}
	return keys, len(keys) > 0
}

var jsonProfile = &profile{
	extensions: []string{".json"},
	valid:      json.Valid,
	places: []place{
		{what: "keys", in: []string{"object"}, open: "{", sep: ",", items: of(byKey, "pair")},
		{what: "elements", in: []string{"array"}, open: "[", sep: ",", items: of(byText, "string"), when: isSet},
	},
}

var javaMembers = and(of(byName, "field_declaration", "constant_declaration", "method_declaration", "constructor_declaration"), javaTypes)

var javaTypes = of(byName, "class_declaration", "interface_declaration", "enum_declaration", "record_declaration", "annotation_type_declaration")

var javaProfile = &profile{
	extensions: []string{".java"},
	once:       []string{"field_declaration", "method_declaration", "constructor_declaration", "class_declaration", "interface_declaration", "enum_declaration", "record_declaration", "enum_constant"},
	places: []place{
		{what: "declarations", in: []string{"program"}, items: and(of(javaImport, "import_declaration"), javaTypes)},
		{what: "members", in: []string{"class_body", "interface_body", "annotation_type_body"}, open: "{", items: javaMembers},
		{what: "members", in: []string{"enum_body_declarations"}, open: ";", items: javaMembers},
		{what: "enum members", in: []string{"enum_body"}, open: "{", sep: ",", only: []string{"enum_constant"}, items: of(byName, "enum_constant")},
	},
}

// javaImport keys by the name that is bound.
func javaImport(p parsed, n syntax.Node) ([]string, bool) {
	text := strings.TrimSuffix(squeeze(p.text(n)), ";")
	if strings.HasSuffix(text, "*") {
		return []string{text}, true
	}
	return []string{text[strings.LastIndexByte(text, '.')+1:]}, true
}
