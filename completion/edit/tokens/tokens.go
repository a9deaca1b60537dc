// Package tokens cuts code of any language into words, numbers and marks, and tells
// which of them differ between two texts.
package tokens

import (
	"unicode"
	"unicode/utf8"
)

// Kind of a token.
type Kind uint8

const (
	Mark   Kind = iota // one character that is none of the others
	Word               // an identifier or a keyword
	Number             // begins with a digit
)

// Token is the bytes [Start, End) of a text. White space is in none.
type Token struct {
	Start, End int
	Kind       Kind
}

// Lex cuts a text, which need not be valid UTF-8, into tokens.
func Lex(text string) []Token { return lex(text, false) }

// LexLines is Lex with a mark for each line's end, from which the next line that is not
// blank goes on.
func LexLines(text string) []Token { return lex(text, true) }

func lex(text string, lines bool) []Token {
	list := make([]Token, 0, len(text)/4)
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		start, kind := i, Mark
		i += size
		switch {
		case lines && r == '\n' && (len(list) == 0 || text[list[len(list)-1].Start] != '\n'):
			list = append(list, Token{start, i, kind})
			continue
		case unicode.IsSpace(r):
			continue
		case begins(r):
			kind = Word
		case unicode.IsDigit(r):
			kind = Number
		default:
			list = append(list, Token{start, i, kind})
			continue
		}
		for i < len(text) {
			r, size := utf8.DecodeRuneInString(text[i:])
			if !begins(r) && !unicode.IsDigit(r) && !(kind == Number && r == '.' && i+1 < len(text) && text[i+1] >= '0' && text[i+1] <= '9') {
				break
			}
			i += size
		}
		list = append(list, Token{start, i, kind})
	}
	return list
}

func begins(r rune) bool { return r == '_' || r == '$' || unicode.IsLetter(r) }

// IsWord tells whether text is one word.
func IsWord(text string) bool {
	list := Lex(text)
	return len(list) == 1 && list[0].Kind == Word && list[0].End-list[0].Start == len(text)
}

// Texts are the tokens' texts.
func Texts(text string, list []Token) []string {
	words := make([]string, len(list))
	for i, t := range list {
		words[i] = text[t.Start:t.End]
	}
	return words
}

// Change says that A[AStart:AEnd] became B[BStart:BEnd].
type Change struct{ AStart, AEnd, BStart, BEnd int }

// maxTable bounds the table of a comparison; what is larger is one change, but for what
// is the same at both ends.
const maxTable = 1 << 20

// Diff lists what differs between two sequences, in order.
func Diff(a, b []string) []Change {
	begin := 0
	for begin < len(a) && begin < len(b) && a[begin] == b[begin] {
		begin++
	}
	end := 0
	for end < len(a)-begin && end < len(b)-begin && a[len(a)-1-end] == b[len(b)-1-end] {
		end++
	}
	x, y := a[begin:len(a)-end], b[begin:len(b)-end]
	switch {
	case len(x) == 0 && len(y) == 0:
		return nil
	case len(x) == 0 || len(y) == 0 || (len(x)+1)*(len(y)+1) > maxTable:
		return []Change{{begin, begin + len(x), begin, begin + len(y)}}
	}
	width := len(y) + 1
	common := make([]int32, (len(x)+1)*width) // of the rests
	for i := len(x) - 1; i >= 0; i-- {
		for j := len(y) - 1; j >= 0; j-- {
			if x[i] == y[j] {
				common[i*width+j] = common[(i+1)*width+j+1] + 1
			} else {
				common[i*width+j] = max(common[(i+1)*width+j], common[i*width+j+1])
			}
		}
	}
	var list []Change
	i, j := 0, 0
	for i < len(x) || j < len(y) {
		if i < len(x) && j < len(y) && x[i] == y[j] {
			i, j = i+1, j+1
			continue
		}
		from := Change{AStart: begin + i, BStart: begin + j}
		for i < len(x) || j < len(y) {
			if i < len(x) && j < len(y) && x[i] == y[j] {
				break
			}
			if j >= len(y) || i < len(x) && common[(i+1)*width+j] >= common[i*width+j+1] {
				i++
			} else {
				j++
			}
		}
		from.AEnd, from.BEnd = begin+i, begin+j
		list = append(list, from)
	}
	return list
}
