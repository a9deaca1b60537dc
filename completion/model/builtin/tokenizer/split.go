package tokenizer

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// splitter cuts text into the words within which a byte-level tokenizer merges.
// The rules are regular expressions, quoted below from llama.cpp's
// llama-vocab.cpp; they are written out as scanners because Go's have no
// lookahead. Each rule cuts the words of the one before.
type splitter struct {
	rules []rule
	// wholeWords makes a word that is in the vocabulary one token, whatever the
	// merges say.
	wholeWords bool
	addBOS     bool // when the file does not say
}

// rule returns the length of the first word of text, in characters; it is not
// called with an empty text.
type rule func(text []character) int

// splitters by tokenizer.ggml.pre.
var splitters = map[string]splitter{
	"gpt-2":            {rules: []rule{gpt2Word}},
	"qwen2":            {rules: []rule{modernWord(1)}},
	"deepseek-r1-qwen": {rules: []rule{modernWord(1)}},
	"llama-bpe":        {rules: []rule{modernWord(3)}, wholeWords: true, addBOS: true},
	"llama3":           {rules: []rule{modernWord(3)}, wholeWords: true, addBOS: true},
	"llama-v3":         {rules: []rule{modernWord(3)}, wholeWords: true, addBOS: true},
	"starcoder":        {rules: []rule{singleNumber, gpt2Word}},
	"refact":           {rules: []rule{singleNumber, gpt2Word}},
	"command-r":        {rules: []rule{singleNumber, gpt2Word}},
	"smollm":           {rules: []rule{singleNumber, gpt2Word}},
	"deepseek-coder":   {rules: []rule{singleNewline, spacedRun(letter), spacedRun(punctuation), singleNumber}},
}

func splitterNames() string {
	var names []string
	for name := range splitters {
		names = append(names, name)
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}

// character is a character of the text: its kind, and where it ends.
type character struct {
	r    rune
	kind characterKind
	end  int // byte offset
}

type characterKind uint8

const (
	other characterKind = iota
	letter
	number
	space
	punctuation // told from other only where a rule asks
)

// characters reads text; a byte that is not UTF-8 is a character of its own.
func characters(text string) []character {
	out := make([]character, 0, len(text))
	for at := 0; at < len(text); {
		r, size := utf8.DecodeRuneInString(text[at:])
		at += size
		out = append(out, character{r, kindOf(r), at})
	}
	return out
}

func kindOf(r rune) characterKind {
	switch {
	case r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z':
		return letter
	case unicode.IsSpace(r):
		return space
	case unicode.IsLetter(r):
		return letter
	case unicode.IsNumber(r):
		return number
	case unicode.IsPunct(r):
		return punctuation
	}
	return other
}

// words calls found for each word of text.
func (s splitter) words(text string, found func(word string)) {
	s.cut(text, 0, characters(text), s.rules, found)
}

// cut applies rules to c, whose first character begins at the byte start.
func (s splitter) cut(text string, start int, c []character, rules []rule, found func(string)) {
	if len(rules) == 0 {
		found(text[start:c[len(c)-1].end])
		return
	}
	for len(c) > 0 {
		n := rules[0](c)
		s.cut(text, start, c[:n], rules[1:], found)
		start = c[n-1].end
		c = c[n:]
	}
}

// run is how many characters at the beginning of c are in.
func run(c []character, in func(character) bool) int {
	n := 0
	for n < len(c) && in(c[n]) {
		n++
	}
	return n
}

func isLetter(c character) bool  { return c.kind == letter }
func isNumber(c character) bool  { return c.kind == number }
func isSpace(c character) bool   { return c.kind == space }
func isOther(c character) bool   { return c.kind == other || c.kind == punctuation }
func isNewline(c character) bool { return c.r == '\r' || c.r == '\n' }

// contraction is the length of 's, 't, 're, 've, 'm, 'll or 'd.
func contraction(c []character, anyCase bool) int {
	if c[0].r != '\'' {
		return 0
	}
	at := func(i int) rune {
		if i >= len(c) {
			return 0
		}
		if r := c[i].r; anyCase && r >= 'A' && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return c[i].r
	}
	switch at(1) {
	case 's', 't', 'm', 'd':
		return 2
	case 'r', 'v':
		if at(2) == 'e' {
			return 3
		}
	case 'l':
		if at(2) == 'l' {
			return 3
		}
	}
	return 0
}

// gpt2Word:
//
//	's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)
func gpt2Word(c []character) int {
	if n := contraction(c, false); n > 0 {
		return n
	}
	blank := 0
	if c[0].r == ' ' {
		blank = 1
	}
	for _, in := range []func(character) bool{isLetter, isNumber, isOther} {
		if n := run(c[blank:], in); n > 0 {
			return blank + n
		}
	}
	return spaces(c)
}

// spaces: \s+(?!\S)|\s+
func spaces(c []character) int {
	n := run(c, isSpace)
	if n > 1 && n < len(c) {
		return n - 1
	}
	return n
}

// modernWord, with at most digits:
//
//	(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+
func modernWord(digits int) rule {
	return func(c []character) int {
		if n := contraction(c, true); n > 0 {
			return n
		}
		if isNumber(c[0]) {
			return min(run(c, isNumber), digits)
		}
		if !isNewline(c[0]) && (isLetter(c[0]) || len(c) > 1 && isLetter(c[1])) {
			return 1 + run(c[1:], isLetter)
		}
		blank := 0
		if c[0].r == ' ' {
			blank = 1
		}
		if n := run(c[blank:], isOther); n > 0 {
			n += blank
			return n + run(c[n:], isNewline)
		}
		blanks := run(c, isSpace)
		for n := blanks; n > 0; n-- {
			if isNewline(c[n-1]) {
				return n
			}
		}
		return spaces(c)
	}
}

// singles makes each character that is in a word of its own.
func singles(in func(character) bool) rule {
	return func(c []character) int {
		if in(c[0]) {
			return 1
		}
		return run(c, func(c character) bool { return !in(c) })
	}
}

var (
	singleNumber  = singles(isNumber)  // \p{N}
	singleNewline = singles(isNewline) // [\r\n]
)

// spacedRun: \s?\p{L}+ or \s?\p{P}+
func spacedRun(kind characterKind) rule {
	in := func(c character) bool { return c.kind == kind }
	starts := func(c []character) int { // the length of a match at the beginning
		if n := run(c, in); n > 0 {
			return n
		}
		if isSpace(c[0]) {
			if n := run(c[1:], in); n > 0 {
				return 1 + n
			}
		}
		return 0
	}
	return func(c []character) int {
		if n := starts(c); n > 0 {
			return n
		}
		n := 1
		for n < len(c) && starts(c[n:]) == 0 {
			n++
		}
		return n
	}
}
