// Package message writes the message of a commit from its diff: by rules, which say what
// the syntax of both sides shows and nothing else, and by a model that chats, if there is
// one, whose answer is held against the diff. It is given texts and returns text.
package message

import (
	"context"
	"strings"
	"time"

	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/review/diff"
	"github.com/airside-ls/airside/completion/shown"
)

// Change is what is going to be committed.
type Change struct {
	Files []diff.File
	// Root is where the files are, for Options.Withheld alone.
	Root   string
	Branch string // that is checked out; "" is none
	// Author and Email are the user's; "" when nobody knows.
	Author, Email string
	// Past are the latest commits of the repository, newest first.
	Past []Commit
}

// Commit is one that was made before.
type Commit struct{ Message, Author, Email string }

// Options are what a message is written with.
type Options struct {
	// Chosen is who answers now; see completion.Engine.Chosen. Nil asks nobody.
	Chosen func(context.Context) (model.Backend, model.Info, error)
	// Withheld says why a model must not see a file, by its absolute path, "" if it may.
	// Nil shows it all.
	Withheld func(path string, by model.Info) string
}

// Message is what a commit could be called.
type Message struct {
	Subject string
	// Body has lines; "" where the repository's commits have none. Trailers are lines such
	// as Signed-off-by.
	Body     string
	Trailers []string
	// Verb and Object are what the subject says is done, and to what, as the rules found it.
	Verb, Object string
	// Backend and Model wrote it; "" when rules did, and NoModel is why in a clause.
	Backend, Model, NoModel string
	Style                   Style
	Files                   int
}

// String is the message as git wants it, with a line end.
func (m Message) String() string {
	if m.Subject == "" {
		return ""
	}
	parts := []string{m.Subject}
	if m.Body != "" {
		parts = append(parts, m.Body)
	}
	if len(m.Trailers) > 0 {
		parts = append(parts, strings.Join(m.Trailers, "\n"))
	}
	return strings.Join(parts, "\n\n") + "\n"
}

// parseTime is how long a change is looked at; what was not read by then counts by its name.
const parseTime = 800 * time.Millisecond

// Write writes a message. Without files there is none. It never fails: when ctx ends, it is
// what the rules have found by then.
func Write(ctx context.Context, c Change, o Options) Message {
	if len(c.Files) == 0 {
		return Message{}
	}
	style := StyleOf(c)
	inTime, cancel := context.WithTimeout(ctx, parseTime)
	c.Files = masked(inTime, c.Files)
	found := find(inTime, c.Files)
	cancel()
	m := found.message(style, c)
	m.Style, m.Files = style, len(c.Files)
	m.Trailers = style.trailers(c)
	if o.Chosen == nil || ctx.Err() != nil {
		return m
	}
	subject, by, why := ask(ctx, c, o, style, found, m)
	if why != "" {
		m.NoModel = why
		return m
	}
	m.Subject, m.Backend, m.Model = subject, by.Backend, by.Model
	return m
}

// longestName bounds names in a message, in characters.
const longestName = 60

// name is a name from the repository as a message may have it.
func name(text string) string { return shown.Line(text, longestName) }
