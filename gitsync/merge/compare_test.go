package merge

import (
	"strings"
	"testing"
)

func TestLines(t *testing.T) {
	for _, tt := range []struct {
		old, new string
		want     []LineChange
	}{
		{"", "", nil},
		{"a\n", "a\n", nil},
		{"a\nb\n", "a\r\nb\r\n", nil},
		{"", "a\nb", []LineChange{{0, 0, 1, 2}}},
		{"a\nb\n", "", []LineChange{{1, 2, 0, 0}}},
		{"a\nb\nc\n", "a\nx\nc\n", []LineChange{{2, 1, 2, 1}}},
		{"a\nc\n", "a\nb\nc\n", []LineChange{{1, 0, 2, 1}}},
		{"a\nb\nc\n", "a\nc\n", []LineChange{{2, 1, 1, 0}}},
		{"a\n", "a", []LineChange{{1, 1, 1, 1}}},
	} {
		got := Lines([]byte(tt.old), []byte(tt.new))
		if len(got) != len(tt.want) {
			t.Errorf("%q, %q: %v, want %v", tt.old, tt.new, got, tt.want)
			continue
		}
		for i := range got {
			if got[i] != tt.want[i] {
				t.Errorf("%q, %q: %v, want %v", tt.old, tt.new, got, tt.want)
			}
		}
	}
}

func TestSimilarity(t *testing.T) {
	text := strings.Repeat("a line of text\n", 3) + "another\n"
	for _, tt := range []struct {
		a, b     string
		from, to float64
	}{
		{text, text, 1, 1}, {text, text + "more\n", 0.8, 0.99}, {text, "nothing of it\n", 0, 0}, {"", "", 0, 0}, {text, "", 0, 0},
	} {
		a, b := FingerprintOf([]byte(tt.a)), FingerprintOf([]byte(tt.b))
		if got := a.Similarity(b); got < tt.from || got > tt.to || got != b.Similarity(a) {
			t.Errorf("%q, %q: %v", tt.a, tt.b, got)
		}
	}
}
