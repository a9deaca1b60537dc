package workspace

import (
	"context"
	"time"

	"github.com/airside-ls/airside/lsp/ext"
)

// Syncer is what the server asks of a repository that is kept in step with its
// remotes: gitsync.Syncer, in the shapes that clients see. Its methods may be
// called from several goroutines.
type Syncer interface {
	WorkDir() string
	Enabled() bool
	// Enable opts the repository in, with patterns of branches; none is the
	// current branch.
	Enable(patterns []string) error
	Disable() error
	// Round syncs because a person asks: these branches, or the opted-in ones.
	Round(ctx context.Context, branches []string) []ext.SyncResult
	// Status is where the branches stand, as far as this machine knows.
	Status(ctx context.Context) []ext.SyncResult
	Undo(ctx context.Context, operation string) (ext.SyncResult, error)
	Resolve(ctx context.Context, branch string) (ext.SyncResult, error)
	// TakeProposal takes the merge that is proposed for a branch in conflict.
	TakeProposal(ctx context.Context, branch string) (ext.SyncResult, error)
	// Watch syncs until ctx ends, and tells how the branches stand when that
	// has changed.
	Watch(ctx context.Context, changed func([]ext.SyncResult)) error
	// Poke has Watch look sooner. It returns at once.
	Poke()
}

// SyncSettings are the settings under sync; they can be compared.
type SyncSettings struct {
	Enabled         bool          // opted-in repositories are synced by themselves
	Branches        string        // patterns for an opt-in that names none, one space between them
	Interval        time.Duration // between looks at a remote
	ApplyStructured bool          // take merges that only the syntax tree settles
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
