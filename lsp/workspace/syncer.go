package workspace

import (
	"context"
	"time"

	"github.com/airside-ls/airside/gitsync"
)

// Syncer is what the server asks of a repository that is kept in step with its
// remotes: gitsync.Syncer. Its methods may be called from several goroutines.
type Syncer interface {
	WorkDir() string
	Enabled() bool
	// Enable opts the repository in, and trusts it; see [gitsync.Syncer.Enable].
	Enable(patterns []string) error
	Disable() error
	// Round syncs these branches, or the opted-in ones.
	Round(ctx context.Context, r gitsync.Request) []gitsync.Result
	// Status is where the branches stand, as far as this machine knows.
	Status(ctx context.Context) []gitsync.Result
	Undo(ctx context.Context, operation string) (gitsync.Result, error)
	Resolve(ctx context.Context, branch string) (gitsync.Result, error)
	// TakeProposal takes the merge that is proposed for a branch in conflict.
	TakeProposal(ctx context.Context, branch string) (gitsync.Result, error)
	// Watch syncs until ctx ends, and tells how the branches stand when that
	// has changed.
	Watch(ctx context.Context, changed func([]gitsync.Result)) error
	// Poke has Watch look sooner. It returns at once.
	Poke()
}

// SyncSettings are the settings under sync; they can be compared.
type SyncSettings struct {
	Enabled         bool          // opted-in repositories are synced by themselves
	Branches        string        // patterns for an opt-in that names none, one space between them
	Interval        time.Duration // between looks at a remote
	ApplyStructured bool          // take merges that only the syntax tree settles
	HookPatience    time.Duration // what a hook or a merge driver of the user's may take; 0 is for ever
	Mark            time.Duration // how long lines that came in are marked; 0 is not at all
}

// SyncHooks are what a Syncer asks and tells the server.
type SyncHooks struct {
	// OpenDirty lists files, by absolute path, that the editor holds unsaved.
	OpenDirty func() []string
	// Progress hears about transfers and waiting, one line each.
	Progress func(string)
	// Name is what other programs are told that wait for this one.
	Name string
	// Wait bounds the wait for another sync to be done: 0 is the usual time, less
	// does not wait.
	Wait time.Duration
	// Life ends with whoever opens the repository.
	Life context.Context
	// Terminal says that a person at a terminal waits for what is done.
	Terminal bool
}
