package text

import "unicode/utf8"

// Encoding says in which code units a position counts its character offset
// (LSP 3.17, PositionEncodingKind). The zero value is the protocol's default.
type Encoding uint8

const (
	UTF16 Encoding = iota
	UTF8
	UTF32
)

// String is the encoding's name in the protocol.
func (e Encoding) String() string {
	switch e {
	case UTF8:
		return "utf-8"
	case UTF32:
		return "utf-32"
	default:
		return "utf-16"
	}
}

// ParseEncoding reads a PositionEncodingKind.
func ParseEncoding(name string) (e Encoding, ok bool) {
	for _, e := range []Encoding{UTF8, UTF16, UTF32} {
		if name == e.String() {
			return e, true
		}
	}
	return UTF16, false
}

// Units counts the code units of s. A byte that belongs to no character counts
// as one, as U+FFFD would, which is what a JSON string carries in its place.
func (e Encoding) Units(s string) int {
	if e == UTF8 {
		return len(s)
	}
	units := 0
	for i := 0; i < len(s); {
		if n := asciiPrefix(s[i:]); n > 0 {
			i, units = i+n, units+n
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		i, units = i+size, units+e.width(r)
	}
	return units
}

// Bytes is the length in bytes of the first units code units of s: all of s
// when it has fewer. A count that ends inside a character is cut to the
// character's start.
func (e Encoding) Bytes(s string, units int) int {
	if units <= 0 {
		return 0
	}
	if e == UTF8 {
		return runeStart(s, min(units, len(s)))
	}
	i := 0
	for i < len(s) && units > 0 {
		if n := min(asciiPrefix(s[i:min(len(s), i+units)]), units); n > 0 {
			i, units = i+n, units-n
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		width := e.width(r)
		if width > units {
			break
		}
		i, units = i+size, units-width
	}
	return i
}

// width is the number of code units of r, for the encodings that are not UTF-8.
func (e Encoding) width(r rune) int {
	if e == UTF16 && r >= 0x10000 {
		return 2
	}
	return 1
}

// asciiPrefix is the length of the longest prefix of s that is all ASCII.
// Source code nearly is, so whole words are looked at first.
func asciiPrefix(s string) int {
	i := 0
	for ; i+8 <= len(s); i += 8 {
		if (s[i]|s[i+1]|s[i+2]|s[i+3]|s[i+4]|s[i+5]|s[i+6]|s[i+7])&0x80 != 0 {
			break
		}
	}
	for i < len(s) && s[i] < utf8.RuneSelf {
		i++
	}
	return i
}

// runeStart moves a byte offset that lies inside a character of s to the
// character's first byte.
func runeStart(s string, offset int) int {
	if offset >= len(s) || utf8.RuneStart(s[offset]) {
		return offset
	}
	for back := 1; back < utf8.UTFMax && back <= offset; back++ {
		if !utf8.RuneStart(s[offset-back]) {
			continue
		}
		if _, size := utf8.DecodeRuneInString(s[offset-back:]); size > back {
			return offset - back
		}
		break
	}
	return offset // a stray continuation byte is a character of its own
}
