package syntax

import (
	"regexp"
	"slices"
	"strings"
	"sync"

	sitter "github.com/smacker/go-tree-sitter"

	"github.com/airside-ls/airside/completion/syntax/grammars"
)

// language is all that airside knows about one language. A new language is
// one more of these in the table below.
type language struct {
	names   []string // LSP language identifiers and common other names
	grammar func() *sitter.Language
	needs   string // what a text must have for the grammar to be of use

	// Kinds of nodes, as the grammar names them.
	imports  []string        // header lines
	requires []string        // header lines if they call require
	sections []string        // may hold imports: include guards
	scopes   map[string]Kind // declarations that enclose
	bodies   []string        // the child of a scope that is its body
	wrappers []string        // parents that belong to the scope: export, decorators
	strings  []string
	embedded []string // code within strings: ${...}
	markup   []string // hold elements, though brackets stand around: JSX
	comments []string
	// words are calls that declare or import, by their first word, and calls the
	// kinds of nodes that are calls.
	words map[string]class
	calls []string
	// trailing tells that a scope goes on until the next one begins.
	trailing bool

	lexis lexis
	// colon tells that a colon opens a block and indentation closes it;
	// otherwise braces do both.
	colon bool
	// openers are ends of a line other than the brace or colon that let a
	// block follow.
	openers []string
	// block matches a line that lets a block follow; above matches one that
	// does so for the lines below it only.
	block, above *regexp.Regexp
	// dedents tells that the end of a block may be known by indentation alone:
	// there is no brace.
	dedents bool
	// items tells that the lines of a block may stand at the column of the line
	// above it: "- x" under a key.
	items bool
	// closers begin a line that ends a block, middles one that goes on with it.
	closers, middles []string
	// header matches a line that begins a declaration, for code that does not
	// parse yet.
	header *regexp.Regexp
	// head matches the head of a statement whose block has not begun.
	head *regexp.Regexp
	// signature matches a complete signature that has no body yet.
	signature *regexp.Regexp
	indent    string // one step of indentation, for files that have none

	classify sync.Once
	classes  []class // by symbol, see class
}

// languages is the table of known languages.
var languages = slices.Concat(first, withBraces, withKeywords, withoutBlocks)

