package ext

import (
	"go.lsp.dev/protocol"
	"go.lsp.dev/uri"
)

const (
	// MethodInlineEdit is the next edit, asked for as clients of Copilot's language server
	// do. It takes InlineEditParams and returns an InlineEditResult.
	MethodInlineEdit = "textDocument/copilotInlineEdit"
	// MethodDidShowInlineEdit, client to server: an edit was shown.
	MethodDidShowInlineEdit = "textDocument/didShowInlineEdit"

	// CommandNextTaken tells that an edit was taken. Its argument is the edit's id.
	CommandNextTaken = "airside.next.taken"
	// CommandNextRefused tells that the user wants none of an edit, which is not proposed
	// again. Its argument is the edit's id.
	CommandNextRefused = "airside.next.refused"
)

// InlineEditParams say where somebody edits.
type InlineEditParams struct {
	TextDocument VersionedTextDocument `json:"textDocument"`
	Position     protocol.Position     `json:"position"`
}

// InlineEditResult has at most one edit.
type InlineEditResult struct {
	Edits []InlineEdit `json:"edits"` // never null
}

// InlineEdit replaces a range of a document, which may be another one than was asked about
// for a client that says experimental.airsideNextEdits.
type InlineEdit struct {
	Text         string           `json:"text"`
	TextDocument InlineEditOf     `json:"textDocument"`
	Range        protocol.Range   `json:"range"`
	Command      protocol.Command `json:"command"` // to be run when the edit is taken
}

// InlineEditOf is a document and its version; 0 of one that is not open.
type InlineEditOf struct {
	URI     uri.URI `json:"uri"`
	Version int32   `json:"version"`
}
