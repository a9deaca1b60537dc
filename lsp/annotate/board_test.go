package annotate

import (
	"context"
	"errors"
	"log/slog"
	"testing"

	"go.lsp.dev/protocol"
	"go.lsp.dev/uri"

	"github.com/airside-ls/airside/lsp/annotate/marks"
	"github.com/airside-ls/airside/lsp/editor"
	"github.com/airside-ls/airside/lsp/text"
)

// listener is an editor that hears of diagnostics and has no documents.
type listener struct {
	editor.Client
	published []*protocol.PublishDiagnosticsParams
	onDisk    map[uri.URI]string
}

func (*listener) Capabilities() *editor.Capabilities {
	return &editor.Capabilities{Encoding: text.UTF8}
}

func (l *listener) Notify(_ string, params any) {
	l.published = append(l.published, params.(*protocol.PublishDiagnosticsParams))
}

func (*listener) Background(f func(context.Context) error) { _ = f(context.Background()) }

func (*listener) Open(uri.URI) *editor.Document { return nil }

func (*listener) All() []*editor.Document { return nil }

func (*listener) Current(*editor.Document) bool { return false }

func (l *listener) Read(u uri.URI) (*text.Snapshot, error) {
	content, ok := l.onDisk[u]
	if !ok {
		return nil, errors.New("no such file")
	}
	return text.New(content, text.UTF8), nil
}

// TestBoardForgets: a file without notes, or that is gone, costs nothing.
func TestBoardForgets(t *testing.T) {
	l := &listener{onDisk: map[uri.URI]string{"file:///a": "one two\n"}}
	b := NewBoard(l, l, slog.New(slog.DiscardHandler))
	source := NewSource[int](b)
	note := func() []*About[int] {
		return []*About[int]{{About: 7, Note: Note{Mark: marks.Mark{Start: 4, End: 7, Quote: "two"}, Diagnostic: protocol.Diagnostic{Message: protocol.String("two")}}}}
	}
	at := marks.Edition{Text: text.New("one two\n", text.UTF8)}
	source.Put("file:///a", at, note(), nil)
	if len(l.published) != 1 || len(l.published[0].Diagnostics) != 1 {
		t.Fatalf("published %+v", l.published)
	}
	if found := source.Find(func(uri.URI, *text.Snapshot, *About[int]) bool { return true }); len(found) != 1 || found[0].About.About != 7 {
		t.Errorf("found %+v", found)
	}
	source.Put("file:///a", at, nil, nil)
	source.Put("file:///gone", at, note(), nil)
	source.Put("file:///a", at, note(), nil)
	delete(l.onDisk, "file:///a")
	b.RereadClosed()
	if len(b.byFile) != 0 || len(source.byFile) != 0 {
		t.Errorf("kept: %v, %v", b.byFile, source.byFile)
	}
	if last := l.published[len(l.published)-1]; len(last.Diagnostics) != 0 {
		t.Errorf("told last of %+v", last)
	}
}
