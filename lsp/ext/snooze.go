package ext

// CommandSnooze takes SnoozeArguments, or a number of minutes, and returns a
// SnoozeResult.
const CommandSnooze = "airside.snooze"

// SnoozeArguments say for how long there are to be no suggestions. Without any, a
// pause that is on ends.
type SnoozeArguments struct {
	Minutes float64 `json:"minutes"`
	// Until is when the pause ends, RFC 3339, for a client that goes on with one.
	Until string `json:"until"`
	// UntilRestart pauses until the server ends, or is told otherwise.
	UntilRestart bool `json:"untilRestart"`
}

// SnoozeResult is the pause that is on.
type SnoozeResult struct {
	Paused  bool   `json:"paused"`
	Until   string `json:"until"` // RFC 3339; "" without an end
	Message string `json:"message" say:"user"`
}

// CommandSwitch takes SwitchArguments and returns a SwitchResult. It changes
// nothing: the client sets the settings that it returns.
const CommandSwitch = "airside.switch"

// SwitchArguments say what is to be off, or on again. Without Language and Folder
// it is only told how they stand.
type SwitchArguments struct {
	URI      string `json:"uri"` // of a document; its language and folder are meant
	Language *bool  `json:"language"`
	Folder   *bool  `json:"folder"`
}

// SwitchResult is how a document's language and folder stand.
type SwitchResult struct {
	Language   string `json:"language"` // "" of a document that has none
	LanguageOn bool   `json:"languageOn"`
	Folder     string `json:"folder"` // absolute; "" of a document that is no file
	FolderOn   bool   `json:"folderOn"`
	// By is the glob of completion.exclude that has the folder off, if it stays off by
	// that whatever is asked for.
	By string `json:"by"`
	// Settings are what has it so from now on, below "airside"; none when nothing was
	// asked for.
	Settings map[string][]string `json:"settings"`
}
