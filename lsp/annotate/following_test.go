package annotate

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"go.lsp.dev/protocol"
	"go.lsp.dev/uri"

	"github.com/airside-ls/airside/lsp/annotate/marks"
	"github.com/airside-ls/airside/lsp/editor"
	"github.com/airside-ls/airside/lsp/lsptest"
	"github.com/airside-ls/airside/lsp/text"
)

// told is an editor that remembers all that it was told.
type told struct {
	*lsptest.Room
	published []*protocol.PublishDiagnosticsParams
	refreshed chan string // the methods that were called
}

func (r *told) Call(_ context.Context, method string, _, _ any) error {
	r.refreshed <- method
	return nil
}

func (r *told) Notify(method string, params any) {
	r.published = append(r.published, params.(*protocol.PublishDiagnosticsParams))
}

// last is what was told last: version, and for each note its place and its words.
func (r *told) last() string {
	if len(r.published) == 0 {
		return "nothing"
	}
	p := r.published[len(r.published)-1]
	var notes []string
	if version, ok := p.Version.Get(); ok {
		notes = append(notes, fmt.Sprint("v", version))
	}
	for _, d := range p.Diagnostics {
		note := fmt.Sprintf("%d:%d-%d:%d %v", d.Range.Start.Line, d.Range.Start.Character, d.Range.End.Line, d.Range.End.Character, d.Message)
		for _, r := range d.RelatedInformation {
			note += fmt.Sprintf(" (%d:%d %v)", r.Location.Range.Start.Line, r.Location.Range.Start.Character, r.Message)
		}
		notes = append(notes, note)
	}
	return strings.Join(notes, ", ")
}

const file = uri.URI("file:///a")

// world is a board with an open document.
type world struct {
	*told
	t      *testing.T
	board  *Board
	source *Source[int]
}

func newWorld(t *testing.T, content string) *world {
	room := &told{Room: lsptest.NewRoom(t), refreshed: make(chan string, 9)}
	room.Can.Encoding = text.UTF8
	room.Can.Diagnostics.Version, room.Can.Diagnostics.Related = true, true
	room.Put(file, content)
	w := &world{told: room, t: t, board: NewBoard(room, room, slog.New(slog.DiscardHandler))}
	w.source = NewSource[int](w.board)
	return w
}

func (w *world) document() *editor.Document { return w.Documents[file] }

// edit makes the next version of the document.
func (w *world) edit(e marks.Edit) {
	d := *w.document()
	now := d.Text.Text()
	d.Version++
	d.Text, d.Line = text.New(now[:e.Start]+e.New+now[e.End:], text.UTF8), d.Line.Follow([]marks.Edit{e})
	w.Documents[file] = &d
	w.board.Changed(&d)
}

// about is a note on a quote where that stands in the document first.
func (w *world) about(id int, quote string) *Entry[int] {
	start := strings.Index(w.document().Text.Text(), quote)
	return &Entry[int]{About: id, Note: Note{
		Mark:       marks.Mark{Start: start, End: start + len(quote), Quote: quote},
		Diagnostic: protocol.Diagnostic{Message: protocol.String(strings.TrimSpace(quote))},
	}}
}

func (w *world) tells(want string) {
	w.t.Helper()
	if got := w.last(); got != want {
		w.t.Errorf("told %s, want %s", got, want)
	}
}

// at are the notes on the bytes of a version.
func (w *world) at(d *editor.Document, start, end int) (ids string) {
	for _, n := range w.source.At(d, start, end) {
		ids += fmt.Sprint(n.About)
	}
	return ids
}

func all(*Entry[int]) bool { return true }

// TestNotesFollow: with the document, its version and what is related; told once, and
// of no version but the present one.
func TestNotesFollow(t *testing.T) {
	w := newWorld(t, "one two\nthree\n")
	first := w.document()
	n := w.about(1, "two")
	n.Related = []Related{{w.about(0, "three").Mark, "see"}}
	w.source.Put(file, first.Edition(), []*Entry[int]{n}, nil)
	w.tells("v0, 0:4-0:7 two (1:0 see)")
	w.edit(marks.Edit{Start: 0, End: 0, New: "x\n"})
	w.tells("v1, 1:4-1:7 two (2:0 see)")
	times := len(w.published)
	w.board.Changed(w.document())
	w.Disk[file] = "one\n"
	w.board.Reread(file) // what an editor has open is as it says
	if len(w.published) != times {
		t.Errorf("told again: %s", w.last())
	}
	if got := w.at(w.document(), 6, 6) + "," + w.at(first, 4, 4); got != "1," {
		t.Errorf("at hand are %s", got)
	}
	// What was found in the first version, while this one was typed.
	one := &Entry[int]{About: 2, Note: Note{Mark: marks.Mark{Start: 0, End: 3, Quote: "one"}, Diagnostic: protocol.Diagnostic{Message: protocol.String("one")}}}
	w.source.Put(file, first.Edition(), []*Entry[int]{one}, all)
	w.tells("v1, 1:0-1:3 one, 1:4-1:7 two (2:0 see)")
	w.edit(marks.Edit{Start: 6, End: 9, New: "2"})
	w.tells("v2, 1:0-1:3 one")
	if got := w.at(w.document(), 2, 9); got != "2" {
		t.Errorf("at hand are %s", got)
	}
	lost := *w.document()
	lost.Lost = true
	w.Documents[file] = &lost
	w.board.Changed(&lost)
	answer, err := w.board.Diagnostics(nil, &protocol.DocumentDiagnosticParams{TextDocument: protocol.TextDocumentIdentifier{URI: file}})
	if err != nil {
		t.Fatal(err)
	}
	report, err := answer()
	if items := report.(*protocol.RelatedFullDocumentDiagnosticReport).Items; err != nil || len(items) > 0 || w.at(&lost, 2, 9) != "" {
		t.Errorf("of a text that is wrong: %v, %v, at hand %q", items, err, w.at(&lost, 2, 9))
	}
	w.tells("v2")
}

