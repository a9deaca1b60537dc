package filter

import (
	"strings"
	"unicode/utf8"
)

// SuffixOverlap cuts from the answer's end what already stands behind the
// cursor, so that accepting does not write it twice: an answer `x)` before
// `)` becomes `x`; one whose last line is the line below loses that line.
func SuffixOverlap(in Input) (text, reason string) {
	text = in.Text
	rest := strings.TrimRight(firstLine(in.Suffix), " \t")
	if rest != "" {
		text = cutRest(text, rest)
	} else {
		text = cutLinesBelow(text, in.Suffix)
	}
	if strings.TrimSpace(in.Text) == "" {
		return in.Text, "" // Blank's business
	}
	if strings.TrimSpace(text) == "" {
		return "", "what the model would add already stands behind the cursor"
	}
	return text, ""
}

// cutRest cuts the longest end of text's first line that begins the rest of
// the cursor's line; nothing after that line can stand before rest.
func cutRest(text, rest string) string {
	if !utf8.RuneStart(rest[0]) {
		return text // the end of a character, which the answer's own is not
	}
	line := firstLine(text)
	trimmed := strings.TrimRight(line, " \t;")
	for _, l := range []string{line, trimmed} {
		for n := min(len(l), len(rest)); n > 0; n-- {
			if l[len(l)-n:] != rest[:n] || !boundary(rest, n) {
				continue
			}
			return l[:len(l)-n]
		}
	}
	return text
}

// boundary says that rest may be split at n without splitting a word, so that
// "e" before "else" is not taken for an overlap.
func boundary(rest string, n int) bool {
	return n == len(rest) || !wordByte(rest[n-1]) || !wordByte(rest[n])
}

func wordByte(b byte) bool {
	return b == '_' || b >= 0x80 || '0' <= b && b <= '9' || 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z'
}

// cutLinesBelow cuts from text's end the lines with which the suffix begins.
func cutLinesBelow(text, suffix string) string {
	below := nonBlank(suffix, 4)
	lines := strings.Split(strings.TrimRight(text, " \t\r\n"), "\n")
	for n := min(len(below), len(lines)); n > 0; n-- {
		if equalLines(lines[len(lines)-n:], below[:n]) {
			return strings.TrimRight(strings.Join(lines[:len(lines)-n], "\n"), " \t\r\n")
		}
	}
	return text
}

// equalLines compares lines by their text and their indentation; the first of
// a is the cursor's own line when it is alone, so its indentation may miss.
func equalLines(a, b []string) bool {
	for i := range a {
		x, y := strings.TrimRight(a[i], " \t\r"), strings.TrimRight(b[i], " \t\r")
		if x != y && !(i == 0 && strings.TrimSpace(x) == strings.TrimSpace(y) && len(strings.TrimSpace(y)) > 2) {
			return false
		}
	}
	return true
}

// nonBlank returns the first n lines of s that are not blank, looking at no
// more than 2n lines.
func nonBlank(s string, n int) []string {
	var lines []string
	for range 2 * n {
		line, rest, more := strings.Cut(s, "\n")
		if strings.TrimSpace(line) != "" {
			lines = append(lines, line)
		}
		if !more || len(lines) == n {
			break
		}
		s = rest
	}
	return lines
}
