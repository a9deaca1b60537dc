package lang

import "github.com/airside-ls/airside/completion/syntax/grammars"

var _ = add(ecmaScript(typeScript(&Language{
	Title:      "TypeScript",
	Names:      []string{"typescript", "ts", "mts", "cts"},
	Extensions: []string{".ts", ".mts", ".cts"},
	Grammar:    grammars.TypeScript,
})))

var _ = add(ecmaScript(typeScript(&Language{
	Title:      "TypeScript with JSX",
	Names:      []string{"typescriptreact", "tsx"},
	Extensions: []string{".tsx"},
	Grammar:    grammars.TSX,
	Nodes:      Nodes{Strings: []string{"jsx_text"}, Markup: jsx},
})))

// typeScript adds what TypeScript and TSX share.
func typeScript(l *Language) *Language {
	l.Imports = []string{"import_alias"}
	l.Scopes = map[string]Kind{"function_declaration": Function, "generator_function_declaration": Function, "function_expression": Function, "generator_function": Function,
		"arrow_function": Function, "method_definition": Method, "class_declaration": Class, "abstract_class_declaration": Class, "class": Class,
		"interface_declaration": Interface, "type_alias_declaration": Interface, "enum_declaration": Class, "internal_module": Module, "module": Module}
	l.Bodies = []string{"statement_block", "class_body", "interface_body", "object_type", "enum_body"}
	l.Wrappers = []string{"export_statement", "ambient_declaration", "expression_statement", "variable_declarator", "lexical_declaration", "variable_declaration", "pair", "public_field_definition"}
	l.Merge = typeScriptMerge
	l.Behind = true
	return l
}

var typeScriptMerge = &Merge{
	Once: []string{"function_declaration", "class_declaration", "lexical_declaration", "type_alias_declaration", "enum_declaration"},
	Lists: append([]UnorderedList{
		{What: "declarations", In: []string{"program"}, Items: typeScriptItems},
		{What: "declarations", In: []string{"statement_block"}, Parents: []string{"internal_module", "module"}, Open: "{", Items: typeScriptItems},
		{What: "members", In: []string{"interface_body", "object_type"}, Open: "{", Items: of(scriptMember, "property_signature", "method_signature")},
		// A member without a value takes that of the one before it, and one.
		{What: "enum members", In: []string{"enum_body"}, Open: "{", Sep: ",", Items: of(byNameAndValue, "enum_assignment"), When: allOf("enum_assignment")},
	}, scriptLists...),
}

var typeScriptItems = and(scriptItems, of(byName, "interface_declaration", "type_alias_declaration", "enum_declaration", "abstract_class_declaration", "ambient_declaration"))
