package editor

import (
	"errors"
	"regexp"
	"strings"

	"go.lsp.dev/jsonrpc2"
)

// Words are what the user of this editor does in the place of command lines: what
// airside says to all names those ("airside sync resolve"), and somebody with a
// menu before them looks for its entry. A client that says nothing has none.
type Words map[string]string

// commandLine is one in a message, as messages quote it.
var commandLine = regexp.MustCompile("`((?:airside|git) [^`]+)`")

// In is a message in this editor's words. A command line with more arguments than
// a known one has is that one.
func (w Words) In(message string) string {
	if len(w) == 0 || !strings.Contains(message, "`") {
		return message
	}
	return commandLine.ReplaceAllStringFunc(message, func(quoted string) string {
		for line := quoted[1 : len(quoted)-1]; line != ""; {
			if words, ok := w[line]; ok {
				return words
			}
			end := strings.LastIndexByte(line, ' ')
			if end < 0 {
				break
			}
			line = line[:end]
		}
		return quoted
	})
}

// Say is a message in the language of this editor's user, and in its words.
func (c *Capabilities) Say(message string) string {
	return c.Words.In(c.Language.Say(message))
}

// Error is an error in the language of this editor's user, and in its words.
func (c *Capabilities) Error(err error) error {
	if err == nil || c.Say(err.Error()) == err.Error() {
		return err
	}
	var coded *jsonrpc2.Error
	if errors.As(err, &coded) {
		again := *coded
		again.Message = c.Say(coded.Message)
		return &again
	}
	return rewordedError{c.Say(err.Error()), err}
}

// rewordedError is an error in other words.
type rewordedError struct {
	message string
	error
}

func (r rewordedError) Error() string { return r.message }
func (r rewordedError) Unwrap() error { return r.error }
