package annotate

import (
	"log/slog"
	"maps"
	"slices"
	"sync"

	"go.lsp.dev/protocol"
	"go.lsp.dev/uri"

	"github.com/airside-ls/airside/lsp/annotate/marks"
	"github.com/airside-ls/airside/lsp/editor"
)

// Board has the notes of all files, open in the editor or not, and keeps the
// editor told of them. Its methods may be called from several goroutines.
type Board struct {
	client    editor.Client
	documents editor.Documents
	log       *slog.Logger
	layers    []layer // one for each source, from the beginning on

	mu     sync.Mutex // held while notes are published, so that these do not overtake
	byFile map[uri.URI]*sheet
}

// layer is a source as the board sees it: its notes of each file. They are looked
// at and changed with the board locked.
type layer interface {
	notes(u uri.URI) []*Note
	clear(u uri.URI)
}

// sheet is a file that has, or had, notes.
type sheet struct {
	at        marks.Edition // the state of its text that the marks speak of
	published string        // the diagnostics that the client was told last, encoded
}

// NewBoard returns a board without notes. Sources are to be added before it is
// used.
func NewBoard(client editor.Client, documents editor.Documents, log *slog.Logger) *Board {
	return &Board{client: client, documents: documents, log: log, byFile: make(map[uri.URI]*sheet)}
}

// rewrite changes the notes of a file, of which the text at is known, and
// publishes what has come of it. change is told which text the notes speak of.
func (b *Board) rewrite(u uri.URI, at marks.Edition, change func(u uri.URI, now marks.Edition)) {
	u = editor.Canonical(u)
	b.mu.Lock()
	defer b.mu.Unlock()
	s := b.byFile[u]
	if s == nil {
		s = &sheet{at: at}
		b.byFile[u] = s
	}
	if b.moveToPresent(u, s) {
		change(u, s.at)
	} else {
		b.clear(u)
	}
	b.publish(u, s)
}

// each looks at the files one by one, and publishes where change has said that
// there was something to change.
func (b *Board) each(change func(u uri.URI, at marks.Edition) bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for u, s := range b.byFile {
		if change(u, s.at) {
			b.publish(u, s)
		}
	}
}

// Changed has the notes follow a document that was opened or changed.
func (b *Board) Changed(d *editor.Document) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if s := b.byFile[d.URI]; s != nil {
		b.moveTo(d.URI, s, d.Edition())
		b.publish(d.URI, s)
	}
}

// Reread has the notes of a file that is not open follow what the disk holds now.
func (b *Board) Reread(u uri.URI) {
	b.mu.Lock()
	defer b.mu.Unlock()
	s := b.byFile[u]
	if s == nil || b.documents.Open(u) != nil {
		return
	}
	if !b.moveToPresent(u, s) {
		b.clear(u)
	}
	b.publish(u, s)
}

// RereadClosed is Reread for all files.
func (b *Board) RereadClosed() {
	b.mu.Lock()
	files := slices.Collect(maps.Keys(b.byFile))
	b.mu.Unlock()
	for _, u := range files {
		b.Reread(u)
	}
}

// FilesChanged is workspace/didChangeWatchedFiles, from clients that watch files
// for reasons of their own.
func (b *Board) FilesChanged(params *protocol.DidChangeWatchedFilesParams) error {
	for _, change := range params.Changes {
		b.Reread(editor.Canonical(change.URI))
	}
	return nil
}

// Diagnostics are those of a file, as textDocument/diagnostic asks for them, which
// is offered to clients that take them in no other way.
func (b *Board) Diagnostics(_ *editor.Call, params *protocol.DocumentDiagnosticParams) (editor.Answer, error) {
	report := &protocol.RelatedFullDocumentDiagnosticReport{}
	report.Kind, report.Items = "full", []protocol.Diagnostic{}
	u := editor.Canonical(params.TextDocument.URI)
	b.mu.Lock()
	defer b.mu.Unlock()
	if s := b.byFile[u]; s != nil {
		if d := b.documents.Open(u); d == nil || !d.Lost {
			report.Items = b.encode(u, s.at.Text, b.notes(u))
		}
	}
	return func() (any, error) { return report, nil }, nil
}

// moveToPresent has notes follow their text: the open document, else what the
// disk holds. It fails if there is no such file.
func (b *Board) moveToPresent(u uri.URI, s *sheet) bool {
	if d := b.documents.Open(u); d != nil {
		b.moveTo(u, s, d.Edition())
		return true
	}
	content, err := b.documents.Read(u)
	if err != nil {
		return false
	}
	if s.at.Line != nil || s.at.Text.Text() != content.Text() {
		b.moveTo(u, s, marks.Edition{Text: content})
	}
	return true
}

func (b *Board) moveTo(u uri.URI, s *sheet, to marks.Edition) {
	if s.at.Line != nil && s.at.Line == to.Line {
		return
	}
	marks.Carry(marksOf(b.notes(u)), s.at, to)
	s.at = to
}

// notes are those of a file, of all sources together.
func (b *Board) notes(u uri.URI) []*Note {
	var list []*Note
	for _, l := range b.layers {
		list = append(list, l.notes(u)...)
	}
	return list
}

func (b *Board) clear(u uri.URI) {
	for _, l := range b.layers {
		l.clear(u)
	}
}

// publish tells the client the notes of a file, of all sources together, if
// they are others than it was told last.
func (b *Board) publish(u uri.URI, s *sheet) {
	d := b.documents.Open(u)
	notes := b.notes(u)
	if len(notes) == 0 {
		delete(b.byFile, u)
	}
	list := []protocol.Diagnostic{}
	if d == nil || !d.Lost {
		list = b.encode(u, s.at.Text, notes)
	}
	encoded, err := protocol.Marshal(list)
	if err != nil {
		b.log.Error("diagnostics", "uri", u, "err", err)
		return
	}
	if string(encoded) == s.published || s.published == "" && len(list) == 0 {
		return
	}
	s.published = string(encoded)
	can := b.client.Capabilities()
	if can.PullsDiagnostics {
		b.refresh()
		return
	}
	params := &protocol.PublishDiagnosticsParams{URI: u, Diagnostics: list}
	if d != nil && can.Diagnostics.Version {
		params.Version = protocol.NewOptional(d.Version)
	}
	b.client.Notify(protocol.MethodTextDocumentPublishDiagnostics, params)
}
