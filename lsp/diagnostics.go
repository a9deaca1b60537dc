package lsp

import (
	"cmp"
	"context"
	"slices"

	"go.lsp.dev/protocol"
	"go.lsp.dev/uri"

	"github.com/airside-ls/airside/lsp/text"
)

// publish tells the client the notes of a file, of all sources together, if
// they are others than it was told last. It is called with s.notes.mu held.
func (s *Server) publish(u uri.URI, a *annotated) {
	d := s.documents.get(u)
	list := []protocol.Diagnostic{}
	if d == nil || !d.lost {
		list = s.diagnosticsOf(u, a)
	}
	if a.silent() {
		delete(s.notes.byFile, u)
	}
	encoded, err := protocol.Marshal(list)
	if err != nil {
		s.log.Error("diagnostics", "uri", u, "err", err)
		return
	}
	if string(encoded) == a.published || a.published == "" && len(list) == 0 {
		return
	}
	a.published = string(encoded)
	if s.client.pullsDiagnostics {
		s.refreshDiagnostics()
		return
	}
	params := &protocol.PublishDiagnosticsParams{URI: u, Diagnostics: list}
	if d != nil && s.client.diagnostics.version {
		params.Version = protocol.NewOptional(d.version)
	}
	s.notify(protocol.MethodTextDocumentPublishDiagnostics, params)
}

// silent tells whether no source says anything about the file.
func (a *annotated) silent() bool {
	for _, list := range a.bySource {
		if len(list) > 0 {
			return false
		}
	}
	return true
}

// diagnosticsOf encodes the notes of a file that are shown, in the order of
// their places.
func (s *Server) diagnosticsOf(u uri.URI, a *annotated) []protocol.Diagnostic {
	var shown []*note
	for _, list := range a.bySource {
		for _, n := range list {
			if n.shown(a.at.text.Text()) {
				shown = append(shown, n)
			}
		}
	}
	slices.SortFunc(shown, func(a, b *note) int {
		return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(a.End, b.End),
			cmp.Compare(a.diagnostic.Severity, b.diagnostic.Severity), cmp.Compare(string(a.diagnostic.Data), string(b.diagnostic.Data)))
	})
	list := make([]protocol.Diagnostic, 0, len(shown))
	for _, n := range shown {
		list = append(list, s.encodeNote(u, a.at.text, n))
	}
	return list
}

// encodeNote is a note as this client takes it.
func (s *Server) encodeNote(u uri.URI, t *text.Snapshot, n *note) protocol.Diagnostic {
	d := n.diagnostic
	d.Source = protocol.NewOptional(section)
	d.Range = t.OffsetRange(n.visible(t.Text()))
	if !s.client.diagnostics.data {
		d.Data = nil
	}
	if s.client.diagnostics.related {
		for _, r := range n.related {
			d.RelatedInformation = append(d.RelatedInformation, protocol.DiagnosticRelatedInformation{
				Location: protocol.Location{URI: u, Range: t.OffsetRange(r.Start, r.End)},
				Message:  r.message,
			})
		}
	}
	return d
}

// diagnostic is textDocument/diagnostic, which is offered to clients that take
// diagnostics in no other way.
func (s *Server) diagnostic(_ *call, params *protocol.DocumentDiagnosticParams) (answer, error) {
	report := &protocol.RelatedFullDocumentDiagnosticReport{}
	report.Kind, report.Items = "full", []protocol.Diagnostic{}
	u := canonical(params.TextDocument.URI)
	s.notes.mu.Lock()
	defer s.notes.mu.Unlock()
	if a := s.notes.byFile[u]; a != nil {
		if d := s.documents.get(u); d == nil || !d.lost {
			report.Items = s.diagnosticsOf(u, a)
		}
	}
	return func() (any, error) { return report, nil }, nil
}

// refreshDiagnostics has a client that pulls diagnostics do so anew.
func (s *Server) refreshDiagnostics() {
	if !s.client.refreshesDiagnostics {
		return
	}
	s.background(func(ctx context.Context) error {
		_, err := s.conn.Call(ctx, protocol.MethodWorkspaceDiagnosticRefresh, nil, nil)
		return err
	})
}