var first = []*language{
	{
		names:     []string{"go", "golang"},
		grammar:   grammars.Go,
		imports:   []string{"package_clause", "import_declaration"},
		scopes:    map[string]Kind{"function_declaration": Function, "method_declaration": Method, "func_literal": Function, "struct_type": Class, "interface_type": Interface},
		bodies:    []string{"block", "field_declaration_list"},
		wrappers:  []string{"type_spec", "type_declaration"},
		strings:   []string{"interpreted_string_literal", "raw_string_literal", "rune_literal"},
		comments:  []string{"comment"},
		lexis:     lexis{line: []string{"//"}, block: [2]string{"/*", "*/"}, quotes: []quote{{"\"", "\"", escapes}, {"`", "`", lines}, {"'", "'", escapes}}},
		head:      regexp.MustCompile(`^\s*(\}\s*else\s+)?(if|for|switch|select)\b|^\s*\}\s*else\s*$`),
		header:    regexp.MustCompile(`^\s*(func|type)\b|\bfunc\s*\(`),
		signature: regexp.MustCompile(`^\s*func\b[^{}]*\)[^{}=]*$|^\s*type\s+\w+(\[.*\])?\s+(struct|interface)$`),
		indent:    "\t",
	},
	{
		names:     []string{"python", "py"},
		grammar:   grammars.Python,
		imports:   []string{"import_statement", "import_from_statement", "future_import_statement"},
		scopes:    map[string]Kind{"function_definition": Function, "class_definition": Class},
		bodies:    []string{"block"},
		wrappers:  []string{"decorated_definition"},
		strings:   []string{"string"},
		embedded:  []string{"interpolation"},
		comments:  []string{"comment"},
		lexis:     lexis{line: []string{"#"}, quotes: []quote{{`"""`, `"""`, escapes | lines}, {`'''`, `'''`, escapes | lines}, {`"`, `"`, escapes}, {`'`, `'`, escapes}}},
		colon:     true,
		middles:   []string{"else", "elif", "except", "finally"},
		header:    regexp.MustCompile(`^\s*(async\s+def|def|class)\b`),
		signature: regexp.MustCompile(`^\s*(async\s+)?def\s+\w+[^:]*\((.|\n)*\)(\s*->\s*[^:]+)?$|^\s*class\s+\w+(\([^()]*\))?$`),
		indent:    "    ",
	},
	ecmaScript(&language{
		names:   []string{"javascript", "js", "jsx", "javascriptreact"},
		strings: []string{"jsx_text"},
		markup:  jsx,
		grammar: grammars.JavaScript,
		scopes: map[string]Kind{"function_declaration": Function, "generator_function_declaration": Function, "function_expression": Function, "generator_function": Function,
			"arrow_function": Function, "method_definition": Method, "class_declaration": Class, "class": Class},
		bodies:   []string{"statement_block", "class_body"},
		wrappers: []string{"export_statement", "variable_declarator", "lexical_declaration", "variable_declaration", "pair", "field_definition"},
	}),
	ecmaScript(typeScript(&language{grammar: grammars.TypeScript, names: []string{"typescript", "ts", "mts", "cts"}})),
	ecmaScript(typeScript(&language{grammar: grammars.TSX, names: []string{"typescriptreact", "tsx"}, strings: []string{"jsx_text"}, markup: jsx})),
	{
		names:     []string{"rust", "rs"},
		grammar:   grammars.Rust,
		imports:   []string{"use_declaration", "extern_crate_declaration", "inner_attribute_item"},
		scopes:    map[string]Kind{"function_item": Function, "impl_item": Impl, "trait_item": Interface, "struct_item": Class, "enum_item": Class, "union_item": Class, "mod_item": Module, "closure_expression": Function},
		bodies:    []string{"block", "declaration_list", "field_declaration_list", "enum_variant_list"},
		strings:   []string{"string_literal", "raw_string_literal", "char_literal"},
		comments:  []string{"line_comment", "block_comment"},
		lexis:     lexis{line: []string{"//"}, block: [2]string{"/*", "*/"}, nested: true, quotes: []quote{{`"`, `"`, escapes | lines}, {`'`, `'`, escapes | char}}, rawRust: true},
		openers:   []string{"=>"},
		middles:   []string{"else"},
		head:      regexp.MustCompile(`^\s*(\}\s*else\s+)?(if|for|while|loop|match|unsafe)\b|^\s*\}\s*else\s*$`),
		header:    regexp.MustCompile(`^\s*(pub(\([^)]*\))?\s+)?((default|async|const|unsafe|extern(\s+"[^"]*")?)\s+)*(fn|impl|trait|struct|enum|union|mod)\b`),
		signature: regexp.MustCompile(`^\s*(pub(\([^)]*\))?\s+)?((default|async|const|unsafe|extern(\s+"[^"]*")?)\s+)*(fn\s+\w+[^{};]*\)[^{};]*|(impl|trait|struct|enum|union|mod)\b[^{};()=]*)$`),
		indent:    "    ",
	},
	{
		names:   []string{"java"},
		grammar: grammars.Java,
		imports: []string{"package_declaration", "import_declaration"},
		scopes: map[string]Kind{"class_declaration": Class, "interface_declaration": Interface, "enum_declaration": Class, "record_declaration": Class, "annotation_type_declaration": Interface,
			"method_declaration": Method, "constructor_declaration": Method, "compact_constructor_declaration": Method, "lambda_expression": Function},
		bodies:    []string{"class_body", "interface_body", "enum_body", "annotation_type_body", "block", "constructor_body"},
		strings:   []string{"string_literal", "character_literal"},
		embedded:  []string{"string_interpolation"},
		comments:  []string{"line_comment", "block_comment"},
		lexis:     lexis{line: []string{"//"}, block: [2]string{"/*", "*/"}, quotes: []quote{{`"""`, `"""`, escapes | lines}, {`"`, `"`, escapes}, {`'`, `'`, escapes}}},
		openers:   []string{"->"},
		head:      cHead,
		middles:   cMiddles,
		header:    regexp.MustCompile(`^\s*(@\w+(\([^)]*\))?\s*)*((public|private|protected|static|final|abstract|sealed|strictfp|synchronized|native|default)\s+)*(class|interface|enum|record|@interface)\b|^\s*((public|private|protected|static|final|abstract|synchronized|native|default)\s+)+[^=;]*\(`),
		signature: regexp.MustCompile(`^\s*(@\w+(\([^)]*\))?\s*)*((public|private|protected|static|final|abstract|synchronized|default)\s+)+[^=;{}]*\)(\s*throws\s+[\w.,\s]+)?$|^\s*((public|private|protected|static|final|abstract|sealed)\s+)*(class|interface|enum|record)\s+\w[^{};=]*$`),
		indent:    "    ",
	},
	{
		names:     []string{"c"},
		grammar:   grammars.C,
		imports:   []string{"preproc_include"},
		sections:  []string{"preproc_ifdef", "preproc_if", "preproc_else", "preproc_elif", "linkage_specification"},
		scopes:    map[string]Kind{"function_definition": Function, "struct_specifier": Class, "union_specifier": Class, "enum_specifier": Class},
		bodies:    []string{"compound_statement", "field_declaration_list", "enumerator_list"},
		wrappers:  []string{"type_definition", "declaration"},
		strings:   []string{"string_literal", "char_literal"},
		comments:  []string{"comment"},
		lexis:     cLexis,
		head:      cHead,
		middles:   cMiddles,
		header:    regexp.MustCompile(`^\s*(typedef\s+)?(struct|union|enum)\b` + cFunction),
		signature: cSignature,
		indent:    "    ",
	},
	{
		names:    []string{"cpp", "c++", "cc", "cxx", "hpp", "objective-cpp", "cuda-cpp"},
		grammar:  grammars.Cpp,
		imports:  []string{"preproc_include", "using_declaration"},
		sections: []string{"preproc_ifdef", "preproc_if", "preproc_else", "preproc_elif", "linkage_specification"},
		scopes: map[string]Kind{"function_definition": Function, "class_specifier": Class, "struct_specifier": Class, "union_specifier": Class, "enum_specifier": Class,
			"namespace_definition": Module, "lambda_expression": Function},
		bodies:    []string{"compound_statement", "field_declaration_list", "enumerator_list", "declaration_list"},
		wrappers:  []string{"template_declaration", "type_definition", "declaration"},
		strings:   []string{"string_literal", "char_literal", "raw_string_literal"},
		comments:  []string{"comment"},
		lexis:     cppLexis,
		head:      cHead,
		middles:   cMiddles,
		header:    regexp.MustCompile(`^\s*(template\s*<.*>\s*)?(typedef\s+)?(struct|union|enum|class|namespace)\b` + cFunction),
		signature: cSignature,
		indent:    "    ",
	},
}

