package merge

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
)

// TestRecorded: what people made of each conflict of a file is known, whichever side is
// ours, and only for the same three sides.
func TestRecorded(t *testing.T) {
	file := func(a, b string) []byte {
		return []byte("top\n" + a + strings.Repeat("middle\n", 3) + "center\n" + strings.Repeat("middle\n", 3) + b + "bottom\n")
	}
	base, ours, theirs := file("a\n", "b\n"), file("a1\n", "b1\n"), file("a2\n", "b2\n")
	for name, tt := range map[string]struct {
		people string
		n      int
		first  string
	}{
		"both sides":        {string(file("a1\na2\n", "b2\n")), 2, "a1\na2\n"},
		"nothing of it":     {string(file("", "b2\n")), 2, ""},
		"also between":      {strings.Replace(string(file("a1\n", "b1\n")), "center", "CENTER", 1), 0, ""},
		"also before":       {"more\n" + string(file("a1\n", "b1\n")), 0, ""},
		"also behind":       {string(file("a1\n", "b1\n")) + "more\n", 1, ""}, // told by the next case
		"markers":           {string(file("<<<<<<< x\na1\n>>>>>>> y\n", "b1\n")), 0, ""},
		"without its ends":  {"a1\n", 0, ""},
		"in several places": {string(file("a1\n", "middle\nmiddle\nmiddle\ncenter\nmiddle\nmiddle\nmiddle\nb2\n")), 0, ""},
	} {
		t.Run(name, func(t *testing.T) {
			var r Recorded
			n := r.Learn(base, ours, theirs, []byte(tt.people), "abc", false)
			if name == "also behind" {
				if n != 0 {
					t.Errorf("%d conflicts are learned of a file with more in it", n)
				}
				return
			}
			if n != tt.n {
				t.Fatalf("%d conflicts are learned, not %d", n, tt.n)
			}
			if n == 0 {
				return
			}
			for _, h := range []Hunk{{[]byte("a\n"), []byte("a1\n"), []byte("a2\n")}, {[]byte("a\n"), []byte("a2\n"), []byte("a1\n")}} {
				text, rule, from, ok := r.of(h)
				if !ok || string(text) != tt.first || rule != RuleRecorded || from != "abc" {
					t.Errorf("%q, %s, %s, %v", text, rule, from, ok)
				}
			}
			for _, h := range []Hunk{{[]byte("a \n"), []byte("a1\n"), []byte("a2\n")}, {[]byte("a1\n"), []byte("a\n"), []byte("a2\n")}, {nil, []byte("a1\n"), []byte("a2\n")}} {
				if text, _, _, ok := r.of(h); ok {
					t.Errorf("%q for another conflict", text)
				}
			}
			r.Learn(base, theirs, ours, []byte(tt.people), "def", false)
			if _, _, _, ok := r.of(Hunk{[]byte("a\n"), []byte("a1\n"), []byte("a2\n")}); !ok {
				t.Error("settled twice alike, and no longer known")
			}
			r.Learn(base, ours, theirs, file("otherwise\n", "b2\n"), "ghi", false)
			if _, _, _, ok := r.of(Hunk{[]byte("a\n"), []byte("a1\n"), []byte("a2\n")}); ok {
				t.Error("settled in two ways, and yet known")
			}
		})
	}
}

// TestRecordedBound: what is recorded is bounded, in number and in size.
func TestRecordedBound(t *testing.T) {
	var r Recorded
	for i := range maxRecorded + 10 {
		r.Learn([]byte("a\n"), fmt.Appendln(nil, "b", i), []byte("c\n"), []byte("c\n"), "x", false)
	}
	if r.Len() != maxRecorded {
		t.Error(r.Len())
	}
	large := bytes.Repeat([]byte("x"), maxRecordedHunk+1)
	if n := new(Recorded).Learn([]byte("a\n"), large, []byte("c\n"), []byte("c\n"), "x", false); n != 0 {
		t.Error("a side that is too large is recorded")
	}
}

// FuzzRecorded: a merge that was learned is made again as people made it, with the sides
// either way, and nothing else is.
func FuzzRecorded(f *testing.F) {
	f.Add("a\nb\nc\n", "a\nB\nc\n", "a\nbb\nc\n", "a\nB\nbb\nc\n")
	f.Add("", "x\n", "y\n", "x\ny\n")
	f.Fuzz(func(t *testing.T, base, ours, theirs, people string) {
		if len(base)+len(ours)+len(theirs)+len(people) > 4000 {
			return
		}
		var r Recorded
		if r.Learn([]byte(base), []byte(ours), []byte(theirs), []byte(people), "x", false) == 0 {
			return
		}
		var out []byte
		for _, c := range diff3([]byte(base), []byte(ours), []byte(theirs)) {
			if !c.Conflict {
				out = append(out, c.Merged...)
				continue
			}
			text, _, _, ok := r.of(Hunk{c.Base, c.Ours, c.Theirs})
			if !ok {
				return // disputed within the file
			}
			other, _, _, _ := r.of(Hunk{c.Base, c.Theirs, c.Ours})
			if !bytes.Equal(text, other) {
				t.Errorf("%q, and swapped %q", text, other)
			}
			out = append(out, text...)
		}
		if string(out) != people {
			t.Errorf("made %q again of %q", out, people)
		}
	})
}
