package completion

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/airside-ls/airside/completion/memory"
	"github.com/airside-ls/airside/completion/review/rules"
	"github.com/airside-ls/airside/completion/secrecy"
	"github.com/airside-ls/airside/completion/symbols"
)

// Workspace is a folder whose files the engine learns, so that it can tell how
// code goes on there.
type Workspace struct {
	Root string // absolute
	// List names the files to learn, by absolute path; changed is false when they
	// are as when it was last asked. It is asked now and then, and must be quick
	// then.
	List func(ctx context.Context) (files []string, changed bool, err error)
}

const (
	// lookAgain is how often a workspace is asked whether its files have changed.
	lookAgain = 20 * time.Second
	// savedMemories is the folder of saved memories, in Options.StateDir.
	savedMemories = "memory"
)

// workspaces are the memories of the workspace's folders, and one for texts that
// lie in none.
type workspaces struct {
	log *slog.Logger

	mu      sync.Mutex
	off     bool   // nothing is read
	mute    bool   // the memory learns nothing
	defines bool   // there is an index of definitions
	dir     string // "" saves nothing
	rules   *secrecy.Rules
	roots   []*workspace
	loose   *memory.Memory
	open    map[string]Document // by path
	wait    sync.WaitGroup
}

// workspace is one folder that is being learned.
type workspace struct {
	Workspace
	memory *memory.Memory
	index  *symbols.Index // nil: none is wanted
	cancel context.CancelFunc
	stale  chan string // paths to be read again

	forbidden time.Time // when what forbids last changed; follow's own

	mu      sync.Mutex
	tracked map[string]bool
	done    bool
}

// setUp takes over whether to learn how code goes on and what is defined, and where
// to save. Switched off, it forgets everything.
func (ws *workspaces) setUp(forgetful, defines bool, stateDir string, rules *secrecy.Rules) {
	off := forgetful && !defines
	ws.mu.Lock()
	defer ws.mu.Unlock()
	if rules != ws.rules {
		ws.rules = rules
		ws.forgetSecrets()
	}
	ws.dir = ""
	if stateDir != "" {
		ws.dir = filepath.Join(stateDir, savedMemories)
	}
	if ws.loose == nil && ws.dir != "" { // the first time
		dir := ws.dir
		ws.wait.Go(func() { removeUnmissed(dir, time.Now()) })
	}
	if ws.off == off && ws.mute == forgetful && ws.defines == defines && ws.loose != nil {
		return
	}
	ws.off, ws.mute, ws.defines = off, forgetful, defines
	ws.loose = memory.New()
	for _, w := range ws.roots {
		w.cancel()
	}
	before := ws.roots
	ws.roots = nil
	if off {
		for _, w := range before { // kept for the day it is switched on
			ws.roots = append(ws.roots, &workspace{Workspace: w.Workspace, memory: memory.New(), cancel: func() {}})
		}
		return
	}
	for path, d := range ws.open {
		ws.loose.Open(path, d.Text)
	}
	for _, w := range before {
		ws.begin(w.Workspace)
	}
}

// add begins to learn a workspace, in the background.
func (ws *workspaces) add(w Workspace) {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	for _, old := range ws.roots {
		if old.Root == w.Root {
			return
		}
	}
	if ws.off {
		ws.roots = append(ws.roots, &workspace{Workspace: w, memory: memory.New(), cancel: func() {}})
		return
	}
	ws.begin(w)
}

// begin is add for who holds mu.
func (ws *workspaces) begin(of Workspace) {
	ctx, cancel := context.WithCancel(context.Background())
	w := &workspace{Workspace: of, memory: memory.New(), cancel: cancel, stale: make(chan string, 64)}
	if ws.mute {
		w.memory.Mute()
	}
	if ws.defines {
		w.index = symbols.New(rules.Mask)
		w.memory.Share(w.index)
	}
	ws.roots = append(ws.roots, w)
	for path, d := range ws.open {
		if within(w.Root, path) {
			w.memory.Open(path, d.Text)
			ws.loose.Close(path)
		}
	}
	file := ws.file(w.Root)
	ws.wait.Go(func() { ws.follow(ctx, w, file) })
}

// remove ends the learning of a workspace and drops what was learned from memory.
func (ws *workspaces) remove(root string) {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	for i, w := range ws.roots {
		if w.Root != root {
			continue
		}
		w.cancel()
		ws.roots = append(ws.roots[:i:i], ws.roots[i+1:]...)
		for path, d := range ws.open {
			if within(root, path) {
				ws.loose.Open(path, d.Text)
			}
		}
		return
	}
}

// close ends all learning, and saves what was learned.
func (ws *workspaces) close() {
	ws.mu.Lock()
	for _, w := range ws.roots {
		w.cancel()
	}
	ws.roots, ws.off = nil, true
	ws.mu.Unlock()
	ws.wait.Wait()
}

// follow learns a workspace and keeps in step with it until ctx ends.
func (ws *workspaces) follow(ctx context.Context, w *workspace, file string) {
	if w.index != nil {
		defer w.index.Close()
	}
	if file != "" {
		memory.Tidy(filepath.Dir(file))
		w.loadIndex(ws.log, file)
		switch saved, err := memory.Load(file, w.Root); {
		case err == nil:
			w.memory.Adopt(saved)
		case !errors.Is(err, fs.ErrNotExist):
			ws.log.Info("the memory of a workspace is learned anew", "workspace", w.Root, "why", err)
		}
		w.forgetSecrets(ws.secrecy()) // whoever saved it may have known of fewer
	}
	w.update(ctx, ws.log, ws.secrecy())
	ws.save(w, file)
	defer ws.save(w, file)
	tick := time.NewTicker(lookAgain)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case path := <-w.stale:
			w.mu.Lock()
			tracked := w.tracked[path]
			w.mu.Unlock()
			if tracked && ws.secrecy().Secret(path, true) == "" {
				w.memory.Refresh(w.Root, path)
			}
		case <-tick.C:
			w.update(ctx, ws.log, ws.secrecy())
			w.lookAgain(ws.secrecy())
			w.memory.Recheck(ctx, w.Root)
		}
	}
}

