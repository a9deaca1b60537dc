package filter

import (
	"slices"
	"strings"
	"testing"
)

// TestLoopEdges: what is not repeated often enough, or in one go, stays.
func TestLoopEdges(t *testing.T) {
	alphabet := "abcdefghijklmnopqrstuvwxyz"
	for text, want := range map[string]string{
		"a\na\nb\nb\n": "a\na\nb\nb\n",
		"p.p.p.p.p.p":  "",
		"abbbb":        "abbbb",
		"bbbbb":        "",
		"aabbccddee":   "aabbccddee",
		strings.Repeat(alphabet[:maxPiece], minStutter):   "",
		strings.Repeat(alphabet[:maxPiece+1], minStutter): strings.Repeat(alphabet[:maxPiece+1], minStutter),
	} {
		got, reason := Loop(Input{Text: text})
		if got != want || (got == "") != (reason != "") {
			t.Errorf("%q becomes %q (%s), not %q", text, got, reason, want)
		}
	}
}

// TestLyingAtOnce: an answer without a line before the lie is dropped with a reason.
func TestLyingAtOnce(t *testing.T) {
	if got, reason := Lying(Input{Text: "\n\u202ex"}); got != "" || reason == "" {
		t.Errorf("%q, %q", got, reason)
	}
}

func TestSteps(t *testing.T) {
	if got := inUnits("a\n    b\n", "", "  "); got != "a\n    b\n" {
		t.Errorf("spaces become %q in a document of spaces", got)
	}
	for indents, want := range map[string]int{"2 4": 2, "1 3": 3, "4": 4, "5": 5, "6": 2, "7": 7, "8": 4, "9": 4, "": 4} {
		var lines []string
		for n := range strings.FieldsSeq(indents) {
			lines = append(lines, strings.Repeat(" ", int(n[0]-'0'))+"x")
		}
		if got := spacesOfStep(lines); got != want {
			t.Errorf("a step of lines that begin with %q spaces is %d, not %d", indents, got, want)
		}
	}
}

// TestOverlapEdges: words are not split, and of lines the least is taken that tells.
func TestOverlapEdges(t *testing.T) {
	for _, word := range []byte("_09azAZ\x80\xff") {
		if !wordByte(word) {
			t.Errorf("%q is part of no word", word)
		}
	}
	for _, other := range []byte("/:`{@[ \x7f") {
		if wordByte(other) {
			t.Errorf("%q is part of a word", other)
		}
	}
	for _, c := range []struct {
		rest string
		n    int
		want bool
	}{{"x", 1, true}, {"x)", 1, true}, {")x", 1, true}, {"else", 1, false}} {
		if boundary(c.rest, c.n) != c.want {
			t.Errorf("%q may be split at %d: %v", c.rest, c.n, !c.want)
		}
	}
	if got := cutLinesBelow("a \n", "b\n"); got != "a \n" {
		t.Errorf("without an overlap: %q", got)
	}
	if equalLines([]string{"})"}, []string{"  })"}) || !equalLines([]string{"}))"}, []string{"  }))"}) {
		t.Error("a first line of two characters may miss its indentation, or one of three may not")
	}
	if got := nonBlank("a\nb\nc", 1); !slices.Equal(got, []string{"a"}) {
		t.Errorf("the first line is %q", got)
	}
}

func TestRepeatEdges(t *testing.T) {
	if !telling("return") || telling("break") {
		t.Error("six bytes tell, five do not")
	}
	if got := lastLines("\nabc\ndef", 2); !slices.Equal(got, []string{"abc", "def"}) {
		t.Errorf("the last lines are %q", got)
	}
}
