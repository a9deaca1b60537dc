package syntax

import (
	"fmt"
	"strings"
	"testing"
)

// TestSymbols lists what a sample in each language defines.
func TestSymbols(t *testing.T) {
	c := NewCache(DefaultLimits)
	defer c.CloseAll()
	describeSamples(t, "testdata/symbols.txtar", func(got *strings.Builder, language, text string) {
		list, ok := c.Symbols(Document{Language: language, Text: text})
		if !ok {
			t.Errorf("%s: no symbols", language)
		}
		for _, s := range list {
			fmt.Fprintf(got, "  %s %s", s.Kind, s.Name)
			if s.Owner != "" {
				fmt.Fprintf(got, " of %s", s.Owner)
			}
			fmt.Fprintf(got, ", line %d", s.Line)
			if s.Doc != "" {
				fmt.Fprintf(got, ": %s", s.Doc)
			}
			got.WriteString("\n")
			for line := range strings.SplitSeq(s.Text, "\n") {
				got.WriteString("    | " + line + "\n")
			}
		}
	})
}

// TestSymbolsBounded: what is no code, and code that nobody wrote, has few symbols
// or none, and no long ones.
func TestSymbolsBounded(t *testing.T) {
	c := NewCache(DefaultLimits)
	defer c.CloseAll()
	for _, d := range []Document{
		{Language: "json", Text: `{"a": 1}`},
		{Language: "nonsense", Text: "func f() {}"},
		{Language: "go", Text: strings.Repeat("x", 2<<20)},
	} {
		if list, ok := c.Symbols(d); ok || len(list) > 0 {
			t.Errorf("%s has symbols: %v", d.Language, list)
		}
	}
	var large strings.Builder
	large.WriteString("package p\n\ntype T struct {\n")
	for i := range 500 {
		fmt.Fprintf(&large, "\tField%d int\n", i)
	}
	large.WriteString("}\n")
	for i := range maxSymbols + 10 {
		fmt.Fprintf(&large, "func f%d() {}\n", i)
	}
	patient := NewCache(Limits{ParseTime: 10 * DefaultLimits.ParseTime})
	defer patient.CloseAll()
	list, _ := patient.Symbols(Document{Language: "go", Text: large.String()})
	if len(list) != maxSymbols {
		t.Errorf("%d symbols", len(list))
	}
	if text := list[0].Text; len(text) > maxSymbolText+10 || !strings.HasSuffix(text, "\n\t"+ellipsis) {
		t.Errorf("a type of %d bytes that ends with %q", len(text), text[max(0, len(text)-20):])
	}
}
