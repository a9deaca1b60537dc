package text

import (
	"fmt"
	"strings"
	"testing"

	"go.lsp.dev/protocol"
)

// samples hold every shape that matters: all line endings, characters of each
// UTF-8 length, bytes that are no UTF-8, and the ends of things.
var samples = []string{
	"",
	"\n",
	"\r\n",
	"\r",
	"a",
	"a\nb",
	"a\r\nb\rc\nd\r\r\n\n",
	"grüße\n世界\r\n😀x😀\n",
	"é\u0301👩‍👩‍👧",
	"\xff\xfea\x80\n\xf0\x9f\x98",
	"\xe4\xb8\n\xed\xa0\x80x",
	"x\x00y\n",
	"\u2028 is no line end\u0085 neither\f\v\n",
	strings.Repeat("ascii ", 5) + "é" + strings.Repeat(" more ascii", 3) + "\n" + strings.Repeat("世", 9),
}

var encodings = []Encoding{UTF8, UTF16, UTF32}

func TestConversionsAgreeWithNaive(t *testing.T) {
	for _, text := range samples {
		for _, e := range encodings {
			checkConversions(t, New(text, e))
		}
	}
}

// checkConversions compares every position and every offset of a snapshot with
// the naive converter, and those just outside the text.
func checkConversions(t *testing.T, s *Snapshot) {
	t.Helper()
	lines := naiveLines(s.Text())
	if s.Lines() != len(lines) {
		t.Fatalf("%q has %d lines, want %d", s.Text(), s.Lines(), len(lines))
	}
	for line := 0; line <= len(lines)+1; line++ {
		width := 3
		if line < len(lines) {
			width += len(lines[line])
		}
		for c := 0; c <= width; c++ {
			p := protocol.Position{Line: uint32(line), Character: uint32(c)}
			if got, want := s.PositionOffset(p), naiveOffset(s.Text(), p, s.Encoding()); got != want {
				t.Fatalf("%q (%v): position %v is offset %d, want %d", s.Text(), s.Encoding(), p, got, want)
			}
		}
	}
	for offset := 0; offset <= s.Len(); offset++ {
		got, want := s.OffsetPosition(offset), naivePosition(s.Text(), offset, s.Encoding())
		if got != want {
			t.Fatalf("%q (%v): offset %d is position %v, want %v", s.Text(), s.Encoding(), offset, got, want)
		}
		if !s.Contains(got) {
			t.Fatalf("%q (%v): does not contain its own position %v", s.Text(), s.Encoding(), got)
		}
		// Back again: the same offset, unless it lay inside something.
		back := s.PositionOffset(got)
		if back > offset || s.OffsetPosition(back) != got {
			t.Fatalf("%q (%v): offset %d is position %v is offset %d", s.Text(), s.Encoding(), offset, got, back)
		}
	}
}

func TestPositionOffset(t *testing.T) {
	tests := []struct {
		text      string
		encoding  Encoding
		line, chr uint32
		want      int
	}{
		{"a😀b", UTF16, 0, 1, 1},
		{"a😀b", UTF16, 0, 2, 1}, // inside the surrogate pair
		{"a😀b", UTF16, 0, 3, 5},
		{"a😀b", UTF32, 0, 2, 5},
		{"a😀b", UTF8, 0, 3, 1}, // inside the UTF-8 sequence
		{"a😀b", UTF8, 0, 5, 5},
		{"ab\ncd", UTF16, 0, 99, 2},
		{"ab\r\ncd", UTF16, 0, 3, 2}, // not between \r and \n
		{"ab\r\ncd", UTF16, 1, 0, 4},
		{"ab\ncd", UTF16, 7, 0, 5},
		{"ab", UTF16, 1<<32 - 1, 1<<32 - 1, 2},
		{"ab\n", UTF16, 1, 0, 3},
	}
	for _, test := range tests {
		p := protocol.Position{Line: test.line, Character: test.chr}
		if got := New(test.text, test.encoding).PositionOffset(p); got != test.want {
			t.Errorf("%q (%v) at %d:%d: offset %d, want %d", test.text, test.encoding, test.line, test.chr, got, test.want)
		}
	}
}

