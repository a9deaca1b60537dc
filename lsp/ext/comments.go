package ext

import "go.lsp.dev/protocol"

// Commands of review comments take CommentArguments. Those that write return a
// CommentReceipt.
const (
	CommandCommentList    = "airside.comment.list"    // returns a CommentList
	CommandCommentAdd     = "airside.comment.add"     // begins a thread: URI, Range, Body
	CommandCommentReply   = "airside.comment.reply"   // Thread, Body
	CommandCommentEdit    = "airside.comment.edit"    // Comment, Body
	CommandCommentResolve = "airside.comment.resolve" // Thread
	CommandCommentReopen  = "airside.comment.reopen"  // Thread
	CommandCommentRedact  = "airside.comment.redact"  // Comment
)

// CommentsChanged, server to client: threads are others than before.
const MethodCommentsChanged = "airside/commentsChanged"

// CommentArguments is the one argument of airside.comment.*.
type CommentArguments struct {
	// URI of the file; of one in the repository meant, or of a folder of it. May
	// be left out where a thread or a comment is named.
	URI string `json:"uri"`
	// Range is what add comments on: whole lines. One that ends at the beginning
	// of a line does not hold that line.
	Range *protocol.Range `json:"range,omitzero"`
	Body  string          `json:"body"`
	// Severity of add is "error", "warning", "information", "hint" or "".
	Severity string `json:"severity"`
	// Thread and Comment are IDs, or as many of their first digits as are unique.
	Thread  string `json:"thread"`
	Comment string `json:"comment"`
}

// CommentReceipt is what was written.
type CommentReceipt struct {
	ID      string `json:"id"`      // of the operation; of a comment or a reply its own
	Thread  string `json:"thread"`  // its thread's ID
	Warning string `json:"warning"` // what went other than it should; "" for nothing
}

// CommentList is what airside.comment.list returns: the threads of a file, or
// of all files in the workspace's repositories, resolved ones included.
type CommentList struct {
	Threads []CommentThread `json:"threads"` // never null
	Skipped []string        `json:"skipped"` // what was not taken in, and why; never null
}

// CommentThread is a comment on code, and the answers to it.
type CommentThread struct {
	ID         string         `json:"id"`
	URI        string         `json:"uri"`  // as the client spells it, if it is open
	Path       string         `json:"path"` // in its repository, with slashes
	Range      protocol.Range `json:"range"`
	Outdated   bool           `json:"outdated"` // its code is no more: Range is where it was, about
	Resolved   bool           `json:"resolved"`
	ResolvedBy string         `json:"resolvedBy,omitzero"`
	Severity   string         `json:"severity,omitzero"`
	Model      string         `json:"model,omitzero"` // that found what a person has published
	Quote      string         `json:"quote"`          // the code, as it was commented on
	Comments   []Comment      `json:"comments"`       // the first began the thread
}

// Comment is one text of a thread.
type Comment struct {
	ID       string `json:"id"`
	Author   string `json:"author"` // a name
	Email    string `json:"email"`
	Time     string `json:"time"`           // RFC 3339, by its author's clock
	Body     string `json:"body"`           // plain text or Markdown; "" when redacted
	Verified bool   `json:"verified"`       // a signature bears the author out; else it is a claim
	Claim    string `json:"claim,omitzero"` // why it is only one
	Mine     bool   `json:"mine"`           // written in this clone: can be edited and redacted
	Edited   bool   `json:"edited"`
	Redacted bool   `json:"redacted"`
}

// CommentsChangedParams are the params of airside/commentsChanged.
type CommentsChangedParams struct {
	URIs []string `json:"uris"` // of files that have threads, or had
}
