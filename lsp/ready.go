package lsp

import (
	"go.lsp.dev/uri"

	"github.com/airside-ls/airside/completion"
	"github.com/airside-ls/airside/lsp/ext"
)

// followReady tells a client that wants it when there is more for a place than it
// was answered there. Other clients find it at their next request.
func (s *Server) followReady() {
	if s.client.ready {
		s.engine.OnReady(s.tellReady)
	}
}

// tellReady tells so as long as the document is the one that was asked about.
func (s *Server) tellReady(m completion.More) {
	d := s.documents.named(m.Path)
	if d == nil || d.version != m.Version {
		return
	}
	s.notify(ext.MethodSuggestionReady, &ext.SuggestionReadyParams{
		TextDocument: ext.VersionedTextDocument{URI: uri.URI(d.spelling), Version: &d.version},
		Position:     d.text.OffsetPosition(m.Offset),
	})
}
