package prompt

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/airside-ls/airside/completion/model"
)

var update = flag.Bool("update", false, "rewrite the golden file")

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
		{model.Info{Model: "airside-tiny:latest", Controls: llama}, "plain"},
		{model.Info{Model: "codellama:7b-code", Controls: llama}, "codellama"},
		{model.Info{Model: "codellama:34b-code", VocabularyKnown: true}, "plain"},
		{model.Info{Model: "Qwen/Qwen2.5-Coder-7B"}, "qwen-coder"},
		{model.Info{Model: "Qwen/Qwen2.5-Coder-7B", VocabularyKnown: true}, "plain"},
		{model.Info{Model: "misnamed-starcoder2", Controls: []string{"<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>"}}, "granite4"},
		{model.Info{Controls: []string{"<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>", "<|file_sep|>", "<|repo_name|>"}}, "qwen-coder"},
		{model.Info{Controls: []string{"<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>", "<|file_separator|>"}}, "codegemma"},
		{model.Info{Controls: []string{"<fim_prefix>", "<fim_suffix>", "<fim_middle>", "<file_sep>"}}, "starcoder2"},
		{model.Info{Controls: []string{"<fim_prefix>", "<fim_suffix>", "<fim_middle>", "<filename>"}}, "granite3"},
		{model.Info{Controls: []string{"<|user|>", "<|assistant|>"}}, "plain"},
	}
	for _, tt := range tests {
		if got := Choose(tt.info).Name; got != tt.want {
			t.Errorf("Choose(%+v) = %s, want %s", tt.info, got, tt.want)
		}
	}
}

// TestForms pins every form's prompt, with and without other files, in
// testdata/forms.golden, beside the source that says so. Review every change of
// that file against the source; -update writes it.
func TestForms(t *testing.T) {
	alone := Window{Prefix: "x = ", Suffix: "\n</s>", Path: "a.go", Language: "go", Repository: "repo"}
	withFiles := alone
	withFiles.Files = []File{{"b.go", "package b"}, {"c.go", "package c\n"}}

	var b strings.Builder
	for _, f := range forms {
		fmt.Fprintf(&b, "# %s\n# %s\n# stops: %q\nalone: %s\nfiles: %s\n\n",
			f.Name, f.Source, f.Stop, render(f.Build(alone)), render(f.Build(withFiles)))
		if f.Source == "" || f.Insert && len(f.Controls) == 0 {
			t.Errorf("form %s lacks its source or its control tokens", f.Name)
		}
		for _, s := range f.Build(withFiles).Prompt {
			if s.Control && !slices.Contains(model.InsertControls, s.Text) {
				t.Errorf("form %s uses %s, for which no backend looks", f.Name, s.Text)
			}
		}
	}
	const golden = "testdata/forms.golden"
	if *update {
		if err := os.WriteFile(golden, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if b.String() != string(want) {
		t.Errorf("prompts differ from %s; got:\n%s", golden, b.String())
	}
}

// render writes control tokens bare and texts quoted, those without a leading
// space with a tilde.
func render(built Layout) string {
	var parts []string
	for _, s := range built.Prompt {
		switch {
		case s.Control:
			parts = append(parts, s.Text)
		case s.NoSpace:
			parts = append(parts, "~"+strconv.Quote(s.Text))
		default:
			parts = append(parts, strconv.Quote(s.Text))
		}
	}
	if built.Echo != "" {
		parts = append(parts, "echo "+strconv.Quote(built.Echo))
	}
	return strings.Join(parts, " ")
}

func TestPlainLeavesTheSpaceToTheModel(t *testing.T) {
	for _, tt := range []struct{ prefix, prompt, echo string }{
		{"a", "a", ""},
		{"x := ", "x :=", " "},
		{"if x {\n    ", "if x {\n    ", ""},
		{"  ", "  ", ""},
	} {
		built := plain.Build(Window{Prefix: tt.prefix})
		if built.Prompt.String() != tt.prompt || built.Echo != tt.echo {
			t.Errorf("%q: prompt %q, echo %q", tt.prefix, built.Prompt, built.Echo)
		}
	}
}

func TestCut(t *testing.T) {
	text := "import a\nimport b\n" + strings.Repeat("filler line\n", 100) + "func f() {\n\tx := 1\n\t"
	after := "\n}\n" + strings.Repeat("after it\n", 100)
	imports := []Range{{0, 8}, {9, 17}}

	w := Cut(text, after, Budget{Prefix: 120, Suffix: 30}, imports)
	if !strings.HasPrefix(w.Prefix, "import a\nimport b\nfiller") || !strings.HasSuffix(w.Prefix, "x := 1\n\t") {
		t.Errorf("prefix %q", w.Prefix)
	}
	if w.Suffix != "\n}\nafter it\nafter it\nafter it\n" {
		t.Errorf("suffix %q", w.Suffix)
	}
	if w := Cut(text, after, Budget{1 << 20, 1 << 20}, imports); w.Prefix != text || w.Suffix != after {
		t.Error("what fits is not cut")
	}
	if w := Cut(text, after, Budget{}, imports); w.Prefix != "" || w.Suffix != "" {
		t.Errorf("no budget: %q", w)
	}
	if w := Cut(strings.Repeat("é", 250), strings.Repeat("é", 250), Budget{101, 101}, nil); !utf8.ValidString(w.Prefix) || !utf8.ValidString(w.Suffix) {
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
		starts[Cut(text, "", b, nil).Prefix[:40]] = true
	}
	if len(starts) > 2 {
		t.Errorf("the window's beginning moved %d times in 900 keystrokes", len(starts)-1)
	}
}

func FuzzCut(f *testing.F) {
	f.Add("package a\n\nfunc b() {\n\treturn\n}\n", 12, 10, 5, 0, 9)
	f.Add("日本語\nテキスト", 6, 4, 4, 0, 3)
	f.Add("", 0, 0, 0, 0, 0)
	f.Add("日本語\nテキスト\nテキスト\nテキスト\n", 46, 36, 4, 0, 4)
	f.Add(strings.Repeat("x", 200), 100, 10, 10, 50, 60)
	f.Fuzz(func(t *testing.T, text string, offset, prefix, suffix, a, b int) {
		if offset < 0 || offset > len(text) || prefix < 0 || suffix < 0 || prefix > 1<<20 || suffix > 1<<20 {
			t.Skip("not a place, not a budget")
		}
		w := Cut(text[:offset], text[offset:], Budget{prefix, suffix}, []Range{{a, b}})
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
				codeLlama.Build(Cut(text[:len(text)/2], text[len(text)/2:], budget, []Range{{0, 40}}))
			}
		})
	}
}
