package ext

// Trace is what became of one request for a completion, as airside.why tells.
type Trace struct {
	Time   string `json:"time"` // RFC 3339
	Path   string `json:"path"`
	Offset int    `json:"offset"` // of the cursor, in bytes

	Backend string `json:"backend,omitzero"`
	Model   string `json:"model,omitzero"`
	Form    string `json:"form,omitzero"`   // prompt form, such as "codellama"
	Prompt  string `json:"prompt,omitzero"` // as sent, control tokens spelled out
	Raw     string `json:"raw,omitzero"`    // what the model generated
	Shown   string `json:"shown"`           // what was left of it
	Reason  string `json:"reason,omitzero"` // why nothing was

	Cached             bool `json:"cached"`
	Multiline          bool `json:"multiline"`
	PromptTokens       int  `json:"promptTokens"`
	CachedPromptTokens int  `json:"cachedPromptTokens"`
	GeneratedTokens    int  `json:"generatedTokens"`

	TimingsMs Timings `json:"timingsMs"`
}

// Timings are in milliseconds.
type Timings struct {
	Context    float64 `json:"context"`
	Prompt     float64 `json:"prompt"`
	FirstToken float64 `json:"firstToken"`
	Total      float64 `json:"total"`
}
