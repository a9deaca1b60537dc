// Package editor is what the rooms of lsp know of the editor at the other end:
// what it can do, how it is spoken to, what it asks, and the documents that it has
// open. Package lsp has the one implementation of its interfaces.
package editor

import (
	"context"

	"go.lsp.dev/protocol"
	"go.lsp.dev/uri"

	"github.com/airside-ls/airside/lsp/catalogue"
	"github.com/airside-ls/airside/lsp/ext"
	"github.com/airside-ls/airside/lsp/text"
)

// Section is the name of airside's settings in the editor, and of what it says.
const Section = "airside"

// Client is the editor as one speaks to it. Its methods may be called from several
// goroutines, from initialize on.
type Client interface {
	Capabilities() *Capabilities
	// Notify sends a notification. It returns at once.
	Notify(method string, params any)
	// Call asks the editor, and decodes its answer into result unless that is nil.
	Call(ctx context.Context, method string, params, result any) error
	// Background runs f until it returns or the server ends, which ctx tells.
	Background(f func(ctx context.Context) error)
	// Progress shows how far a command is, where the editor wants to know. A
	// measured one has a percentage.
	Progress(run *Invocation, title string, measured bool) Progress
	// Log is window/logMessage, for what a user should be able to look up.
	Log(kind protocol.MessageType, message string)
	// Show is window/showMessage, which pops up.
	Show(kind protocol.MessageType, message string)
	// Status changes a part of what the status line shows, in an editor that wants it.
	Status(change func(*ext.StatusParams))
}

// Progress tells the editor how far one command is (LSP, "Work Done Progress").
type Progress interface {
	// Report tells what is being done, in one line. It does not wait.
	Report(message string)
	// ReportOf is Report when done of total steps are done.
	ReportOf(message string, done, total int)
	// End tells that the command is over. It may be called once.
	End(message string)
}

// Documents are the open documents. The methods may be called from several
// goroutines.
type Documents interface {
	// Open is the present version of an open document, else nil.
	Open(u uri.URI) *Document
	// All lists the open documents.
	All() []*Document
	// Current tells whether nothing has happened to the document since d.
	Current(d *Document) bool
	// Read is what the disk holds of a file that could be open in an editor.
	Read(u uri.URI) (*text.Snapshot, error)
}

// Capabilities are what the editor has said it can do.
type Capabilities struct {
	Name              string // as it calls itself; may be ""
	Encoding          text.Encoding
	InlineCompletion  bool // it knows textDocument/inlineCompletion
	Markdown          bool // in a completion item's documentation
	Configuration     bool // it answers workspace/configuration
	RegistersSettings bool // it takes registrations for didChangeConfiguration
	Words             Words
	Language          *catalogue.Language // of its user
	Status            bool                // it wants airside/status
	Comments          bool                // it wants airside/commentsChanged
	Ready             bool                // it wants airside/suggestionReady
	NewLines          bool                // it wants airside/newLines
	Progress          bool                // it takes window/workDoneProgress/create
	ShowsDocuments    bool                // it takes window/showDocument
	NextEdits         bool                // it shows next edits in other documents than it asked about

	Diagnostics struct {
		Related bool // it shows other places beside a diagnostic
		Version bool // it compares the version that diagnostics are of
		Data    bool // it keeps a diagnostic's data
	}
	PullsDiagnostics     bool // it takes them in answer to textDocument/diagnostic only
	RefreshesDiagnostics bool // and does so again when asked

	ActionLiterals  bool // it knows code actions, beside commands
	ActionPreferred bool // and that some are preferred
	VersionedEdits  bool // it knows edits of a version of a document
	Previews        bool // it has ext.CommandPreview, which shows an edit before it is made
}
