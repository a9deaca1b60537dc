package syntax

import "strings"

// lexis is what a scanner must know of a language to tell code from strings
// and comments.
type lexis struct {
	line       []string // begin a comment up to the end of the line
	lineStart  bool     // line comments only count at the start of a line
	lineSpace  bool     // line comments only count behind white space
	block      [2]string
	nested     bool // block comments nest
	quotes     []quote
	regexp     bool // /.../ is a literal where an operand may stand
	rawRust    bool // r#"..."#
	rawCpp     bool // R"x(...)x"
	prose      bool // brackets are text, and need no counterpart
	directives bool // lines that begin with # stand at any indentation
	patterns   bool // a closing parenthesis may lack its opening one: case x)
}

// quote is a pair of string delimiters. Longer ones come first in a lexis.
type quote struct {
	open, close string
	flags       quoteFlags
}

type quoteFlags uint8

const (
	escapes quoteFlags = 1 << iota // a backslash hides the next byte
	lines                          // the string may have several lines
	char                           // opens a single character, or means something else, as in 'a of Rust
	value                          // opens only where a value may begin, and not in it's
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
	if !s.lexis.rawRust && !s.lexis.rawCpp {
		return
	}
	rest := s.text[s.pos:s.end]
	switch s.text[start:s.pos] {
	case "r", "br", "cr":
		if hashes := len(rest) - len(strings.TrimLeft(rest, "#")); s.lexis.rawRust && strings.HasPrefix(rest[hashes:], `"`) {
			s.mode, s.quote = inString, quote{close: `"` + rest[:hashes], flags: lines}
			s.pos += hashes + 1
		}
	case "R", "LR", "uR", "UR", "u8R":
		if delimiter, _, ok := strings.Cut(rest, "("); s.lexis.rawCpp && ok && strings.HasPrefix(rest, `"`) && len(delimiter) <= 17 {
			s.mode, s.quote = inString, quote{close: ")" + delimiter[1:] + `"`, flags: lines}
			s.pos += len(delimiter) + 1
		}
	}
}

// enter moves into the comment or string that begins here, if one does.
func (s *scanner) enter() bool {
	rest := s.text[s.pos:s.end]
	if open := s.lexis.block[0]; open != "" && strings.HasPrefix(rest, open) {
		s.mode, s.depth = inBlockComment, 1
		s.pos += len(open)
		return true
	}
	for _, open := range s.lexis.line {
		if strings.HasPrefix(rest, open) && s.commentMayFollow() {
			s.mode = inLineComment
			s.pos += len(open)
			return true
		}
	}
	for _, q := range s.lexis.quotes {
		if !strings.HasPrefix(rest, q.open) || q.flags&char != 0 && !isCharacter(rest, q) || q.flags&value != 0 && !s.valueMayFollow() {
			continue
		}
		s.mode, s.quote = inString, q
		s.pos += len(q.open)
		return true
	}
	if s.lexis.regexp && rest[0] == '/' && s.operandMayFollow() {
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
	case s.lexis.lineStart:
		return strings.TrimSpace(s.text[s.lineStart:s.pos]) == ""
	case s.lexis.lineSpace:
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
	open, shut := s.lexis.block[0], s.lexis.block[1]
	i := strings.Index(rest, shut)
	if i < 0 {
		s.pos = s.end
		return
	}
	if j := strings.Index(rest[:i], open); s.lexis.nested && j >= 0 {
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
		case c == '\\' && q.flags&escapes != 0:
			i++
			if i < len(rest) && rest[i] == '\n' {
				s.lineStart = s.pos + i + 1
			}
		case c == '\n' && q.flags&lines == 0:
			// An unclosed string ends with its line: what follows is code again.
			s.pos += i
			s.mode = inCode
			return
		case c == '\n':
			s.lineStart = s.pos + i + 1
		case c == q.close[0] && strings.HasPrefix(rest[i:], q.close):
			s.pos += i + len(q.close)
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
			i++
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
	body := text[len(q.open):]
	if strings.HasPrefix(body, `\`) {
		return true
	}
	for i, n := 0, 0; i < len(body) && n < 2; i++ {
		if body[i]&0xC0 != 0x80 { // start of a character
			if n == 1 && strings.HasPrefix(body[i:], q.close) {
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
