package annotate

import (
	"cmp"
	"context"
	"slices"

	"go.lsp.dev/protocol"
	"go.lsp.dev/uri"

	"github.com/airside-ls/airside/lsp/editor"
	"github.com/airside-ls/airside/lsp/text"
)

// encode is how those notes of a file that are shown are told, in the order of
// their places. It uses up the list.
func (b *Board) encode(u uri.URI, in *text.Snapshot, notes []*Note) []protocol.Diagnostic {
	shown := slices.DeleteFunc(notes, func(n *Note) bool { return !n.Shown(in.Text()) })
	slices.SortFunc(shown, func(a, b *Note) int {
		return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(a.End, b.End),
			cmp.Compare(a.Diagnostic.Severity, b.Diagnostic.Severity), cmp.Compare(string(a.Diagnostic.Data), string(b.Diagnostic.Data)))
	})
	list := make([]protocol.Diagnostic, 0, len(shown))
	for _, n := range shown {
		list = append(list, n.Encode(u, in, b.client.Capabilities()))
	}
	return list
}

// Encode is a note as a client takes it.
func (n *Note) Encode(u uri.URI, in *text.Snapshot, can *editor.Capabilities) protocol.Diagnostic {
	d := n.Diagnostic
	d.Source = protocol.NewOptional(editor.Section)
	d.Range = in.OffsetRange(n.visible(in.Text()))
	if !can.Diagnostics.Data {
		d.Data = nil
	}
	if can.Diagnostics.Related {
		for _, r := range n.Related {
			d.RelatedInformation = append(d.RelatedInformation, protocol.DiagnosticRelatedInformation{
				Location: protocol.Location{URI: u, Range: in.OffsetRange(r.Start, r.End)},
				Message:  r.Message,
			})
		}
	}
	return d
}

// refresh has a client that pulls diagnostics do so anew.
func (b *Board) refresh() {
	if b.client.Capabilities().RefreshesDiagnostics {
		b.client.Background(func(ctx context.Context) error {
			return b.client.Call(ctx, protocol.MethodWorkspaceDiagnosticRefresh, nil, nil)
		})
	}
}
