package workspace

import (
	"context"
	"strings"
	"time"

	"github.com/airside-ls/airside/completion"
	"github.com/airside-ls/airside/lsp/editor"
	"go.lsp.dev/uri"
)

// Saved hears of a saved file. What was unsaved may be what a sync waits
// for; otherwise a saved file is nothing to sync before it is committed, which
// Watch sees for itself.
func (w *Workspace) Saved(u uri.URI) {
	u = editor.Canonical(u)
	path := editor.PathOf(u)
	for _, r := range w.repositories() {
		if _, ok := r.relative(path); !ok {
			continue
		}
		if r.waitsForSave(time.Now()) {
			r.syncer.Poke()
		}
		w.comments.refreshLater(r, u)
	}
	if d := w.documents.Open(u); d != nil {
		w.comments.replySaved(d)
	}
}

// Changed hears of a new version of a document, and of the edits that made it; nil
// says that its text came whole. It runs with every keystroke.
func (w *Workspace) Changed(d *editor.Document, edits []completion.Edit) {
	w.fresh.changed(d)
	if !typed(edits) {
		w.placeThreads(d)
	}
}

// placeThreads looks where a document's threads are now. One edit over everything
// between the first and the last change tells notes nothing of where their code went.
func (w *Workspace) placeThreads(d *editor.Document) {
	for _, r := range w.repositories() {
		if _, ok := r.relative(d.Path); ok && r.discussion.store != nil {
			w.client.Background(func(ctx context.Context) error { w.comments.place(ctx, r, d.URI); return nil })
		}
	}
}

// maxTyped is how long, in bytes, what somebody types over may be.
const maxTyped = 200

// typed tells edits by hand from a file that was read anew, or a paste.
func typed(edits []completion.Edit) bool {
	for _, e := range edits {
		if e.End-e.Start > maxTyped || strings.Count(e.New, "\n") > 1 {
			return false
		}
	}
	return edits != nil
}

// Closed hears of a document that was closed.
func (w *Workspace) Closed(d *editor.Document) {
	w.comments.replyClosed(d.Path)
	w.fresh.closed(d)
}
