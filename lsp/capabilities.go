package lsp

import (
	"slices"

	"go.lsp.dev/protocol"

	"github.com/airside-ls/airside/lsp/ext"
	"github.com/airside-ls/airside/lsp/text"
)

// client is what the client said it can do.
type client struct {
	name              string // as it calls itself; may be ""
	encoding          text.Encoding
	inlineCompletion  bool // it knows textDocument/inlineCompletion
	markdown          bool // in a completion item's documentation
	configuration     bool // it answers workspace/configuration
	registersSettings bool // it takes registrations for didChangeConfiguration
	status            bool // it wants airside/status
	comments          bool // it wants airside/commentsChanged
	ready             bool // it wants airside/suggestionReady
	progress          bool // it takes window/workDoneProgress/create
	showsDocuments    bool // it takes window/showDocument

	diagnostics struct {
		related bool // it shows other places beside a diagnostic
		version bool // it compares the version that diagnostics are of
		data    bool // it keeps a diagnostic's data
	}
	pullsDiagnostics     bool // it takes them in answer to textDocument/diagnostic only
	refreshesDiagnostics bool // and does so again when asked

	actionLiterals  bool // it knows code actions, beside commands
	actionPreferred bool // and that some are preferred
	versionedEdits  bool // it knows edits of a version of a document
}

func newClient(params *protocol.InitializeParams) client {
	c := client{name: params.ClientInfo.Name}
	if general := params.Capabilities.General; general != nil {
		c.encoding = chooseEncoding(general.PositionEncodings)
	}
	if doc := params.Capabilities.TextDocument; doc != nil {
		c.inlineCompletion = doc.InlineCompletion != nil
		if doc.Completion != nil && doc.Completion.CompletionItem != nil {
			c.markdown = slices.Contains(doc.Completion.CompletionItem.DocumentationFormat, protocol.MarkupKindMarkdown)
		}
		if publish := doc.PublishDiagnostics; publish != nil {
			c.diagnostics.related = isTrue(publish.RelatedInformation)
			c.diagnostics.version = isTrue(publish.VersionSupport)
			c.diagnostics.data = isTrue(publish.DataSupport)
		} else if pull := doc.Diagnostic; pull != nil {
			c.pullsDiagnostics = true
			c.diagnostics.related = isTrue(pull.RelatedInformation)
			c.diagnostics.data = isTrue(pull.DataSupport)
		}
		if action := doc.CodeAction; action != nil {
			c.actionLiterals = action.CodeActionLiteralSupport.CodeActionKind.ValueSet != nil
			c.actionPreferred = isTrue(action.IsPreferredSupport)
		}
	}
	if workspace := params.Capabilities.Workspace; workspace != nil {
		c.configuration = isTrue(workspace.Configuration)
		if change := workspace.DidChangeConfiguration; change != nil {
			c.registersSettings = isTrue(change.DynamicRegistration)
		}
		if edit := workspace.WorkspaceEdit; edit != nil {
			c.versionedEdits = isTrue(edit.DocumentChanges)
		}
		if diagnostics := workspace.Diagnostics; diagnostics != nil {
			c.refreshesDiagnostics = isTrue(diagnostics.RefreshSupport)
		}
	}
	if window := params.Capabilities.Window; window != nil {
		c.progress = isTrue(window.WorkDoneProgress)
		c.showsDocuments = window.ShowDocument != nil && window.ShowDocument.Support
	}
	var experimental ext.ExperimentalClientCapabilities
	if protocol.Unmarshal(params.Capabilities.Experimental, &experimental) == nil {
		c.status, c.comments = experimental.AirsideStatus, experimental.AirsideComments
		c.ready = experimental.AirsideSuggestionReady
	}
	return c
}

// chooseEncoding prefers UTF-8, in which positions cost nothing to convert,
// then takes the first that the client names. Nothing named means UTF-16.
func chooseEncoding(offered []protocol.PositionEncodingKind) text.Encoding {
	if slices.Contains(offered, protocol.PositionEncodingKindUTF8) {
		return text.UTF8
	}
	for _, kind := range offered {
		if e, ok := text.ParseEncoding(string(kind)); ok {
			return e
		}
	}
	return text.UTF16
}

func isTrue(b *bool) bool { return b != nil && *b }

// capabilities is what the server offers this client. Completion in the popup
// is for those only that have no inline completion, or they would get
// everything twice.
func (s *Server) capabilities() protocol.ServerCapabilities {
	openClose, incremental := true, protocol.TextDocumentSyncKindIncremental
	offered := protocol.ServerCapabilities{
		PositionEncoding: protocol.PositionEncodingKind(s.client.encoding.String()),
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
		ExecuteCommandProvider:   protocol.ExecuteCommandOptions{Commands: commandNames()},
	}
	if s.client.pullsDiagnostics {
		offered.DiagnosticProvider = &protocol.DiagnosticOptions{}
	}
	if !s.client.inlineCompletion {
		offered.CompletionProvider = &protocol.CompletionOptions{
			TriggerCharacters: []string{".", "(", "=", " "},
		}
	}
	return offered
}
