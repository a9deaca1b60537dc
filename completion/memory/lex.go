package memory

import "unicode/utf8"

// maxWord is the longest piece of source, in bytes, that is one word of the
// memory; what is longer is cut.
const maxWord = 64

// operators that are one word, beside single characters; the longest first.
var operators = []string{
	"...", "<<=", ">>=", "&&=", "||=", "===", "!==", "**=", "//=", "??=", "..=",
	":=", "==", "!=", "<=", ">=", "&&", "||", "->", "=>", "<-", "::", "++", "--",
	"+=", "-=", "*=", "/=", "%=", "|=", "&=", "^=", "<<", ">>", "**", "//", "/*",
	"*/", "??", "?.", "..", "()", "[]", "{}", `""`, "''", "``",
}

// operatorStarts tells which bytes begin one of operators.
var operatorStarts = func() (starts [256]bool) {
	for _, o := range operators {
		starts[o[0]] = true
	}
	return starts
}()

// next is the length of the word that begins text, which is not empty. A word is
//
//   - a run of letters, digits, '_' and '$', or of what is not ASCII,
//   - an operator or a single other character,
//   - either of these with the space that stands before it, if that is alone,
//   - a line's end with all white space that follows it,
//   - other white space.
//
// No word is longer than maxWord. Where a word ends depends on nothing before
// it, so that a text can be cut into words from the beginning of any of them.
// The words of a text are together the text.
func next(text string) int {
	switch c := text[0]; {
	case c == '\n' || c == '\r':
		n := 1
		for n < len(text) && n < maxWord && space(text[n]) {
			n++
		}
		return n
	case c == ' ':
		if len(text) > 1 && !space(text[1]) {
			return 1 + solid(text[1:])
		}
		return blanks(text)
	case c == '\t' || c == '\f' || c == '\v':
		return blanks(text)
	}
	return solid(text)
}

func space(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

func blanks(text string) int {
	n := 1
	for n < len(text) && n < maxWord && (text[n] == ' ' || text[n] == '\t' || text[n] == '\f' || text[n] == '\v') {
		n++
	}
	return n
}

// solid is the length of the word without white space that begins text.
func solid(text string) int {
	if wordByte(text[0]) {
		n := 1
		for n < len(text) && wordByte(text[n]) {
			if n++; n >= maxWord {
				return n - lastRune(text[:n])
			}
		}
		return n
	}
	if operatorStarts[text[0]] {
		for _, o := range operators {
			if len(text) >= len(o) && text[:len(o)] == o {
				return len(o)
			}
		}
	}
	return 1
}

// lastRune is how many bytes at text's end begin a character without ending it.
func lastRune(text string) int {
	for n := 1; n < utf8.UTFMax && n < len(text); n++ {
		if utf8.RuneStart(text[len(text)-n]) {
			if utf8.FullRuneInString(text[len(text)-n:]) {
				return 0
			}
			return n
		}
	}
	return 0
}

// wordByte takes every byte of what is not ASCII for part of a name.
func wordByte(b byte) bool {
	return b == '_' || b == '$' || b >= 0x80 || '0' <= b && b <= '9' || 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z'
}

// endsLine tells whether a word is a line's end.
func endsLine(w string) bool { return w != "" && (w[0] == '\n' || w[0] == '\r') }
