package lsp

import (
	"maps"
	"slices"

	"go.lsp.dev/protocol"
)

// capabilities is what the server offers this client. Completion in the popup
// is for those only that have no inline completion, or they would get
// everything twice.
func (s *Server) capabilities() protocol.ServerCapabilities {
	openClose, incremental := true, protocol.TextDocumentSyncKindIncremental
	offered := protocol.ServerCapabilities{
		PositionEncoding: protocol.PositionEncodingKind(s.client.capabilities.Encoding.String()),
		TextDocumentSync: &protocol.TextDocumentSyncOptions{
			OpenClose: &openClose,
			Change:    &incremental,
			Save:      protocol.Boolean(true),
		},
		Workspace: &protocol.WorkspaceOptions{
			WorkspaceFolders: &protocol.WorkspaceFoldersServerCapabilities{
				Supported:           &openClose,
				ChangeNotifications: protocol.Boolean(true),
			},
		},
		// Static, since Neovim takes no registrations for it.
		InlineCompletionProvider: protocol.Boolean(true),
		CodeActionProvider:       &protocol.CodeActionOptions{CodeActionKinds: actionKinds},
		ExecuteCommandProvider:   protocol.ExecuteCommandOptions{Commands: slices.Sorted(maps.Keys(s.commands()))},
	}
	if s.client.capabilities.PullsDiagnostics {
		offered.DiagnosticProvider = &protocol.DiagnosticOptions{}
	}
	if !s.client.capabilities.InlineCompletion {
		offered.CompletionProvider = &protocol.CompletionOptions{
			TriggerCharacters: []string{".", "(", "=", " "},
		}
	}
	return offered
}
