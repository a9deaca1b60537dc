// Package annotate shows findings and comments as notes in documents: as
// diagnostics that follow the edits of the text. It knows no repository and no
// review; what a note is about is its source's business.
package annotate

import (
	"slices"
	"strings"

	"go.lsp.dev/protocol"

	"github.com/airside-ls/airside/lsp/annotate/marks"
	"github.com/airside-ls/airside/lsp/text"
)

// Note is what a source has to say about a place of a file. It is shown as a
// diagnostic, follows the edits of the text, and is not shown while the text
// that it quotes is not there.
type Note struct {
	marks.Mark
	Diagnostic protocol.Diagnostic // without the places, which the marks are
	Related    []Related
	Fix        *string // what would stand in the place of the quote; nil without a proposal
	Hidden     bool    // not to be shown
}

// Related is a place of the same file that explains a note.
type Related struct {
	marks.Mark
	Message string
}

// Entry is a note with what its source knows it by.
type Entry[T any] struct {
	Note
	About T
}

// Shown tells whether there is anything to see of a note in its text. A fix that
// keeps the quote in it, such as "defer f.Close()" for "f.Close()", settles it
// as well as one that does not.
func (n *Note) Shown(text string) bool {
	if n.Gone || n.Hidden {
		return false
	}
	if n.Fix == nil || n.Quote == "" {
		return true
	}
	start := n.Start - strings.Index(*n.Fix, n.Quote)
	return !strings.Contains(*n.Fix, n.Quote) || start < 0 || !strings.HasPrefix(text[start:], *n.Fix)
}

// visible are the bytes to point at: a mark may be whole lines, with their
// indentation and their end.
func (n *Note) visible(text string) (start, end int) {
	marked := text[n.Start:n.End]
	if trimmed := strings.TrimSpace(marked); trimmed != "" {
		start = n.Start + strings.Index(marked, trimmed)
		return start, start + len(trimmed)
	}
	return n.Start, n.End
}

// Meets tells whether a note is on one of the lines of the bytes [start, end].
func (n *Note) Meets(t *text.Snapshot, start, end int) bool {
	from, to := n.visible(t.Text())
	line := func(offset int) uint32 { return t.OffsetPosition(offset).Line }
	return line(from) <= line(end) && line(start) <= line(to)
}

// clone is a copy that does not follow the text.
func (n *Entry[T]) clone() Entry[T] {
	c := *n
	c.Related = slices.Clone(n.Related)
	return c
}

// marksOf are the marks of notes and of what is related to them.
func marksOf(list []*Note) []*marks.Mark {
	all := make([]*marks.Mark, 0, len(list))
	for _, n := range list {
		all = append(all, &n.Mark)
		for i := range n.Related {
			all = append(all, &n.Related[i].Mark)
		}
	}
	return all
}
