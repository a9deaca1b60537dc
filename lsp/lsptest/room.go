package lsptest

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"testing"

	"go.lsp.dev/protocol"
	"go.lsp.dev/uri"

	"github.com/airside-ls/airside/lsp/annotate/marks"
	"github.com/airside-ls/airside/lsp/editor"
	"github.com/airside-ls/airside/lsp/ext"
	"github.com/airside-ls/airside/lsp/text"
)

// Room is the editor as a room of lsp sees it: an [editor.Client] that answers
// nothing and [editor.Documents], for tests of a room by itself. Documents and
// Disk are set before the room is used.
type Room struct {
	Can       editor.Capabilities
	Documents map[uri.URI]*editor.Document
	Disk      map[uri.URI]string

	ctx     context.Context
	working sync.WaitGroup

	mu          sync.Mutex
	diagnostics map[uri.URI][]protocol.Diagnostic
	status      ext.StatusParams
}

// NewRoom returns one without documents. What runs in the background ends with the
// test.
func NewRoom(t testing.TB) *Room {
	ctx, cancel := context.WithCancel(context.Background())
	r := &Room{
		ctx: ctx, Documents: map[uri.URI]*editor.Document{}, Disk: map[uri.URI]string{},
		diagnostics: map[uri.URI][]protocol.Diagnostic{},
	}
	t.Cleanup(func() { cancel(); r.working.Wait() })
	return r
}

// Put opens a document.
func (r *Room) Put(u uri.URI, content string) {
	r.Documents[u] = &editor.Document{URI: u, Spelling: string(u), Path: editor.PathOf(u), Text: text.New(content, r.Can.Encoding), Line: new(marks.Lineage)}
}

// Diagnostics are those of a file that were published last.
func (r *Room) Diagnostics(u uri.URI) []protocol.Diagnostic {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.diagnostics[u]
}

// Shown is the status line.
func (r *Room) Shown() ext.StatusParams {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.status
}

// Capabilities implements editor.Client.
func (r *Room) Capabilities() *editor.Capabilities { return &r.Can }

// Notify implements editor.Client.
func (r *Room) Notify(_ string, params any) {
	if p, ok := params.(*protocol.PublishDiagnosticsParams); ok {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.diagnostics[p.URI] = p.Diagnostics
	}
}

// Call implements editor.Client.
func (r *Room) Call(context.Context, string, any, any) error { return errors.New("nobody answers") }

// Background implements editor.Client.
func (r *Room) Background(f func(context.Context) error) {
	r.working.Go(func() { _ = f(r.ctx) })
}

// Progress implements editor.Client.
func (r *Room) Progress(*editor.Invocation, string, bool) editor.Progress { return noProgress{} }

type noProgress struct{}

func (noProgress) Report(string)             {}
func (noProgress) ReportOf(string, int, int) {}
func (noProgress) End(string)                {}

// Log implements editor.Client.
func (r *Room) Log(protocol.MessageType, string) {}

// Show implements editor.Client.
func (r *Room) Show(protocol.MessageType, string) {}

// Status implements editor.Client.
func (r *Room) Status(change func(*ext.StatusParams)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	change(&r.status)
}

// Open implements editor.Documents.
func (r *Room) Open(u uri.URI) *editor.Document { return r.Documents[u] }

// All implements editor.Documents.
func (r *Room) All() []*editor.Document { return slices.Collect(maps.Values(r.Documents)) }

// Current implements editor.Documents.
func (r *Room) Current(d *editor.Document) bool { return r.Documents[d.URI] == d }

// Read implements editor.Documents.
func (r *Room) Read(u uri.URI) (*text.Snapshot, error) {
	content, ok := r.Disk[u]
	if !ok {
		return nil, errors.New("no such file")
	}
	return text.New(content, r.Can.Encoding), nil
}
