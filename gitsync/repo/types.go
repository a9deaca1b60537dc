// Package repo is the one door to git: the rooms below it, each for one thing, in a
// Repo that hands them out. go-git reads objects, encodes them and talks to remotes;
// it never writes a ref, the index or the work tree of a user's repository, and its
// Pull, Checkout, Reset, Commit and Add are not called.
//
// Whether there is a git binary, or may be, is known to program alone; each room asks
// once, where it is made, whether to work by git or by hand.
package repo

import (
	"context"
	"log/slog"
	"time"

	"github.com/airside-ls/airside/gitsync/durable"
	"github.com/airside-ls/airside/gitsync/repo/fault"
	"github.com/airside-ls/airside/gitsync/repo/pack"
	"github.com/airside-ls/airside/gitsync/repo/refs"
	"github.com/airside-ls/airside/gitsync/repo/wire"
	"github.com/airside-ls/airside/gitsync/repo/worktree"
)

// Options say how a repository is worked with.
type Options struct {
	Git string // path of the git binary; "" works without one: then nothing in a work tree moves
	SSH string // path of the ssh binary; "" uses go-git's own client

	// Quiet starts no program at all, as if there were none: for what nobody has
	// asked for. git runs what a repository's own configuration names, and whoever
	// made the folder may have written that.
	Quiet bool

	// Life ends what programs are asked in passing, such as git for its configuration;
	// nil ends it after a while only.
	Life context.Context

	// Patience is how long a program of the user's own, a pre-push hook or a merge
	// driver, may take; 0 is for ever. Waiting hears what is waited for, and what it
	// returns is called when that is over; may be nil.
	Patience time.Duration
	Waiting  func(what string) (done func())

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
	Content        = fault.Content
	Hook           = fault.Hook
	Disk           = fault.Disk
	Failed         = fault.Failed
)

// What refs are, and where branches are fetched from and pushed to.
type (
	Head      = refs.Head
	Ref       = refs.Ref
	RefUpdate = refs.Update
	Upstream  = refs.Upstream
)

// What stands in the work tree, and what differs between two states.
type (
	WorkTree      = worktree.Status
	Change        = worktree.Change
	TooLargeError = worktree.TooLargeError
	MergeRules    = worktree.MergeRules
	MergeDriver   = worktree.MergeDriver
)

// What goes over the wire, and where that leads.
type (
	PushUpdate = wire.PushUpdate
	Progress   = wire.Progress
	Endpoint   = wire.Endpoint
)

// AllDepth is more commits than any history has.
const AllDepth = wire.AllDepth

// Signature is what git makes of a commit's signature.
type Signature = pack.Signature
