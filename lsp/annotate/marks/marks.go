// Package marks keeps places of a text where they belong while the text is
// edited. A mark that quotes the text vanishes when its quote does, and is back
// when the quote is, as after an undo; it is never moved to other text.
package marks

import (
	"regexp"
	"strings"
	"unicode"
)

// maxRegion bounds, in bytes beyond twice its quote, the text in which a quote
// that has vanished is looked for at each later edit.
const maxRegion = 4096

// Edit replaces the bytes [Start, End) of a text by New.
type Edit struct {
	Start, End int
	New        string
}

// Mark is a place in a text.
type Mark struct {
	// Start and End are byte offsets. While the mark is gone they enclose the
	// text that has come in the place of its quote.
	Start, End int
	// Quote is the text that the mark is about, up to white space. A mark
	// without a quote never goes.
	Quote string
	// Gone says that the quote is not there.
	Gone bool

	lost    bool // gone for good
	touched bool // edited since Settle
}

// Edit moves the mark as an edit of the text demands. Settle is to be called
// after the last of the edits that make one change.
func (m *Mark) Edit(e Edit) {
	delta := len(e.New) - (e.End - e.Start)
	before, after := e.End <= m.Start, e.Start >= m.End
	if m.Gone { // what touches it may be the quote coming back
		before, after = e.End < m.Start, e.Start > m.End
	}
	switch {
	case before:
		m.Start += delta
		m.End += delta
	case after:
	default:
		m.Start = min(m.Start, e.Start)
		m.End = max(m.End, e.End) + delta
		m.touched = true
	}
}

// Settle looks whether the quote of an edited mark is still there, and where. A
// quote that stands in the text twice tells no place and counts as gone.
func (m *Mark) Settle(text string) {
	if !m.touched || m.Quote == "" || m.lost {
		m.touched = false
		return
	}
	m.touched = false
	m.seek(text)
}

// Check is Settle for a mark whose text may have become another in any way.
func (m *Mark) Check(text string) {
	if m.Quote == "" || m.lost {
		return
	}
	m.Start, m.End = min(m.Start, len(text)), min(m.End, len(text))
	if !m.Gone && text[m.Start:m.End] == m.Quote {
		return
	}
	m.seek(text)
}

func (m *Mark) seek(text string) {
	start, end, ok := find(text[m.Start:m.End], m.Quote)
	m.Gone = !ok
	if ok {
		m.Start, m.End = m.Start+start, m.Start+end
		return
	}
	m.lost = m.End-m.Start > 2*len(m.Quote)+maxRegion
}

// find is where text holds a quote: to the byte, else up to white space. There
// has to be one such place and no other.
func find(text, quote string) (start, end int, ok bool) {
	if i := strings.Index(text, quote); i >= 0 {
		return i, i + len(quote), strings.LastIndex(text, quote) == i
	}
	words := strings.Fields(quote)
	if len(words) == 0 || !strings.Contains(text, words[0]) {
		return 0, 0, false
	}
	for i, word := range words {
		words[i] = regexp.QuoteMeta(word)
	}
	core := "(" + strings.Join(words, `\s+`) + ")"
	trimmed := strings.TrimLeftFunc(quote, unicode.IsSpace)
	if trimmed != quote {
		core = `(?:^|\s)` + core
	}
	if strings.TrimRightFunc(trimmed, unicode.IsSpace) != trimmed {
		core += `(?:\s|$)`
	}
	pattern, err := regexp.Compile(core)
	if err != nil { // it is larger than a pattern may be
		return 0, 0, false
	}
	found := pattern.FindAllStringSubmatchIndex(text, 2)
	if len(found) != 1 {
		return 0, 0, false
	}
	return found[0][2], found[0][3], true
}

// Difference is one edit that makes the new text of the old one.
func Difference(old, new string) Edit {
	shorter := min(len(old), len(new))
	head := 0
	for head < shorter && old[head] == new[head] {
		head++
	}
	tail := 0
	for tail < shorter-head && old[len(old)-1-tail] == new[len(new)-1-tail] {
		tail++
	}
	return Edit{Start: head, End: len(old) - tail, New: new[head : len(new)-tail]}
}
