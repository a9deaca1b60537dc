// Package completion turns a place in a document into a suggestion from a
// local model. It is the front of its room: the rest of airside talks to
// [Engine] and to the plain structs of this file, and to none of the packages
// below it.
//
// Everything here speaks UTF-8 byte offsets; it knows nothing of LSP.
package completion

import (
	"cmp"
	"time"

	"github.com/airside-ls/airside/completion/recall"
)

// Document is an immutable snapshot of one text buffer.
type Document struct {
	// Path names the document: a file path, or any other stable name for a
	// buffer that has none. It is a key and a hint for prompts; the file is
	// never read.
	Path     string
	Language string // LSP language identifier, "go"; may be "" or unknown
	Version  int32  // grows with every change
	Text     string // valid UTF-8

	// Notebook is the path of the notebook whose cell the document is, "" for a
	// document of its own: whether the text is a secret, and which workspace it
	// belongs to, goes by it.
	Notebook string
}

// File is the path of the file whose text the document is.
func (d Document) File() string { return cmp.Or(d.Notebook, d.Path) }

// Edit replaces the bytes [Start, End) of a document's text by New. A list of
// edits applies in order, each to the result of the one before.
type Edit struct {
	Start, End int
	New        string
}

// Trigger says why a completion was asked for.
type Trigger int

const (
	Automatic Trigger = iota // the user typed
	Invoked                  // the user asked by a key
)

// Request asks for what could stand at a place.
type Request struct {
	Document Document
	Offset   int // byte offset of the cursor in Document.Text
	Line     int // that the cursor is in, from 1, for traces; 0 when the caller does not know it
	Trigger  Trigger
	// Before is what a prompt shows before the text of a notebook's cell, see
	// [CellsBefore]; Cell is the cell's number, from 1, for traces.
	Before string
	Cell   int
	// Selected is the entry highlighted in the editor's own completion popup;
	// suggestions then replace its range and begin with its text.
	Selected *Replacement
	// MaxTokens overrides the configured bound of generated tokens when
	// positive.
	MaxTokens int
	// Arrived is when the request came from an editor, whose user types on: it may
	// have to wait for a newer one ([Options.Debounce]), unless the answer is at hand,
	// and Within is as long as that user waits. Who is not typing leaves it zero.
	Arrived time.Time
	// Within is how long the whole answer may take; 0 is as long as it takes. Then
	// the answer is what there is of it, or its first lines as soon as there are
	// some, and the model goes on: see [Result.Pending].
	Within time.Duration
	// Alternatives is how many distinct suggestions are wanted at most, best
	// first; 0 is 1. Those after the first are sampled, so they cost a
	// generation each.
	Alternatives int
}

// Replacement is a text put in the place of the bytes [Start, End).
type Replacement struct {
	Start, End int
	Text       string
}

// Suggestion is one text that may be shown.
type Suggestion struct {
	Replacement
	// ID names the suggestion in feedback and traces.
	ID string
}

// Result answers a Request. No suggestion is an ordinary answer; Reason says
// why in words fit for a person.
type Result struct {
	Suggestions []Suggestion
	Reason      string // "" exactly when there is a suggestion
	// Pending says that the model is still generating: the suggestion is whole lines
	// of it. When there is more, [Engine.OnReady] tells.
	Pending bool
	Trace   Trace
}

// Trace tells what became of one request, for "why no suggestion" and for
// [Engine.Feedback].
type Trace struct {
	ID                 string
	Time               time.Time
	Path               string
	Cell               int // of the notebook at Path, from 1; 0 when it is none
	Language           string
	Offset             int
	Line               int // from 1, 0 when it is not known
	Backend, Model     string
	Form               string   // prompt form, such as "codellama"
	Prompt             string   // as sent, control tokens spelled out
	Raw                string   // what the model generated
	Shown              string   // what was left of it; "" when nothing is shown
	Alternative        int      // 0 is the best answer, n the n-th that was sampled beside it
	Speculative        bool     // nobody has asked yet: prepared for the acceptance of what is shown
	Cached             bool     // answered without asking the model
	CachedBy           Shortcut // how, "" when the model was asked
	From               string   // the ID of the request whose suggestion this is the rest of
	Multiline          bool     // more than one line was wanted
	Unread             string   // why the document was read as plain text for good, "" when it was not
	PromptTokens       int
	CachedPromptTokens int
	GeneratedTokens    int
	Reason             string
	ContextTime        time.Duration // syntax and neighbouring code
	PromptTime         time.Duration // cutting and building the prompt
	FirstToken         time.Duration // from sending to the first text
	Total              time.Duration

	// Confidence is how likely the suggestion is to be right, 0 when the model
	// does not tell; Remembered is how many bytes of what it generated the
	// memory of the workspace had named.
	Confidence float64
	Remembered int
	// Beginning says that the suggestion is but the sure beginning of a line.
	Beginning bool

	// Snippets are the definitions of other files that the prompt shows, in its order;
	// NoSnippets says in a clause why there is none.
	Snippets   []Snippet
	NoSnippets string

	typed int          // bytes of Shown that stood before the cursor
	fate  *recall.Fate // of the suggestion; nil when there is none
}

// Shortcut says how a request was answered without asking the model.
type Shortcut = recall.Shortcut

const (
	Exact        = recall.Exact
	TypedThrough = recall.TypedThrough
	Speculated   = recall.Speculated

	Remembered Shortcut = "remembered" // by the memory of the workspace, until the model has answered
	InPart     Shortcut = "in part"    // whole lines of what is being generated
)

// State of completions, for the status line.
type State string

const (
	Starting State = "starting" // nothing is known yet
	Ready    State = "ready"
	Busy     State = "busy"
	Disabled State = "disabled" // switched off by a setting
	Paused   State = "paused"   // by the user, for a time
	Failing  State = "error"    // no backend answers
)

// Status is what a status line shows.
type Status struct {
	State   State
	Backend string
	Model   string
	Message string // which backend and why, or what is wrong and what to do
	// Withheld is why there are no suggestions in the document asked about last, ""
	// where there are.
	Withheld string
	// Until is when a pause ends, zero without an end; MinutesLeft are what is left of
	// it, those begun included.
	Until       time.Time
	MinutesLeft int
}
