package ext

// CommandStats takes StatsArguments and returns Stats.
const CommandStats = "airside.stats"

// StatsArguments say what is done before it is told how airside does.
type StatsArguments struct {
	Reset bool `json:"reset"` // counts begin anew; what there was is put aside
	Undo  bool `json:"undo"`  // what was put aside comes back
}

// Stats are what became of suggestions on this machine, which they never leave.
type Stats struct {
	Since      string       `json:"since"` // the first day, 2006-01-02; "" when it is long ago or there was none
	Shown      int          `json:"shown"`
	Taken      int          `json:"taken"`              // of these, as a whole or in part
	Characters int          `json:"characters"`         // that nobody had to type
	Days       []StatsDay   `json:"days"`               // the latest 30, the earliest first; those without any, too
	Languages  []StatsRow   `json:"languages"`          // never null; the most characters first
	Models     []StatsModel `json:"models"`             // never null; the most characters first
	CanUndo    bool         `json:"canUndo"`            // a reset can be taken back
	Message    string       `json:"message" say:"user"` // what was done; "" for nothing
	Text       []string     `json:"text"`               // all of it, as a terminal shows it
}

// StatsDay is one day.
type StatsDay struct {
	Day        string `json:"day"` // 2006-01-02
	Shown      int    `json:"shown"`
	Taken      int    `json:"taken"`
	Characters int    `json:"characters"`
}

// StatsRow is one language.
type StatsRow struct {
	Name       string `json:"name"` // as editors call it; "" for none
	Shown      int    `json:"shown"`
	Taken      int    `json:"taken"`
	Characters int    `json:"characters"`
}

// StatsModel is one model. Speeds and times are 0 where they are not known.
type StatsModel struct {
	Backend    string  `json:"backend"`
	Model      string  `json:"model"`
	Shown      int     `json:"shown"`
	Taken      int     `json:"taken"`
	Characters int     `json:"characters"`
	Read       float64 `json:"read_tokens_per_second"`
	Write      float64 `json:"write_tokens_per_second"`
	// To the first text of an answer, of those for which the model was asked.
	FirstP50 float64 `json:"first_word_p50_ms"`
	FirstP95 float64 `json:"first_word_p95_ms"`
}
