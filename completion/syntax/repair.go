package syntax

import "strings"

// repair inserts the closing brackets that a text lacks while it is typed.
//
// An unclosed brace makes the parser take all that follows for a part of its
// block, with an error in every declaration; none of it can be reused, and so
// every keystroke would cost a parse of the rest of the file: 30 ms in 10,000
// lines. With the brackets closed right behind the cursor's line the rest stays
// as it was.
type repair struct {
	at      int
	closers string
}

// repairAt returns what to insert near offset, where p is.
func (p *surroundings) repairAt(l *language, text string, offset int) repair {
	start, at := lineStart(text, offset), lineEnd(text, offset)
	var closers []byte
	i := len(p.open) - 1
	for ; i >= 0 && p.open[i].pos >= start; i-- {
		closers = p.open[i].appendClosing(closers)
	}
	if p.lacksBlock(l, text[start:offset]) && isBlank(text[offset:at]) {
		closers = append(closers, "{}"...)
	}
	for ; i >= 0; i-- {
		closers = p.open[i].appendClosing(closers)
	}
	if len(closers) == 0 {
		return repair{}
	}
	s := newScanner(&l.Lexis, text, offset, at)
	s.mode, s.quote, s.depth, s.last = p.mode, p.quote, p.depth, p.last
	for event, _ := s.next(); event != atEnd; event, _ = s.next() {
	}
	if s.mode != inCode {
		// The line ends in a comment or an open string.
		return repair{at, "\n" + string(closers)}
	}
	return repair{at, string(closers)}
}

// lacksBlock tells whether line is the head of a statement whose block has not
// begun. Where conditions have no parentheses the parser takes the next brace
// of the file for it.
func (p *surroundings) lacksBlock(l *language, line string) bool {
	return l.Head != nil && p.mode == inCode && matches(l.Head, line) && strings.IndexByte(line, '{') < 0
}

// appendClosing appends the closing bracket of b, if the document lacks it.
func (b bracket) appendClosing(list []byte) []byte {
	if b.closed {
		return list
	}
	return append(list, closing(b.char))
}

// closing returns the closing bracket of an opening one.
func closing(c byte) byte {
	switch c {
	case '(':
		return ')'
	case '[':
		return ']'
	}
	return '}'
}

// apply returns text with the repair.
func (r repair) apply(text string) string {
	if r.closers == "" {
		return text
	}
	return text[:r.at] + r.closers + text[r.at:]
}

// original returns the offset in the document that an offset in its repaired
// text stands for.
func (r repair) original(offset int) int {
	if offset <= r.at {
		return offset
	}
	return max(r.at, offset-len(r.closers))
}

// repair applies r to a tree that matches its document; text is the result.
func (t *tree) repair(r repair, text string) {
	if t == nil || r.closers == "" {
		return
	}
	t.edit(text, []Edit{{r.at, r.at, r.at + len(r.closers)}})
	t.repaired = r
}
