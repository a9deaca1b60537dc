package ext

// SyncResult is how a branch's sync ended, or where it stands: what "airside
// sync --json" prints and airside.sync.* return.
type SyncResult struct {
	State     string         `json:"state"` // gitsync.State: "IDLE", "OFFLINE", "CONFLICT", …
	Branch    string         `json:"branch"`
	Ahead     int            `json:"ahead"`  // commits that the remote lacks
	Behind    int            `json:"behind"` // commits that the branch lacks
	Pulled    int            `json:"pulled"` // commits that came in
	Pushed    int            `json:"pushed"` // commits that went out
	Merged    bool           `json:"merged"`
	Conflicts []SyncConflict `json:"conflicts"` // never null
	Operation string         `json:"operation"` // its ID in the log; "" when nothing moved
	Message   string         `json:"message"`   // one line
	LastSync  string         `json:"last_sync"` // RFC 3339; "" for never

	// Comments is what became of review comments; nil when nothing moved.
	Comments *SyncComments `json:"comments,omitempty"`

	// Branches are the other branches, in the object of the current one.
	Branches []SyncResult `json:"branches,omitempty"`
}

// SyncComments counts the operations of review comments that travelled.
type SyncComments struct {
	Received int    `json:"received"`
	Sent     int    `json:"sent"`
	Problem  string `json:"problem"` // one line about what did not; "" for nothing
}

// SyncConflict is a path that needs the user, and why.
type SyncConflict struct {
	Path string `json:"path"` // relative to the work tree, with slashes
	Kind string `json:"kind"`
}

// SyncArguments is the one argument of airside.sync.*, all of it optional. A
// plain string in its place is the URI.
type SyncArguments struct {
	// URI of a file or folder in the repository meant; "" is the first of the
	// workspace's that has opted in.
	URI string `json:"uri"`
	// Branch is what resolve is about; "" is the one with a conflict.
	Branch string `json:"branch"`
	// Proposal has resolve take the merge by structure that is proposed.
	Proposal bool `json:"proposal"`
	// Branches are those that now syncs instead of the opted-in ones, or the
	// patterns that enable opts in.
	Branches []string `json:"branches"`
	// Operation is what undo takes back; "" is the latest.
	Operation string `json:"operation"`
}

// FilesChangedParams are the params of airside/filesChanged.
type FilesChangedParams struct {
	URIs []string `json:"uris"` // of open documents, as the client spells them
}
