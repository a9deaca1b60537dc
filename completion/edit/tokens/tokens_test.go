package tokens

import (
	"slices"
	"strings"
	"testing"
)

func TestLex(t *testing.T) {
	text := "x_1 := größe(3.5, \"a\")\n"
	want := "x_1|:|=|größe|(|3.5|,|\"|a|\"|)"
	if got := strings.Join(Texts(text, Lex(text)), "|"); got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func FuzzDiff(f *testing.F) {
	f.Add("a b c", "a c")
	f.Add("", "x(\xff)")
	f.Fuzz(func(t *testing.T, old, new string) {
		a, b := Texts(old, Lex(old)), Texts(new, Lex(new))
		var made []string
		at := 0
		for _, c := range Diff(a, b) {
			made = append(append(made, a[at:c.AStart]...), b[c.BStart:c.BEnd]...)
			at = c.AEnd
		}
		if made = append(made, a[at:]...); !slices.Equal(made, b) {
			t.Errorf("%q, want %q", made, b)
		}
	})
}