var byName = func() map[string]*language {
	m := map[string]*language{}
	for _, l := range languages {
		for _, name := range l.names {
			m[name] = l
		}
	}
	return m
}()

// languageOf returns the language with an LSP identifier, or plain.
func languageOf(name string) *language {
	if l := byName[strings.ToLower(name)]; l != nil {
		return l
	}
	return plain
}

// name is the language's first, "" for none.
func (l *language) name() string {
	if len(l.names) == 0 {
		return ""
	}
	return l.names[0]
}

// ecmaScript completes a member of the JavaScript family.
func ecmaScript(l *language) *language {
	l.imports = append(l.imports, "import_statement")
	l.requires = append(l.requires, "lexical_declaration", "variable_declaration")
	l.strings = append(l.strings, "string", "template_string", "regex")
	l.embedded = append(l.embedded, "template_substitution")
	l.comments = append(l.comments, "comment")
	l.lexis = lexis{line: []string{"//"}, block: [2]string{"/*", "*/"}, regexp: true,
		quotes: []quote{{`"`, `"`, escapes}, {`'`, `'`, escapes}, {"`", "`", escapes | lines}}}
	l.openers = []string{"=>"}
	l.head = cHead
	l.middles = cMiddles
	l.header = regexp.MustCompile(`^\s*(export\s+)?(default\s+)?(declare\s+)?(abstract\s+)?(async\s+)?(function|class|interface|enum|namespace|module)\b|=>\s*\{\s*$|^\s*((public|private|protected|static|async|override|get|set|readonly)\s+)*[\w$#]+\s*(<[^>]*>)?\([^;=]*\{\s*$`)
	l.signature = regexp.MustCompile(`^\s*(export\s+)?(default\s+)?(async\s+)?function\b[^{};]*\)[^{};=]*$|^\s*(export\s+)?(default\s+)?(declare\s+)?(abstract\s+)?(class|interface|enum|namespace)\s+\w[^{};=]*$|^\s*((public|private|protected|static|async|override)\s+)+[\w$#]+\s*(<[^>]*>)?\([^{};]*\)[^{};=]*$`)
	l.indent = "  "
	return l
}

