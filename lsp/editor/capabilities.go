package editor

import (
	"slices"

	"go.lsp.dev/protocol"

	"github.com/airside-ls/airside/lsp/catalogue"
	"github.com/airside-ls/airside/lsp/ext"
	"github.com/airside-ls/airside/lsp/text"
)

// NewCapabilities reads what the editor says with initialize.
func NewCapabilities(params *protocol.InitializeParams) Capabilities {
	c := Capabilities{Name: params.ClientInfo.Name}
	if params.Locale != nil {
		c.Language = catalogue.For(*params.Locale)
	}
	if general := params.Capabilities.General; general != nil {
		c.Encoding = chooseEncoding(general.PositionEncodings)
	}
	if doc := params.Capabilities.TextDocument; doc != nil {
		c.InlineCompletion = doc.InlineCompletion != nil
		if doc.Completion != nil && doc.Completion.CompletionItem != nil {
			c.Markdown = slices.Contains(doc.Completion.CompletionItem.DocumentationFormat, protocol.MarkupKindMarkdown)
		}
		if publish := doc.PublishDiagnostics; publish != nil {
			c.Diagnostics.Related = isTrue(publish.RelatedInformation)
			c.Diagnostics.Version = isTrue(publish.VersionSupport)
			c.Diagnostics.Data = isTrue(publish.DataSupport)
		} else if pull := doc.Diagnostic; pull != nil {
			c.PullsDiagnostics = true
			c.Diagnostics.Related = isTrue(pull.RelatedInformation)
			c.Diagnostics.Data = isTrue(pull.DataSupport)
		}
		if action := doc.CodeAction; action != nil {
			c.ActionLiterals = action.CodeActionLiteralSupport.CodeActionKind.ValueSet != nil
			c.ActionPreferred = isTrue(action.IsPreferredSupport)
		}
	}
	if workspace := params.Capabilities.Workspace; workspace != nil {
		c.Configuration = isTrue(workspace.Configuration)
		if change := workspace.DidChangeConfiguration; change != nil {
			c.RegistersSettings = isTrue(change.DynamicRegistration)
		}
		if edit := workspace.WorkspaceEdit; edit != nil {
			c.VersionedEdits = isTrue(edit.DocumentChanges)
		}
		if diagnostics := workspace.Diagnostics; diagnostics != nil {
			c.RefreshesDiagnostics = isTrue(diagnostics.RefreshSupport)
		}
	}
	if window := params.Capabilities.Window; window != nil {
		c.Progress = isTrue(window.WorkDoneProgress)
		c.ShowsDocuments = window.ShowDocument != nil && window.ShowDocument.Support
	}
	var experimental ext.ExperimentalClientCapabilities
	if protocol.Unmarshal(params.Capabilities.Experimental, &experimental) == nil {
		c.Status, c.Comments = experimental.AirsideStatus, experimental.AirsideComments
		c.Ready, c.Previews = experimental.AirsideSuggestionReady, experimental.AirsidePreview
		c.Words = experimental.AirsideWords
		c.NewLines = experimental.AirsideNewLines
		c.NextEdits = experimental.AirsideNextEdits
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
