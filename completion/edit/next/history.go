package next

import (
	"strings"
	"unicode/utf8"
)

// maxHistory is how many edits are remembered: a pattern that did not come up for so many
// is none any more.
const maxHistory = 6

// change is a stretch of a text that was replaced: base[start:baseEnd] by now[start:end].
type change struct {
	path         string
	base         string
	start        int
	baseEnd, end int
	used         bool // something was proposed because of it, or it was proposed itself
}

func (c *change) empty() bool { return c.path == "" }

// history is what was edited lately, in all documents: what is being written, and the edits
// before.
type history struct {
	texts map[string]string
	now   change
	edits []edit // the newest last
	taken bool   // the next change is what was proposed
}

// replacedIn is the one stretch in which two texts differ.
func replacedIn(before, after string) (start, oldEnd, newEnd int) {
	n := min(len(before), len(after))
	for start < n && before[start] == after[start] {
		start++
	}
	for start > 0 && start < len(before) && !utf8.RuneStart(before[start]) {
		start--
	}
	oldEnd, newEnd = len(before), len(after)
	for oldEnd > start && newEnd > start && before[oldEnd-1] == after[newEnd-1] {
		oldEnd, newEnd = oldEnd-1, newEnd-1
	}
	for oldEnd < len(before) && !utf8.RuneStart(before[oldEnd]) {
		oldEnd, newEnd = oldEnd+1, newEnd+1
	}
	return start, oldEnd, newEnd
}

// edited takes in what a document's text has become.
func (h *history) edited(path, after string) {
	before, known := h.texts[path]
	h.texts[path] = after
	if !known || before == after {
		return
	}
	start, oldEnd, newEnd := replacedIn(before, after)
	if h.undone(path, before, after, start, oldEnd, newEnd) {
		return
	}
	h.shift(path, start, oldEnd, newEnd)
	if c := &h.now; !h.taken && c.path == path && c.touches(before, start, oldEnd) {
		c.start = min(c.start, start)
		if oldEnd > c.end {
			c.baseEnd, c.end = c.baseEnd+oldEnd-c.end, oldEnd
		}
		c.end += newEnd - oldEnd
		if c.end >= c.start && c.base[c.start:c.baseEnd] == after[c.start:c.end] {
			used := c.used
			*c = change{}
			if used { // taken back: it is no pattern
				h.edits = nil
			}
		}
		return
	}
	h.finish(before, path)
	h.now = change{path: path, base: before, start: start, baseEnd: oldEnd, end: newEnd, used: h.taken}
}

// touches tells whether a change is in the line of what is being written, or goes on with it.
func (c *change) touches(text string, start, end int) bool {
	switch {
	case start > c.end:
		return !strings.Contains(text[c.end:start], "\n")
	case end < c.start:
		return !strings.Contains(text[end:c.start], "\n")
	}
	return true
}

// finish makes an edit of what was written. before is the text of the document at path
// before the change that comes now.
func (h *history) finish(before, path string) {
	if e, ok := h.current(before, path); ok {
		if h.edits = append(h.edits, e); len(h.edits) > maxHistory {
			h.edits = h.edits[1:]
		}
	}
	h.now = change{}
}

// current is what is being written, as an edit. text is that of the document at path; of
// another one the history knows it.
func (h *history) current(text, path string) (edit, bool) {
	c := &h.now
	if c.empty() {
		return edit{}, false
	}
	if c.path != path {
		text = h.texts[c.path]
	}
	if c.end > len(text) || c.end < c.start {
		return edit{}, false
	}
	return editOf(c.path, c.base, text, c.start, c.baseEnd, c.end)
}

// shift moves edits that lie behind a change.
func (h *history) shift(path string, start, oldEnd, newEnd int) {
	for i := range h.edits {
		e := &h.edits[i]
		if e.path == path && e.start >= oldEnd {
			e.start, e.end = e.start+newEnd-oldEnd, e.end+newEnd-oldEnd
		} else if e.path == path && e.end > start {
			e.end = max(e.start, e.end+newEnd-oldEnd)
		}
	}
}

// undone tells of a change that takes back an edit that was finished: then nothing before it
// is a pattern any more.
func (h *history) undone(path, before, after string, start, oldEnd, newEnd int) bool {
	for i := len(h.edits) - 1; i >= 0; i-- {
		e := &h.edits[i]
		if e.path != path || start > e.end || oldEnd < e.start {
			continue
		}
		if from := lineStart(after, start, 0); strings.Contains(e.old.text, after[from:lineEnd(after, newEnd, 0)]) &&
			strings.Contains(e.new.text, before[lineStart(before, start, 0):lineEnd(before, oldEnd, 0)]) {
			h.edits, h.now = nil, change{}
			return true
		}
	}
	return false
}
