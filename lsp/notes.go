package lsp

import (
	"errors"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"

	"go.lsp.dev/protocol"
	"go.lsp.dev/uri"

	"github.com/airside-ls/airside/lsp/marks"
	"github.com/airside-ls/airside/lsp/text"
)

// note is what a source has to say about a place of a file. It is shown as a
// diagnostic, follows the edits of the text, and is not shown while the text
// that it quotes is not there.
type note struct {
	marks.Mark
	diagnostic protocol.Diagnostic // without the places, which the marks are
	related    []relatedNote
	fix        *string // what would stand in the place of the quote; nil without a proposal
	hidden     bool    // not to be shown
	about      any     // what the source knows it by
}

// shown tells whether there is anything to see of a note in its text. A fix that
// keeps the quote in it, such as "defer f.Close()" for "f.Close()", settles it
// as well as one that does not.
func (n *note) shown(text string) bool {
	if n.Gone || n.hidden {
		return false
	}
	if n.fix == nil || n.Quote == "" {
		return true
	}
	start := n.Start - strings.Index(*n.fix, n.Quote)
	return !strings.Contains(*n.fix, n.Quote) || start < 0 || !strings.HasPrefix(text[start:], *n.fix)
}

// relatedNote is a place of the same file that explains a note.
type relatedNote struct {
	marks.Mark
	message string
}

// Sources of notes. Each has its own notes of a file, and replaces them without
// regard to the others.
const (
	reviewNotes  = "review"
	commentNotes = "comments"
)

// notes are those of all files, open in the editor or not.
type notes struct {
	mu     sync.Mutex // held while they are published, so that these do not overtake
	byFile map[uri.URI]*annotated
}

// annotated is a file that has, or had, notes.
type annotated struct {
	at       edition // the state of its text that the marks speak of
	bySource map[string][]*note

	published string // the diagnostics that the client was told last, encoded
}

// annotate adds a source's notes about a file. They speak of the text at, which
// may be an older version of an open document than the present one.
func (s *Server) annotate(source string, u uri.URI, at edition, list []*note) {
	s.rewrite(u, at, func(a *annotated) {
		carry(marksOf(list), at, a.at)
		a.bySource[source] = append(a.bySource[source], list...)
	})
}

// reannotate is annotate that replaces what the source said before.
func (s *Server) reannotate(source string, u uri.URI, at edition, list []*note) {
	s.rewrite(u, at, func(a *annotated) {
		carry(marksOf(list), at, a.at)
		a.bySource[source] = list
	})
}

// rewrite changes the notes of a file, of which the text at is known, and
// publishes what has come of it.
func (s *Server) rewrite(u uri.URI, at edition, change func(*annotated)) {
	u = canonical(u)
	s.notes.mu.Lock()
	defer s.notes.mu.Unlock()
	a := s.notes.byFile[u]
	if a == nil {
		a = &annotated{at: at, bySource: make(map[string][]*note)}
		if s.notes.byFile == nil {
			s.notes.byFile = make(map[uri.URI]*annotated)
		}
		s.notes.byFile[u] = a
	}
	if !s.moveToPresent(u, a) {
		clear(a.bySource)
		s.publish(u, a)
		return
	}
	change(a)
	s.publish(u, a)
}

// notesRereadClosed has the notes of all files that are not open follow what the
// disk holds now.
func (s *Server) notesRereadClosed() {
	s.notes.mu.Lock()
	files := slices.Collect(maps.Keys(s.notes.byFile))
	s.notes.mu.Unlock()
	for _, u := range files {
		s.notesReread(u)
	}
}

// didChangeWatchedFiles is workspace/didChangeWatchedFiles, from clients that
// watch files for reasons of their own.
func (s *Server) didChangeWatchedFiles(params *protocol.DidChangeWatchedFilesParams) error {
	for _, change := range params.Changes {
		s.notesReread(canonical(change.URI))
	}
	return nil
}

// moveToPresent has notes follow their text: the open document, else what the
// disk holds. It fails if there is no such file.
func (s *Server) moveToPresent(u uri.URI, a *annotated) bool {
	if d := s.documents.get(u); d != nil {
		a.moveTo(d.edition())
		return true
	}
	content, err := s.readFile(u)
	if err != nil {
		return false
	}
	if a.at.line != nil || a.at.text.Text() != content {
		a.moveTo(edition{text: text.New(content, s.documents.encoding)})
	}
	return true
}

