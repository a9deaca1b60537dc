package model

import (
	"errors"
	"strings"
)

// Kind classifies what went wrong, by what airside does next.
type Kind int

const (
	// Unreachable: nobody answers there (refused, timed out, connection lost).
	// The next backend is tried.
	Unreachable Kind = iota
	// NoModel: the server answers but has no suitable model.
	NoModel
	// NoInsert: the model cannot continue a raw prompt.
	NoInsert
	// TooLong: the prompt does not fit the model's context.
	TooLong
	// BadReply: the answer is not what the protocol says (HTML, half a
	// stream, invalid JSON, a 5xx status).
	BadReply
	// Loading: the model is being loaded; asking again soon will do.
	Loading
	// Slow: it has been asked and is at it, for longer than anybody waits.
	Slow
	// Hung: it has been asked, and shows no sign of being at it. The next backend is
	// tried.
	Hung
	// Broken: the model's file or vocabulary is unusable.
	Broken
)

var kindText = map[Kind]string{
	Unreachable: "is not reachable", NoModel: "has no code model", NoInsert: "cannot insert",
	TooLong: "was asked with too long a prompt", BadReply: "gave an unusable answer",
	Loading: "is still loading", Broken: "is unusable", Slow: "is slow", Hung: "hangs",
}

func (k Kind) String() string { return kindText[k] }

// Error tells what happened, why, and what the user can do about it.
type Error struct {
	Kind    Kind
	Backend string // "ollama"
	Op      string // what was tried: "POST /api/generate"
	Err     error  // why
	Advice  string // what to do: "start it with: ollama serve"; may be empty
}

func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Backend)
	if e.Backend == "" {
		b.WriteString("the model")
	}
	b.WriteString(" " + e.Kind.String())
	if e.Op != "" {
		b.WriteString(" (" + e.Op + ")")
	}
	if e.Err != nil {
		b.WriteString(": " + e.Err.Error())
	}
	if e.Advice != "" {
		b.WriteString("; " + e.Advice)
	}
	return b.String()
}

func (e *Error) Unwrap() error { return e.Err }

// IsKind reports whether err is an [*Error] of kind k.
func IsKind(err error, k Kind) bool {
	var e *Error
	return errors.As(err, &e) && e.Kind == k
}
