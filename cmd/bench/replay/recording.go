// Package replay types recorded keystrokes into a file through a language server
// and counts what that costs a model server. It knows the server under test by
// LSP and the model server by HTTP only, so that any other inline completion
// server can be measured beside airside: see editors/e2e, TestE2EReplay.
package replay

import (
	"bufio"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// backspace is the key that deletes the character before the cursor.
const backspace = "\b"

// Key is one keystroke. A newline brings the indentation that an editor adds.
type Key struct {
	Pause time.Duration // since the key before
	Text  string        // what it types, or backspace
}

// Recording is a typing session: keys pressed where a piece of a file has been
// cut out, which they bring back.
type Recording struct {
	File string // below GOROOT/src
	Keys []Key

	anchor string // the cut begins behind the first brace and blanks after it
	piece  string // what the keys type in the end
}

// Load reads a recording: "file PATH", "anchor TEXT", then one key a line, its
// pause in milliseconds and its text as a Go string. Lines that begin with # are
// comments.
func Load(path string) (*Recording, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r := &Recording{}
	in := bufio.NewScanner(f)
	for n := 1; in.Scan(); n++ {
		word, rest, _ := strings.Cut(in.Text(), " ")
		switch {
		case word == "" || strings.HasPrefix(word, "#"):
		case word == "file":
			r.File = rest
		case word == "anchor":
			r.anchor = rest
		default:
			ms, err := strconv.Atoi(word)
			text, err2 := strconv.Unquote(rest)
			if err != nil || err2 != nil || text == "" || ms < 0 {
				return nil, fmt.Errorf("%s:%d: want a pause in milliseconds and a quoted text, have %q", path, n, in.Text())
			}
			r.Keys = append(r.Keys, Key{time.Duration(ms) * time.Millisecond, text})
		}
	}
	for _, k := range r.Keys {
		r.piece = press(r.piece, k.Text)
	}
	return r, in.Err()
}

// press is text after a key at its end.
func press(text, key string) string {
	if key == backspace && text != "" {
		return text[:len(text)-1]
	}
	return text + key
}

// Open cuts the piece and the rest of its last line out of the file's text: what
// stands before the cursor, and what behind it.
func (r *Recording) Open(text string) (before, after string, err error) {
	at := strings.Index(text, r.anchor)
	if at < 0 {
		return "", "", fmt.Errorf("%s has no %q: another version of Go than the recording's?", r.File, r.anchor)
	}
	at += strings.Index(text[at:], "{\n") + len("{\n\t")
	after, ok := strings.CutPrefix(text[at:], r.piece)
	if !ok {
		return "", "", fmt.Errorf("%s reads otherwise behind %q: another version of Go than the recording's?", r.File, r.anchor)
	}
	return text[:at], after[strings.IndexByte(after, '\n'):], nil
}

// skip is the first key from i on at which text with more is typed, with no slip
// to be taken back; ok is false if the keys never come there.
func (r *Recording) skip(i int, text, more string) (next int, ok bool) {
	if want := text + more; strings.HasPrefix(r.piece, want) {
		for ; i < len(r.Keys); i++ {
			if text = press(text, r.Keys[i].Text); text == want {
				return i + 1, true
			}
		}
	}
	return 0, false
}
