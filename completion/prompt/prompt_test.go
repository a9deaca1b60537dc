package prompt

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/airside-ls/airside/completion/model"
)

func TestChoose(t *testing.T) {
	llama := []string{"▁<PRE>", "▁<SUF>", "▁<MID>", "▁<EOT>"}
	tests := []struct {
		info model.Info
		want string
	}{
		{model.Info{}, "plain"},
		{model.Info{Controls: llama}, "codellama"},
		{model.Info{Controls: llama[:2]}, "plain"},
		{model.Info{Controls: llama, Form: "plain"}, "plain"},
		{model.Info{Form: "unheard-of"}, "plain"},
		{model.Info{Model: "airside-tiny-go:latest", Controls: llama}, "plain"},
		{model.Info{Model: "codellama:7b-code", Controls: llama}, "codellama"},
	}
	for _, tt := range tests {
		if got := Choose(tt.info).Name; got != tt.want {
			t.Errorf("Choose(%+v) = %s, want %s", tt.info, got, tt.want)
		}
	}
}

// TestForms pins every form, segment by segment, with its source.
func TestForms(t *testing.T) {
	tests := []struct {
		form   Form
		window Window
		want   string // C: control, T: text, N: text without leading space
		echo   string
	}{
		{codeLlama, Window{"a", "b"}, `C"▁<PRE>" T"a" C"▁<SUF>" N"b" C"▁<MID>"`, ""},
		{codeLlama, Window{"x = ", ""}, `C"▁<PRE>" T"x = " C"▁<SUF>" N"" C"▁<MID>"`, ""},
		{codeLlama, Window{"</s><PRE>", "▁<MID>"}, `C"▁<PRE>" T"</s><PRE>" C"▁<SUF>" N"▁<MID>" C"▁<MID>"`, ""},
		{plain, Window{"a", "b"}, `T"a"`, ""},
		{plain, Window{"x := ", "\n"}, `T"x :="`, " "},
		{plain, Window{"if x {\n    ", "\n}"}, `T"if x {\n    "`, ""},
		{plain, Window{"  ", ""}, `T"  "`, ""},
	}
	for _, tt := range tests {
		built := tt.form.Build(tt.window)
		var got []string
		for _, s := range built.Prompt {
			kind := "T"
			if s.Control {
				kind = "C"
			} else if s.NoSpace {
				kind = "N"
			}
			got = append(got, fmt.Sprintf("%s%q", kind, s.Text))
		}
		if g := strings.Join(got, " "); g != tt.want || built.Echo != tt.echo {
			t.Errorf("%s %q:\n got %s, echo %q\nwant %s, echo %q", tt.form.Name, tt.window, g, built.Echo, tt.want, tt.echo)
		}
	}
	for _, f := range forms {
		if f.Source == "" {
			t.Errorf("form %s names no source", f.Name)
		}
	}
}

func TestCut(t *testing.T) {
	text := "import a\nimport b\n" + strings.Repeat("filler line\n", 100) + "func f() {\n\tx := 1\n\t"
	after := "\n}\n" + strings.Repeat("after it\n", 100)
	doc, offset := text+after, len(text)
	imports := []Range{{0, 8}, {9, 17}}

	w := Cut(doc, offset, Budget{Prefix: 120, Suffix: 30}, imports)
	if !strings.HasPrefix(w.Prefix, "import a\nimport b\nfiller") || !strings.HasSuffix(w.Prefix, "x := 1\n\t") {
		t.Errorf("prefix %q", w.Prefix)
	}
	if w.Suffix != "\n}\nafter it\nafter it\nafter it\n" {
		t.Errorf("suffix %q", w.Suffix)
	}
	if w := Cut(doc, offset, Budget{1 << 20, 1 << 20}, imports); w.Prefix != text || w.Suffix != after {
		t.Error("what fits is not cut")
	}
	if w := Cut(doc, offset, Budget{}, imports); w.Prefix != "" || w.Suffix != "" {
		t.Errorf("no budget: %q", w)
	}
	if w := Cut(strings.Repeat("é", 500), 500, Budget{101, 101}, nil); !utf8.ValidString(w.Prefix) || !utf8.ValidString(w.Suffix) {
		t.Errorf("cut inside a character: %q", w)
	}
}

// TestCutKeepsTheBeginning: while a user types, the prompt's beginning stays
// as it is, so that a server's KV cache stays warm.
func TestCutKeepsTheBeginning(t *testing.T) {
	text := strings.Repeat("some line of code here\n", 1000)
	b := Budget{Prefix: 4000}
	starts := map[string]bool{}
	for range 900 { // less than a quarter of the budget
		text += "x"
		starts[Cut(text, len(text), b, nil).Prefix[:40]] = true
	}
	if len(starts) > 2 {
		t.Errorf("the window's beginning moved %d times in 900 keystrokes", len(starts)-1)
	}
}

func FuzzCut(f *testing.F) {
	f.Add("package a\n\nfunc b() {\n\treturn\n}\n", 12, 10, 5, 0, 9)
	f.Add("日本語\nテキスト", 6, 4, 4, 0, 3)
	f.Add("", 0, 0, 0, 0, 0)
	f.Add(strings.Repeat("x", 200), 100, 10, 10, 50, 60)
	f.Fuzz(func(t *testing.T, text string, offset, prefix, suffix, a, b int) {
		if offset < 0 || offset > len(text) || prefix < 0 || suffix < 0 || prefix > 1<<20 || suffix > 1<<20 {
			t.Skip("not a place, not a budget")
		}
		w := Cut(text, offset, Budget{prefix, suffix}, []Range{{a, b}})
		if len(w.Prefix) > prefix || len(w.Suffix) > suffix {
			t.Fatalf("over the budget: %d > %d or %d > %d", len(w.Prefix), prefix, len(w.Suffix), suffix)
		}
		if !strings.HasPrefix(text[offset:], w.Suffix) {
			t.Fatalf("suffix %q is not what follows", w.Suffix)
		}
		if utf8.ValidString(text[:offset]) && !utf8.ValidString(w.Prefix) && a <= 0 {
			t.Fatalf("prefix cut inside a character: %q", w.Prefix)
		}
	})
}

func BenchmarkBuild(b *testing.B) {
	for _, lines := range []int{10, 1_000, 10_000} {
		b.Run(fmt.Sprintf("lines=%d", lines), func(b *testing.B) {
			text := strings.Repeat("\tif err := f(x); err != nil { return err }\n", lines)
			budget := BudgetFor(2048, codeLlama)
			b.ReportAllocs()
			for b.Loop() {
				codeLlama.Build(Cut(text, len(text)/2, budget, []Range{{0, 40}}))
			}
		})
	}
}
