// Package threads keeps review comments in git. What a person says about code
// is an operation: a comment, a reply, an edit, a resolution. Each clone appends
// its own to one ref that nobody else writes, refs/airside/actors/<id>, so that
// a push is always a fast-forward and nothing has ever to be merged. What a team
// sees is the union of everybody's operations in a fixed order, the same on
// every clone, in whatever order it arrived.
//
// The core is pure: operations (operation.go, decode.go), their state
// (state.go), places in code (anchor.go, follow.go). Store reads and writes them
// through package repo.
package threads

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"
)

// Version is that of the operations written here.
const Version = 1

// Type is what an operation does.
type Type string

// The types known here. Others are kept, and shown by versions that know them.
const (
	TypeComment Type = "comment" // begins a thread
	TypeReply   Type = "reply"
	TypeEdit    Type = "edit"    // replaces the text of a comment of one's own
	TypeRedact  Type = "redact"  // takes the text of a comment of one's own from view
	TypeResolve Type = "resolve" // a thread is settled
	TypeReopen  Type = "reopen"
)

// Author is who an operation says wrote it: a claim, unless a signature bears
// it out.
type Author struct {
	Name  string `json:"name"`
	Email string `json:"email"`
}

// Source is the model that found what a person has published.
type Source struct {
	Model      string `json:"model"`
	PromptHash string `json:"promptHash,omitempty"` // SHA-256 of what it was asked, in hexadecimal
}

// Operation is one line of an actor's file. It never changes: its ID is the
// SHA-256 of its content.
type Operation struct {
	ID string `json:"-"` // 64 hexadecimal digits

	Version  int       `json:"v"`
	Actor    string    `json:"actor"` // whose ref it is in
	Author   Author    `json:"author"`
	Lamport  uint64    `json:"lamport"` // greater than that of all operations its author had seen
	Time     time.Time `json:"time"`    // by its author's clock, for people; orders nothing
	Type     Type      `json:"type"`
	Review   string    `json:"review,omitempty"` // the thread: the ID of its first comment, "" in that itself
	Target   string    `json:"target,omitempty"` // the comment that an edit or redaction is of, or that is replied to
	Body     string    `json:"body,omitempty"`   // plain text or Markdown
	Severity string    `json:"severity,omitempty"`
	Source   *Source   `json:"source,omitempty"`
	Anchor   *Anchor   `json:"anchor,omitempty"` // of a comment
}

// idLength is that of an ID in hexadecimal digits.
const idLength = 2 * sha256.Size

// Encode gives the operation its ID and returns its line, newline included. The
// ID comes first and covers, byte for byte, what follows it: operations with
// fields that are not known here keep theirs.
func (o *Operation) Encode() ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(o); err != nil {
		return nil, err
	}
	content := bytes.TrimSuffix(b.Bytes(), []byte("\n"))
	o.ID = contentID(content)
	line := make([]byte, 0, len(content)+idLength+len(idStart)+4)
	line = append(line, idStart...)
	line = append(line, o.ID...)
	line = append(line, `",`...)
	line = append(line, content[1:]...)
	line = append(line, '\n')
	if len(line) > MaxLine {
		return nil, fmt.Errorf("an operation of %d bytes is too long: %d are the most", len(line), MaxLine)
	}
	return line, nil
}

// idStart is what every line begins with.
const idStart = `{"id":"`

func contentID(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}
