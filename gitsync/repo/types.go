// Package repo is the one door to go-git, to the git binary, to refs and to
// the work tree. go-git reads objects, encodes them and talks to remotes; it
// never writes a ref, the index or the work tree of a user's repository, and
// its Pull, Checkout, Reset, Commit and Add are not called.
package repo

import (
	"context"
	"log/slog"

	"github.com/airside-ls/airside/gitsync/durable"
	"github.com/airside-ls/airside/gitsync/object"
	"github.com/airside-ls/airside/gitsync/repo/fault"
)

// Options say how a repository is worked with.
type Options struct {
	Git string // path of the git binary; "" works without one, see FastForward
	SSH string // path of the ssh binary; "" uses go-git's own client

	// Quiet starts no program at all, as if there were none: for what nobody has
	// asked for. git runs what a repository's own configuration names, and whoever
	// made the folder may have written that.
	Quiet bool

	// Life ends what programs are asked in passing, such as git for its configuration;
	// nil ends it after a while only.
	Life context.Context

	// Terminal says that a person at a terminal waits for what is done.
	Terminal bool

	Environ []string     // environment of the programs started: git, ssh, credential helpers, hooks
	FS      durable.FS   // every write goes through it; nil is durable.Beneath the repository's folders
	Log     *slog.Logger // nil logs nothing
}

// Error is what every method here returns.
type (
	Error = fault.Error
	Kind  = fault.Kind
)

// What can be done about an Error.
const (
	Busy           = fault.Busy
	Dirty          = fault.Dirty
	Moved          = fault.Moved
	Unsupported    = fault.Unsupported
	Auth           = fault.Auth
	Rejected       = fault.Rejected
	NonFastForward = fault.NonFastForward
	Network        = fault.Network
	Protocol       = fault.Protocol
	Hook           = fault.Hook
	Disk           = fault.Disk
	Failed         = fault.Failed
)

// Head is where HEAD points.
type Head struct {
	Branch string      // short name; "" when detached
	Hash   object.Hash // Zero when the branch is unborn
}

// Ref is one ref and its object.
type Ref struct {
	Name string // full: refs/heads/main
	Hash object.Hash
}

// RefUpdate changes one ref if it still is what it was.
type RefUpdate struct {
	Name   string      // full
	Old    object.Hash // Zero: must not exist
	New    object.Hash // Zero: delete
	Reason string      // for the reflog, without newline
}

// Upstream is a branch's counterpart at a remote.
type Upstream struct {
	Remote string // "origin"
	URL    string // where it is fetched from, after insteadOf
	Push   string // where it is pushed to, after pushInsteadOf
	Ref    string // full name there: refs/heads/main
}

// WorkTree is what stands in the work tree beside HEAD.
type WorkTree struct {
	Changed   []string // tracked files that differ from the index or HEAD, conflicts included; slash-separated
	Untracked []string // not ignored
}

// Clean reports whether every tracked file is as in HEAD.
func (w WorkTree) Clean() bool { return len(w.Changed) == 0 }

// PushUpdate asks a remote to move one ref of its own, never by force.
type PushUpdate struct {
	Ref string      // full name at the remote
	Old object.Hash // what the remote advertised; Zero creates
	New object.Hash
}

// Progress is told about a transfer; may be nil.
type Progress func(message string)
