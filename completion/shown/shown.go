// Package shown decides what of a text may be shown that a model, a server, a
// repository or a teammate says: no terminal obeys it, and it reads in the order
// in which it is written. It imports nobody, and everybody may import it.
package shown

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Text is text from others as it may be shown. Escape sequences, control
// characters, direction overrides, invisible and private characters are taken
// out; line ends become \n, what is not UTF-8 U+FFFD.
func Text(text string) string {
	if isPlain(text) {
		return text
	}
	text = strings.ToValidUTF8(text, "\uFFFD")
	text = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u2028", "\n", "\u2029", "\n", "\u0085", "\n").Replace(withoutEscapes(text))
	before := rune(0)
	return strings.Map(func(r rune) rune {
		if unshown(r) || idle(before, r) {
			return -1
		}
		before = r
		return r
	}, text)
}

// Line is Text for what stands on one line, such as a name: cut to a number of
// characters.
func Line(text string, most int) string {
	text = strings.Join(strings.Fields(Text(text)), " ")
	if utf8.RuneCountInString(text) <= most {
		return text
	}
	return string([]rune(text)[:most-1]) + "…"
}

// Escaped is text with all of it in sight: what does not print is spelled out as
// Go does in a string, so that two names that differ look different.
func Escaped(text string) string {
	bad := func(r rune) bool { return !unicode.IsPrint(r) || unshown(r) || r == '\uFFFD' }
	if !strings.ContainsFunc(text, bad) {
		return text
	}
	quoted := strconv.Quote(text)
	quoted = strings.ReplaceAll(quoted[1:len(quoted)-1], `\"`, `"`)
	var b strings.Builder
	for _, r := range quoted { // Quote leaves letters that nobody sees
		if unshown(r) {
			b.WriteString(strings.Trim(strconv.QuoteToASCII(string(r)), `"`))
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// Lie is the index of the first character of a text that Lies, or of a joiner in
// plain ASCII, where it joins nothing and makes another name of one that reads the
// same; -1 without any.
func Lie(text string) int {
	before := rune(0)
	for i, r := range text {
		if Lies(r) || idle(before, r) {
			return i
		}
		before = r
	}
	return -1
}

// idle tells of a joiner behind a character that knows no joining.
func idle(before, r rune) bool { return (r == 0x200c || r == 0x200d) && before < 0x80 }

// Lies tells of a character that has no place in code that somebody is to read
// and accept: it is obeyed by a terminal, hidden, or reorders or breaks the line.
func Lies(r rune) bool { return unshown(r) && !unicode.Is(unicode.Co, r) }

// isPlain spares the copy in the usual case.
func isPlain(text string) bool {
	for i := range len(text) {
		if c := text[i]; c >= 0x7f || c < 0x20 && c != '\n' && c != '\t' {
			return false
		}
	}
	return true
}

// unshown tells which characters are taken out.
func unshown(r rune) bool {
	switch {
	case r == '\n' || r == '\t':
		return false
	case unicode.IsControl(r):
		return true
	case r == 0x200c || r == 0x200d: // joiners, which scripts and emoji need
		return false
	case r == 0x034f, r == 0x115f, r == 0x1160, r == 0x3164, r == 0xffa0, r == 0x17b4, r == 0x17b5: // letters and marks that nobody sees
		return true
	case r >= 0xfe00 && r <= 0xfe0d, r >= 0x1d173 && r <= 0x1d17a, r >= 0x1bca0 && r <= 0x1bca3: // variants, and controls of music and shorthand
		return true
	case r == 0x061c, r >= 0x200b && r <= 0x200f, r >= 0x202a && r <= 0x202e, r >= 0x2060 && r <= 0x206f, r == 0xfeff, r == 0x00ad, r == 0x180e:
		return true
	case r >= 0xfff9 && r <= 0xfffb, r >= 0xe0000 && r <= 0xe0fff: // annotations, tags
		return true
	}
	return unicode.Is(unicode.Co, r) || unicode.Is(unicode.Zl, r) || unicode.Is(unicode.Zp, r)
}

// withoutEscapes takes out whole escape sequences (ECMA-48): CSI with its
// parameters, OSC and its like with their text, any other with its one byte.
func withoutEscapes(text string) string {
	if !strings.ContainsAny(text, "\x1b\u009b\u009d\u0090\u009e\u009f\u0098") {
		return text
	}
	var b strings.Builder
	runes := []rune(text)
	for i := 0; i < len(runes); i++ {
		kind := runes[i]
		if kind == 0x1b && i+1 < len(runes) {
			i++
			kind = runes[i]
			if kind >= 0x40 && kind <= 0x5f {
				kind += 0x40 // its form as one character
			} else {
				continue
			}
		}
		switch kind {
		case 0x9b:
			i = endOfControl(runes, i+1)
		case 0x90, 0x98, 0x9d, 0x9e, 0x9f:
			i = endOfString(runes, i+1)
		default:
			if kind < 0x80 || kind > 0x9f {
				b.WriteRune(runes[i])
			}
		}
	}
	return b.String()
}

// endOfControl is the index of a control sequence's last character.
func endOfControl(runes []rune, i int) int {
	for i < len(runes) && runes[i] >= 0x20 && runes[i] <= 0x3f {
		i++
	}
	if i < len(runes) && runes[i] >= 0x40 && runes[i] <= 0x7e {
		return i
	}
	return i - 1
}

// endOfString is the index of the last character of a control string: BEL or
// ST, or the last of its line, lest one escape hide all that follows.
func endOfString(runes []rune, i int) int {
	for ; i < len(runes); i++ {
		switch {
		case runes[i] == '\a' || runes[i] == 0x9c:
			return i
		case runes[i] == 0x1b && i+1 < len(runes) && runes[i+1] == '\\':
			return i + 1
		case runes[i] == '\n':
			return i - 1
		}
	}
	return len(runes) - 1
}
