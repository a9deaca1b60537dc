package message

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/review/diff"
)

// TestAccept: what a model answers is a subject, or it is dropped.
func TestAccept(t *testing.T) {
	c := Change{Files: []diff.File{{Path: "sync/load.go"}}, Past: []Commit{{Message: "sync: Wait for it"}, {Message: "sync: Go on"}}}
	s := StyleOf(c)
	text := "+func LoadAll(name string) {\n-func readAll() {\n"
	for answer, want := range map[string]string{
		"rename readAll to LoadAll":                "sync: Rename readAll to LoadAll",
		"`sync: load everything`\n\nIt is faster.": "sync: Load everything",
		"Subject: \"feat: load by name.\"":         "sync: Load by name",
		"Here is a subject: add LoadAll":           "",
		"add LoadSome":                             "", // is not there
		"bump to 2.0":                              "",
		"":                                         "",
		"update":                                   "",
		"add LoadAll and \x1b[31mmore of \u202eit":                                        "sync: Add LoadAll and more of it",
		"a subject which goes on and on and on and on and on and on and on and on and on": "",
	} {
		if got, why := s.accept(c, facts{kind: "chore"}, answer, text); got != want || (got == "") != (why != "") {
			t.Errorf("%q became %q (%s), want %q", answer, got, why, want)
		}
	}
}

// TestVisible: a model is told no credential, and nothing of a file that it must not see, by
// neither of its names.
func TestVisible(t *testing.T) {
	key := "sk_live_4eC39HqLyjWDarjtT1zdp7dc"
	files := []diff.File{
		{Path: "a.py", Old: []byte("API_KEY = \"x\"\n"), New: []byte("API_KEY = \"" + key + "\"\n")},
		{Path: "b.py", OldPath: "private/b.py", Old: []byte("b = 1\n"), New: []byte("hidden = 2\n")},
		{Path: "private/c.py", Old: []byte("c = 1\n"), New: []byte("hidden = 2\n")},
	}
	for i := range files {
		files[i].Hunks = hunksOf(files[i])
	}
	c := Change{Root: "/r", Files: masked(t.Context(), files)}
	c = c.visible(Options{Withheld: func(path string, _ model.Info) string {
		if strings.Contains(filepath.ToSlash(path), "private/") {
			return "it is private"
		}
		return ""
	}}, model.Info{})
	text := question(c, hunks(c), find(t.Context(), c.Files))
	if strings.Contains(text, key) || strings.Contains(text, "hidden") || !strings.Contains(text, "API_KEY") {
		t.Errorf("a model is told\n%s", text)
	}
}

// TestBare: what is within quotes is in no subject, what is without is left.
func TestBare(t *testing.T) {
	for text, want := range map[string]string{
		`a("b c", 'd\'e') + f`:      `a("* *", '*\'*') + f`,
		"x = `a\nb` + c":            "x = `*\n*` + c",
		"d = '''a'b\n\"c'''\ne":     "d = '''*'*\n\"*'''\ne",
		`s = b"k" + rb'l'`:          `s = b"*" + rb'*'`,
		"# don't stop\nx = \"a\nb":  "# don't stop\nx = \"*\nb",
		`"" + a + "\`:               `"" + a + "\`,
		"\"é\" + \xff":              "\"**\" + \xff",
		`fn f<'a>(x: &'a str) -> X`: `fn f<'*>(*: &'a str) -> X`,
	} {
		if got := bare(text); got != want {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
	}
}

// TestDressed: of what is no text no sign is made, and a signature is not cut.
func TestDressed(t *testing.T) {
	c := Change{Files: []diff.File{{Path: "a.go"}}, Author: strings.Repeat("Long Name ", 9) + "End", Email: "long@example.org"}
	if got := (Style{}).dressed(c, "fix", ""); got != "" {
		t.Errorf("%q", got)
	}
	if got := (Style{Signs: true}).trailers(c); len(got) != 1 || got[0] != signedOff(c) {
		t.Errorf("%q", got)
	}
	if got, why := StyleOf(c).accept(c, facts{}, "feat: .", ""); got != "" || why == "" {
		t.Errorf("%q", got)
	}
}
