package syntax

import (
	"regexp"

	"github.com/smacker/go-tree-sitter/csharp"
	"github.com/smacker/go-tree-sitter/css"
	"github.com/smacker/go-tree-sitter/hcl"
	"github.com/smacker/go-tree-sitter/kotlin"
	"github.com/smacker/go-tree-sitter/php"
	"github.com/smacker/go-tree-sitter/protobuf"
	"github.com/smacker/go-tree-sitter/scala"
	"github.com/smacker/go-tree-sitter/swift"
)

// withBraces are the languages whose blocks stand in braces.
var withBraces = []*language{
	{
		// The largest grammar: 5.6 MB of the binary.
		names:    []string{"csharp", "c#", "cs"},
		grammar:  csharp.GetLanguage,
		imports:  []string{"using_directive", "extern_alias_directive", "file_scoped_namespace_declaration"},
		sections: []string{"namespace_declaration", "declaration_list"},
		scopes: map[string]Kind{"namespace_declaration": Module, "class_declaration": Class, "struct_declaration": Class, "record_declaration": Class, "enum_declaration": Class, "interface_declaration": Interface,
			"method_declaration": Method, "constructor_declaration": Method, "destructor_declaration": Method, "operator_declaration": Method, "property_declaration": Method, "indexer_declaration": Method,
			"local_function_statement": Function, "lambda_expression": Function, "anonymous_method_expression": Function},
		bodies:   []string{"declaration_list", "enum_member_declaration_list", "block", "accessor_list", "arrow_expression_clause"},
		strings:  []string{"string_literal", "verbatim_string_literal", "raw_string_literal", "interpolated_string_expression", "character_literal"},
		embedded: []string{"interpolation"},
		comments: []string{"comment"},
		lexis: lexis{line: []string{"//"}, block: [2]string{"/*", "*/"}, directives: true,
			quotes: []quote{{`"""`, `"""`, lines}, {`@"`, `"`, lines}, {`"`, `"`, escapes}, {`'`, `'`, escapes}}},
		openers:   []string{"=>"},
		head:      cHead,
		middles:   cMiddles,
		header:    regexp.MustCompile(`^\s*((public|private|protected|internal|static|sealed|abstract|partial|readonly|file|ref)\s+)*(class|struct|interface|enum|record|namespace)\b|^\s*((public|private|protected|internal|static|virtual|override|abstract|sealed|async|extern|partial|unsafe|new)\s+)+[^=;]*\(`),
		signature: regexp.MustCompile(`^\s*((public|private|protected|internal|static|virtual|override|abstract|sealed|async|partial|unsafe|new)\s+)+[^=;{}]*\)(\s*(where|:)\b[^;{}=]*)?$|^\s*((public|private|protected|internal|static|sealed|abstract|partial|readonly)\s+)*(class|struct|interface|enum|record|namespace)\s+\w[^{};=]*$`),
		indent:    "    ",
	},
	{
		names:   []string{"php"},
		grammar: php.GetLanguage,
		imports: []string{"namespace_definition", "namespace_use_declaration"},
		calls:   []string{"expression_statement"},
		words:   map[string]class{"require": {imports: true}, "require_once": {imports: true}, "include": {imports: true}, "include_once": {imports: true}},
		scopes: map[string]Kind{"class_declaration": Class, "trait_declaration": Class, "enum_declaration": Class, "interface_declaration": Interface,
			"method_declaration": Method, "function_definition": Function, "anonymous_function_creation_expression": Function},
		bodies:   []string{"declaration_list", "enum_declaration_list", "compound_statement"},
		strings:  []string{"string", "encapsed_string", "heredoc_body", "nowdoc_body"},
		markup:   []string{"text"},
		comments: []string{"comment"},
		lexis: lexis{line: []string{"//", "#"}, block: [2]string{"/*", "*/"},
			quotes: []quote{{`"`, `"`, escapes | lines}, {`'`, `'`, escapes | lines}}},
		openers:   []string{"=>"},
		head:      cHead,
		middles:   []string{"else", "elseif", "catch", "finally"},
		header:    regexp.MustCompile(`^\s*((public|private|protected|static|final|abstract|readonly)\s+)*(class|interface|trait|enum|function)\b|\bfunction\s*\(`),
		signature: regexp.MustCompile(`^\s*((public|private|protected|static|final|abstract)\s+)*function\s+&?\w+\s*\([^{};]*\)(\s*:\s*[?\w\\|]+)?$|^\s*((final|abstract|readonly)\s+)*(class|interface|trait|enum)\s+\w[^{};=()]*$`),
		indent:    "    ",
	},
	{
		// It takes an interface without a body for an expression, an error on
		// that line alone.
		names:   []string{"kotlin", "kt", "kts"},
		grammar: kotlin.GetLanguage,
		imports: []string{"package_header", "import_list"},
		scopes: map[string]Kind{"class_declaration": Class, "object_declaration": Class, "companion_object": Class, "function_declaration": Function, "secondary_constructor": Method,
			"anonymous_initializer": Method, "getter": Method, "setter": Method, "anonymous_function": Function, "lambda_literal": Function},
		bodies:    []string{"class_body", "enum_class_body", "function_body"},
		strings:   []string{"string_literal", "character_literal"},
		embedded:  []string{"interpolated_expression"},
		comments:  []string{"line_comment", "multiline_comment"},
		lexis:     lexis{line: []string{"//"}, block: [2]string{"/*", "*/"}, nested: true, quotes: []quote{{`"""`, `"""`, lines}, {`"`, `"`, escapes}, {`'`, `'`, escapes}}},
		openers:   []string{"->"},
		head:      regexp.MustCompile(`^\s*((\}\s*)?(else\s+if|catch)|if|for|while|when)\s*\(.*\)\s*$|^\s*(\}\s*)?(else|finally)\s*$|^\s*(try|do|when|init)\s*$`),
		middles:   cMiddles,
		header:    regexp.MustCompile(`^\s*(@\w+(\([^)]*\))?\s*)*((public|private|protected|internal|open|abstract|final|sealed|data|inner|inline|value|enum|annotation|companion|override|suspend|operator|infix|tailrec|external|expect|actual|fun)\s+)*(class|interface|object|fun|constructor|init)\b`),
		signature: regexp.MustCompile(`^\s*((public|private|protected|internal|open|abstract|final|override|suspend|operator|infix|inline|tailrec)\s+)*fun\s+[^{}=;]*\)(\s*:\s*[^={};]+)?$|^\s*((public|private|internal|open|abstract|sealed|data|inner|enum|companion)\s+)*(class|interface|object)\s+\w[^{};=]*$`),
		indent:    "    ",
	},
	{
		names:   []string{"swift"},
		grammar: swift.GetLanguage,
		imports: []string{"import_declaration"},
		scopes: map[string]Kind{"class_declaration": Class, "protocol_declaration": Interface, "function_declaration": Function, "init_declaration": Method, "deinit_declaration": Method,
			"subscript_declaration": Method, "lambda_literal": Function},
		bodies:    []string{"class_body", "enum_class_body", "protocol_body", "function_body"},
		strings:   []string{"line_string_literal", "multi_line_string_literal", "raw_string_literal"},
		embedded:  []string{"interpolated_expression"},
		comments:  []string{"comment", "multiline_comment"},
		lexis:     lexis{line: []string{"//"}, block: [2]string{"/*", "*/"}, nested: true, quotes: []quote{{`"""`, `"""`, escapes | lines}, {`"`, `"`, escapes}}},
		openers:   []string{" in"},
		head:      regexp.MustCompile(`^\s*(\}\s*else\s+)?(if|for|while|switch|repeat|do|guard)\b|^\s*(\}\s*)?(else|catch)\s*$`),
		middles:   []string{"else", "catch"},
		header:    regexp.MustCompile(`^\s*(@\w+(\([^)]*\))?\s*)*((public|private|fileprivate|internal|open|final|static|class|override|mutating|indirect|required|convenience|nonisolated)\s+)*(func|class|struct|enum|protocol|extension|actor|init|deinit|subscript)\b`),
		signature: regexp.MustCompile(`^\s*((public|private|fileprivate|internal|open|final|static|class|override|mutating|required|convenience)\s+)*(func\s+[^{};]*\)(\s*(async|throws|rethrows))*(\s*->\s*[^{};=]+)?|init[?!]?\s*\([^{};]*\)|(class|struct|enum|protocol|extension|actor)\s+\w[^{};=()]*)$`),
		indent:    "    ",
	},
	{
		names:   []string{"scala"},
		grammar: scala.GetLanguage,
		imports: []string{"package_clause", "import_declaration"},
		scopes: map[string]Kind{"class_definition": Class, "object_definition": Class, "enum_definition": Class, "trait_definition": Interface, "function_definition": Function,
			"extension_definition": Impl, "given_definition": Impl, "lambda_expression": Function},
		bodies:    []string{"template_body", "enum_body", "block", "indented_block"},
		strings:   []string{"string", "interpolated_string", "character_literal"},
		embedded:  []string{"interpolation"},
		comments:  []string{"comment", "block_comment"},
		lexis:     lexis{line: []string{"//"}, block: [2]string{"/*", "*/"}, nested: true, quotes: []quote{{`"""`, `"""`, lines}, {`"`, `"`, escapes}, {`'`, `'`, escapes | char}}},
		block:     regexp.MustCompile(`(=>|[^=<>!]=|\b(then|do|else|try|match|yield|with)|^\s*(class|object|trait|enum|given|extension)\b.*:)\s*$`),
		dedents:   true,
		middles:   []string{"else", "catch", "finally", "case"},
		header:    regexp.MustCompile(`^\s*(@\w+(\([^)]*\))?\s*)*((private|protected)(\[\w+\])?\s+|(override|final|sealed|abstract|case|implicit|lazy|inline)\s+)*(class|object|trait|enum|def|extension|given)\b`),
		signature: regexp.MustCompile(`^\s*((override|final|sealed|abstract|case|private|protected)\s+)*(class|object|trait)\s+\w[^{};=:]*(\([^{};=]*\))?[^{};=:]*$`),
		indent:    "  ",
	},
	{
		names:    []string{"css"},
		grammar:  css.GetLanguage,
		imports:  []string{"import_statement", "charset_statement", "namespace_statement"},
		scopes:   map[string]Kind{"rule_set": Class, "media_statement": Module, "supports_statement": Module, "keyframes_statement": Module},
		bodies:   []string{"block", "keyframe_block_list"},
		strings:  []string{"string_value"},
		comments: []string{"comment"},
		lexis:    lexis{block: [2]string{"/*", "*/"}, quotes: []quote{{`"`, `"`, escapes}, {`'`, `'`, escapes}}},
		header:   regexp.MustCompile(`\{\s*$`),
		indent:   "  ",
	},
	{
		names:    []string{"hcl", "terraform", "tf", "terraform-vars", "opentofu"},
		grammar:  hcl.GetLanguage,
		scopes:   map[string]Kind{"block": Class},
		strings:  []string{"string_lit", "quoted_template", "heredoc_template"},
		embedded: []string{"template_interpolation"},
		comments: []string{"comment"},
		lexis:    lexis{line: []string{"#", "//"}, block: [2]string{"/*", "*/"}, quotes: []quote{{`"`, `"`, escapes}}},
		header:   regexp.MustCompile(`^\s*\w+(\s+"[^"]*")*\s*\{\s*$`),
		indent:   "  ",
	},
	{
		// The grammar takes a file without a syntax line for one error.
		names:    []string{"proto", "protobuf", "proto3"},
		needs:    "syntax",
		grammar:  protobuf.GetLanguage,
		imports:  []string{"syntax", "package", "import", "option"},
		scopes:   map[string]Kind{"message": Class, "enum": Class, "oneof": Class, "service": Interface, "rpc": Method},
		bodies:   []string{"message_body", "enum_body"},
		strings:  []string{"string"},
		comments: []string{"comment"},
		lexis:    lexis{line: []string{"//"}, block: [2]string{"/*", "*/"}, quotes: []quote{{`"`, `"`, escapes}, {`'`, `'`, escapes}}},
		header:   regexp.MustCompile(`^\s*(message|enum|service|oneof|rpc|extend)\b`),
		indent:   "  ",
	},
}
