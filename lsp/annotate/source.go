package annotate

import (
	"slices"

	"go.lsp.dev/uri"

	"github.com/airside-ls/airside/lsp/annotate/marks"
	"github.com/airside-ls/airside/lsp/editor"
	"github.com/airside-ls/airside/lsp/text"
)

// Source has notes of its own about files, and changes them without regard to
// those of others. T is what a note is about. What its methods are given to call
// is called with the board locked, and must not call it.
type Source[T any] struct {
	board  *Board
	byFile map[uri.URI][]*Entry[T] // looked at with the board locked
}

// NewSource returns a source without notes.
func NewSource[T any](b *Board) *Source[T] {
	s := &Source[T]{board: b, byFile: make(map[uri.URI][]*Entry[T])}
	b.layers = append(b.layers, s)
	return s
}

// Put adds notes about a file; of the earlier ones those stay for which stays says
// so, nil for none. The notes speak of the text at, which may be an older version
// of an open document than the present one.
func (s *Source[T]) Put(u uri.URI, at marks.Edition, list []*Entry[T], stays func(old *Entry[T]) bool) {
	s.board.rewrite(u, at, func(u uri.URI, now marks.Edition) {
		marks.Carry(marksOf(plain(list)), at, now)
		earlier := slices.DeleteFunc(s.byFile[u], func(old *Entry[T]) bool { return stays == nil || !stays(old) })
		s.set(u, append(earlier, list...))
	})
}

// Withdraw takes back those notes for which unwanted says so.
func (s *Source[T]) Withdraw(unwanted func(uri.URI, *Entry[T]) bool) {
	s.board.each(func(u uri.URI, _ marks.Edition) bool {
		before := len(s.byFile[u])
		s.set(u, slices.DeleteFunc(s.byFile[u], func(n *Entry[T]) bool { return unwanted(u, n) }))
		return len(s.byFile[u]) < before
	})
}

// Revise changes notes one by one. change says whether there was something to
// change.
func (s *Source[T]) Revise(change func(uri.URI, *Entry[T]) bool) {
	s.board.each(func(u uri.URI, _ marks.Edition) (changed bool) {
		for _, n := range s.byFile[u] {
			changed = change(u, n) || changed
		}
		return changed
	})
}

// PlacedNote is a copy of a note, and where it is.
type PlacedNote[T any] struct {
	Entry[T]
	File uri.URI
	Text *text.Snapshot
}

// Find are those notes for which meant says so.
func (s *Source[T]) Find(meant func(u uri.URI, in *text.Snapshot, n *Entry[T]) bool) []PlacedNote[T] {
	var list []PlacedNote[T]
	s.board.each(func(u uri.URI, at marks.Edition) bool {
		for _, n := range s.byFile[u] {
			if meant(u, at.Text, n) {
				list = append(list, PlacedNote[T]{n.clone(), u, at.Text})
			}
		}
		return false
	})
	return list
}

// At are copies of the notes that are shown on the lines of the bytes [start, end]
// of a document. There are none if the document has changed in the meantime.
func (s *Source[T]) At(d *editor.Document, start, end int) []Entry[T] {
	var list []Entry[T]
	s.board.each(func(u uri.URI, at marks.Edition) bool {
		if u != d.URI || at.Line != d.Line || d.Lost {
			return false
		}
		for _, n := range s.byFile[u] {
			if n.Shown(d.Text.Text()) && n.Meets(d.Text, start, end) {
				list = append(list, n.clone())
			}
		}
		return false
	})
	return list
}

func (s *Source[T]) set(u uri.URI, list []*Entry[T]) {
	if len(list) == 0 {
		delete(s.byFile, u)
		return
	}
	s.byFile[u] = list
}

// notes implements layer.
func (s *Source[T]) notes(u uri.URI) []*Note { return plain(s.byFile[u]) }

// clear implements layer.
func (s *Source[T]) clear(u uri.URI) { delete(s.byFile, u) }

func plain[T any](list []*Entry[T]) []*Note {
	notes := make([]*Note, 0, len(list))
	for _, n := range list {
		notes = append(notes, &n.Note)
	}
	return notes
}
