package lsp

import (
	"go.lsp.dev/uri"

	"github.com/airside-ls/airside/completion"
	"github.com/airside-ls/airside/lsp/ext"
)

// followReady tells a client that wants it when there is more for a place than it
// was answered there. Other clients find it at their next request.
func (cs *completions) followReady() {
	if cs.client.capabilities.Ready {
		cs.engine.OnReady(cs.tellReady)
	}
}

// tellReady tells so as long as the document is the one that was asked about.
func (cs *completions) tellReady(m completion.Notice) {
	d := cs.documents.named(m.Path)
	if d == nil || d.Version != m.Version {
		return
	}
	cs.client.Notify(ext.MethodSuggestionReady, &ext.SuggestionReadyParams{
		TextDocument: ext.VersionedTextDocument{URI: uri.URI(d.Spelling), Version: &d.Version},
		Position:     d.Text.OffsetPosition(m.Offset),
	})
}
