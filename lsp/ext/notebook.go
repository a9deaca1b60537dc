package ext

import (
	"go.lsp.dev/protocol"
	"go.lsp.dev/uri"
)

// The messages of notebookDocument/*, with the stricter changes of
// [DidChangeTextDocumentParams] and without metadata and outputs, which may be large.

// DidOpenNotebookDocumentParams are protocol's.
type DidOpenNotebookDocumentParams struct {
	NotebookDocument struct {
		URI   uri.URI        `json:"uri"`
		Cells []NotebookCell `json:"cells"`
	} `json:"notebookDocument"`
	CellTextDocuments []protocol.TextDocumentItem `json:"cellTextDocuments"`
}

// NotebookCell is protocol's.
type NotebookCell struct {
	Kind     protocol.NotebookCellKind `json:"kind"`
	Document uri.URI                   `json:"document"`
}

// DidChangeNotebookDocumentParams are protocol's.
type DidChangeNotebookDocumentParams struct {
	NotebookDocument struct {
		URI uri.URI `json:"uri"`
	} `json:"notebookDocument"`
	Change struct {
		Cells NotebookCellChanges `json:"cells,omitzero"`
	} `json:"change"`
}

// NotebookCellChanges are protocol's; they count in this order.
type NotebookCellChanges struct {
	// Structure replaces cells in the list.
	Structure *NotebookStructureChange `json:"structure,omitzero"`
	// Data are cells whose kind has changed, or what is of no interest here.
	Data []NotebookCell `json:"data,omitzero"`
	// TextContent are changes of texts.
	TextContent []NotebookTextChange `json:"textContent,omitzero"`
}

// NotebookStructureChange is protocol's.
type NotebookStructureChange struct {
	Array struct {
		Start       uint32         `json:"start"`
		DeleteCount uint32         `json:"deleteCount"`
		Cells       []NotebookCell `json:"cells,omitzero"`
	} `json:"array"`
	DidOpen  []protocol.TextDocumentItem       `json:"didOpen,omitzero"`
	DidClose []protocol.TextDocumentIdentifier `json:"didClose,omitzero"`
}

// NotebookTextChange is protocol's.
type NotebookTextChange struct {
	Document VersionedTextDocument `json:"document"`
	Changes  []ContentChange       `json:"changes"`
}
