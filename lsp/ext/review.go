package ext

import "go.lsp.dev/protocol"

// Scopes of a review.
const (
	ScopeFile     = "file"     // what is not committed of one file
	ScopeFunction = "function" // the function at Range, changed or not
	ScopeWorktree = "worktree" // what is not committed
	ScopeBranch   = "branch"   // what the branch has since its base, uncommitted changes included
)

// ReviewArguments is the one argument of airside.review.
type ReviewArguments struct {
	Scope string `json:"scope"` // "" is ScopeFile
	// URI is the file to review, or any in the repository meant. It may be left
	// out with ScopeWorktree and ScopeBranch: the workspace's first folder then.
	URI string `json:"uri"`
	// Base is the revision that ScopeBranch compares with; "" is the branch's
	// upstream, or the remote's default branch.
	Base string `json:"base"`
	// Range is in the function that ScopeFunction means.
	Range *protocol.Range `json:"range,omitzero"`
}

// FindingArguments is the one argument of airside.review.dismiss, undismiss and
// publish: which findings are meant.
type FindingArguments struct {
	// ID is the data of a diagnostic. Without it, those in Range of URI are
	// meant; without Range as well, all of the file.
	ID    string          `json:"id"`
	URI   string          `json:"uri"`
	Range *protocol.Range `json:"range,omitzero"`
	// Body is what publish says; "" is the finding's message.
	Body string `json:"body"`
}

// ReviewResult is what airside.review returns, so that an editor that shows no
// diagnostics can show it.
type ReviewResult struct {
	Scope    string          `json:"scope"`
	Base     string          `json:"base"`     // what the changes are since, in words; "" without a repository
	Findings []ReviewFinding `json:"findings"` // never null; those dismissed left out
	Counts   ReviewCounts    `json:"counts"`
	Skipped  []ReviewSkipped `json:"skipped"` // never null

	Files   int    `json:"files"`   // that differ
	Units   int    `json:"units"`   // that the model reviewed
	Backend string `json:"backend"` // "" when rules alone ran, and
	Model   string `json:"model"`
	NoModel string `json:"no_model" say:"user"` // why that was so
	// Compared is how many places were compared with what the model expects there, and
	// NoOdds why not all were.
	Compared int    `json:"compared,omitzero"`
	NoOdds   string `json:"no_odds,omitempty" say:"user"`
	// Cancelled says that the review ended before its end.
	Cancelled bool   `json:"cancelled"`
	Message   string `json:"message" say:"user"` // one line of all this
}

// ReviewFinding is one finding, with the fields of airside review --json.
type ReviewFinding struct {
	ID        string  `json:"id"`
	URI       string  `json:"uri"`
	Path      string  `json:"path"`
	StartLine int     `json:"start_line"` // from 1
	EndLine   int     `json:"end_line"`
	Severity  string  `json:"severity"`
	Category  string  `json:"category"`
	Source    string  `json:"source"` // "rule" or "model"
	Message   string  `json:"message"`
	Quote     string  `json:"quote"`
	Fix       *string `json:"fix"`
}

// ReviewCounts are how many findings there are.
type ReviewCounts struct {
	Error       int `json:"error"`
	Warning     int `json:"warning"`
	Information int `json:"information"`
	Hint        int `json:"hint"`
	Dismissed   int `json:"dismissed"`
}

// ReviewSkipped is a file, or a declaration in it, that was not reviewed.
type ReviewSkipped struct {
	Path   string `json:"path"`
	Unit   string `json:"unit,omitzero"`
	Reason string `json:"reason" say:"user"`
}

// FindingsResult is what the commands about findings return.
type FindingsResult struct {
	Findings int    `json:"findings"` // how many it was about
	Thread   string `json:"thread,omitzero"`
	Message  string `json:"message" say:"user"`
}
