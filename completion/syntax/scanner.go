package syntax

import (
	"strings"

	"github.com/airside-ls/airside/completion/syntax/lang"
)

type (
	lexis      = lang.Lexis
	quote      = lang.Quote
	quoteFlags = lang.QuoteFlags
)

// mode is what a scanner is in the midst of.
type mode uint8

const (
	inCode mode = iota
	inLineComment
	inBlockComment
	inString
)

// bracket is an open bracket.
type bracket struct {
	char   byte
	pos    int
	line   int // start of its line
	column int // width of the indentation of its line
	// closed tells that what follows the cursor closes the bracket.
	closed bool
}

// event is what a scanner stops at.
type event uint8

const (
	atEnd event = iota
	atOpen
	atClose
	atNewline // outside strings and block comments
)

// scanner walks over code from bracket to bracket. It knows strings and
// comments by their delimiters only, and so it works on code that does not
// parse, a byte or two in a nanosecond.
type scanner struct {
	lexis *lexis
	text  string
	pos   int
	end   int // scanned up to here

	mode      mode
	quote     quote // in a string
	depth     int   // of nested block comments
	lineStart int
	last      byte // last byte of code that is not white space
	lastPos   int
}

func newScanner(l *lexis, text string, start, end int) scanner {
	return scanner{lexis: l, text: text, pos: start, end: end, lineStart: strings.LastIndexByte(text[:start], '\n') + 1}
}

// next moves behind the next bracket or line end and tells which byte it was.
func (s *scanner) next() (event, byte) {
	for s.pos < s.end {
		if s.mode != inCode {
			s.skip()
			continue
		}
		c := s.text[s.pos]
		switch byteClasses[c] {
		case newline:
			s.pos++
			s.lineStart = s.pos
			return atNewline, c
		case space:
			s.pos++
			continue
		case opener:
			s.last, s.lastPos = c, s.pos
			s.pos++
			return atOpen, c
		case closer:
			s.last, s.lastPos = c, s.pos
			s.pos++
			return atClose, c
		case word:
			s.word()
			continue
		case mark:
			if s.enter() {
				continue
			}
		}
		s.last, s.lastPos = c, s.pos
		s.pos++
	}
	return atEnd, 0
}

// byteClasses tells apart bytes of code. Marks are what may begin a comment or a
// string in some language.
var byteClasses = func() (table [256]byteClass) {
	for c := range table {
		if isWord(byte(c)) {
			table[c] = word
		}
	}
	for class, list := range map[byteClass]string{space: " \t\r", newline: "\n", opener: "([{", closer: ")]}", mark: "\"'`/#-;%<*\\@"} {
		for i := range len(list) {
			table[list[i]] = class
		}
	}
	return table
}()

type byteClass uint8

const (
	other byteClass = iota
	space
	newline
	opener
	closer
	word
	mark
)

// word skips letters and digits, and a raw string that they begin.
func (s *scanner) word() {
	start := s.pos
	for s.pos < s.end && byteClasses[s.text[s.pos]] == word {
		s.pos++
	}
	s.last, s.lastPos = s.text[s.pos-1], s.pos-1
	if !s.lexis.RawRust && !s.lexis.RawCpp {
		return
	}
	rest := s.text[s.pos:s.end]
	switch s.text[start:s.pos] {
	case "r", "br", "cr":
		if hashes := len(rest) - len(strings.TrimLeft(rest, "#")); s.lexis.RawRust && strings.HasPrefix(rest[hashes:], `"`) {
			s.mode, s.quote = inString, quote{Close: `"` + rest[:hashes], Flags: lang.Lines}
			s.pos += hashes + 1
		}
	case "R", "LR", "uR", "UR", "u8R":
		if delimiter, _, ok := strings.Cut(rest, "("); s.lexis.RawCpp && ok && strings.HasPrefix(rest, `"`) && len(delimiter) <= 17 {
			s.mode, s.quote = inString, quote{Close: ")" + delimiter[1:] + `"`, Flags: lang.Lines}
			s.pos += len(delimiter) + 1
		}
	}
}

// enter moves into the comment or string that begins here, if one does.
func (s *scanner) enter() bool {
	rest := s.text[s.pos:s.end]
	if open := s.lexis.Block[0]; open != "" && strings.HasPrefix(rest, open) {
		s.mode, s.depth = inBlockComment, 1
		s.pos += len(open)
		return true
	}
	for _, open := range s.lexis.Line {
		if strings.HasPrefix(rest, open) && s.commentMayFollow() {
			s.mode = inLineComment
			s.pos += len(open)
			return true
		}
	}
	for _, q := range s.lexis.Quotes {
		if !strings.HasPrefix(rest, q.Open) || q.Flags&lang.Char != 0 && !isCharacter(rest, q) || q.Flags&lang.Value != 0 && !s.valueMayFollow() {
			continue
		}
		s.mode, s.quote = inString, q
		s.pos += len(q.Open)
		return true
	}
	if s.lexis.Regexp && rest[0] == '/' && s.operandMayFollow() {
		if n := regexpLength(rest); n > 0 {
			s.pos += n
			s.last, s.lastPos = '/', s.pos-1
			return true
		}
	}
	return false
}

