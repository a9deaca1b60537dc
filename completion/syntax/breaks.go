package syntax

import (
	"strings"
	"time"
)

// maxTries bounds the reparses of one question.
const maxTries = 8

// Breaks tells whether replacing the bytes r of d by suggestion brings syntax
// errors that were not there before, and how many bytes of the suggestion can
// be kept without any: whole lines, or a part of its only line, 0 when none.
//
// Code is seldom complete while it is typed. So the errors before and after
// are compared by number, and so are the brackets that lack their counterpart.
// What cannot be parsed breaks nothing.
func (c *Cache) Breaks(d Document, r Range, suggestion string) (breaks bool, keep int) {
	r.Start = clamp(r.Start, len(d.Text))
	r.End = max(r.Start, clamp(r.End, len(d.Text)))
	l := languageOf(d.Language)
	p := scanPlace(&l.lexis, d.Text, r.Start)
	t := c.tree(d, p.repairAt(l, d.Text, r.Start))
	if t == nil {
		return false, len(suggestion)
	}
	defer t.close()
	q := question{cache: c, document: d, replaced: r, tree: t, unclosed: p.unclosed(), mode: p.mode}
	q.errors, _ = t.errors(0)

	begin := time.Now()
	first, ok := q.try(suggestion)
	if ok {
		return false, len(suggestion)
	}
	n := len(suggestion)
	for range maxTries - 1 {
		n = shorter(suggestion, n, first-r.Start)
		if n <= 0 || time.Since(begin) > c.limits.ParseTime {
			break
		}
		if first, ok = q.try(suggestion[:n]); ok {
			return true, n
		}
	}
	return true, 0
}

// question is one call of Breaks.
type question struct {
	cache    *Cache
	document Document
	replaced Range
	tree     *tree // before the replacement
	errors   int   // in it
	unclosed int   // brackets that are not closed at the place
	mode     mode  // there
}

// try tells whether the document with suggestion is no worse than it was, and
// where the first error at the suggestion or behind it is, or -1.
func (q *question) try(suggestion string) (first int, ok bool) {
	l := q.tree.language
	text := q.document.Text
	text = text[:q.replaced.Start] + suggestion + text[q.replaced.End:]
	end := q.replaced.Start + len(suggestion)
	p := scanPlace(&l.lexis, text, end)
	r := p.repairAt(l, text, end)

	base := q.tree.copy()
	defer base.close()
	repaired := r.apply(text)
	base.edit(repaired, nil)
	parsed, err := q.cache.parsers.parse(l, repaired, base, q.cache.limits.ParseTime)
	if err != nil {
		return -1, true
	}
	defer parsed.close()
	count, first := parsed.errors(q.replaced.Start)
	if first > end {
		first = -1
	}
	if count == 0 && r.closers == "" {
		return first, true
	}
	cut := q.mode == inCode && (p.mode == inString || p.mode == inBlockComment)
	return first, count <= q.errors && p.unclosed() <= q.unclosed && !cut
}

// shorter returns the next length below n to try: without the last line and
// those behind the first error, or on a single line without the last word.
func shorter(suggestion string, n, firstError int) int {
	if firstError >= 0 && firstError < n {
		n = firstError + 1
	}
	head := strings.TrimRight(suggestion[:n], " \t\r\n")
	if i := strings.LastIndexByte(head, '\n'); i >= 0 {
		return len(strings.TrimRight(head[:i], " \t\r\n"))
	}
	if strings.Contains(suggestion, "\n") || head == "" {
		return 0
	}
	i := len(head) - 1
	for isWord(head[len(head)-1]) && i > 0 && isWord(head[i-1]) {
		i--
	}
	return len(strings.TrimRight(head[:i], " \t"))
}
