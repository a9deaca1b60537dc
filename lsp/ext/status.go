package ext

// StatusParams are the params of airside/status.
type StatusParams struct {
	Completion CompletionStatus `json:"completion"`
	Sync       SyncStatus       `json:"sync"`
	Review     ReviewStatus     `json:"review"`
	Trust      TrustStatus      `json:"trust,omitzero"`
}

// CompletionStatus tells how completions stand: State is "starting", "ready",
// "busy", "paused", "disabled" or "error".
type CompletionStatus struct {
	State   string `json:"state"`
	Backend string `json:"backend"`
	Model   string `json:"model"`
	Message string `json:"message" say:"user"`
	// Withheld is why there are no suggestions in the document that the user was in
	// last.
	Withheld string `json:"withheld,omitzero" say:"user"`
	// Until is when a pause ends, RFC 3339, "" without an end; MinutesLeft are what is
	// left of it. The status is told again whenever it is a minute less.
	Until       string `json:"until,omitzero"`
	MinutesLeft int    `json:"minutesLeft,omitzero"`
}

// SyncStatus tells how the branch stands towards its remote.
type SyncStatus struct {
	State     string `json:"state"` // "disabled" where nobody has opted in
	Branch    string `json:"branch"`
	Ahead     int    `json:"ahead"`
	Behind    int    `json:"behind"`
	Conflicts int    `json:"conflicts"`
	LastSync  string `json:"lastSync"` // RFC 3339; "" for never
	Message   string `json:"message" say:"user"`
	New       int    `json:"new,omitzero"`             // commits of teammates that came in and were not seen yet
	News      string `json:"news,omitzero" say:"user"` // that in words: "2 new from Ada"; "" for none
}

// ReviewStatus tells whether a review is running.
type ReviewStatus struct {
	State   string `json:"state"` // "disabled" without a review
	Message string `json:"message" say:"user"`
}
