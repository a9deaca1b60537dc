package ext

import "go.lsp.dev/protocol"

// MethodPanelCompletion, client to server: a panel of alternatives for a place, under
// the name by which clients of Copilot's language server ask. It takes
// PanelCompletionParams and returns a PanelCompletionResult.
const MethodPanelCompletion = "textDocument/copilotPanelCompletion"

// PanelCompletionParams ask for alternatives. With a partialResultToken each comes as
// it is found, in a $/progress whose value is a PanelCompletionResult of one item, and
// the answer has none.
type PanelCompletionParams struct {
	TextDocument       VersionedTextDocument  `json:"textDocument"`
	Position           protocol.Position      `json:"position"`
	PartialResultToken protocol.ProgressToken `json:"partialResultToken,omitzero"`
	WorkDoneToken      protocol.ProgressToken `json:"workDoneToken,omitzero"`
}

// PanelCompletionResult are alternatives, the best first.
type PanelCompletionResult struct {
	Items []PanelItem `json:"items"` // never null
	// Message says in a line why there is none, "" if there is one.
	Message string `json:"message,omitzero" say:"user"`
}

// PanelItem is an inline completion in a panel. Who takes it sends
// textDocument/didShowCompletion with it and runs its command.
type PanelItem struct {
	InsertText string           `json:"insertText"`
	Range      protocol.Range   `json:"range"`
	Command    protocol.Command `json:"command"`
	// Label tells how much it is, for people: "1 line", "4 lines".
	Label string `json:"label" say:"user"`
}
