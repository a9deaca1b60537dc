package syntax

import (
	"strings"
	"time"
)

// maxTries bounds the reparses of one question.
const maxTries = 8

// breaks is [Judge.Breaks], of a range that lies within the text.
func (c *store) breaks(d Document, r Range, suggestion string) (breaks bool, keep int) {
	l := languageOf(d.Language)
	p := c.scan(l, d, r.Start)
	t := c.tree(d, p.repairAt(l, d.Text, r.Start))
	if t == nil {
		return false, len(suggestion)
	}
	defer t.close()
	q := question{trees: c, document: d, open: c.opened(d, l), replaced: r, tree: t, unclosed: p.unclosed(), mode: p.mode}
	q.errors, _ = t.errors(0)

	begin := time.Now()
	first, ok, err := q.try(suggestion)
	if ok || err != nil {
		return false, len(suggestion)
	}
	n := len(suggestion)
	for range maxTries - 1 {
		n = shorter(suggestion, n, first-r.Start)
		if n <= 0 || time.Since(begin) > c.limits.ParseTime {
			break
		}
		if first, ok, err = q.try(suggestion[:n]); err != nil {
			break
		}
		if ok {
			return true, n
		}
	}
	return true, 0
}

// question is one call of Breaks.
type question struct {
	trees    *store
	document Document
	open     *document // nil when it is not
	replaced Range
	tree     *tree // before the replacement
	errors   int   // in it
	unclosed int   // brackets that are not closed at the place
	mode     mode  // there
}

// try tells whether the document with suggestion is no worse than it was, and
// where the first error at the suggestion or behind it is, or -1. The error
// says that there was no time to tell.
func (q *question) try(suggestion string) (first int, ok bool, err error) {
	l := q.tree.language
	text := q.document.Text
	text = text[:q.replaced.Start] + suggestion + text[q.replaced.End:]
	end := q.replaced.Start + len(suggestion)
	p := scanPlace(&l.Lexis, text, end)
	r := p.repairAt(l, text, end)

	base := q.tree.copy()
	defer base.close()
	repaired := r.apply(text)
	base.edit(repaired, nil)
	parsed, err := q.trees.parse(q.open, l, repaired, base)
	if err != nil {
		return -1, false, err
	}
	defer parsed.close()
	count, first := parsed.errors(q.replaced.Start)
	if first > end {
		first = -1
	}
	if count == 0 && r.closers == "" {
		return first, true, nil
	}
	cut := q.mode == inCode && (p.mode == inString || p.mode == inBlockComment)
	return first, count <= q.errors && p.unclosed() <= q.unclosed && !cut, nil
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

// errors is [Judge.Errors].
func (c *store) errors(d Document) (n int, ok bool) {
	t := c.tree(d, repair{})
	if t == nil {
		return 0, false
	}
	defer t.close()
	n, _ = t.errors(0)
	return n, true
}
