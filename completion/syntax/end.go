package syntax

import (
	"bytes"
	"strings"
)

// endings is what End knows of the place.
type endings struct {
	language *language
	surroundings
	multiline bool
	body      bool // the block at the cursor is to be filled
	head      bool // the signature or condition at the cursor is to get its block
	branch    bool // the head is a statement's, which an else may follow
	blank     bool // nothing but white space stands before the cursor on its line
	column    int  // width of the white space that begins the line
	// closerAfter tells that a closing bracket follows on the cursor's line,
	// quoteAfter that the end of the string around the cursor does.
	closerAfter, quoteAfter bool
	tagAfter                string // the closing tag that follows, if one does
	// outer is the column of the line that began the block around the cursor,
	// -1 when no keyword ends it; shut tells that the document has its end, and
	// middleAfter that an else or its like follows below.
	outer             int
	shut, middleAfter bool
}

func newEndings(l *language, text string, offset int, p surroundings, a Analysis) endings {
	start := lineStart(text, offset)
	after := text[offset:lineEnd(text, offset)]
	e := endings{
		language:     l,
		surroundings: p,
		multiline:    a.Multiline,
		body:         a.Reason == BlockBody,
		head:         a.Reason == Signature,
		branch:       p.lacksBlock(l, text[start:offset]),
		blank:        isBlank(text[start:offset]),
		column:       columnOf(text[:offset], start),
	}
	if trimmed := strings.TrimLeft(after, " \t"); trimmed != "" {
		e.closerAfter = strings.IndexByte(")]}", trimmed[0]) >= 0
	}
	if i := strings.IndexByte(after, '>'); i > 0 && strings.HasPrefix(after, "</") {
		e.tagAfter = after[:i+1]
	}
	e.findBlock(text, offset)
	if p.mode == inString && p.quote.Close != "" {
		e.quoteAfter = strings.Contains(after, p.quote.Close)
	}
	return e
}

// findBlock finds the line that began the block around the cursor, or the one
// that the cursor's own line begins, and what follows the block.
func (e *endings) findBlock(text string, offset int) {
	e.outer = -1
	if e.language.Closers == nil && e.language.Middles == nil || !e.multiline {
		return
	}
	start := lineStart(text, offset)
	if !e.blank {
		e.outer = e.column
	} else {
		below := columnAround(text, offset)
		lowest := max(0, start-maxBytesUp)
		for n := 0; n < maxLinesUp && start > lowest && below > 0; n++ {
			end := start - 1
			start = lineStart(text, end)
			if column := columnOf(text, start); column < below && !isBlank(text[start:end]) {
				e.outer = column
				break
			}
		}
	}
	at := nextLine(text, offset)
	for n := 0; n < maxLinesUp && at < len(text); n++ {
		end := lineEnd(text, at)
		if column := columnOf(text, at); column <= e.outer && !isBlank(text[at:end]) {
			at += len(indentationOf(text[at:end]))
			e.middleAfter = column == e.outer && begins(e.language.Middles, text[at:end]) != no
			e.shut = e.middleAfter || column == e.outer && begins(e.language.Closers, text[at:end]) != no
			return
		}
		at = nextLine(text, at)
	}
	e.shut = at < len(text) // too far to see
}

// answer to whether text begins with one of some words.
type answer uint8

const (
	no answer = iota
	yes
	maybe // when there is more of the text
)

func begins(words []string, text string) answer {
	for _, word := range words {
		switch rest, ok := strings.CutPrefix(text, word); {
		case !ok && strings.HasPrefix(word, text), ok && rest == "" && isWord(word[len(word)-1]):
			return maybe
		case ok && (!isWord(word[len(word)-1]) || !isWord(rest[0])):
			return yes
		}
	}
	return no
}

// End returns how many bytes of suggestion to keep at the place of a, and
// whether the end is certain: then more text would not change it, and
// generating can stop. A suggestion that is not certain to have ended may
// still be streaming; keep is what to show of it if nothing more comes.
//
// A single line ends at its line break. Several lines end where the block
// around the cursor does, by a bracket that the document closes already or by
// a smaller indentation, after the one that the cursor was to complete, and at
// an empty line between statements. Either ends at a bracket or quote that the
// document has already.
//
// The time is a few nanoseconds a byte: it may be asked anew for every token.
func End(a Analysis, suggestion string) (keep int, certain bool) {
	if a.end.language == nil {
		return len(suggestion), false
	}
	if !a.Multiline {
		return a.end.line(suggestion)
	}
	f := finder{endings: &a.end, text: suggestion}
	return f.find()
}

