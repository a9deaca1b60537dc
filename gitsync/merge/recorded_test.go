package merge

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
)

// TestRecorded: what people made of each conflict of a file is known, whichever side is
// ours, only for the same three sides at the same place, and sure only where it is theirs
// to take and made of the sides.
func TestRecorded(t *testing.T) {
	file := func(a, b string) string {
		return "the top of it\n" + a + strings.Repeat("middle\n", 3) + "center\n" + strings.Repeat("middle\n", 3) + b + "bottom\n"
	}
	base, ours, theirs := file("a\n", "b\n"), file("a1\n", "b1\n"), file("a2\n", "b2\n")
	for name, tt := range map[string]struct {
		people string
		n      int
		first  string
		rule   string
	}{
		"one side":          {file("a1\n", "b2\n"), 2, "a1\n", RuleRecorded},
		"both sides":        {file("a1\na2\n", "b2\n"), 2, "a1\na2\n", RuleRecorded},
		"nothing of it":     {file("", "b2\n"), 2, "", RuleProposed},
		"the base":          {file("a\n", "b2\n"), 2, "a\n", RuleProposed},
		"twice":             {file("a1\na1\n", "b2\n"), 2, "a1\na1\n", RuleProposed},
		"another word":      {file("a1\na3\n", "b2\n"), 2, "a1\na3\n", RuleProposed},
		"also between":      {strings.Replace(file("a1\n", "b1\n"), "center", "CENTER", 1), 0, "", ""},
		"also before":       {"more\n" + file("a1\n", "b1\n"), 0, "", ""},
		"also behind":       {file("a1\n", "b1\n") + "more\n", 0, "", ""},
		"markers":           {file("<<<<<<< x\na1\n>>>>>>> y\n", "b1\n"), 0, "", ""},
		"without its ends":  {"a1\n", 0, "", ""},
		"in several places": {file("a1\n", "middle\nmiddle\nmiddle\ncenter\nmiddle\nmiddle\nmiddle\nb2\n"), 0, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			r := Wanted([]byte(base), []byte(theirs), []byte(ours))
			if n := r.Learn([]byte(base), []byte(ours), []byte(theirs), []byte(tt.people), "abc", true); n != tt.n {
				t.Fatalf("%d conflicts are learned, not %d", n, tt.n)
			}
			if tt.n == 0 {
				return
			}
			for _, h := range []Hunk{{[]byte("a\n"), []byte("a1\n"), []byte("a2\n")}, {[]byte("a\n"), []byte("a2\n"), []byte("a1\n")}} {
				text, rule, from, ok := r.of(h)
				if !ok || string(text) != tt.first || rule != tt.rule || from != "abc" {
					t.Errorf("%q, %s, %s, %v", text, rule, from, ok)
				}
			}
			h := Hunk{[]byte("a\n"), []byte("a1\n"), []byte("a2\n")}
			r.Learn([]byte(base), []byte(theirs), []byte(ours), []byte(tt.people), "def", false)
			if _, rule, _, ok := r.of(h); !ok || rule != tt.rule {
				t.Error("settled twice alike, and no longer known so", rule)
			}
			r.Doubt()
			if _, rule, _, _ := r.of(h); rule != RuleProposed {
				t.Error("in doubt, and taken", rule)
			}
			r.Learn([]byte(base), []byte(ours), []byte(theirs), []byte(file("otherwise\n", "b2\n")), "ghi", true)
			if _, _, _, ok := r.of(h); ok {
				t.Error("settled in two ways, and yet known")
			}
		})
	}
}

// TestRecordedPlace: the same three sides are another conflict with other lines around, and
// nobody can tell which of two in one file was meant. Where hardly anything is said, nothing
// is sure.
func TestRecordedPlace(t *testing.T) {
	for name, tt := range map[string]struct {
		wanted, learned string // ? is the conflict
		n               int
		rule            string
	}{
		"the same":              {"the first line\n?\nthe last\n", "the first line\n?\nthe last\n", 1, RuleRecorded},
		"far away they differ":  {"x\nthe 1st\n2nd\n3rd\n?\nthe last\n", "y\nthe 1st\n2nd\n3rd\n?\nthe last\n", 1, RuleRecorded},
		"above":                 {"[package one]\n?\nthe last\n", "[package two]\n?\nthe last\n", 0, ""},
		"below":                 {"the first line\n?\none\n", "the first line\n?\ntwo\n", 0, ""},
		"from another origin":   {"the first line\n?\nthe last\n", "?\nthe last\n", 0, ""},
		"twice in the file":     {"the same words\n1\n2\n3\n?\n1\n2\n3\n4\n1\n2\n3\n?\n", "the same words\n1\n2\n3\n?\n1\n2\n3\n4\n1\n2\n3\n?\n", 1, ""},
		"with hardly any words": {"{\n?\n}\n", "{\n?\n}\n", 1, RuleProposed},
	} {
		t.Run(name, func(t *testing.T) {
			sides := func(text string) (s [3][]byte) {
				for i := range s {
					s[i] = []byte(strings.ReplaceAll(text, "?", fmt.Sprint(i+5)))
				}
				return s
			}
			w, l := sides(tt.wanted), sides(tt.learned)
			r := Wanted(w[0], w[1], w[2])
			if n := r.Learn(l[0], l[1], l[2], l[2], "abc", true); n != tt.n {
				t.Errorf("%d are learned, not %d", n, tt.n)
			}
			if _, rule, _, _ := r.of(Hunk{[]byte("5\n"), []byte("6\n"), []byte("7\n")}); rule != tt.rule {
				t.Errorf("%q, not %q", rule, tt.rule)
			}
		})
	}
}

