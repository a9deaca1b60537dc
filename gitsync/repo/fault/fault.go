// Package fault says what goes wrong with a repository, by what can be done
// about it, and in words that may be shown.
package fault

import (
	"errors"
	"fmt"
	"syscall"
)

// Kind classifies an Error by what can be done about it.
type Kind string

const (
	Busy           Kind = "busy"             // a lock, a merge in progress: try again later
	Dirty          Kind = "dirty"            // the work tree has changes: the user commits first
	Moved          Kind = "moved"            // a ref is not what it was: compare again
	Unsupported    Kind = "unsupported"      // a repository that airside does not touch
	Auth           Kind = "auth"             // credentials are missing or refused: waits for the user
	Rejected       Kind = "rejected"         // the remote refused by policy (hook, protection, quota): waits for the user
	NonFastForward Kind = "non-fast-forward" // the remote has moved: fetch again
	Network        Kind = "network"          // the connection failed or broke: try again
	Protocol       Kind = "protocol"         // the remote does not speak git, or lies
	Content        Kind = "content"          // what the remote sends is refused for what it is: the same would come again
	Hook           Kind = "hook"             // a hook of the user's said no
	Disk           Kind = "disk"             // full or read-only
	Failed         Kind = "failed"           // anything else
)

// Error is what every method on a repository returns. Message is one line: what,
// why, what to do.
type Error struct {
	Kind    Kind
	Message string
	Err     error // may be nil
}

func (e *Error) Error() string { return e.Message }
func (e *Error) Unwrap() error { return e.Err }

// New is an error of a kind, with nothing behind it.
func New(kind Kind, format string, args ...any) *Error {
	return &Error{Kind: kind, Message: fmt.Sprintf(format, args...)}
}

// Wrap is an error of the kind of what lies behind it, Failed where that has none
// or is nil.
func Wrap(err error, format string, args ...any) *Error {
	return &Error{Kind: KindOf(err), Message: fmt.Sprintf(format, args...), Err: err}
}

// As makes any error an *Error, and nil nil.
func As(err error) error {
	var e *Error
	if err == nil || errors.As(err, &e) {
		return err
	}
	return Wrap(err, "%v", err)
}

// KindOf is an error's kind; it tells a full or read-only disk from what is
// merely Failed.
func KindOf(err error) Kind {
	var e *Error
	switch {
	case errors.As(err, &e):
		return e.Kind
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EROFS), errors.Is(err, syscall.EDQUOT):
		return Disk
	}
	return Failed
}
