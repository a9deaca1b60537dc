package ext

// CommandCommitMessage takes CommitMessageArguments and returns a CommitMessage. It
// changes nothing.
const CommandCommitMessage = "airside.commitMessage"

// CommitMessageArguments say of which repository a commit is to have a message.
type CommitMessageArguments struct {
	// URI is a file or a folder in the repository; "" is the workspace's first folder.
	URI string `json:"uri"`
	// RulesOnly asks no model.
	RulesOnly bool `json:"rulesOnly"`
}

// CommitMessage is what a commit could be called.
type CommitMessage struct {
	Message  string   `json:"message"` // whole, with a line end; "" where nothing has changed
	Subject  string   `json:"subject"`
	Body     string   `json:"body"`
	Trailers []string `json:"trailers"` // never null
	// Verb and Object are what the rules found that is done, and to what.
	Verb   string `json:"verb"`
	Object string `json:"object"`
	// Scope is "staged", or "worktree" where nothing is staged and so all changes are meant.
	Scope string `json:"scope"`
	Files int    `json:"files"`
	// Backend and Model wrote the subject; "" when rules did, and NoModel is why.
	Backend string `json:"backend"`
	Model   string `json:"model"`
	NoModel string `json:"no_model" say:"user"`
	Note    string `json:"note" say:"user"` // what a person should know of it, "" is nothing
}