// commentMayFollow tells whether what begins a line comment does so here.
func (s *scanner) commentMayFollow() bool {
	switch {
	case s.lexis.LineStart:
		return strings.TrimSpace(s.text[s.lineStart:s.pos]) == ""
	case s.lexis.LineSpace:
		return s.pos == s.lineStart || strings.IndexByte(" \t;", s.text[s.pos-1]) >= 0
	}
	return true
}

// valueMayFollow tells whether a quote here stands where a value may begin.
func (s *scanner) valueMayFollow() bool {
	return s.pos == s.lineStart || strings.IndexByte(" \t=([{,:", s.text[s.pos-1]) >= 0
}

// skip moves on within a comment or string, at most to its end.
func (s *scanner) skip() {
	rest := s.text[s.pos:s.end]
	switch s.mode {
	case inLineComment:
		if i := strings.IndexByte(rest, '\n'); i >= 0 {
			s.pos += i
			s.mode = inCode
			return
		}
		s.pos = s.end
	case inBlockComment:
		s.skipBlockComment(rest)
	case inString:
		s.skipString(rest)
	}
}

func (s *scanner) skipBlockComment(rest string) {
	open, shut := s.lexis.Block[0], s.lexis.Block[1]
	if shut == "" { // what the other process says of a language without them
		s.mode = inCode
		return
	}
	i := strings.Index(rest, shut)
	if i < 0 {
		s.pos = s.end
		return
	}
	if j := strings.Index(rest[:i], open); s.lexis.Nested && j >= 0 {
		s.depth++
		s.pos += j + len(open)
		return
	}
	s.pos += i + len(shut)
	if s.depth--; s.depth <= 0 {
		s.mode = inCode
	}
}

func (s *scanner) skipString(rest string) {
	q := s.quote
	for i := 0; i < len(rest); i++ {
		switch c := rest[i]; {
		case c == '\\' && q.Flags&lang.Escapes != 0:
			i++
			if i < len(rest) && rest[i] == '\n' {
				s.lineStart = s.pos + i + 1
			}
		case c == '\n' && q.Flags&lang.Lines == 0:
			// An unclosed string ends with its line: what follows is code again.
			s.pos += i
			s.mode = inCode
			return
		case c == '\n':
			s.lineStart = s.pos + i + 1
		case c == q.Close[0] && strings.HasPrefix(rest[i:], q.Close):
			s.pos += i + len(q.Close)
			s.mode = inCode
			s.last, s.lastPos = c, s.pos-1
			return
		}
	}
	s.pos = s.end
}

// operandMayFollow tells whether a slash here begins a regular expression
// rather than divides.
func (s *scanner) operandMayFollow() bool {
	if s.last == 0 || strings.IndexByte("(,=:[!&|?{};+-*%<>~^", s.last) >= 0 {
		return s.last != '<' // </tag>
	}
	const keyword = "return"
	return isWord(s.last) && strings.HasSuffix(s.text[:s.lastPos+1], keyword)
}

// regexpLength returns the length of the regular expression literal that text
// begins with, 0 when it is not closed on this line.
func regexpLength(text string) int {
	class := false
	for i := 1; i < len(text); i++ {
		switch text[i] {
		case '\\':
			if i++; i < len(text) && text[i] == '\n' {
				return 0
			}
		case '\n':
			return 0
		case '[':
			class = true
		case ']':
			class = false
		case '/':
			if !class {
				return i + 1
			}
		}
	}
	return len(text) // may become one
}

// isCharacter tells whether text begins with a character in quotes, and not
// with a lifetime ('a), a digit separator or an apostrophe.
func isCharacter(text string, q quote) bool {
	body := text[len(q.Open):]
	if strings.HasPrefix(body, `\`) {
		return true
	}
	for i, n := 0, 0; i < len(body) && n < 2; i++ {
		if body[i]&0xC0 != 0x80 { // start of a character
			if n == 1 && strings.HasPrefix(body[i:], q.Close) {
				return true
			}
			n++
		}
	}
	return len(body) < 8 && strings.IndexByte(body, '\n') < 0 // may become one
}

func isWord(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '$' || c >= 0x80
}