// line finds the end of a single line.
func (e *endings) line(suggestion string) (keep int, certain bool) {
	limit := len(suggestion)
	if i := strings.IndexByte(suggestion, '\n'); i >= 0 {
		limit, certain = len(strings.TrimSuffix(suggestion[:i], "\r")), true
	}
	if i := strings.Index(suggestion[:limit], e.tagAfter); e.tagAfter != "" && i >= 0 {
		return i, true
	}
	s := newScanner(&e.language.Lexis, suggestion, 0, limit)
	s.mode, s.quote, s.depth, s.last = e.mode, e.quote, e.depth, e.last
	if s.mode == inString && limit > 0 {
		s.skip()
		if e.quoteAfter && s.mode == inCode {
			return max(0, s.pos-len(e.quote.Close)), true
		}
	}
	var own []byte
	open := len(e.open)
	for {
		switch event, c := s.next(); event {
		case atEnd:
			return limit, certain
		case atOpen:
			own = append(own, c)
		case atClose:
			if e.isPattern(c, own, open) {
				continue
			}
			if n := len(own); n > 0 {
				own = own[:n-1]
				continue
			}
			if open == 0 || e.open[open-1].char != counterpart(c) || e.open[open-1].closed {
				return len(strings.TrimRight(suggestion[:s.pos-1], " \t")), true
			}
			open--
		}
	}
}

// isPattern tells whether a closing bracket has no opening one with reason, as
// in the cases of a shell and in prose.
func (e *endings) isPattern(c byte, own []byte, left int) bool {
	if e.language.Lexis.Prose {
		return true
	}
	if !e.language.Lexis.Patterns || c != ')' || bytes.IndexByte(own, '(') >= 0 {
		return false
	}
	return len(own) > 0 || left == 0 || e.open[left-1].char != '('
}

// finder looks for the end of several lines.
type finder struct {
	*endings
	text    string
	scanner scanner
	own     []byte // brackets that the suggestion opened
	left    int    // brackets open at the cursor that are still open
	content int    // end of the last line that was not empty
	started bool   // there was such a line
	done    bool   // what was to be completed is, the rest of the line aside
	lowest  int    // a smaller column than this ends the suggestion; -1: not known yet
}

func (f *finder) find() (keep int, certain bool) {
	f.left = len(f.open)
	f.lowest = f.lowestColumn()
	f.started = !f.blank
	f.scanner = newScanner(&f.language.Lexis, f.text, 0, len(f.text))
	f.scanner.last = f.last
	for {
		switch event, c := f.scanner.next(); event {
		case atEnd:
			if f.started && isBlank(f.text[f.content:]) {
				return f.content, false
			}
			return len(f.text), false
		case atOpen:
			if f.language.Lexis.Prose {
				continue
			}
			f.own = append(f.own, c)
			f.done = false
		case atClose:
			if f.isPattern(c, f.own, f.left) {
				continue
			}
			if f.surplus(c) {
				return f.before(f.scanner.pos - 1), true
			}
		case atNewline:
			if f.endsAt(f.scanner.pos - 1) {
				return f.content, true
			}
		}
	}
}

// lowestColumn returns the column of the outermost line that may follow, -1
// when the suggestion's own first line decides.
func (f *finder) lowestColumn() int {
	switch {
	case f.blank:
		first := len(f.text) - len(strings.TrimLeft(f.text, " \t\r\n"))
		if start := lineStart(f.text, first); start > 0 {
			return columnOf(f.text, start)
		}
		return f.column + columnOf(f.text, 0)
	case f.language.Colon, f.language.Dedents && f.last != '{':
		return f.column + 1
	case f.head:
		return 0
	}
	return f.column // labels stand at the column of their switch
}

