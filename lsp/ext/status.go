package ext

// StatusParams are the params of airside/status.
type StatusParams struct {
	Completion CompletionStatus `json:"completion"`
	Sync       SyncStatus       `json:"sync"`
	Review     ReviewStatus     `json:"review"`
	Trust      TrustStatus      `json:"trust,omitzero"`
}

// CompletionStatus tells how completions stand: State is "starting", "ready",
// "busy", "disabled" or "error".
type CompletionStatus struct {
	State   string `json:"state"`
	Backend string `json:"backend"`
	Model   string `json:"model"`
	Message string `json:"message"`
}

// SyncStatus tells how the branch stands towards its remote.
type SyncStatus struct {
	State     string `json:"state"` // "disabled" where nobody has opted in
	Branch    string `json:"branch"`
	Ahead     int    `json:"ahead"`
	Behind    int    `json:"behind"`
	Conflicts int    `json:"conflicts"`
	LastSync  string `json:"lastSync"` // RFC 3339; "" for never
	Message   string `json:"message"`
}

// ReviewStatus tells whether a review is running.
type ReviewStatus struct {
	State   string `json:"state"` // "disabled" without a review
	Message string `json:"message"`
}
