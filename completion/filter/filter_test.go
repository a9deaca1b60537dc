package filter

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

// TestFilters runs testdata/*.txtar. A case is three files: NAME/doc, a
// document with the cursor at ¦; NAME/answer, the model's; NAME/want, what is
// shown, or "reason: …"; NAME/unit, if there is one, a step of indentation; NAME/prose
// says that it is no code. One
// newline at the end of answer and want is the
// archive's, not theirs.
func TestFilters(t *testing.T) {
	archives, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(archives) == 0 {
		t.Fatal("no cases", err)
	}
	for _, path := range archives {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		files := map[string]string{}
		var names []string
		for _, f := range txtar.Parse(data).Files {
			files[f.Name] = string(f.Data)
			if name, ok := strings.CutSuffix(f.Name, "/doc"); ok {
				names = append(names, name)
			}
		}
		for _, name := range names {
			t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar")+"/"+name, func(t *testing.T) {
				prefix, suffix, ok := strings.Cut(files[name+"/doc"], "¦")
				if !ok {
					t.Fatal("no cursor ¦ in the document")
				}
				_, prose := files[name+"/prose"]
				text, reason := Apply(Input{
					Prose:  prose,
					Prefix: prefix, Suffix: suffix, Stop: []string{"<EOT>", "▁<EOT>"},
					Text: strings.TrimSuffix(files[name+"/answer"], "\n"), Unit: strings.TrimSuffix(files[name+"/unit"], "\n"),
				})
				got := text
				if text == "" {
					got = "reason: " + reason
				} else if reason != "" {
					t.Errorf("text %q and a reason %q", text, reason)
				}
				if want := strings.TrimSuffix(files[name+"/want"], "\n"); got != want {
					t.Errorf("got  %q\nwant %q", got, want)
				}
			})
		}
	}
}

func FuzzApply(f *testing.F) {
	f.Add("func f() {\n\t", "\n}\n", "return\n}\n")
	f.Add("f(", ")", "x)")
	f.Add("", "", "\xff<EOT>")
	f.Fuzz(func(t *testing.T, prefix, suffix, answer string) {
		text, reason := Apply(Input{Prefix: prefix, Suffix: suffix, Text: answer, Unit: "\t"})
		if (text == "") != (reason != "") {
			t.Fatalf("text %q, reason %q", text, reason)
		}
		if text != "" && !strings.Contains(unblank(answer), unblank(text)) {
			t.Fatalf("%q is not a part of the answer %q", text, answer)
		}
	})
}

// unblank is text without white space, of which indentation is made anew.
func unblank(text string) string { return strings.Join(strings.Fields(text), "") }

// TestLying: what would not be seen is not suggested.
func TestLying(t *testing.T) {
	for in, want := range map[string]string{
		"return a": "return a",
		"icon = \"\U000F02A2\" // 👩\u200d💻":    "icon = \"\U000F02A2\" // 👩\u200d💻",
		"a()\n\tb()\n\tif x\u202e { // \u2066": "a()\n\tb()",
		"\x1b[2J":                              "",
		"x := \"\U000e0041\U000e0042\"":        "",
		"a\u200bb":                             "",
		"a\u2028b":                             "",
		"ok()\nnext\x00":                       "ok()",
	} {
		got, reason := Lying(Input{Text: in})
		if got != want || (reason == "") != (want != "") {
			t.Errorf("%q: %q, %q", in, got, reason)
		}
	}
}