// TestKeeps: which outcomes of a conflict are made of its sides alone. A letter is a line.
func TestKeeps(t *testing.T) {
	lines := func(s string) []byte {
		return []byte(strings.Join(strings.Split(s, ""), "\n") + "\n")[:max(0, 2*len(s))]
	}
	for _, tt := range []struct {
		base, ours, theirs, outcome string
		want                        bool
	}{
		{"a", "b", "c", "b", true},
		{"a", "b", "c", "c", true},
		{"a", "b", "c", "bc", true},
		{"a", "b", "c", "cb", true},
		{"a", "bc", "de", "bdce", true},
		{"a", "bc", "de", "dbc", true}, // e is theirs alone
		{"a", "", "c", "", true},       // ours took it away
		{"a", "b", "c", "", false},     // lost on both sides
		{"a", "bc", "de", "bd", false}, // something of both
		{"a", "xb", "xc", "b", false},  // what both have is lost
		{"a", "b", "c", "a", false},    // both took it away
		{"a", "b", "c", "bd", false},   // nobody's
		{"a", "b", "c", "bb", false},   // twice
		{"a", "bc", "d", "cb", false},  // moved
		{"", "bx", "cx", "bxcx", false},
		{"a", "", "", "b", false},
	} {
		h := Hunk{lines(tt.base), lines(tt.ours), lines(tt.theirs)}
		if got := h.keeps(lines(tt.outcome)); got != tt.want {
			t.Errorf("%+v: %v", tt, got)
		}
		if got := (Hunk{h.Base, h.Theirs, h.Ours}).keeps(lines(tt.outcome)); got != tt.want {
			t.Errorf("%+v, swapped: %v", tt, got)
		}
	}
	if (Hunk{nil, []byte("\tb\n"), []byte("c\n")}).keeps([]byte("b\nc\n")) {
		t.Error("a line dedented is another line")
	}
}

// TestRecordedBound: what is recorded is bounded, in number and in size.
func TestRecordedBound(t *testing.T) {
	var sides [3]bytes.Buffer
	for i := range maxRecorded + 10 {
		for side := range sides {
			fmt.Fprintf(&sides[side], "here\nis\nnumber %d\nof side %d%d\n", i, side, i)
		}
	}
	r := Wanted(sides[0].Bytes(), sides[1].Bytes(), sides[2].Bytes())
	if n := r.Learn(sides[0].Bytes(), sides[1].Bytes(), sides[2].Bytes(), sides[1].Bytes(), "x", true); n != maxRecorded {
		t.Error(n)
	}
	large := bytes.Repeat([]byte("x"), maxRecordedHunk+1)
	if Wanted([]byte("a\n"), large, []byte("c\n")) != nil {
		t.Error("a side that is too large is wanted")
	}
	if n := Wanted([]byte("a\n"), []byte("b\n"), []byte("c\n")).Learn([]byte("a\n"), []byte("b\n"), []byte("c\n"), large, "x", true); n != 0 {
		t.Error("an outcome that is too large is recorded")
	}
}

// FuzzRecorded: a merge that was learned is made again as people made it, with the sides
// either way; what is sure of it has no line that neither side has, and no longer text than
// both.
func FuzzRecorded(f *testing.F) {
	f.Add("a\nb\nc\n", "a\nB\nc\n", "a\nbb\nc\n", "a\nB\nbb\nc\n")
	f.Add("", "x\n", "y\n", "x\ny\n")
	f.Fuzz(func(t *testing.T, base, ours, theirs, people string) {
		if len(base)+len(ours)+len(theirs)+len(people) > 4000 {
			return
		}
		r := Wanted([]byte(base), []byte(ours), []byte(theirs))
		if r == nil || r.Learn([]byte(base), []byte(ours), []byte(theirs), []byte(people), "x", true) == 0 {
			return
		}
		var out []byte
		for _, c := range diff3([]byte(base), []byte(ours), []byte(theirs)) {
			if !c.Conflict {
				out = append(out, c.Merged...)
				continue
			}
			text, rule, _, ok := r.of(Hunk{c.Base, c.Ours, c.Theirs})
			if !ok {
				return // twice within the file
			}
			if other, _, _, _ := r.of(Hunk{c.Base, c.Theirs, c.Ours}); !bytes.Equal(text, other) {
				t.Errorf("%q, and swapped %q", text, other)
			}
			if rule == RuleRecorded && len(text) > len(c.Ours)+len(c.Theirs) {
				t.Errorf("%q is sure, of %q and %q", text, c.Ours, c.Theirs)
			}
			out = append(out, text...)
		}
		if string(out) != people {
			t.Errorf("made %q again of %q", out, people)
		}
	})
}
