package ext

// CommandModelSelect takes ModelArguments and returns []Model, best first. Without
// arguments it only lists; with some it has the model answer from then on, until
// the server ends. A client that wants it to stay sets the settings it returns.
const CommandModelSelect = "airside.model.select"

// ModelArguments name a model.
type ModelArguments struct {
	// Backend is "ollama", "llamacpp", "builtin" or "openai"; "auto" goes back to
	// what the settings say. It may be left out where one backend alone has Model.
	Backend string `json:"backend"`
	// Model is one of Backend's; "" leaves the choice to it.
	Model string `json:"model"`
}

// Model is one that could answer, or a backend that has none.
type Model struct {
	Backend string `json:"backend"`
	Model   string `json:"model"`            // "" when the backend has none; Error says why
	Bytes   int64  `json:"bytes"`            // of its weights; 0 when unknown
	Code    bool   `json:"code"`             // made for code, as far as its name tells
	Current bool   `json:"current"`          // answers now
	Why     string `json:"why" say:"user"`   // why it answers now
	Error   string `json:"error" say:"user"` // why the backend does not
	// What follows is told by airside models alone, and 0 or "" where nobody knows.
	File        string  `json:"file,omitempty"`                   // with its weights, on this machine
	MemoryBytes int64   `json:"memory_bytes,omitempty"`           // what it needs of memory
	Read        float64 `json:"read_tokens_per_second,omitempty"` // of a prompt, as measured here
	Write       float64 `json:"write_tokens_per_second,omitempty"`
	Typing      string  `json:"typing,omitempty" say:"user"` // "yes" if it is fit for suggestions while typing, or why not
	Review      string  `json:"review,omitempty" say:"user"` // the same for reviews
	// Settings are what chooses this model for good, below "airside".
	Settings map[string]string `json:"settings"`
}
