package ext

import "go.lsp.dev/protocol"

// CommandPreview is a command of the client's, not of the server's: it shows an
// edit with what it changes, and makes it when the user says so, undone by one
// undo. Code actions have it in the place of their edit in a client that says that
// it has it. Its argument is a PreviewArguments.
const CommandPreview = "airside.preview"

// PreviewArguments are an edit of one document, and what it is for.
type PreviewArguments struct {
	Title string                  `json:"title"` // the code action's, as it may be shown
	Edit  *protocol.WorkspaceEdit `json:"edit"`
}
