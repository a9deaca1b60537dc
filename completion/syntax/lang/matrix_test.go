package lang

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the guide's table of languages")

// facets are what a language may have, as the guide's table calls it.
var facets = []struct {
	name string
	has  func(l *Language) bool
}{
	{"tree", func(l *Language) bool { return l.Grammar != nil }},
	{"scopes", func(l *Language) bool { return len(l.Scopes) > 0 || len(l.Words) > 0 }},
	{"own parser", func(l *Language) bool { return l.Parse != nil }},
	{"merge", func(l *Language) bool { return l.Merge != nil }},
	{"declared twice", func(l *Language) bool { return l.Merge != nil && l.Merge.Once != nil }},
	{"debugging", func(l *Language) bool { return l.Debug != nil }},
	{"code in comments", func(l *Language) bool { return l.Frames != nil }},
	{"dropped errors", func(l *Language) bool { return l.Errors != 0 }},
	{"skipped tests", func(l *Language) bool { return l.Tests.Skips != nil || l.Tests.Only != nil }},
	{"doubt", func(l *Language) bool { return l.Doubt > 0 }},
}

// matrix is the table of languages and their facets, as Markdown.
func matrix() string {
	var b strings.Builder
	b.WriteString("| language | files |")
	for _, f := range facets {
		b.WriteString(" " + f.name + " |")
	}
	b.WriteString("\n| --- | --- |" + strings.Repeat(" :-: |", len(facets)) + "\n")
	for _, l := range All() {
		var files []string
		for _, name := range slices.Concat(l.Extensions, l.FileNames) {
			files = append(files, "`"+name+"`")
		}
		fmt.Fprintf(&b, "| %s | %s |", l.Title, strings.Join(files, " "))
		for _, f := range facets {
			b.WriteString(map[bool]string{true: " ✓ |", false: " |"}[f.has(l)])
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// TestMatrix prints the languages and their facets, and holds the guide's table
// to them, wherever in the manual it stands.
func TestMatrix(t *testing.T) {
	table := matrix()
	t.Log("\n" + table)
	const begin, end = "<!-- languages: go test ./completion/syntax/lang -update -->\n", "<!-- /languages -->"
	files, _ := filepath.Glob("../../../editors/guides/*.md")
	tables := 0
	for _, file := range append(files, "../../../README.md") {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		before, rest, ok := strings.Cut(string(data), begin)
		if !ok {
			continue
		}
		tables++
		now, after, ok := strings.Cut(rest, end)
		if !ok {
			t.Fatalf("%s: the table has no end", file)
		}
		if now == table {
			continue
		}
		if !*update {
			t.Errorf("%s: the table of languages is stale; run: go test ./completion/syntax/lang -update", file)
		} else if err := os.WriteFile(file, []byte(before+begin+table+end+after), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if tables != 1 {
		t.Errorf("%d tables of languages in the manual, want one", tables)
	}
}

// TestNames: whoever goes by a name or a file finds one language.
func TestNames(t *testing.T) {
	for _, l := range All() {
		for _, name := range l.Names {
			if Of(name) != l {
				t.Errorf("%s is %s, too", name, l.Title)
			}
		}
		for _, file := range slices.Concat(l.Extensions, l.FileNames) {
			if found, _ := OfFile(file); found != l {
				t.Errorf("%s is both %s and %s", file, found.Title, l.Title)
			}
		}
		if l.Header == nil || l.Indent == "" {
			t.Errorf("%s: nothing says how a declaration begins, or how deep a step is", l.Title)
		}
		if l.Grammar == nil && len(l.Scopes)+len(l.Comments)+len(l.Strings) > 0 {
			t.Errorf("%s: kinds of nodes without a grammar", l.Title)
		}
	}
	for file, want := range map[string]string{
		"a/b.go": "go", "A.PY": "python", "x.jsx": "javascriptreact", "x.tsx": "typescriptreact", "a.h": "c", "main.tf": "terraform", "x.tfvars": "terraform-vars",
		"Gemfile": "ruby", "a/Dockerfile": "dockerfile", "x.dockerfile": "dockerfile", ".bashrc": "shellscript", "GNUmakefile": "makefile",
		"a.json": "", "go": "", "": "", "x.unknown": "",
	} {
		if got := IdentifierOf(file); got != want {
			t.Errorf("%s is %q, want %q", file, got, want)
		}
	}
	if l, _ := OfFile("a.json"); l != Of("json") || l == Plain {
		t.Errorf("a.json is %s", l.Title)
	}
}
