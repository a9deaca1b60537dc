package surprise

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// TestWindowBeginsWithRune: a window in one long line begins with a whole rune.
func TestWindowBeginsWithRune(t *testing.T) {
	text := "a" + strings.Repeat("ä€", before)
	for at := len(text) - 40; at < len(text); at++ {
		if utf8.RuneStart(text[at]) {
			if start := windowStart(text, 0, at); start == 0 || !utf8.ValidString(text[start:at]) {
				t.Errorf("at %d it begins at %d", at, start)
			}
		}
	}
}
