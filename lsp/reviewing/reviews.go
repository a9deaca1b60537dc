// Package reviewing runs reviews of what has changed, and shows what they find as
// notes in its files.
package reviewing

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"go.lsp.dev/uri"

	"github.com/airside-ls/airside/completion/review"
	"github.com/airside-ls/airside/completion/review/diff"
	"github.com/airside-ls/airside/completion/review/dismissed"
	"github.com/airside-ls/airside/gitsync"
	"github.com/airside-ls/airside/lsp/annotate"
	"github.com/airside-ls/airside/lsp/editor"
	"github.com/airside-ls/airside/lsp/ext"
)

// Reviewer is what the server asks of [review.Reviewer].
type Reviewer interface {
	Review(ctx context.Context, q review.Request, on func(review.Event)) (review.Report, error)
}

var _ Reviewer = (*review.Reviewer)(nil)

// Changes is where the changes to be reviewed come from: gitsync, in the shapes
// of package diff.
type Changes interface {
	// WorkDir is the root of the work tree that a path lies in. The error is
	// ErrNoRepository if it lies in none.
	WorkDir(path string) (string, error)
	// Changes lists what differs in a work tree; base says since when, in words.
	Changes(ctx context.Context, workDir string, q ChangesQuery) (files []diff.File, base string, err error)
}

// ErrNoRepository says that a file is in no git repository.
var ErrNoRepository = errors.New("not in a git repository")

// ChangesQuery says which changes are wanted.
type ChangesQuery struct {
	Branch  bool              // since the branch left its base, else since HEAD
	Base    string            // of Branch; "" is for the other side to find out
	Paths   []string          // slashed, from the work tree's root; none is all
	Overlay map[string][]byte // by such a path: what an editor holds unsaved
}

// Workspace is what reviews ask about the editor's folders and their repositories.
type Workspace interface {
	// Folder is the first of the folders, "" if there is none.
	Folder() string
	// Trusts returns nil where the user trusts what lies at a path, else why not.
	Trusts(path string) error
	// HasComments tells whether comments on a file can be kept.
	HasComments(ctx context.Context, path string) bool
	// Comment begins a thread on a file.
	Comment(run *editor.Invocation, u uri.URI, d gitsync.CommentDraft) (ext.CommentReceipt, error)
}

// Options are what reviews are made with.
type Options struct {
	Reviewer Reviewer // nil reviews nothing
	Changes  Changes  // nil is no repository anywhere
	// StateDir is a folder of the user's in which is remembered what was
	// dismissed; "" forgets with the process.
	StateDir string
	// Idle is how long a saved file is left alone before the model reviews it,
	// where saved files are reviewed; 0 is two seconds.
	Idle time.Duration
}

// Reviews are those that run, and what they have found.
type Reviews struct {
	client    editor.Client
	documents editor.Documents
	workspace Workspace
	log       *slog.Logger
	opts      Options
	findings  *annotate.Source[findingKey]

	mu        sync.Mutex
	running   map[string]*run // by what is reviewed
	begun     int
	last      string // the message of the one that ended last
	dismissed map[string]*dismissed.Store
	settings  Settings
}

// New returns Reviews of which none runs.
func New(client editor.Client, documents editor.Documents, board *annotate.Board, w Workspace, log *slog.Logger, opts Options) *Reviews {
	if opts.Idle <= 0 {
		opts.Idle = idleAfterSave
	}
	return &Reviews{
		client: client, documents: documents, workspace: w, log: log, opts: opts, findings: annotate.NewSource[findingKey](board),
		running: make(map[string]*run), dismissed: make(map[string]*dismissed.Store),
	}
}

// Settings are the settings under review.
type Settings struct {
	OnSave bool // a saved file's changes are reviewed
	NoOdds bool // no model is asked how likely code is
}

// Set changes the settings of reviews. It may be called at any time.
func (s *Reviews) Set(settings Settings) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settings = settings
}

// noOdds tells whether a model is asked in words alone.
func (s *Reviews) noOdds() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.settings.NoOdds
}

// onSave tells whether saved files are reviewed.
func (s *Reviews) onSave() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.settings.OnSave
}

// takeOver has r run in the place of a review of the same, unless that is one that
// the user waits for, and r is not, or of a later save.
func (s *Reviews) takeOver(r *run) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if older := s.running[r.key()]; older != nil {
		if r.saved && (!older.saved || older.order > r.order) {
			return editor.ErrSuperseded
		}
		older.cancel(editor.ErrSuperseded)
	}
	s.running[r.key()] = r
	return nil
}

func (s *Reviews) ended(r *run) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.running[r.key()] == r {
		delete(s.running, r.key())
	}
}

// number is one that grows from one run to the next.
func (s *Reviews) number() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.begun++
	return s.begun
}

// say keeps the message of a review that has ended.
func (s *Reviews) say(message string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last = message
}

// tell tells a client that wants it whether a review runs: when it is its turn to be
// told, or who looked first might speak last.
func (s *Reviews) tell() {
	s.client.Status(func(told *ext.StatusParams) { told.Review = s.status() })
}

func (s *Reviews) status() ext.ReviewStatus {
	s.mu.Lock()
	defer s.mu.Unlock()
	status := ext.ReviewStatus{State: "idle", Message: s.last}
	var running []string
	for _, r := range s.running {
		if r.saved {
			continue
		}
		running = append(running, strings.ToLower(r.title()[:1])+r.title()[1:])
	}
	if len(running) > 0 {
		slices.Sort(running)
		status = ext.ReviewStatus{State: "busy", Message: running[0]}
	}
	return status
}

// dismissedIn is what was dismissed in a work tree.
func (s *Reviews) dismissedIn(root string) *dismissed.Store {
	s.mu.Lock()
	defer s.mu.Unlock()
	store := s.dismissed[root]
	if store == nil {
		store = dismissed.Open(s.opts.StateDir, root)
		s.dismissed[root] = store
	}
	return store
}
