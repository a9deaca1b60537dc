package syntax

import "strings"

// maxTries bounds the reparses of one question.
const maxTries = 8

// Breaks tells whether replacing the bytes r of d by suggestion brings syntax
// errors that were not there before, and how many bytes of the suggestion can
// be kept without any: whole lines, or a part of its only line, 0 when none.
// Code is seldom complete while it is typed, and so the errors before and after
// are compared by number. What cannot be parsed breaks nothing.
func (c *Cache) Breaks(d Document, r Range, suggestion string) (breaks bool, keep int) {
	t := c.tree(d)
	if t == nil {
		return false, len(suggestion)
	}
	defer t.close()
	r.Start = clamp(r.Start, len(d.Text))
	r.End = max(r.Start, clamp(r.End, len(d.Text)))
	before, _ := t.errors(0)

	first, ok := c.try(t, r, suggestion, before)
	if ok {
		return false, len(suggestion)
	}
	n := len(suggestion)
	for range maxTries - 1 {
		n = shorter(suggestion, n, first-r.Start)
		if n <= 0 {
			break
		}
		if first, ok = c.try(t, r, suggestion[:n], before); ok {
			return true, n
		}
	}
	return true, 0
}

// try tells whether the text with suggestion in the place of r has no more
// errors than before, and where the first error at the suggestion or behind it
// is.
func (c *Cache) try(t *tree, r Range, suggestion string, before int) (first int, ok bool) {
	text := t.text[:r.Start] + suggestion + t.text[r.End:]
	base := t.copy()
	defer base.close()
	base.edit(text, []Edit{{r.Start, r.End, r.Start + len(suggestion)}})
	parsed, err := c.parsers.parse(t.language, text, base, c.limits.ParseTime)
	if err != nil {
		return -1, true
	}
	defer parsed.close()
	after, first := parsed.errors(r.Start)
	return first, after <= before
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
	if strings.Contains(suggestion, "\n") {
		return 0
	}
	if head == "" {
		return 0
	}
	i := len(head) - 1
	if isWord(head[i]) {
		for i > 0 && isWord(head[i-1]) {
			i--
		}
	}
	return len(strings.TrimRight(head[:i], " \t"))
}
