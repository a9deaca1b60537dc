package httpapi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/airside-ls/airside/completion/model"
)

// StatusError is what a server says when it fails: an answer whose status is not
// 200, or a record in a stream that tells of an error.
type StatusError struct {
	Code    int    // HTTP status; 0 for a record in a stream
	Message string // what the server said about it, one line, may be empty
}

func (e *StatusError) Error() string {
	if e.Code == 0 {
		return e.Message
	}
	s := fmt.Sprintf("status %d", e.Code)
	if text := http.StatusText(e.Code); text != "" {
		s += " " + text
	}
	if e.Message != "" {
		s += ": " + e.Message
	}
	return s
}

// badReply marks what came over the wire and is not what the protocol says.
type badReply struct{ error }

func (e badReply) Unwrap() error { return e.error }

// BadReply marks err as the server's fault, for [Client.Failure].
func BadReply(err error) error { return badReply{err} }

// Failure is the error to return for err: ctx.Err() if the context ended
// first, err if it is a [*model.Error] already, else a [*model.Error] of the
// kind that the options or the nature of err tell.
func (c *Client) Failure(ctx context.Context, op string, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	var known *model.Error
	if errors.As(err, &known) {
		return known
	}
	kind := model.Unreachable
	var status *StatusError
	var bad badReply
	var inURL *url.Error
	if errors.As(err, &inURL) {
		err = inURL.Err // op names the request already; the address is in what remains
	}
	switch {
	case errors.As(err, &status):
		kind, err = model.BadReply, status
		if c.options.Classify != nil {
			if k, ok := c.options.Classify(status); ok {
				kind = k
			}
		}
	case errors.As(err, &bad):
		kind, err = model.BadReply, bad.error
	}
	return &model.Error{Kind: kind, Backend: c.options.Backend, Op: op, Err: err, Advice: c.options.Advice[kind]}
}

// errorMessage finds what a failing server says: {"error":"text"} (Ollama),
// {"error":{"message":"text"}} (llama-server), or the beginning of the body.
func errorMessage(body []byte) string {
	var nested struct {
		Error struct{ Message string }
	}
	var flat struct{ Error string }
	switch {
	case json.Unmarshal(body, &flat) == nil && flat.Error != "":
		return oneLine(flat.Error)
	case json.Unmarshal(body, &nested) == nil && nested.Error.Message != "":
		return oneLine(nested.Error.Message)
	}
	return oneLine(string(body))
}

func notJSON(data []byte, err error) error {
	if len(data) == 0 {
		return badReply{errors.New("the answer is empty")}
	}
	return badReply{fmt.Errorf("the answer is not the JSON expected (%w): %s", err, oneLine(string(data)))}
}

// oneLine is the beginning of s, fit for an error message.
func oneLine(s string) string {
	const most = 200
	s = strings.Join(strings.Fields(strings.ToValidUTF8(s, "?")), " ")
	if len(s) <= most {
		return s
	}
	cut := most
	for !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut] + "…"
}
