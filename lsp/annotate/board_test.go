package annotate

import (
	"log/slog"
	"testing"

	"go.lsp.dev/protocol"
	"go.lsp.dev/uri"

	"github.com/airside-ls/airside/lsp/annotate/marks"
	"github.com/airside-ls/airside/lsp/lsptest"
	"github.com/airside-ls/airside/lsp/text"
)

// TestBoardForgets: a file without notes, or that is gone, costs nothing.
func TestBoardForgets(t *testing.T) {
	const content = "one two\n"
	room := lsptest.NewRoom(t)
	room.Disk["file:///a"] = content
	b := NewBoard(room, room, slog.New(slog.DiscardHandler))
	source := NewSource[int](b)
	note := func() []*Entry[int] {
		return []*Entry[int]{{About: 7, Note: Note{
			Mark: marks.Mark{Start: 4, End: 7, Quote: "two"}, Diagnostic: protocol.Diagnostic{Message: protocol.String("two")},
		}}}
	}
	at := marks.Edition{Text: text.New(content, text.UTF8)}
	source.Put("file:///a", at, note(), nil)
	if told := room.Diagnostics("file:///a"); len(told) != 1 || told[0].Range.Start.Character != 4 {
		t.Fatalf("told %+v", told)
	}
	if found := source.Find(func(uri.URI, *text.Snapshot, *Entry[int]) bool { return true }); len(found) != 1 || found[0].About != 7 {
		t.Errorf("found %+v", found)
	}
	source.Put("file:///a", at, nil, nil)
	if told := room.Diagnostics("file:///a"); len(told) != 0 {
		t.Errorf("told %+v of nothing", told)
	}
	source.Put("file:///gone", at, note(), nil)
	source.Put("file:///a", at, note(), nil)
	delete(room.Disk, "file:///a")
	b.RereadClosed()
	if len(b.byFile) != 0 || len(source.byFile) != 0 {
		t.Errorf("kept: %v, %v", b.byFile, source.byFile)
	}
	if told := room.Diagnostics("file:///a"); len(told) != 0 {
		t.Errorf("told %+v of a file that is gone", told)
	}
}
