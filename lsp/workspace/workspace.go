// Package workspace keeps the folders of the editor and their repositories: which
// of them the user trusts, how their branches stand towards their remotes, and what
// the team comments in them.
package workspace

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"slices"
	"sync"
	"time"

	"go.lsp.dev/protocol"

	"github.com/airside-ls/airside/completion"
	"github.com/airside-ls/airside/gitsync"
	"github.com/airside-ls/airside/lsp/annotate"
	"github.com/airside-ls/airside/lsp/editor"
)

// Learner is told which folders are worth learning: completion.Engine.
type Learner interface {
	AddWorkspace(completion.Workspace)
	RemoveWorkspace(root string)
}

// Options say what a Workspace is made with.
type Options struct {
	// OpenRepository opens the repository that a folder lies in; an error says
	// that it lies in none, or in one that is not synced. nil syncs nothing. The
	// hooks may be called until the process ends.
	OpenRepository func(folder string, settings SyncSettings, hooks SyncHooks) (Syncer, error)
	// Trust keeps which folders the user trusts; what the client itself says goes
	// before it. nil trusts none.
	Trust Trust
	// Files lists, for a workspace folder, the files that are worth learning; it
	// tells completion.Workspace what that asks for. nil has nothing learned.
	Files func(folder string) func(context.Context) (files []string, changed bool, err error)
}

// Workspace is the folders of the editor and their repositories.
type Workspace struct {
	client    editor.Client
	documents editor.Documents
	board     *annotate.Board
	learner   Learner
	log       *slog.Logger
	opts      Options
	comments  comments
	fresh     freshLines
	trust     trust

	ctx, life context.Context // end with the server, and when nothing more will be asked

	syncing  context.Context // ends at shutdown
	cancel   context.CancelFunc
	watchers sync.WaitGroup

	reconciling sync.Mutex // held while repositories are opened and let go

	opened    chan struct{} // closed when the folders' repositories are open, the first time
	firstOpen sync.Once

	mu       sync.Mutex
	settings SyncSettings
	folders  []string // paths, as the client has them; never changed in place
	running  bool     // between initialized and shutdown
	repos    []*repository
	refused  string       // why a folder's repository is not opened, "" for none
	made     SyncSettings // those that repos were opened with
}

// New returns a workspace without folders.
func New(client editor.Client, documents editor.Documents, board *annotate.Board, learner Learner, log *slog.Logger, opts Options) *Workspace {
	return &Workspace{
		client: client, documents: documents, board: board, learner: learner, log: log, opts: opts,
		comments: comments{client: client, documents: documents, log: log, threads: annotate.NewSource[gitsync.Thread](board)},
		fresh:    freshLines{client: client, documents: documents},
		trust:    trust{book: opts.Trust},
	}
}

// SetSync changes the settings of sync. It may be called at any time, and first
// before Initialize.
func (w *Workspace) SetSync(settings SyncSettings) {
	w.mu.Lock()
	changed := w.settings != settings
	w.settings = settings
	w.mu.Unlock()
	if changed {
		w.reconcileLater()
	}
}

func (w *Workspace) syncSettings() SyncSettings {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.settings
}

// Initialize takes in the folders and what the client says of trust. ctx ends with
// the server, life when nothing more will be asked.
func (w *Workspace) Initialize(ctx, life context.Context, params *protocol.InitializeParams) {
	var folders []string
	if list, ok := params.WorkspaceFolders.Get(); ok {
		for _, f := range list {
			folders = appendFolder(folders, f)
		}
	}
	//lint:ignore SA1019 a client without workspace folders says its folder here
	if root := params.RootURI; folders == nil && root != nil {
		folders = appendFolder(folders, protocol.WorkspaceFolder{URI: *root})
	}
	w.ctx, w.life = ctx, life
	w.setFolders(folders)
	w.trust.read(params.InitializationOptions)
}

func appendFolder(folders []string, f protocol.WorkspaceFolder) []string {
	u := editor.Canonical(f.URI)
	if !u.IsFile() || slices.Contains(folders, u.FsPath()) {
		return folders
	}
	return append(folders, u.FsPath())
}

// Start begins to sync the folders and to learn them.
func (w *Workspace) Start() {
	w.replaceFolders(w.Folders(), nil)
	w.startSync()
	w.client.Background(func(ctx context.Context) error { w.followOutside(ctx); return nil })
}

func (w *Workspace) startSync() {
	if w.opts.OpenRepository == nil {
		return
	}
	w.mu.Lock()
	if w.running {
		w.mu.Unlock()
		return
	}
	w.running = true
	w.opened = make(chan struct{})
	w.syncing, w.cancel = context.WithCancel(w.ctx)
	w.mu.Unlock()
	w.reconcileLater()
}

