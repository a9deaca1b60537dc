package lsp

import (
	"context"
	"errors"
	"io/fs"
	"slices"
	"sync"
	"time"

	"go.lsp.dev/protocol"

	"github.com/airside-ls/airside/lsp/editor"
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

// SetSync changes the settings of sync. It may be called at any time, and first
// before Serve.
func (s *Server) SetSync(settings SyncSettings) {
	s.syncs.mu.Lock()
	changed := s.syncs.settings != settings
	s.syncs.settings = settings
	s.syncs.mu.Unlock()
	if changed {
		s.reconcileLater()
	}
}

// syncs are the repositories of the workspace's folders.
type syncs struct {
	ctx    context.Context // ends at shutdown
	cancel context.CancelFunc
	wait   sync.WaitGroup

	reconciling sync.Mutex // held while repositories are opened and let go

	opened    chan struct{} // closed when the folders' repositories are open, the first time
	firstOpen sync.Once

	mu       sync.Mutex
	settings SyncSettings
	folders  []string // paths, as the client has them
	running  bool     // between initialized and shutdown
	repos    []*repository
	refused  string       // why a folder's repository is not opened, "" for none
	made     SyncSettings // those that repos were opened with
}

// startSync begins to sync the workspace's folders.
func (s *Server) startSync() {
	if s.opts.OpenRepository == nil {
		return
	}
	s.syncs.mu.Lock()
	if s.syncs.running {
		s.syncs.mu.Unlock()
		return
	}
	s.syncs.running = true
	s.syncs.opened = make(chan struct{})
	s.syncs.ctx, s.syncs.cancel = context.WithCancel(s.lifecycle.ctx)
	s.syncs.mu.Unlock()
	s.reconcileLater()
}

// stopSync ends every watcher; it does not wait for them.
func (s *Server) stopSync() {
	s.syncs.mu.Lock()
	defer s.syncs.mu.Unlock()
	s.syncs.running = false
	if s.syncs.cancel != nil {
		s.syncs.cancel()
	}
}

// awaitSync gives watchers a moment to end. A step that they are in the midst
// of is on the disk, so that the next process goes on where they were.
func (s *Server) awaitSync() {
	done := make(chan struct{})
	go func() { s.syncs.wait.Wait(); close(done) }()
	limit := time.NewTimer(syncEnds)
	defer limit.Stop()
	select {
	case <-done:
	case <-limit.C:
		s.log.Warn("a sync does not end; it will be recovered")
	}
}

// setFolders takes in the workspace's folders.
func (s *Server) setFolders(params *protocol.InitializeParams) {
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
	s.syncs.mu.Lock()
	defer s.syncs.mu.Unlock()
	s.syncs.folders = folders
}

func appendFolder(folders []string, f protocol.WorkspaceFolder) []string {
	u := editor.Canonical(f.URI)
	if !u.IsFile() || slices.Contains(folders, u.FsPath()) {
		return folders
	}
	return append(folders, u.FsPath())
}

// didChangeWorkspaceFolders is workspace/didChangeWorkspaceFolders.
func (s *Server) didChangeWorkspaceFolders(params *protocol.DidChangeWorkspaceFoldersParams) error {
	s.syncs.mu.Lock()
	for _, f := range params.Event.Removed {
		removed := appendFolder(nil, f)
		for _, dir := range removed {
			s.engine.RemoveWorkspace(dir)
		}
		// Never in place: who asked for the folders goes on reading the old ones.
		s.syncs.folders = slices.DeleteFunc(slices.Clone(s.syncs.folders), func(dir string) bool { return slices.Contains(removed, dir) })
	}
	for _, f := range params.Event.Added {
		s.syncs.folders = appendFolder(s.syncs.folders, f)
	}
	s.syncs.mu.Unlock()
	s.learnFolders()
	s.reconcileLater()
	s.client.Background(func(context.Context) error { s.reviewTrust(); return nil })
	return nil
}

// reconcileLater brings the repositories in line with folders and settings,
// without holding up what the client sends: opening reads the disk.
func (s *Server) reconcileLater() {
	s.syncs.mu.Lock()
	defer s.syncs.mu.Unlock()
	if s.syncs.running {
		s.syncs.wait.Go(s.reconcile)
	}
}

// reconcile opens a repository for each folder, lets go those whose folders are
// gone, and all of them when the settings have changed.
func (s *Server) reconcile() {
	s.syncs.reconciling.Lock()
	defer s.syncs.reconciling.Unlock()
	s.syncs.mu.Lock()
	folders, settings, running := slices.Clone(s.syncs.folders), s.syncs.settings, s.syncs.running
	before, same := s.syncs.repos, s.syncs.made == s.syncs.settings
	s.syncs.mu.Unlock()
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
		if s.trusts(folder) != nil {
			continue
		}
		r, err := s.repositoryIn(folder, before, settings)
		if err != nil {
			s.log.Debug("a folder that is not synced", "folder", folder, "why", err)
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
	s.syncs.mu.Lock()
	s.syncs.repos, s.syncs.made, s.syncs.refused = after, settings, refused
	s.syncs.mu.Unlock()
	s.syncs.firstOpen.Do(func() { close(s.syncs.opened) })
	for _, r := range after {
		if !slices.Contains(before, r) {
			s.watch(r)
		}
	}
	s.tellSync()
}

// repositoryIn is the repository that a folder lies in: one that is open, or a
// new one.
func (s *Server) repositoryIn(folder string, open []*repository, settings SyncSettings) (*repository, error) {
	for _, r := range open {
		if r.folder == folder {
			return r, nil
		}
	}
	r, err := s.openRepository(folder, settings)
	if err != nil {
		return nil, err
	}
	for _, other := range open {
		if other.workDir == r.workDir { // by another folder, and at work
			return other, nil
		}
	}
	return r, nil
}

func (s *Server) openRepository(folder string, settings SyncSettings) (*repository, error) {
	r := &repository{folder: folder, automatic: settings.Enabled, wake: make(chan struct{}, 1), beat: make(chan struct{}, 1)}
	var err error
	r.syncer, err = s.opts.OpenRepository(folder, settings, SyncHooks{
		Life:      s.lifecycle.life,
		OpenDirty: func() []string { return s.openDirty(r) },
		Progress:  r.report,
		Name:      s.nameInEditor(),
	})
	if err != nil {
		return nil, err
	}
	r.workDir = r.syncer.WorkDir()
	if c, ok := r.syncer.(Commenter); ok {
		r.comments.store = c.Comments()
	}
	return r, nil
}

// nameInEditor is what this server is called where others wait for it.
func (s *Server) nameInEditor() string {
	if s.client.capabilities.Name == "" {
		return "airside in an editor"
	}
	return "airside in " + s.client.capabilities.Name
}

// openRepositories are the repositories of the workspace's folders, once they
// were opened, as that goes on in the background when a client has just begun.
func (s *Server) openRepositories(ctx context.Context) []*repository {
	s.syncs.mu.Lock()
	opened, running := s.syncs.opened, s.syncs.running
	s.syncs.mu.Unlock()
	if running {
		select {
		case <-opened:
		case <-ctx.Done():
		}
	}
	return s.repositories()
}

func (s *Server) repositories() []*repository {
	s.syncs.mu.Lock()
	defer s.syncs.mu.Unlock()
	return slices.Clone(s.syncs.repos)
}

// pokeInterval is the least time between two looks that saved files ask for: an
// editor may save at every keystroke, and each look asks the remote.
const pokeInterval = 10 * time.Second

// didSave is textDocument/didSave. What was unsaved may be what a sync waits
// for; otherwise a saved file is nothing to sync before it is committed, which
// Watch sees for itself.
func (s *Server) didSave(params *protocol.DidSaveTextDocumentParams) error {
	s.reviewSaved(params)
	path := editor.PathOf(editor.Canonical(params.TextDocument.URI))
	for _, r := range s.repositories() {
		if _, ok := r.relative(path); !ok {
			continue
		}
		if r.waitsForSave(time.Now()) {
			r.syncer.Poke()
		}
		s.refreshCommentsLater(r, editor.Canonical(params.TextDocument.URI))
	}
	if d := s.documents.Open(params.TextDocument.URI); d != nil {
		s.replySaved(d)
	}
	return nil
}

// waitsForSave tells whether to look again now that a file was saved.
func (r *repository) waitsForSave(now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	busy := slices.ContainsFunc(r.results, func(result ext.SyncResult) bool { return result.State == "BUSY" })
	if !busy || now.Sub(r.poked).Abs() < pokeInterval {
		return false
	}
	r.poked = now
	return true
}
