package prompt

import "testing"

func TestUnfinished(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{"", ""},
		{"a\n", ""},
		{"a\n\t\t", "\t\t"},
		{"a\n    ", "    "},
		{"x := ", " "},
		{"return", "return"},
		{"\treturn", "\treturn"},
		{"x = re", " re"},
		{"fmt.Err", ".Err"},
		{"foo_ba", "_ba"},
		{"foo__ba", "ba"},
		{"f(\"na", "na"},
		{"f(na", "(na"},
		{"x1", ""},
		{"sha256su", "su"},
		{"f(", "("},
		{"f(\"", "(\""},
		{"if x {", " {"},
		{"größe.län", ".län"},
		{"x := " + "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", ""},
		{"\xff\xfe", "\xff\xfe"},
	} {
		if got := Unfinished(tt.text); got != tt.want {
			t.Errorf("%q: %q, want %q", tt.text, got, tt.want)
		}
	}
}