// TestNotesComeAndGo: which stay when others come, which go, and that it is told.
func TestNotesComeAndGo(t *testing.T) {
	w := newWorld(t, "one\ntwo\nthree\n")
	put := func(stays func(*Entry[int]) bool, list ...*Entry[int]) {
		w.source.Put(file, w.document().Edition(), list, stays)
	}
	put(nil, w.about(3, "three"), w.about(1, "one"), w.about(2, "two"))
	w.tells("v0, 0:0-0:3 one, 1:0-1:3 two, 2:0-2:5 three")
	put(func(n *Entry[int]) bool { return n.About == 2 }, w.about(3, "three"))
	w.tells("v0, 1:0-1:3 two, 2:0-2:5 three")
	w.source.Withdraw(func(_ uri.URI, n *Entry[int]) bool { return n.About == 3 })
	w.tells("v0, 1:0-1:3 two")
	put(all, w.about(1, "one"))
	w.source.Revise(func(_ uri.URI, n *Entry[int]) bool { n.Hidden = true; return true })
	w.tells("v0")
	if got := w.at(w.document(), 0, 9); got != "" {
		t.Errorf("hidden, and at hand: %s", got)
	}
	// A copy stays as it was.
	two := w.about(1, "two")
	two.Related = []Related{{w.about(0, "three").Mark, "see"}}
	put(nil, two)
	found := w.source.Find(func(uri.URI, *text.Snapshot, *Entry[int]) bool { return true })
	w.edit(marks.Edit{New: "zero\n"})
	if found[0].Start != 4 || found[0].Related[0].Start != 8 {
		t.Errorf("the copy is at %d, %+v", found[0].Start, found[0].Related)
	}
	// A file that is there no more has no notes, whatever comes of it yet.
	delete(w.Documents, file)
	w.source.Put(file, marks.Edition{Text: text.New("one\ntwo\n", text.UTF8)}, []*Entry[int]{{About: 9}}, all)
	w.tells("")
	if len(w.source.byFile) > 0 {
		t.Errorf("kept %v", w.source.byFile)
	}
}

