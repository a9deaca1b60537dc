package syntax

import (
	"strings"

	sitter "github.com/smacker/go-tree-sitter"
)

// change replaced the bytes [start, end) of an old text by n bytes.
type change struct{ start, end, n int }

// maxEdits bounds the edits that are followed one by one; more of them count
// as one change from the first to the last.
const maxEdits = 64

// changes returns what leads from old to text, in ascending order and relative
// to old. Edits are a hint: where they do not lead from old to text, or there
// are none, all between the first and the last difference has changed.
func changes(old, text string, edits []Edit) []change {
	if old == text {
		return nil
	}
	if len(edits) > 0 && len(edits) <= maxEdits {
		if list, ok := follow(old, text, edits); ok {
			return list
		}
	}
	return []change{difference(old, text)}
}

// follow composes edits, and tells whether they lead from old to text.
func follow(old, text string, edits []Edit) ([]change, bool) {
	// Pieces of the text so far: taken from old at an offset, or new (from < 0).
	type piece struct{ from, n int }
	pieces := []piece{{0, len(old)}}
	for _, e := range edits {
		if e.Start < 0 || e.OldEnd < e.Start || e.NewEnd < e.Start {
			return nil, false
		}
		var next []piece
		at, placed := 0, false
		place := func() {
			if !placed {
				next, placed = append(next, piece{-1, e.NewEnd - e.Start}), true
			}
		}
		for _, p := range pieces {
			if left := min(p.n, e.Start-at); left > 0 {
				next = append(next, piece{p.from, left})
			}
			if at+p.n >= e.Start {
				place()
			}
			if cut := max(0, e.OldEnd-at); cut < p.n && at+p.n > e.Start {
				cut = max(cut, e.Start-at)
				if p.from >= 0 {
					p.from += cut
				}
				next = append(next, piece{p.from, p.n - cut})
			}
			at += p.n
		}
		if e.OldEnd > at || !placed {
			return nil, false
		}
		pieces = next
	}

	var list []change
	oldAt, newAt := 0, 0
	pending := change{}
	flush := func(oldTo int) {
		pending.end = oldTo
		if pending.n > 0 || pending.end > pending.start {
			list = append(list, pending)
		}
	}
	for _, p := range pieces {
		if p.from < 0 {
			pending.n += p.n
			newAt += p.n
			continue
		}
		if newAt+p.n > len(text) || p.from < oldAt || old[p.from:p.from+p.n] != text[newAt:newAt+p.n] {
			return nil, false
		}
		if p.n == 0 {
			continue
		}
		flush(p.from)
		oldAt, newAt = p.from+p.n, newAt+p.n
		pending = change{start: oldAt}
	}
	flush(len(old))
	return list, newAt == len(text)
}

// difference returns the one change between the first and the last byte in
// which the texts differ.
func difference(old, text string) change {
	start := commonPrefix(old, text)
	end := commonSuffix(old[start:], text[start:])
	return change{start: start, end: len(old) - end, n: len(text) - end - start}
}

// commonPrefix compares in blocks, which the runtime does many bytes at a time.
func commonPrefix(a, b string) int {
	const block = 256
	n := min(len(a), len(b))
	i := 0
	for i+block <= n && a[i:i+block] == b[i:i+block] {
		i += block
	}
	for i < n && a[i] == b[i] {
		i++
	}
	return i
}

func commonSuffix(a, b string) int {
	const block = 256
	n := min(len(a), len(b))
	i := 0
	for i+block <= n && a[len(a)-i-block:len(a)-i] == b[len(b)-i-block:len(b)-i] {
		i += block
	}
	for i < n && a[len(a)-1-i] == b[len(b)-1-i] {
		i++
	}
	return i
}

// input describes the change to tree-sitter, in a text that is old up to the
// change. Columns are bytes.
func (c change) input(old string) sitter.EditInput {
	start := pointOf(sitter.Point{}, old[:c.start])
	oldEnd := pointOf(start, old[c.start:c.end])
	return sitter.EditInput{
		StartIndex:  uint32(c.start),
		OldEndIndex: uint32(c.end),
		NewEndIndex: uint32(c.start + c.n),
		StartPoint:  start,
		OldEndPoint: oldEnd,
		// The binding overwrites the new end point by the old one. Only nodes
		// that are parsed anew anyway carry it, and nothing here reads points.
		NewEndPoint: oldEnd,
	}
}

// pointOf returns the point that text ends at when it begins at start.
func pointOf(start sitter.Point, text string) sitter.Point {
	rows := strings.Count(text, "\n")
	if rows == 0 {
		return sitter.Point{Row: start.Row, Column: start.Column + uint32(len(text))}
	}
	return sitter.Point{Row: start.Row + uint32(rows), Column: uint32(len(text) - strings.LastIndexByte(text, '\n') - 1)}
}
