package message

import (
	"testing"

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
