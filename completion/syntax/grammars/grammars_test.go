package grammars

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	sitter "github.com/smacker/go-tree-sitter"
)

// samples are a text of each language, and what its grammar makes of it: the
// kinds of the named nodes, which are different in every grammar.
var samples = map[string]struct {
	grammar    func() *sitter.Language
	text, tree string
}{
	"bash":       {Bash, "a=1\n", "(program (variable_assignment name: (variable_name) value: (number)))"},
	"c":          {C, "int a;\n", "(translation_unit (declaration type: (primitive_type) declarator: (identifier)))"},
	"cpp":        {Cpp, "class A;\n", "(translation_unit (class_specifier name: (type_identifier)))"},
	"csharp":     {CSharp, "class A {}\n", "(compilation_unit (class_declaration name: (identifier) body: (declaration_list)))"},
	"css":        {CSS, "a {}\n", "(stylesheet (rule_set (selectors (tag_name)) (block)))"},
	"dockerfile": {Dockerfile, "FROM a\n", "(source_file (from_instruction (image_spec name: (image_name))))"},
	"elixir":     {Elixir, "a = 1\n", "(source (binary_operator left: (identifier) right: (integer)))"},
	"go":         {Go, "package a\n", "(source_file (package_clause (package_identifier)))"},
	"hcl":        {HCL, "a = 1\n", "(config_file (body (attribute (identifier) (expression (literal_value (numeric_lit))))))"},
	"html":       {HTML, "<a></a>\n", "(document (element (start_tag (tag_name)) (end_tag (tag_name))))"},
	"java":       {Java, "class A {}\n", "(program (class_declaration name: (identifier) body: (class_body)))"},
	"javascript": {JavaScript, "let a = 1\n", "(program (lexical_declaration (variable_declarator name: (identifier) value: (number))))"},
	"kotlin":     {Kotlin, "val a = \"\"\"$b\"\"\"\n", "(source_file (property_declaration (variable_declaration (identifier)) (multiline_string_literal (interpolation (identifier)))))"},
	"lua":        {Lua, "local a = 1\n", "(chunk local_declaration: (variable_declaration (assignment_statement (variable_list name: (identifier)) (expression_list value: (number)))))"},
	"php":        {PHP, "<?php\n$a = 1;\n", "(program (php_tag) (expression_statement (assignment_expression left: (variable_name (name)) right: (integer))))"},
	"protobuf":   {Protobuf, "syntax = \"proto3\";\n", "(source_file (syntax))"},
	"python":     {Python, "def a():\n  pass\n", "(module (function_definition name: (identifier) parameters: (parameters) body: (block (pass_statement))))"},
	"ruby":       {Ruby, "a = <<B\nc\nB\n", "(program (assignment left: (identifier) right: (heredoc_beginning)) (heredoc_body (heredoc_content) (heredoc_end)))"},
	"rust":       {Rust, "fn a() {}\n", "(source_file (function_item name: (identifier) parameters: (parameters) body: (block)))"},
	"scala":      {Scala, "val a = 1\n", "(compilation_unit (val_definition pattern: (identifier) value: (integer_literal)))"},
	"swift":      {Swift, "let a = 1\n", "(source_file (property_declaration (value_binding_pattern) name: (pattern bound_identifier: (simple_identifier)) value: (integer_literal)))"},
	"toml":       {TOML, "a = 1\n", "(document (pair (bare_key) (integer)))"},
	"tsx":        {TSX, "let a = <b/>\n", "(program (lexical_declaration (variable_declarator name: (identifier) value: (jsx_self_closing_element name: (identifier)))))"},
	"typescript": {TypeScript, "let a: b\n", "(program (lexical_declaration (variable_declarator name: (identifier) type: (type_annotation (type_identifier)))))"},
}

// TestSamples checks that the runtime reads each grammar's table rightly.
func TestSamples(t *testing.T) {
	for language, sample := range samples {
		t.Run(language, func(t *testing.T) {
			root, err := sitter.ParseCtx(context.Background(), []byte(sample.text), sample.grammar())
			if err != nil {
				t.Fatal(err)
			}
			if got := root.String(); got != sample.tree {
				t.Errorf("got  %s\nwant %s", got, sample.tree)
			}
		})
	}
}

// source is a line of sources.tsv.
type source struct{ language, module, crate, npm, hinders string }

func sources(t *testing.T) (list []source) {
	data, err := os.ReadFile("sources.tsv")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(data)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		f := strings.Split(strings.TrimSuffix(line, "\n")+"\t", "\t")
		if len(f) < 5 {
			t.Fatalf("sources.tsv: %q has %d fields", line, len(f)-1)
		}
		list = append(list, source{f[0], f[1], f[2], f[3], f[4]})
	}
	return list
}

// TestSources checks that the table by which grammars are kept up to date has
// every grammar, from where it is.
func TestSources(t *testing.T) {
	code, err := os.ReadFile("grammars.go")
	if err != nil {
		t.Fatal(err)
	}
	known, bundled := 0, strings.Count(string(code), `"github.com/smacker/go-tree-sitter/`)
	for _, s := range sources(t) {
		if _, ok := samples[s.language]; !ok {
			t.Errorf("%s: there is no such grammar", s.language)
		}
		known++
		switch version, ok := strings.CutPrefix(s.module, "bundled "); {
		case ok:
			if bundled--; version == "" || s.hinders == "" {
				t.Errorf("%s: bundled, and it is not said which version, or why", s.language)
			}
		case !strings.Contains(string(code), `"`+s.module+`/bindings/go"`):
			t.Errorf("%s: it does not come from %s", s.language, s.module)
		}
	}
	if known != len(samples) || bundled != 0 {
		t.Errorf("%d languages of %d; %d bundled ones too few", known, len(samples), bundled)
	}
}

// TestNoScannerLogs checks that no scanner calls a function of the lexer that
// the runtime does not have, see abi.c.
func TestNoScannerLogs(t *testing.T) {
	logs := regexp.MustCompile(`lexer\s*->\s*log\b`)
	seen := map[string]bool{}
	for _, s := range sources(t) {
		if strings.HasPrefix(s.module, "bundled ") || seen[s.module] {
			continue
		}
		seen[s.module] = true
		out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", s.module).Output()
		if err != nil {
			t.Fatal(s.module, err)
		}
		dir := strings.TrimSpace(string(out))
		var files []string
		for _, pattern := range []string{"src/scanner.c", "*/src/scanner.c", "common/*.h", "src/*.h"} {
			list, _ := filepath.Glob(filepath.Join(dir, pattern))
			files = append(files, list...)
		}
		for _, file := range files {
			if code, err := os.ReadFile(file); err != nil || logs.Match(code) {
				t.Errorf("%s: calls log (%v)", file, err)
			}
		}
	}
}