// Stop ends every watcher; it does not wait for them.
func (w *Workspace) Stop() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.running = false
	if w.cancel != nil {
		w.cancel()
	}
}

// syncEnds is the moment that a sync is given at the end, which may not hear of it.
const syncEnds = time.Second

// Await gives watchers a moment to end. A step that they are in the midst
// of is on the disk, so that the next process goes on where they were.
func (w *Workspace) Await() {
	done := make(chan struct{})
	go func() { w.watchers.Wait(); close(done) }()
	limit := time.NewTimer(syncEnds)
	defer limit.Stop()
	select {
	case <-done:
	case <-limit.C:
		w.log.Warn("a sync does not end; it will be recovered")
	}
}

// FoldersChanged is workspace/didChangeWorkspaceFolders.
func (w *Workspace) FoldersChanged(params *protocol.DidChangeWorkspaceFoldersParams) error {
	var removed []string
	for _, f := range params.Event.Removed {
		removed = appendFolder(removed, f)
	}
	folders := slices.DeleteFunc(slices.Clone(w.Folders()), func(dir string) bool { return slices.Contains(removed, dir) })
	for _, f := range params.Event.Added {
		folders = appendFolder(folders, f)
	}
	w.replaceFolders(folders, removed)
	w.reconcileLater()
	w.client.Background(func(context.Context) error { w.reviewTrust(); return nil })
	return nil
}

// setFolders is called by the goroutine that takes in messages alone.
func (w *Workspace) setFolders(folders []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.folders = folders
}

// Folders are the folders, as the client has them. The list is not to be changed.
func (w *Workspace) Folders() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.folders
}

// Folder is the first of the folders, "" if there is none.
func (w *Workspace) Folder() string {
	if folders := w.Folders(); len(folders) > 0 {
		return folders[0]
	}
	return ""
}

// learnFolders has the folders that are trusted learned, in the background.
func (w *Workspace) learnFolders() {
	for _, folder := range w.Folders() {
		if w.opts.Files != nil && w.Trusts(folder) == nil {
			w.learner.AddWorkspace(completion.Workspace{Root: folder, List: w.opts.Files(folder)})
		}
	}
}

// reconcileLater brings the repositories in line with folders and settings,
// without holding up what the client sends: opening reads the disk.
func (w *Workspace) reconcileLater() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.running {
		w.watchers.Go(w.reconcile)
	}
}

// reconcile opens a repository for each folder, lets go those whose folders are
// gone, and all of them when the settings have changed.
func (w *Workspace) reconcile() {
	w.reconciling.Lock()
	defer w.reconciling.Unlock()
	w.mu.Lock()
	folders, settings, running := slices.Clone(w.folders), w.settings, w.running
	before, same := w.repos, w.made == w.settings
	w.mu.Unlock()
	if !running {
		return
	}

	if !same {
		for _, r := range before {
			r.stop()
		}
		before = nil
	}
	var after []*repository
	refused := ""
	for _, folder := range folders {
		if w.Trusts(folder) != nil {
			continue
		}
		r, err := w.repositoryIn(folder, before, settings)
		if err != nil {
			w.log.Debug("a folder that is not synced", "folder", folder, "why", err)
			if refused == "" && !errors.Is(err, fs.ErrNotExist) { // it is in none
				refused = err.Error()
			}
			continue
		}
		if !slices.ContainsFunc(after, func(other *repository) bool { return other.workDir == r.workDir }) {
			after = append(after, r)
		}
	}
	for _, r := range before {
		if !slices.Contains(after, r) {
			r.stop()
		}
	}
	w.mu.Lock()
	w.repos, w.made, w.refused = after, settings, refused
	w.mu.Unlock()
	w.firstOpen.Do(func() { close(w.opened) })
	for _, r := range after {
		if !slices.Contains(before, r) {
			w.watch(r)
		}
	}
	w.tellSync()
}

// openRepositories are the repositories of the workspace's folders, once they
// were opened, as that goes on in the background when a client has just begun.
func (w *Workspace) openRepositories(ctx context.Context) []*repository {
	w.mu.Lock()
	opened, running := w.opened, w.running
	w.mu.Unlock()
	if running {
		select {
		case <-opened:
		case <-ctx.Done():
		}
	}
	return w.repositories()
}

func (w *Workspace) repositories() []*repository {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.repos)
}

// watch follows a repository until it is let go or the server shuts down.
func (w *Workspace) watch(r *repository) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.running {
		return
	}
	var ctx context.Context
	ctx, r.cancel = context.WithCancel(w.syncing)
	r.done = make(chan struct{})
	w.comments.refreshLater(r, "")
	w.watchers.Go(func() {
		defer close(r.done)
		w.follow(ctx, r)
	})
}

// whyRefused is why a folder's repository is not opened, "" for none.
func (w *Workspace) whyRefused() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.refused
}
