package gitsync

import (
	"context"
	"time"

	"github.com/airside-ls/airside/gitsync/object"
	"github.com/airside-ls/airside/gitsync/repo"
	"github.com/airside-ls/airside/gitsync/threads"
)

// Repo is what the syncer asks of a repository: package repo's, or a test's.
// Errors are *repo.Error. Every change checks the old value.
type Repo interface {
	CommonDir() string
	WorkDir() string

	Head() (repo.Head, error)
	Refs(prefix string) ([]repo.Ref, error)
	Ref(name string) (object.Hash, error) // Zero when there is none
	UpdateRef(repo.RefUpdate) error
	Branches() ([]string, error)
	Upstream(branch string) (repo.Upstream, bool, error)
	CheckedOut(branch string) ([]string, error)

	HeadChanged() time.Time
	RefsChanged(prefix string) time.Time
	Changes(ctx context.Context, prefix string) <-chan struct{} // of these; may be nil
	Busy() error
	WorkTree(ctx context.Context) (repo.WorkTree, error)
	CanMove(ctx context.Context, branch string, from, to object.Hash) error
	UndoHalfMove(ctx context.Context, from, to object.Hash) error
	CanMerge(ctx context.Context, theirs object.Hash) error
	UndoHalfMerge(ctx context.Context, ours, theirs object.Hash) error
	FastForward(ctx context.Context, branch string, old, new object.Hash, reason string) error
	RestoreTo(ctx context.Context, branch string, from, to object.Hash, reason string) error
	Snapshot(ctx context.Context, ref, message string) (object.Hash, error)

	Objects() (object.Reader, error)
	WriteObjects([]object.Object) error
	CommitObject(object.Commit) object.Object
	Identity() (object.Signature, error)
	Signs() (bool, string)
	SignedCommit(ctx context.Context, c object.Commit) (object.Hash, error)
	MergeHooks() []string
	StartMerge(ctx context.Context, theirs object.Hash, label string) error
	Merging() (theirs object.Hash, err error) // the merge in the work tree; Zero for none
	MergeGrounds() string                     // changes when something has that merges go by and that no commit holds
	PutMerged(ctx context.Context, from object.Hash, settled, partly []string) error

	Advertise(ctx context.Context, up repo.Upstream) (map[string]object.Hash, error)
	Fetch(ctx context.Context, up repo.Upstream, want []object.Hash, progress repo.Progress) error
	FetchBounded(ctx context.Context, up repo.Upstream, want []object.Hash, most int64, progress repo.Progress) error
	Deepen(ctx context.Context, up repo.Upstream, want []object.Hash, depth int, progress repo.Progress) error
	IsShallow() bool
	Partial() bool
	Promisors() []repo.Upstream
	Bring(ctx context.Context, want []object.Hash) error
	SparseSet() (func(path string) bool, error)
	Push(ctx context.Context, up repo.Upstream, updates []repo.PushUpdate, progress repo.Progress) error
}

// parts are the rooms behind the syncer. Open hands over the real ones.
type parts struct {
	repo        Repo
	comments    *threads.Store // nil: none travel
	unasked     *threads.Store // the same, for reading without programs
	isAncestor  func(ctx context.Context, r object.Reader, ancestor, descendant object.Hash) (bool, error)
	aheadBehind func(ctx context.Context, r object.Reader, local, remote object.Hash) (ahead, behind int, err error)
	reach       func(ctx context.Context, r object.Reader, a, b object.Hash) (common, cut bool, err error)
	bases       func(ctx context.Context, r object.Reader, a, b object.Hash) ([]object.Hash, error)
	merge       func(ctx context.Context, r object.Reader, ours, theirs object.Hash, labels labels) (mergeOutcome, error)
	place       func(ctx context.Context, up repo.Upstream) (repo.Endpoint, error)
	probe       func(ctx context.Context, up repo.Upstream) verdict
	atOnce      bool                                      // remotes that answered last time are not probed first
	hints       func(ctx context.Context) <-chan struct{} // the network or the machine woke; may be nil
	waits       *waiter                                   // that repo tells what is waited for; nil: it does not tell
}

// labels name the sides in conflict markers.
type labels struct{ ours, theirs string }

// mergeOutcome is the outcome of a merge of two commits.
type mergeOutcome struct {
	tree      object.Hash
	objects   []object.Object // not written yet
	conflicts []Conflict
	bases     []object.Hash // none: unrelated histories
	unrelated bool
	why       string      // what is to be said of the first conflict beyond its kind; "" for nothing
	before    []string    // paths of which the conflicts were settled as people did it in earlier merges
	from      []string    // those merges, for people
	textual   []fileMerge // the files whose content neither side has as it is, and those of conflicts in their text
}

// fileMerge is one file that both sides changed.
type fileMerge struct {
	path                       string
	mode                       object.Mode
	base, ours, theirs, merged []byte // merged is nil in a conflict
}

// verdict says whether a remote can be reached.
type verdict struct {
	state   string // one of the reach* words
	message string
}

const (
	reachable    = "reachable"
	reachOffline = "offline"
	reachPortal  = "portal"
	reachAuth    = "auth"
	reachRefused = "refused"
)
