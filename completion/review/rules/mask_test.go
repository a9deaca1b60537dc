package rules

import (
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/airside-ls/airside/completion/syntax"
	"github.com/airside-ls/airside/completion/syntax/lang"
)

// TestMaskedTextsStillParse: whatever the rules have cases for is as long as it
// was, has its lines where they were, and no more errors of syntax; and nothing
// that is reported as a credential can be read.
func TestMaskedTextsStillParse(t *testing.T) {
	archive, err := txtar.ParseFile("testdata/credential.txtar")
	if err != nil {
		t.Fatal(err)
	}
	trees := newTrees(t)
	masks := 0
	for _, f := range archive.Files {
		_, path, ok := strings.Cut(f.Name, ": after ")
		if !ok {
			continue
		}
		text := string(expand(f.Data))
		masked := Mask(path, text)
		if masked == text {
			continue
		}
		masks++
		if len(masked) != len(text) || strings.Count(masked, "\n") != strings.Count(text, "\n") {
			t.Errorf("%s: %d bytes became %d", f.Name, len(text), len(masked))
		}
		language := lang.IdentifierOf(filepath.Base(path))
		before, known := trees.Judge().Errors(syntax.Document{Key: "before", Language: language, Text: text})
		after, _ := trees.Judge().Errors(syntax.Document{Key: "after", Language: language, Text: masked})
		if known && after > before {
			t.Errorf("%s: %d errors of syntax, %d before:\n%s", f.Name, after, before, masked)
		}
		for _, r := range Secrets(path, text) {
			if secret := text[r.Start:r.End]; strings.Contains(masked, secret) {
				t.Errorf("%s: %q is still there", f.Name, secret)
			}
		}
	}
	if masks < 15 {
		t.Errorf("only %d cases have anything to mask", masks)
	}
}

func TestMask(t *testing.T) {
	for _, tt := range []struct{ path, text, want string }{
		{"a.go", `const password = "hunter2"`, `const password = "xxxxxxx"`},
		{"a.go", `const password = "a1\n\x41\u0042b"`, `const password = "a1\n\x41\u0042b"`}, // see madeUp: no backslash
		{"a_test.go", `var password = "tr0ub4dor&3"`, `var password = "xxxxxxxxxxx"`},
		{".env", "DB_PASSWORD=hunter2\nHOST=h", "DB_PASSWORD=xxxxxxx\nHOST=h"},
		{"a.py", `u = "postgres://app:hunter2@db.internal/x"`, `u = "postgres://app:xxxxxxx@db.internal/x"`},
		{"a.go", "package a\n", "package a\n"},
	} {
		if got := Mask(tt.path, tt.text); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.path, got, tt.want)
		}
	}
	escaped := []byte(`ab\n\x41\u00e9"c`)
	if mask(escaped); string(escaped) != `xx\n\x00\u0000"x` {
		t.Errorf("%s", escaped)
	}
}