func TestRangeOffsetsSwapsAReversedRange(t *testing.T) {
	s := New("ab\ncd", UTF16)
	start, end := s.RangeOffsets(protocol.Range{
		Start: protocol.Position{Line: 1, Character: 1},
		End:   protocol.Position{Line: 0, Character: 1},
	})
	if start != 1 || end != 4 {
		t.Errorf("got [%d, %d), want [1, 4)", start, end)
	}
}

func TestOffsetPositionOutsideTheText(t *testing.T) {
	s := New("ab", UTF16)
	if got := s.OffsetPosition(-1); got != (protocol.Position{}) {
		t.Errorf("offset -1 is %v", got)
	}
	if got := s.OffsetPosition(9); got != (protocol.Position{Character: 2}) {
		t.Errorf("offset 9 is %v", got)
	}
}

func TestContains(t *testing.T) {
	s := New("世\nab", UTF16)
	for _, test := range []struct {
		line, chr uint32
		want      bool
	}{{0, 1, true}, {0, 2, false}, {1, 2, true}, {1, 3, false}, {2, 0, false}} {
		if got := s.Contains(protocol.Position{Line: test.line, Character: test.chr}); got != test.want {
			t.Errorf("%d:%d: %v", test.line, test.chr, got)
		}
	}
}

// TestReplaceEverywhere puts troublesome texts in the place of every byte range
// of every short sample, and the index must be that of the text read afresh.
func TestReplaceEverywhere(t *testing.T) {
	for _, text := range samples {
		if len(text) > 24 {
			continue
		}
		for start := 0; start <= len(text); start++ {
			for end := start; end <= len(text); end++ {
				for _, repl := range []string{"", "x", "\n", "\r", "\r\n", "\n\r", "y\rz\n"} {
					checkIndex(t, New(text, UTF16).Replace(start, end, repl))
				}
			}
		}
	}
}

// TestReplaceInTurn keeps the pending shift alive across edits in one line,
// before it, after it, and over line ends.
func TestReplaceInTurn(t *testing.T) {
	s := New("one\ntwo\r\nthree\nfour\n", UTF16)
	for _, edit := range []struct {
		start, end int
		text       string
	}{
		{5, 5, "xx"}, {6, 7, ""}, {5, 6, "yyy"}, // typing in line 1
		{0, 0, "a"}, {1, 1, "\n"}, // before it
		{22, 22, "z"}, {23, 23, "w"}, {12, 13, "\r"}, {0, 3, ""}, {2, 9, "q"},
	} {
		s = s.Replace(edit.start, min(edit.end, s.Len()), edit.text)
		checkIndex(t, s)
	}
}

func checkIndex(t *testing.T, s *Snapshot) {
	t.Helper()
	want := newLineIndex(s.Text())
	if s.lines.count() != want.count() {
		t.Fatalf("%q: %d lines, want %d", s.Text(), s.lines.count(), want.count())
	}
	for i := range want.starts {
		if s.lines.start(i) != want.start(i) {
			t.Fatalf("%q: line %d starts at %d, want %d", s.Text(), i, s.lines.start(i), want.start(i))
		}
	}
}

func TestReplaceLeavesTheOldSnapshotAlone(t *testing.T) {
	old := New("a\nb\nc", UTF16)
	_ = old.Replace(0, 1, "long").Replace(5, 5, "\n\n")
	checkIndex(t, old)
	if old.Text() != "a\nb\nc" {
		t.Errorf("text is now %q", old.Text())
	}
}

func TestParseEncoding(t *testing.T) {
	for _, e := range encodings {
		if got, ok := ParseEncoding(e.String()); !ok || got != e {
			t.Errorf("%v: got %v, %v", e, got, ok)
		}
	}
	if e, ok := ParseEncoding("latin-1"); ok || e != UTF16 {
		t.Errorf("latin-1: got %v, %v", e, ok)
	}
}

func ExampleSnapshot_Replace() {
	s := New("fmt.Print(\"héllo\")\n", UTF16)
	offset := s.PositionOffset(protocol.Position{Line: 0, Character: 9})
	s = s.Replace(offset, offset, "ln")
	fmt.Println(s.OffsetPosition(offset+2), s.Text())
	// Output: {0 11} fmt.Println("héllo")
}