// surplus takes a closing bracket, and tells whether it must not be kept: the
// document has it already, or nothing is open that it could close.
func (f *finder) surplus(c byte) bool {
	if n := len(f.own); n > 0 {
		for n > 1 && f.own[n-1] != counterpart(c) {
			n--
		}
		f.own = f.own[:n-1]
		if len(f.own) == 0 && c == '}' && f.head {
			f.done = true
		}
		return false
	}
	if f.left == 0 || f.open[f.left-1].char != counterpart(c) || f.open[f.left-1].closed {
		return true
	}
	f.left--
	if c == '}' {
		f.done = true
	}
	return false
}

// before returns the end of what stands before a bracket that is not kept.
func (f *finder) before(at int) int {
	if start := lineStart(f.text, at); f.started && start > 0 && isBlank(f.text[start:at]) && !f.closerAfter {
		return f.content
	}
	if f.closerAfter {
		// The line break before the bracket that follows is worth keeping.
		return at
	}
	return len(strings.TrimRight(f.text[:at], " \t\r\n"))
}

// endsAt tells whether the suggestion ends with the line that ends at end, by
// what follows it.
func (f *finder) endsAt(end int) bool {
	if line := f.text[lineStart(f.text, end):end]; !isBlank(line) {
		f.content = len(strings.TrimRight(f.text[:end], " \t\r"))
		f.started = true
	} else if f.content > 0 {
		return false // the line before it has seen what follows
	}
	if len(f.own) > 0 {
		return false
	}
	rest := f.text[end+1:]
	next := len(rest) - len(strings.TrimLeft(rest, " \t\r\n"))
	empty := strings.Count(rest[:next], "\n")
	if f.done {
		if f.branch && !f.middleAfter && empty == 0 && begins(f.language.Middles, rest[next:]) != no {
			f.done = next == len(rest)
			return false // an else on a line of its own
		}
		return true
	}
	if next == len(rest) {
		// Nothing but white space so far. Two empty lines end it in any case; of
		// one the column of the next line may have to decide.
		return f.content > 0 && (empty >= 2 || empty == 1 && f.emptyLineEnds(-1))
	}
	if f.content == 0 && f.blank {
		return false // leading empty lines
	}
	at := end + 1 + next
	if f.head && end == strings.IndexByte(f.text, '\n') && !f.blockFollows(end, at) {
		return true
	}
	column := columnOf(f.text, lineStart(f.text, at))
	if empty < 2 && f.goesOn(rest[next:], column) != no {
		return false
	}
	if f.content > 0 && (empty >= 2 || empty == 1 && f.emptyLineEnds(column)) {
		return true
	}
	switch c := f.text[at]; {
	case strings.IndexByte(")]}", c) >= 0:
		return false // the bracket decides
	case f.language.Lexis.Directives && c == '#':
		return false
	}
	if f.language.Items && f.body && f.text[at] == '-' && column == f.column {
		return false
	}
	return column < f.lowest
}

// goesOn tells whether a line at column goes on with a block, or ends it, that
// nothing else ends: one that the suggestion opened, or one that the document
// has not closed.
func (f *finder) goesOn(line string, column int) answer {
	middle := begins(f.language.Middles, line)
	if column >= f.lowest {
		return max(middle, begins(f.language.Closers, line))
	}
	if column != f.outer || f.shut {
		return no
	}
	closer := begins(f.language.Closers, line)
	if closer == yes {
		f.done = true
		return yes
	}
	if f.language.Closers == nil {
		return no
	}
	return max(middle, closer)
}

// blockFollows tells whether a block begins at the end of the first line or in
// the line at at.
func (f *finder) blockFollows(end, at int) bool {
	if f.language.Colon {
		return opensBlock(f.language, f.text[:end])
	}
	if f.language.Closers != nil && columnOf(f.text, lineStart(f.text, at)) > f.column {
		return true
	}
	return f.text[at] == '{'
}

// emptyLineEnds tells whether an empty line before a line at column, -1 when
// that is not known yet, ends the suggestion: not within a body that is to be
// filled, nor within a block that the suggestion opened by indentation.
func (f *finder) emptyLineEnds(column int) bool {
	if f.body {
		return false
	}
	if f.language.Colon || f.language.Dedents {
		return column >= 0 && column <= f.lowest && !f.head
	}
	return true
}
