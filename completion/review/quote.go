package review

import (
	"strings"
	"unicode"
)

// maxQuoted is how many lines a finding may speak of; a longer quote is narrowed
// to those of them that changed.
const maxQuoted = 12

// locate finds the code that a model quotes among the new lines that the unit
// shows, as bytes of the text. White space does not count: models indent anew.
// Of several places the first that changed is taken. ok is false when there is
// none, or none that changed.
func (u unit) locate(quote string) (start, end int, ok bool) {
	code, offsets := u.squeezed()
	for _, want := range readings(quote) {
		for at := 0; ; {
			i := strings.Index(code[at:], want)
			if i < 0 {
				break
			}
			at += i
			start, end = offsets[at], offsets[at+len(want)-1]+1
			if u.touches(start, end) {
				start, end = u.narrow(start, end)
				return start, end, true
			}
			at++
		}
	}
	return 0, 0, false
}

// squeezed are the shown lines without white space, and the offset of each of
// these bytes in the text. What is not shown is a NUL.
func (u unit) squeezed() (code string, offsets []int) {
	var b strings.Builder
	for _, p := range u.shown {
		for at := u.starts[p.first]; at < u.starts[p.last+1]; at++ {
			if c := u.masked[at]; !isSpace(c) {
				b.WriteByte(c)
				offsets = append(offsets, at)
			}
		}
		b.WriteByte(0)
		offsets = append(offsets, 0)
	}
	return b.String(), offsets
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == 0 }

// readings are what a quote may stand for, without white space: as it is, and
// without the marks of a diff, a code fence or an ellipsis.
func readings(quote string) []string {
	quote = strings.TrimSpace(unfence(quote))
	bare := strings.TrimSuffix(strings.TrimSuffix(strings.Trim(quote, "`"), "..."), "…")
	var list []string
	for _, q := range []string{quote, withoutMarks(quote), bare, withoutMarks(bare)} {
		squeezed := strings.Map(func(r rune) rune {
			if unicode.IsSpace(r) || r == 0 {
				return -1
			}
			return r
		}, q)
		// A bracket is no quote.
		if len(squeezed) >= 3 && strings.ContainsFunc(squeezed, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }) {
			list = append(list, squeezed)
		}
	}
	return list
}

// withoutMarks takes away the "+" with which a unit marks new lines.
func withoutMarks(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		if trimmed := strings.TrimLeft(line, " \t"); strings.HasPrefix(trimmed, "+") && !strings.HasPrefix(trimmed, "++") {
			lines[i] = strings.TrimPrefix(strings.TrimPrefix(trimmed, "+"), " ")
		}
	}
	return strings.Join(lines, "\n")
}

// unfence takes text out of a code fence.
func unfence(text string) string {
	trimmed := strings.TrimSpace(text)
	if !strings.HasPrefix(trimmed, "```") || !strings.HasSuffix(trimmed, "```") || len(trimmed) < 6 {
		return text
	}
	trimmed = strings.TrimSuffix(trimmed, "```")
	if i := strings.IndexByte(trimmed, '\n'); i >= 0 {
		return trimmed[i+1:]
	}
	return strings.Trim(trimmed, "`")
}

func (u unit) touches(start, end int) bool {
	p := u.spanOf(start, end)
	for line := p.first; line <= p.last; line++ {
		if u.touched(line) {
			return true
		}
	}
	return false
}

// narrow cuts a long quote to its first lines that changed, without the white
// space around them.
func (u unit) narrow(start, end int) (int, int) {
	p := u.spanOf(start, end)
	if p.last-p.first < maxQuoted {
		return start, end
	}
	first := p.first
	for !u.touched(first) {
		first++
	}
	last := first
	for last < p.last && last-first < maxQuoted-1 && u.touched(last+1) {
		last++
	}
	start, end = max(start, u.starts[first]), min(end, u.starts[last+1])
	trimmed := strings.TrimLeft(u.text[start:end], " \t\r\n")
	start = end - len(trimmed)
	return start, start + len(strings.TrimRight(trimmed, " \t\r\n"))
}
