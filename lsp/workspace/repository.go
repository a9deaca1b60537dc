package workspace

import (
	"context"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/airside-ls/airside/lsp/editor"
	"github.com/airside-ls/airside/lsp/ext"
)

// repository is one that a workspace folder lies in.
type repository struct {
	folder     string // as the client names it
	workDir    string
	syncer     Syncer
	automatic  bool               // the setting sync.enabled
	wake       chan struct{}      // the opt-in may have changed
	beat       chan struct{}      // every beatInterval
	cancel     context.CancelFunc // of its watcher, and
	done       chan struct{}      // its end; both nil before it is watched
	discussion discussion
	news       news

	mu       sync.Mutex
	watching bool
	results  []ext.SyncResult  // the latest; none while it does not take part
	latest   string            // the ID of the latest operation that the user was told of
	dirty    map[string]bool   // what openDirty told last
	poked    time.Time         // when a saved file last had it looked at
	progress []editor.Progress // of the commands that run or wait
}

// relative is where path lies in the repository, with slashes.
func (r *repository) relative(path string) (rel string, ok bool) {
	for _, root := range []string{r.workDir, r.folder} {
		if rel, ok := editor.Within(root, path); ok {
			return filepath.ToSlash(rel), true
		}
	}
	return editor.WithinResolved(r.workDir, path)
}

// stop ends the watcher and waits for it: the next one of the same repository
// would find it locked.
func (r *repository) stop() {
	if r.cancel != nil {
		r.cancel()
		<-r.done
	}
}

// look has follow see whether the repository takes part.
func (r *repository) look() { signal(r.wake) }

// setWatched says whether there is anybody to tell how branches stand.
func (r *repository) setWatched(watched bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.watching = watched
	if !watched {
		r.results = nil
	}
}

// take takes in how branches stand. Unless the results are the whole of it,
// branches not spoken of stand as before. It is false where nobody watches: there
// is nothing to tell.
func (r *repository) take(results []ext.SyncResult, whole bool) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.watching {
		return false
	}
	if whole {
		r.results = nil
	}
	for _, result := range results {
		i := slices.IndexFunc(r.results, func(old ext.SyncResult) bool { return old.Branch == result.Branch })
		if i < 0 {
			r.results = append(r.results, result)
		} else {
			r.results[i] = result
		}
	}
	return true
}

// standing is how the branches stand, none while the repository does not take part.
func (r *repository) standing() []ext.SyncResult {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.results)
}

// unheard tells whether an operation was not heard of before: a round that the user
// asked for may be told by Watch, too.
func (r *repository) unheard(operation string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if operation <= r.latest { // IDs sort as operations began
		return false
	}
	r.latest = operation
	return true
}

// pokeInterval is the least time between two looks that saved files ask for: an
// editor may save at every keystroke, and each look asks the remote.
const pokeInterval = 10 * time.Second

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

// setDirty keeps which documents the syncer was told to be unsaved.
func (r *repository) setDirty(dirty map[string]bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.dirty = dirty
}

func (r *repository) toldDirty() map[string]bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.dirty
}

// showProgress has reports of the repository go to p, too, until hideProgress.
func (r *repository) showProgress(p editor.Progress) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.progress = append(r.progress, p)
}

func (r *repository) hideProgress(p editor.Progress) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.progress = slices.DeleteFunc(r.progress, func(other editor.Progress) bool { return other == p })
}

// report passes on what the syncer tells of its transfers, while a command runs
// or waits for what goes on by itself. Otherwise that is nobody's to watch.
func (r *repository) report(message string) {
	r.mu.Lock()
	list := slices.Clone(r.progress)
	r.mu.Unlock()
	for _, p := range list {
		p.Report(message)
	}
}

// repositoryIn is the repository that a folder lies in: one that is open, or a
// new one.
func (w *Workspace) repositoryIn(folder string, open []*repository, settings SyncSettings) (*repository, error) {
	for _, r := range open {
		if r.folder == folder {
			return r, nil
		}
	}
	r, err := w.openRepository(folder, settings)
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

func (w *Workspace) openRepository(folder string, settings SyncSettings) (*repository, error) {
	r := &repository{folder: folder, automatic: settings.Enabled, wake: make(chan struct{}, 1), beat: make(chan struct{}, 1)}
	var err error
	r.syncer, err = w.opts.OpenRepository(folder, settings, SyncHooks{
		Life:      w.life,
		OpenDirty: func() []string { return w.openDirty(r) },
		Progress:  r.report,
		Name:      w.nameInEditor(),
	})
	if err != nil {
		return nil, err
	}
	r.workDir = r.syncer.WorkDir()
	if c, ok := r.syncer.(Comments); ok {
		r.discussion.store = c
	}
	if h, ok := r.syncer.(Herald); ok {
		r.news.source = h
	}
	return r, nil
}

// nameInEditor is what this server is called where others wait for it.
func (w *Workspace) nameInEditor() string {
	if w.client.Capabilities().Name == "" {
		return "airside in an editor"
	}
	return "airside in " + w.client.Capabilities().Name
}