// update asks for the workspace's files and learns those that have changed.
func (w *workspace) update(ctx context.Context, log *slog.Logger, rules *secrecy.Rules) {
	files, changed, err := w.List(ctx)
	if err != nil {
		if ctx.Err() == nil {
			log.Debug("the files of a workspace cannot be listed", "workspace", w.Root, "error", err)
		}
		return
	}
	if !changed {
		return
	}
	start := time.Now()
	tracked := make(map[string]bool, len(files))
	for _, f := range files {
		tracked[f] = true
	}
	w.mu.Lock()
	w.tracked = tracked
	w.mu.Unlock()
	if w.memory.Update(ctx, w.Root, rules.Learnable(files, true)) != nil {
		return
	}
	w.mu.Lock()
	w.done = true
	w.mu.Unlock()
	stats := w.memory.Stats()
	log.Debug("workspace learned", "workspace", w.Root, "files", stats.Files, "words", stats.Words, "took", time.Since(start))
	if stats.Refused > 0 {
		log.Info("a workspace is larger than what is learned of it", "workspace", w.Root, "files", stats.Files, "left out", stats.Refused)
	}
}

// loadIndex takes over what an earlier process knew of the workspace's definitions.
func (w *workspace) loadIndex(log *slog.Logger, file string) {
	if w.index == nil {
		return
	}
	saved, err := symbols.Load(indexFile(file), w.Root)
	switch {
	case err == nil:
		w.index.Adopt(saved)
		saved.Close()
	case !errors.Is(err, fs.ErrNotExist):
		log.Info("the index of a workspace is built anew", "workspace", w.Root, "why", err)
	}
}

func (ws *workspaces) save(w *workspace, file string) {
	if file == "" {
		return
	}
	if err := w.memory.Save(file, w.Root); err != nil {
		ws.log.Warn("the memory of a workspace cannot be saved", "workspace", w.Root, "error", err)
	}
	if w.index == nil {
		return
	}
	if err := w.index.Save(indexFile(file), w.Root); err != nil {
		ws.log.Warn("the index of a workspace cannot be saved", "workspace", w.Root, "error", err)
	}
}

// indexOf is the index of the innermost workspace that path lies in, and its root;
// nil where there is none.
func (ws *workspaces) indexOf(path string) (*symbols.Index, string) {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	if w := ws.innermost(path); w != nil && !ws.off {
		return w.index, w.Root
	}
	return nil, ""
}

// of is the memory of the innermost workspace that path lies in, and that
// workspace; nil if it lies in none. Without learning there is no memory.
func (ws *workspaces) of(path string) (*memory.Memory, *workspace) {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	return ws.lockedOf(path)
}

func (ws *workspaces) lockedOf(path string) (*memory.Memory, *workspace) {
	if ws.off {
		return nil, nil
	}
	best := ws.innermost(path)
	switch {
	case ws.mute:
		return nil, best
	case best != nil:
		return best.memory, best
	}
	return ws.loose, nil
}

// innermost is the innermost workspace that path lies in, nil if it lies in none. The
// lock is held.
func (ws *workspaces) innermost(path string) (best *workspace) {
	for _, w := range ws.roots {
		if within(w.Root, path) && (best == nil || len(w.Root) > len(best.Root)) {
			best = w
		}
	}
	return best
}

func within(root, path string) bool {
	return path == root || strings.HasPrefix(path, strings.TrimSuffix(root, string(filepath.Separator))+string(filepath.Separator))
}

// opened and changed take in an open text, closed one that is no longer.
func (ws *workspaces) opened(d Document) {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	if ws.open == nil {
		ws.open = make(map[string]Document)
	}
	ws.open[d.Path] = d
	if m, w := ws.lockedOf(d.Path); m != nil {
		m.Open(d.Path, d.Text)
		w.again(d.Path) // the buffer counts, and not the file
	}
}

func (ws *workspaces) changed(path, text string, edits []Edit) {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	d, ok := ws.open[path]
	if !ok {
		return
	}
	d.Text = text
	ws.open[path] = d
	m, _ := ws.lockedOf(path)
	switch {
	case m == nil:
	case edits == nil:
		m.Open(path, text)
	default:
		list := make([]memory.Edit, len(edits))
		for i, e := range edits {
			list[i] = memory.Edit(e)
		}
		m.Change(path, list, text)
	}
}

func (ws *workspaces) closed(path string) {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	delete(ws.open, path)
	if m, w := ws.lockedOf(path); m != nil {
		m.Close(path)
		w.again(path)
	}
}

// again has a file read again soon. A full queue drops it: the file is seen with
// the next look at all of them.
func (w *workspace) again(path string) {
	if w == nil {
		return
	}
	select {
	case w.stale <- path:
	default:
	}
}

// AddWorkspace begins to learn a folder, in the background; adding one that is
// there does nothing.
func (e *Engine) AddWorkspace(w Workspace) { e.workspaces.add(w) }

// RemoveWorkspace forgets what was learned of a folder; what was saved stays.
func (e *Engine) RemoveWorkspace(root string) { e.workspaces.remove(root) }
