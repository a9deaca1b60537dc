package next

import (
	"strings"

	"github.com/airside-ls/airside/completion/edit/tokens"
)

// Bounds of an edit from which something is learned: what is larger is no pattern.
const (
	maxEditBytes   = 4 << 10
	maxAroundBytes = 32 << 10
	maxChanges     = 8
	aroundLines    = 2
)

// side is a text with its tokens.
type side struct {
	text  string
	list  []tokens.Token
	words []string
}

func sideOf(text string) side {
	list := tokens.LexLines(text)
	words := tokens.Texts(text, list)
	for i, t := range list {
		if text[t.Start] == '\n' {
			words[i] = "\n"
		}
	}
	return side{text, list, words}
}

// gap is the white space before token i; i may be the number of tokens.
func (s *side) gap(i int) string {
	start, end := 0, len(s.text)
	if i > 0 {
		start = s.list[i-1].End
	}
	if i < len(s.list) {
		end = s.list[i].Start
	}
	return s.text[start:end]
}

// edit is one change that was made by hand: what stood there, what stands there, with some
// lines around on both sides.
type edit struct {
	path       string
	start, end int // of what was written, in the text as it is now; see history.shift
	old, new   side
	changes    []tokens.Change
	base       string // the text before, for the test whether a name was new
}

// editOf reads a change of before[start:oldEnd] to after[start:newEnd]. ok is false for one
// that nothing can be learned from.
func editOf(path, before, after string, start, oldEnd, newEnd int) (e edit, ok bool) {
	if oldEnd-start > maxEditBytes || newEnd-start > maxEditBytes {
		return e, false
	}
	from := lineStart(before, start, aroundLines)
	to, newTo := lineEnd(before, oldEnd, aroundLines), lineEnd(after, newEnd, aroundLines)
	if to-from > maxAroundBytes || newTo-from > maxAroundBytes {
		return e, false
	}
	e = edit{path: path, start: start, end: newEnd, base: before}
	e.old = sideOf(before[from:to])
	e.new = sideOf(after[from:newTo])
	e.changes = tokens.Diff(e.old.words, e.new.words)
	e.slide()
	return e, len(e.changes) > 0 && len(e.changes) <= maxChanges
}

// slide moves what was only put in or only taken out to where a line begins, if the same
// change can be told so: of lines that begin alike the comparison finds the end of one and the
// beginning of the next.
func (e *edit) slide() {
	before := 0 // where the change before ends, in old
	for i := range e.changes {
		c := &e.changes[i]
		words, start, end := e.old.words, c.AStart, c.AEnd
		if c.AStart == c.AEnd {
			words, start, end = e.new.words, c.BStart, c.BEnd
		} else if c.BStart != c.BEnd {
			before = c.AEnd
			continue
		}
		for k := 0; ; k++ {
			if start-k == 0 || words[start-k-1] == "\n" {
				c.AStart, c.AEnd, c.BStart, c.BEnd = c.AStart-k, c.AEnd-k, c.BStart-k, c.BEnd-k
				break
			}
			if c.AStart-k <= before || c.BStart-k == 0 || words[start-k-1] != words[end-k-1] {
				break
			}
		}
		before = c.AEnd
	}
}

// imports tells whether an edit is in a line that imports.
func (e *edit) imports() bool {
	for _, c := range e.changes {
		if c.BStart < len(e.new.list) && isImport(lineAt(e.new.text, e.new.list[c.BStart].Start)) {
			return true
		}
	}
	return false
}

// lineStart is where the line begins that is so many lines above the one of offset at.
func lineStart(text string, at, above int) int {
	for ; ; above-- {
		at = strings.LastIndexByte(text[:at], '\n') + 1
		if above == 0 || at == 0 {
			return at
		}
		at--
	}
}

// lineEnd is behind the line break of the line so many lines below the one of offset at.
func lineEnd(text string, at, below int) int {
	for ; ; below-- {
		i := strings.IndexByte(text[at:], '\n')
		if i < 0 {
			return len(text)
		}
		if at += i + 1; below == 0 {
			return at
		}
	}
}
