package text

import (
	"sort"
	"strings"
)

// lineIndex knows where the lines of a text begin. Lines end at \n, \r\n or a
// lone \r (LSP, "Text Documents"). A lineIndex is immutable, so that snapshots
// may share it.
//
// Typing changes no line count, only where the later lines begin. Such an edit
// is kept as one pending shift instead of rewriting every later start, as long
// as edits stay in one line.
type lineIndex struct {
	starts []uint32 // byte offset of each line's start; starts[0] is 0
	from   int      // the lines after this one begin shift bytes later than starts says
	shift  int
}

func newLineIndex(text string) lineIndex {
	starts := make([]uint32, 1, 1+strings.Count(text, "\n"))
	return lineIndex{starts: appendLineStarts(starts, text, 0, len(text))}
}

// count is the number of lines, at least 1.
func (x lineIndex) count() int { return len(x.starts) }

// start is the byte offset at which line i begins.
func (x lineIndex) start(i int) int {
	if i > x.from {
		return int(x.starts[i]) + x.shift
	}
	return int(x.starts[i])
}

// line is the number of the line that holds the byte offset.
func (x lineIndex) line(offset int) int {
	return sort.Search(len(x.starts), func(i int) bool { return x.start(i) > offset }) - 1
}

// edited is the index of text, which came out of the indexed text by putting
// text[start:newEnd] in the place of the bytes [start, oldEnd).
func (x lineIndex) edited(text string, start, oldEnd, newEnd int) lineIndex {
	// Whether a \r just before the edit ends a line depends on what follows it
	// now, so look again from there. Line starts up to begin stand, and so do
	// those beyond oldEnd: nothing they depend on has changed.
	begin := start
	if begin > 0 && text[begin-1] == '\r' {
		begin--
	}
	first, last := x.line(begin), x.line(oldEnd)
	delta := newEnd - oldEnd

	found := countLineStarts(text, begin, newEnd)
	if found == 0 && first == last && (x.shift == 0 || x.from == first) {
		return lineIndex{starts: x.starts, from: first, shift: x.shift + delta}
	}

	starts := make([]uint32, 0, first+1+found+len(x.starts)-last-1)
	starts = x.appendStarts(starts, 0, first+1, 0)
	starts = appendLineStarts(starts, text, begin, newEnd)
	starts = x.appendStarts(starts, last+1, len(x.starts), delta)
	return lineIndex{starts: starts}
}

// appendStarts appends the starts of the lines [i, j), moved by delta bytes.
func (x lineIndex) appendStarts(dst []uint32, i, j, delta int) []uint32 {
	if still := min(j, x.from+1); i < still {
		dst = appendMoved(dst, x.starts[i:still], delta)
		i = still
	}
	if i < j {
		dst = appendMoved(dst, x.starts[i:j], delta+x.shift)
	}
	return dst
}

func appendMoved(dst, starts []uint32, delta int) []uint32 {
	if delta == 0 {
		return append(dst, starts...)
	}
	n := len(dst)
	dst = append(dst, starts...)
	for i := range dst[n:] {
		dst[n+i] += uint32(delta) // wraps around for a negative delta, as it should
	}
	return dst
}

// countLineStarts bounds from above how many lines begin in (begin, end]; it is
// 0 only if none does.
func countLineStarts(text string, begin, end int) int {
	return strings.Count(text[begin:end], "\n") + strings.Count(text[begin:end], "\r")
}

// appendLineStarts appends the offsets p in (begin, end] at which a line of
// text begins.
func appendLineStarts(dst []uint32, text string, begin, end int) []uint32 {
	hasCR := strings.IndexByte(text[begin:end], '\r') >= 0
	for i := begin; i < end; {
		stop, newline := end, false
		if n := strings.IndexByte(text[i:end], '\n'); n >= 0 {
			stop, newline = i+n, true
		}
		if hasCR {
			dst = appendLoneCR(dst, text, i, stop)
		}
		if newline {
			dst = append(dst, uint32(stop+1))
		}
		i = stop + 1
	}
	return dst
}

// appendLoneCR appends the offsets behind each \r of text[i:stop] that no \n
// follows.
func appendLoneCR(dst []uint32, text string, i, stop int) []uint32 {
	for i < stop {
		n := strings.IndexByte(text[i:stop], '\r')
		if n < 0 {
			break
		}
		i += n + 1
		if i == len(text) || text[i] != '\n' {
			dst = append(dst, uint32(i))
		}
	}
	return dst
}
