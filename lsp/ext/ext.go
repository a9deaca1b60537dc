// Package ext holds the messages that airside speaks beyond
// go.lsp.dev/protocol: its own, those that other completion servers' clients
// already send, and types whose standard decoding is not strict enough.
package ext

import (
	"go.lsp.dev/protocol"
	"go.lsp.dev/uri"
)

// Methods.
const (
	// DidShowCompletion, client to server: an inline completion was shown.
	MethodDidShowCompletion = "textDocument/didShowCompletion"
	// DidPartiallyAcceptCompletion, client to server: a word or a line of an
	// inline completion was taken.
	MethodDidPartiallyAcceptCompletion = "textDocument/didPartiallyAcceptCompletion"
	// Status, server to client: what a status line shows.
	MethodStatus = "airside/status"
	// Trust, client to server: the user trusts a folder or does so no more.
	MethodTrust = "airside/trust"
	// FilesChanged, server to client: a sync has changed open files on the disk.
	// Editors that do not notice by themselves look at them again.
	MethodFilesChanged = "airside/filesChanged"
	// NewLines, server to client: lines of an open file came in by a sync. They are to
	// be marked until the client is told others.
	MethodNewLines = "airside/newLines"
	// SuggestionReady, server to client: there is something for a place, or more
	// than a request there was answered. Asked again, the server has it at hand.
	MethodSuggestionReady = "airside/suggestionReady"
	// CursorRests, client to server: the cursor has stood somewhere for a moment,
	// and nobody types. What would be asked there is read before. Its params are a
	// TextDocumentPositionParams.
	MethodCursorRests = "airside/cursorRests"
)

// Commands of workspace/executeCommand.
const (
	// CommandAccepted tells that a suggestion was accepted as a whole. Its
	// argument is the suggestion's id, a string.
	CommandAccepted = "airside.accepted"
	// CommandWhy returns []Trace, the latest first.
	CommandWhy = "airside.why"

	// CommandReview takes ReviewArguments and returns a ReviewResult.
	CommandReview = "airside.review"
	// These take FindingArguments and return a FindingsResult.
	CommandReviewDismiss   = "airside.review.dismiss"   // not shown again
	CommandReviewUndismiss = "airside.review.undismiss" // shown again
	CommandReviewPublish   = "airside.review.publish"   // made a comment for the team
	CommandReviewClear     = "airside.review.clear"     // taken off the screen until the next review

	// Commands of sync take SyncArguments and return a SyncResult.
	CommandSyncStatus  = "airside.sync.status"  // where the branches stand, or would be synced with
	CommandSyncNow     = "airside.sync.now"     // one round, now
	CommandSyncEnable  = "airside.sync.enable"  // opts the repository in
	CommandSyncDisable = "airside.sync.disable" // and out
	CommandSyncUndo    = "airside.sync.undo"    // takes an operation back
	CommandSyncResolve = "airside.sync.resolve" // starts the merge of a parked conflict

	// These take SyncArguments as well. Without a URI they are about all repositories of
	// the workspace.
	CommandSyncNews   = "airside.sync.news"   // what came in; returns a SyncNews
	CommandSyncSeen   = "airside.sync.seen"   // it is news no more, up to Latest; nil is all
	CommandSyncUnmark = "airside.sync.unmark" // takes the marks off the lines that came in
)

// DidShowCompletionParams are what clients of Copilot's language server send:
// the item as the server gave it.
type DidShowCompletionParams struct {
	Item protocol.InlineCompletionItem `json:"item"`
}

// DidPartiallyAcceptCompletionParams say how much of an item's insertText has
// been taken so far, all partial acceptances together.
type DidPartiallyAcceptCompletionParams struct {
	Item protocol.InlineCompletionItem `json:"item"`
	// AcceptedLength counts UTF-16 code units, whatever the position encoding.
	AcceptedLength uint32 `json:"acceptedLength"`
}

// DidChangeTextDocumentParams is protocol's type with stricter contentChanges
// and a milder version: protocol takes a change with a bad range for a change of
// the whole document, and refuses the null that LSP before 3.16 allowed.
type DidChangeTextDocumentParams struct {
	TextDocument   VersionedTextDocument `json:"textDocument"`
	ContentChanges []ContentChange       `json:"contentChanges"`
}

// VersionedTextDocument is a VersionedTextDocumentIdentifier.
type VersionedTextDocument struct {
	URI     uri.URI `json:"uri"`
	Version *int32  `json:"version"` // nil if the client does not count
}

// ContentChange is a TextDocumentContentChangeEvent.
type ContentChange struct {
	// Range is what Text replaces; nil means the whole document.
	Range *protocol.Range `json:"range,omitzero"`
	Text  *string         `json:"text"` // nil is an error
}

// SuggestionReadyParams are the params of airside/suggestionReady. A client asks
// again if its cursor still stands there in that version of the document, by an
// automatic request, and unless the user has said no there.
type SuggestionReadyParams struct {
	TextDocument VersionedTextDocument `json:"textDocument"`
	Position     protocol.Position     `json:"position"`
}

// ExperimentalClientCapabilities are what airside looks for in
// capabilities.experimental.
type ExperimentalClientCapabilities struct {
	// AirsideStatus says that the client wants airside/status and
	// airside/filesChanged.
	AirsideStatus bool `json:"airsideStatus"`
	// AirsideComments says that the client wants airside/commentsChanged.
	AirsideComments bool `json:"airsideComments"`
	// AirsideSuggestionReady says that the client wants airside/suggestionReady.
	AirsideSuggestionReady bool `json:"airsideSuggestionReady"`
	// AirsideWords are what its user does in the place of command lines, by these:
	// "airside sync resolve". Messages name it in their place.
	AirsideWords map[string]string `json:"airsideWords"`
	// AirsidePreview says that the client has the command airside.preview.
	AirsidePreview bool `json:"airsidePreview"`
	// AirsideNewLines says that the client wants airside/newLines.
	AirsideNewLines bool `json:"airsideNewLines"`
	// AirsideNextEdits says that the client shows next edits in other documents.
	AirsideNextEdits bool `json:"airsideNextEdits"`
}
