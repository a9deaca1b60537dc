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
		NotebookDocumentSync: &protocol.NotebookDocumentSyncOptions{
			NotebookSelector: []protocol.NotebookSelector{notebooksIn("file"), notebooksIn("untitled")},
			Save:             &openClose,
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

// notebooksIn selects all notebooks of a scheme, with all of their cells: those of an
// old version that is compared with one are of no interest.
func notebooksIn(scheme string) protocol.NotebookSelector {
	return &protocol.NotebookDocumentFilterWithNotebook{Notebook: &protocol.NotebookDocumentFilterScheme{Scheme: scheme}}
}
