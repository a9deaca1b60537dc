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
	Conflicts []SyncConflict `json:"conflicts"`          // never null
	Operation string         `json:"operation"`          // its ID in the log; "" when nothing moved
	Message   string         `json:"message" say:"user"` // one line
	LastSync  string         `json:"last_sync"`          // RFC 3339; "" for never

	// Remote and Address are told by status alone: "origin" and where that is, without
	// credentials. "" for a branch that has no remote.
	Remote  string `json:"remote,omitempty"`
	Address string `json:"address,omitempty"`

	// Comments is what became of review comments; nil when nothing moved.
	Comments *SyncComments `json:"comments,omitempty"`

	// Branches are the other branches, in the object of the current one.
	Branches []SyncResult `json:"branches,omitempty"`
}

// SyncComments counts the operations of review comments that travelled.
type SyncComments struct {
	Received int    `json:"received"`
	Sent     int    `json:"sent"`
	Problem  string `json:"problem" say:"user"` // one line about what did not; "" for nothing
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
	// Latest is what seen is about, as news told it; nil is all.
	Latest map[string]string `json:"latest"`
}

// FilesChangedParams are the params of airside/filesChanged.
type FilesChangedParams struct {
	URIs []string `json:"uris"` // of open documents, as the client spells them
}

// SyncNews is what came in from teammates: what airside.sync.news returns and "airside
// sync news --json" prints. Names and subjects are theirs, as they may be shown.
type SyncNews struct {
	New     int          `json:"new"`                // commits that the user has not seen yet
	Message string       `json:"message" say:"user"` // that in words: "2 new from Ada"; "" for none
	Commits []NewsCommit `json:"commits"`            // newest first, also those of the last days that were seen; never null
	More    int          `json:"more"`               // that are too many to be listed
	// Latest is the operation of the latest news of each repository, by its work_dir:
	// what came in up to it is listed, and what comes in later is not seen yet.
	Latest map[string]string `json:"latest"`
}

// NewsCommit is a commit that a sync has brought.
type NewsCommit struct {
	Hash      string `json:"hash"` // 40 hexadecimal digits
	Author    string `json:"author"`
	Subject   string `json:"subject"`
	Branch    string `json:"branch"`
	Time      string `json:"time"`      // when it came in, RFC 3339
	Operation string `json:"operation"` // that brought it, as in "airside sync log"
	WorkDir   string `json:"work_dir"`  // of its repository, absolute
	New       bool   `json:"new"`
	Mine      bool   `json:"mine"` // by this user, on another machine
}

// NewLinesParams are the params of airside/newLines: which lines of an open file a sync
// has brought, and nobody has edited since. They take the place of those told before.
type NewLinesParams struct {
	URI     string     `json:"uri"`     // as the client spells it
	Version int32      `json:"version"` // that the lines are of
	Lines   []NewLines `json:"lines"`   // from the first to the last; never null: none is the end of it
}

// NewLines are lines in a row, from 0. Start is End where lines were taken out, before
// that line.
type NewLines struct {
	Start   int    `json:"start"`
	End     int    `json:"end"` // behind the last
	Message string `json:"message"`
}