// withdraw takes back those notes of a source for which unwanted says so.
func (s *Server) withdraw(source string, unwanted func(uri.URI, *note) bool) {
	s.notes.mu.Lock()
	defer s.notes.mu.Unlock()
	for u, a := range s.notes.byFile {
		before := len(a.bySource[source])
		a.bySource[source] = slices.DeleteFunc(a.bySource[source], func(n *note) bool { return unwanted(u, n) })
		if len(a.bySource[source]) < before {
			s.publish(u, a)
		}
	}
}

// visible are the bytes to point at: a mark may be whole lines, with their
// indentation and their end.
func (n *note) visible(text string) (start, end int) {
	marked := text[n.Start:n.End]
	if trimmed := strings.TrimSpace(marked); trimmed != "" {
		start = n.Start + strings.Index(marked, trimmed)
		return start, start + len(trimmed)
	}
	return n.Start, n.End
}

// meets tells whether a note is on one of the lines of the bytes [start, end].
func (n *note) meets(t *text.Snapshot, start, end int) bool {
	from, to := n.visible(t.Text())
	line := func(offset int) uint32 { return t.OffsetPosition(offset).Line }
	return line(from) <= line(end) && line(start) <= line(to)
}

// notesAt are copies of a source's notes that are shown on the lines of the
// bytes [start, end] of a document. There are none if the document has
// changed in the meantime.
func (s *Server) notesAt(source string, d *document, start, end int) []note {
	s.notes.mu.Lock()
	defer s.notes.mu.Unlock()
	a := s.notes.byFile[d.uri]
	if a == nil || a.at.line != d.line || d.lost {
		return nil
	}
	var list []note
	for _, n := range a.bySource[source] {
		if n.shown(d.text.Text()) && n.meets(d.text, start, end) {
			list = append(list, n.clone())
		}
	}
	return list
}

// clone is a copy that does not follow the text.
func (n *note) clone() note {
	c := *n
	c.related = slices.Clone(n.related)
	return c
}

// revise changes a source's notes one by one, and publishes where change has
// said that there was something to change.
func (s *Server) revise(source string, change func(uri.URI, *note) bool) {
	s.notes.mu.Lock()
	defer s.notes.mu.Unlock()
	for u, a := range s.notes.byFile {
		changed := false
		for _, n := range a.bySource[source] {
			changed = change(u, n) || changed
		}
		if changed {
			s.publish(u, a)
		}
	}
}

// notesChanged has the notes follow a document that was opened or changed.
func (s *Server) notesChanged(d *document) {
	s.notes.mu.Lock()
	defer s.notes.mu.Unlock()
	if a := s.notes.byFile[d.uri]; a != nil {
		a.moveTo(d.edition())
		s.publish(d.uri, a)
	}
}

// notesReread has the notes of a file that is not open follow what the disk
// holds now.
func (s *Server) notesReread(u uri.URI) {
	s.notes.mu.Lock()
	defer s.notes.mu.Unlock()
	a := s.notes.byFile[u]
	if a == nil || s.documents.get(u) != nil {
		return
	}
	if !s.moveToPresent(u, a) {
		clear(a.bySource)
	}
	s.publish(u, a)
}

// readFile is what a file holds that an editor could have open.
func (s *Server) readFile(u uri.URI) (string, error) {
	if !u.IsFile() {
		return "", errors.New("not a file")
	}
	// To open a pipe would be to wait for it.
	if info, err := os.Stat(u.FsPath()); err == nil && !info.Mode().IsRegular() {
		return "", errors.New("not a regular file")
	}
	f, err := os.Open(u.FsPath())
	if err != nil {
		return "", err
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		return "", errors.Join(err, errors.New("not a regular file"))
	}
	data, err := io.ReadAll(io.LimitReader(f, int64(s.documents.maxSize)+1))
	if err == nil && len(data) > s.documents.maxSize {
		err = errors.New("the file is too large")
	}
	return string(data), err
}

func (a *annotated) moveTo(to edition) {
	if a.at.line != nil && a.at.line == to.line {
		return
	}
	for _, list := range a.bySource {
		carry(marksOf(list), a.at, to)
	}
	a.at = to
}

// marksOf are the marks of notes and of what is related to them.
func marksOf(list []*note) []*marks.Mark {
	all := make([]*marks.Mark, 0, len(list))
	for _, n := range list {
		all = append(all, &n.Mark)
		for i := range n.related {
			all = append(all, &n.related[i].Mark)
		}
	}
	return all
}
