package text

import (
	"testing"

	"go.lsp.dev/protocol"
)

func FuzzConversions(f *testing.F) {
	for i, text := range samples {
		f.Add(text, uint8(i), uint32(i%3), uint32(i))
	}
	f.Fuzz(func(t *testing.T, text string, encoding uint8, line, character uint32) {
		if len(text) > 120 {
			t.Skip("the naive converter is quadratic")
		}
		s := New(text, encodings[int(encoding)%len(encodings)])
		checkConversions(t, s)
		p := protocol.Position{Line: line, Character: character}
		if got, want := s.PositionOffset(p), naiveOffset(text, p, s.Encoding()); got != want {
			t.Fatalf("%q (%v): position %v is offset %d, want %d", text, s.Encoding(), p, got, want)
		}
	})
}

// FuzzReplace applies two edits in turn: the second meets whatever the first
// left pending in the index.
func FuzzReplace(f *testing.F) {
	for i, text := range samples {
		f.Add(text, uint16(i), uint16(2*i), "\r", uint16(i+1), uint16(i), "x\n")
		f.Add(text, uint16(i), uint16(i), "x", uint16(i+1), uint16(i+1), "y")
	}
	f.Fuzz(func(t *testing.T, text string, start1, end1 uint16, new1 string, start2, end2 uint16, new2 string) {
		s := New(text, UTF16)
		s = checkReplace(t, s, int(start1), int(end1), new1)
		s = checkReplace(t, s, int(start2), int(end2), new2)
		s = checkReplace(t, s, int(start2), int(start2), new1)
		if len(s.Text()) <= 120 {
			checkConversions(t, s)
		}
	})
}

func checkReplace(t *testing.T, s *Snapshot, start, end int, replacement string) *Snapshot {
	start, end = start%(s.Len()+1), end%(s.Len()+1)
	if start > end {
		start, end = end, start
	}
	want := s.Text()[:start] + replacement + s.Text()[end:]
	edited := s.Replace(start, end, replacement)
	if edited.Text() != want {
		t.Fatalf("got %q, want %q", edited.Text(), want)
	}
	checkIndex(t, edited)
	return edited
}
