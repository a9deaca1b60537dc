package ext

// Trace is what became of one request for a completion, as airside.why tells.
type Trace struct {
	ID     string `json:"id"`
	Time   string `json:"time"` // RFC 3339
	Path   string `json:"path"`
	Cell   int    `json:"cell,omitzero"` // of the notebook at path, from 1
	Offset int    `json:"offset"`        // of the cursor, in bytes
	// Summary tells in a line what became of the request, for people: when, where,
	// and what was suggested or why nothing was.
	Summary string `json:"summary" say:"user"`

	Backend string `json:"backend,omitzero"`
	Model   string `json:"model,omitzero"`
	Form    string `json:"form,omitzero"`              // prompt form, such as "codellama"
	Prompt  string `json:"prompt,omitzero"`            // as sent, control tokens spelled out
	Raw     string `json:"raw,omitzero"`               // what the model generated
	Shown   string `json:"shown"`                      // what was left of it
	Reason  string `json:"reason,omitzero" say:"user"` // why nothing was

	// Cached says that the model was not asked, CachedBy how that came: "exact"
	// (the same text before), "typed through" or "speculated". From is the id of
	// the request whose answer this is the rest of.
	Cached   bool   `json:"cached"`
	CachedBy string `json:"cachedBy,omitzero"`
	From     string `json:"from,omitzero"`
	// Speculative says that no editor asked: it was prepared for the case that
	// the suggestion on the screen is accepted.
	Speculative bool `json:"speculative"`
	// Alternative is 0 for the best answer, n for the n-th sampled beside it.
	Alternative int `json:"alternative"`

	// Confidence is how likely the model that is built in found the suggestion to
	// be right, 0 from others; Remembered is how many bytes of it the memory of
	// the workspace had named.
	Confidence float64 `json:"confidence,omitzero"`
	Remembered int     `json:"remembered,omitzero"`
	// Beginning says that what is shown is the sure beginning of a line.
	Beginning bool `json:"beginning,omitzero"`

	// Snippets are the definitions of other files that the prompt shows, in its order;
	// NoSnippets says why there is none.
	Snippets   []Snippet `json:"snippets,omitzero"`
	NoSnippets string    `json:"noSnippets,omitzero"`

	// Unread says why the document is read as plain text, not as its language has
	// it: its parser died of it.
	Unread string `json:"unread,omitzero"`

	Multiline          bool `json:"multiline"`
	PromptTokens       int  `json:"promptTokens"`
	CachedPromptTokens int  `json:"cachedPromptTokens"`
	GeneratedTokens    int  `json:"generatedTokens"`

	TimingsMs Timings `json:"timingsMs"`
}

// Snippet is a definition of another file that a prompt shows.
type Snippet struct {
	Path string `json:"path"` // below the folder that is open, with slashes
	Line int    `json:"line"` // from 1
	Name string `json:"name"`
	Text string `json:"text"`
	Why  string `json:"why"`
	// Summary is where it is and why it was chosen, in a line.
	Summary string `json:"summary"`
}

// Timings are in milliseconds.
type Timings struct {
	Context    float64 `json:"context"`
	Prompt     float64 `json:"prompt"`
	FirstToken float64 `json:"firstToken"`
	Total      float64 `json:"total"`
}