// typeScript adds what TypeScript and TSX share.
func typeScript(l *language) *language {
	l.imports = []string{"import_alias"}
	l.scopes = map[string]Kind{"function_declaration": Function, "generator_function_declaration": Function, "function_expression": Function, "generator_function": Function,
		"arrow_function": Function, "method_definition": Method, "class_declaration": Class, "abstract_class_declaration": Class, "class": Class,
		"interface_declaration": Interface, "type_alias_declaration": Interface, "enum_declaration": Class, "internal_module": Module, "module": Module}
	l.bodies = []string{"statement_block", "class_body", "interface_body", "object_type", "enum_body"}
	l.wrappers = []string{"export_statement", "ambient_declaration", "expression_statement", "variable_declarator", "lexical_declaration", "variable_declaration", "pair", "public_field_definition"}
	return l
}

var jsx = []string{"jsx_element"}

var (
	cLexis   = lexis{line: []string{"//"}, block: [2]string{"/*", "*/"}, quotes: []quote{{`"`, `"`, escapes}, {`'`, `'`, escapes}}, directives: true}
	cppLexis = lexis{line: []string{"//"}, block: [2]string{"/*", "*/"}, quotes: []quote{{`"`, `"`, escapes}, {`'`, `'`, escapes | char}}, directives: true, rawCpp: true}
	// cFunction is a line that begins a C function: a type, a name and a
	// parenthesis, and not a statement.
	cFunction  = `|^[A-Za-z_][\w\s*&:<>,~]*[\s*&]+[*&]*[\w:~]+\s*\([^;]*$`
	cMiddles   = []string{"else", "catch", "finally"}
	cHead      = regexp.MustCompile(`^\s*((\}\s*)?(else\s+if|catch)|if|for|while|switch|synchronized)\s*\(.*\)\s*$|^\s*(\}\s*)?(else|finally)\s*$|^\s*(try|do)\s*$`)
	cSignature = regexp.MustCompile(`^\s*[A-Za-z_][\w\s*&:<>,~]*[\s*&]+[*&]*[\w:~<>,]+\s*\([^;{}=]*\)(\s*(const|noexcept|override|final))*$|^\s*(typedef\s+)?(struct|union|enum)(\s+\w+)?$|^\s*(class|namespace|enum\s+class)\s+\w[^{};=()]*$`)
)

// plain stands for every language that the table does not have.
var plain = &language{
	dedents: true,
	closers: []string{"end", "fi", "done", "esac", "until"},
	middles: []string{"else", "elsif", "elif", "elseif", "rescue", "ensure", "then", "do"},
	lexis: lexis{line: []string{"//", "#", "--", ";;", "%"}, lineStart: true,
		quotes: []quote{{`"`, `"`, escapes}, {"'", "'", escapes | char}}},
	openers: []string{":", "=>", "->", " do", " then", " begin", " else", " where", " of", "="},
	header:  regexp.MustCompile(`^\s*((pub|public|private|protected|internal|export|local|static|async|override|open|final|abstract)\s+)*(func|fun|fn|def|defp|defmodule|function|sub|proc|method|class|object|trait|interface|struct|enum|module|namespace|impl|record|type|protocol|extension)\b`),
	indent:  "    ",
}
