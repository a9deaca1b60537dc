package syntax

import (
	"bytes"
	"slices"
	"strings"
)

// Bounds of scanning for brackets, in bytes around the cursor. They bound the
// time of an analysis, and hold more than the largest sensible function.
const (
	scanBack    = 32 << 10
	scanForward = 32 << 10
	maxOpen     = 256 // brackets; of deeper nesting the innermost are known
)

// surroundings is what a scanner finds at the cursor.
type surroundings struct {
	open   []bracket // outermost first
	mode   mode
	quote  quote
	depth  int
	last   byte // last byte of code before, 0 when none
	markup bool // among elements rather than in the innermost bracket
	// opened is the start of the first line on which one of the brackets that
	// are closed on the cursor's line was opened, -1 when there are none.
	opened int
}

// scanPlace scans the text around offset for the brackets that are open there,
// and for those of them that are closed behind it.
func scanPlace(l *lexis, text string, offset int) surroundings {
	p, _ := (*checkpoint)(nil).scanPlace(l, text, offset)
	return p
}

// checkpoint is how far a scan came: to the beginning of a line, in code, from which
// another goes on where nothing before has changed.
type checkpoint struct {
	lexis   *lexis
	start   int
	text    string // from start to ahead bytes behind scanner.pos
	scanner scanner
	open    []bracket
}

// A scan is kept where it came to behind ahead bytes, or more, of what the cursor's
// line begins at: what it looks at ahead, to tell a quote from an apostrophe, is far
// less. It is kept once, within kept bytes before.
const (
	ahead = 64
	kept  = 2 << 10
)

// goesOn tells whether a scan from start to offset can begin where s came to.
func (s *checkpoint) goesOn(l *lexis, text string, start, offset int) bool {
	return s != nil && s.lexis == l && s.start == start && start+len(s.text) <= offset && text[start:start+len(s.text)] == s.text
}

// scanPlace is the same from where an earlier scan came to, nil for none, and says
// where the next can go on.
func (from *checkpoint) scanPlace(l *lexis, text string, offset int) (surroundings, *checkpoint) {
	p, start := surroundings{opened: -1}, scanStart(text, offset)
	s := newScanner(l, text, start, offset)
	if from.goesOn(l, text, start, offset) {
		s = from.scanner
		s.text, s.end = text, offset
		p.open = slices.Clone(from.open)
	} else {
		from = nil
	}
	last := lineStart(text, offset) - ahead
	for {
		e, c := s.next()
		switch e {
		case atOpen:
			if l.Prose {
				continue
			}
			if len(p.open) == maxOpen {
				p.open = append(p.open[:0], p.open[maxOpen/2:]...)
			}
			p.open = append(p.open, bracket{char: c, pos: s.pos - 1, line: s.lineStart, column: columnOf(text, s.lineStart)})
			continue
		case atClose:
			if i := matching(p.open, c); i >= 0 {
				if at := p.open[i].line; p.opened < 0 || at < p.opened {
					p.opened = at
				}
				p.open = p.open[:i]
			}
			continue
		case atNewline:
			p.opened = -1
			if s.pos <= last && s.pos > last-kept {
				from = &checkpoint{lexis: l, start: start, scanner: s, open: slices.Clone(p.open)}
			}
			continue
		}
		break
	}
	if len(p.open) == 0 {
		p.open = nil
	}
	if from != nil && from.text == "" {
		from.text = strings.Clone(text[start : from.scanner.pos+ahead])
		from.scanner.text = ""
	}
	p.mode, p.quote, p.depth, p.last = s.mode, s.quote, s.depth, s.last
	p.markClosed(l, text, offset)
	return p, from
}

// markClosed finds the brackets that the text behind offset closes. Brackets
// pair up by kind and order, but a closing bracket that begins its line does
// not close a line that is indented deeper: that one has lost its own.
func (p *surroundings) markClosed(l *lexis, text string, offset int) {
	end := min(len(text), offset+scanForward)
	s := newScanner(l, text, offset, end)
	s.mode, s.quote, s.depth, s.last = p.mode, p.quote, p.depth, p.last
	var own []byte // opened and not closed behind offset
	i := len(p.open) - 1
	for i >= 0 {
		e, c := s.next()
		if e == atEnd {
			break
		}
		switch e {
		case atOpen:
			own = append(own, c)
		case atClose:
			if n := len(own); n > 0 {
				if own[n-1] == counterpart(c) {
					own = own[:n-1]
				} else if k := bytes.LastIndexByte(own, counterpart(c)); k >= 0 {
					own = own[:k]
				}
				continue
			}
			column := -1
			if strings.TrimLeft(text[s.lineStart:s.pos-1], " \t") == "" {
				column = columnOf(text, s.lineStart)
			}
			for j := i; j >= 0; j-- {
				b := &p.open[j]
				if b.char == counterpart(c) && (column < 0 || b.column <= column) {
					b.closed = true
					i = j - 1
					break
				}
			}
		}
	}
	if end < len(text) {
		// Not seen to the end: what is left open is most likely closed there.
		for ; i >= 0; i-- {
			p.open[i].closed = true
		}
	}
}

// statementStart returns the start of the line on which the parentheses around
// the place, or those closed on its line, begin.
func (p *surroundings) statementStart(text string, offset int) int {
	start := lineStart(text, offset)
	if p.opened >= 0 {
		start = min(start, p.opened)
	}
	for i := len(p.open) - 1; i >= 0 && p.open[i].char != '{'; i-- {
		start = min(start, p.open[i].line)
	}
	return start
}

// unclosed returns how many brackets are open and not closed behind the place.
func (p *surroundings) unclosed() int {
	n := 0
	for _, b := range p.open {
		if !b.closed {
			n++
		}
	}
	return n
}

// matching returns the index of the innermost bracket that c closes, -1 when
// none does.
func matching(open []bracket, c byte) int {
	for i := len(open) - 1; i >= 0; i-- {
		if open[i].char == counterpart(c) {
			return i
		}
	}
	return -1
}

// counterpart returns the opening bracket of a closing one.
func counterpart(c byte) byte {
	switch c {
	case ')':
		return '('
	case ']':
		return '['
	}
	return '{'
}

// scanStart returns where to begin scanning for the brackets around offset:
// at the last line in reach that looks like the start of a declaration.
func scanStart(text string, offset int) int {
	if offset <= scanBack {
		return 0
	}
	start := offset - scanBack
	at := start
	for {
		i := strings.IndexByte(text[at:offset], '\n')
		if i < 0 || at-start > scanBack/2 {
			return start
		}
		at += i + 1
		if at < offset && isWord(text[at]) {
			return at
		}
	}
}