// TestShown: what is settled, dismissed or gone is not shown; a fix that has the quote
// in it settles a note where it stands.
func TestShown(t *testing.T) {
	fix := func(s string) *string { return &s }
	for _, c := range []struct {
		name, text string
		note       Note
		want       bool
	}{
		{"plain", "a two", Note{Mark: marks.Mark{Start: 2, End: 5, Quote: "two"}}, true},
		{"gone", "a two", Note{Mark: marks.Mark{Start: 2, End: 5, Quote: "two", Gone: true}}, false},
		{"hidden", "a two", Note{Mark: marks.Mark{Start: 2, End: 5, Quote: "two"}, Hidden: true}, false},
		{"to be fixed", "a two", Note{Mark: marks.Mark{Start: 2, End: 5, Quote: "two"}, Fix: fix("b two c")}, true},
		{"to be fixed otherwise", "a two", Note{Mark: marks.Mark{Start: 2, End: 5, Quote: "two"}, Fix: fix("2")}, true},
		{"fixed", "b two c", Note{Mark: marks.Mark{Start: 2, End: 5, Quote: "two"}, Fix: fix("b two c")}, false},
		{"at the beginning", "two", Note{Mark: marks.Mark{Start: 0, End: 3, Quote: "two"}, Fix: fix("b two")}, true},
	} {
		if got := c.note.Shown(c.text); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

// TestMeets: a note is on the lines of what is seen of it.
func TestMeets(t *testing.T) {
	snapshot := text.New("one\n\ttwo\nthree\nfour\n", text.UTF8)
	n := Note{Mark: marks.Mark{Start: 4, End: 9, Quote: "\ttwo\n"}} // seen on the second line alone
	for _, c := range []struct {
		start, end int
		want       bool
	}{{0, 3, false}, {0, 4, true}, {5, 5, true}, {8, 8, true}, {7, 12, true}, {9, 12, false}, {0, 20, true}} {
		if got := n.Meets(snapshot, c.start, c.end); got != c.want {
			t.Errorf("%d to %d: %v", c.start, c.end, got)
		}
	}
	if start, end := n.visible(snapshot.Text()); start != 5 || end != 8 {
		t.Errorf("seen from %d to %d", start, end)
	}
}

// TestEncode: an editor is told what it can take.
func TestEncode(t *testing.T) {
	snapshot := text.New("one two\n", text.UTF8)
	n := Note{
		Mark: marks.Mark{Start: 0, End: 3, Quote: "one"}, Diagnostic: protocol.Diagnostic{Data: []byte("1")},
		Related: []Related{{marks.Mark{Start: 4, End: 7, Quote: "two"}, "see"}},
	}
	for _, able := range []bool{true, false} {
		can := &editor.Capabilities{}
		can.Diagnostics.Data, can.Diagnostics.Related = able, able
		d := n.Encode(file, snapshot, can)
		source, _ := d.Source.Get()
		if (len(d.Data) > 0) != able || (len(d.RelatedInformation) == 1) != able || d.Range.End.Character != 3 || source != editor.Section {
			t.Errorf("able %v: %+v", able, d)
		}
	}
}

// TestNotesOfClosedFiles: notes of a file that no editor has open follow the disk, by
// whatever spelling of its URI a client tells of it.
func TestNotesOfClosedFiles(t *testing.T) {
	const spelled = uri.URI("file:///%61")
	w := newWorld(t, "one two\n")
	w.Disk[file] = "one two\n"
	at := marks.Edition{Text: text.New("one two\n", text.UTF8)}
	two := w.about(2, "two")
	delete(w.Documents, file)
	w.source.Put(spelled, at, []*Entry[int]{two}, nil)
	w.tells("0:4-0:7 two")
	w.Disk[file] = "zero\none two\n"
	changes := &protocol.DidChangeWatchedFilesParams{Changes: []protocol.FileEvent{{URI: spelled}, {URI: "file:///unknown"}}}
	if err := w.board.FilesChanged(changes); err != nil {
		t.Fatal(err)
	}
	w.tells("1:4-1:7 two")
	times := len(w.published)
	if err := w.board.FilesChanged(changes); err != nil || len(w.published) != times {
		t.Errorf("nothing has changed, and told is %s, %v", w.last(), err)
	}
	if len(w.source.byFile[file]) != 1 {
		t.Errorf("kept by %v", w.source.byFile)
	}
}

// TestNotesOfAnOlderVersion: what was found in a version that is no more is told at its
// place in the present one.
func TestNotesOfAnOlderVersion(t *testing.T) {
	w := newWorld(t, "one two\n")
	first, two := w.document().Edition(), w.about(2, "two")
	w.edit(marks.Edit{New: "zero\n"})
	w.source.Put(file, first, []*Entry[int]{two}, nil)
	w.tells("v1, 1:4-1:7 two")
}

// TestDiagnosticsPulled: a client that pulls is told that there is something to pull,
// and gets all.
func TestDiagnosticsPulled(t *testing.T) {
	w := newWorld(t, "one two\n")
	pull := func() *protocol.RelatedFullDocumentDiagnosticReport {
		answer, err := w.board.Diagnostics(nil, &protocol.DocumentDiagnosticParams{TextDocument: protocol.TextDocumentIdentifier{URI: file}})
		if err != nil {
			t.Fatal(err)
		}
		report, err := answer()
		if err != nil {
			t.Fatal(err)
		}
		return report.(*protocol.RelatedFullDocumentDiagnosticReport)
	}
	if r := pull(); r.Kind != "full" || r.Items == nil || len(r.Items) > 0 {
		t.Errorf("of a file without notes: %+v", r)
	}
	for _, able := range []bool{true, false} {
		w.Can.PullsDiagnostics, w.Can.RefreshesDiagnostics = true, able
		w.source.Put(file, w.document().Edition(), nil, nil)
		w.source.Put(file, w.document().Edition(), []*Entry[int]{w.about(2, "two")}, nil)
		if w.published != nil {
			t.Errorf("pushed: %s", w.last())
		}
		if r := pull(); len(r.Items) != 1 || r.Items[0].Range.Start.Character != 4 {
			t.Errorf("pulled: %+v", r)
		}
		if able {
			<-w.refreshed
		}
	}
	select {
	case <-w.refreshed:
		t.Error("told to pull though it has not said that it can be told")
	default:
	}
}
