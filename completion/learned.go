package completion

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/airside-ls/airside/completion/memory"
	"github.com/airside-ls/airside/completion/review/rules"
	"github.com/airside-ls/airside/completion/symbols"
)

// Knowledge is how much is known of a workspace.
type Knowledge struct {
	Root    string
	Files   int
	Refused int // files that there was no room for
	Words   int
	Done    bool // all files have been read
	// Definitions is how many the index of the workspace has, of how many files, 0
	// where there is none ([Options.Definitions]); Unindexed are files that it has no
	// room for.
	Definitions, Indexed, Unindexed int
}

// file is where the memory of a workspace is saved, "" if nowhere.
func (ws *workspaces) file(root string) string {
	if ws.dir == "" {
		return ""
	}
	return memoryFile(ws.dir, root)
}

func memoryFile(dir, root string) string {
	name := sha256.Sum256([]byte(root))
	return filepath.Join(dir, hex.EncodeToString(name[:12])+".memory")
}

// indexFile is where the index of a workspace is saved: beside its memory.
func indexFile(memoryFile string) string {
	return strings.TrimSuffix(memoryFile, ".memory") + ".symbols"
}

// learned is how much is known of each workspace.
func (ws *workspaces) learned() []Knowledge {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	var list []Knowledge
	for _, w := range ws.roots {
		stats := w.memory.Stats()
		w.mu.Lock()
		l := Knowledge{Root: w.Root, Files: stats.Files, Refused: stats.Refused, Words: stats.Words, Done: w.done}
		if w.index != nil {
			known := w.index.Stats()
			l.Definitions, l.Indexed, l.Unindexed = known.Definitions, known.Files, known.Refused
		}
		list = append(list, l)
		w.mu.Unlock()
	}
	return list
}

// Learned is how much is known of each workspace.
func (e *Engine) Learned() []Knowledge { return e.workspaces.learned() }

const (
	// recollectAll is how many files Recollect reads where none are remembered.
	recollectAll = 1000
	// recollectFolder is how many it reads of the file's own folder beyond that.
	recollectFolder = 200
)

// Recollect is AddWorkspace for who asks once, about file: it takes the memory
// that an earlier process saved in stateDir as it is, or else reads the files if
// they are few, or else those of the file's folder. It returns when that is done.
func (e *Engine) Recollect(ctx context.Context, w Workspace, file, stateDir string) error {
	ws := &e.workspaces
	ws.mu.Lock()
	defer ws.mu.Unlock()
	if ws.off {
		return nil
	}
	m := memory.New()
	of := &workspace{Workspace: w, memory: m, cancel: func() {}, stale: make(chan string)}
	ws.roots = append(ws.roots, of)
	if ws.mute {
		m.Mute()
	}
	if ws.defines && stateDir != "" { // parsing all files takes longer than who asks once waits
		of.index = symbols.New(rules.Mask)
		of.loadIndex(ws.log, memoryFile(filepath.Join(stateDir, savedMemories), w.Root))
	}
	if stateDir != "" {
		if saved, err := memory.Load(memoryFile(filepath.Join(stateDir, savedMemories), w.Root), w.Root); err == nil {
			m.Adopt(saved)
			return m.Update(ctx, w.Root, ws.rules.Learnable(m.Paths(), true)) // what has changed since
		}
	}
	files, _, err := w.List(ctx)
	tracked := err == nil && len(files) <= recollectAll
	if !tracked {
		files = memory.Siblings(filepath.Dir(file), recollectFolder)
	}
	return m.Update(ctx, w.Root, ws.rules.Learnable(files, tracked))
}

// SavedMemory is how much is remembered of a workspace on the disk; Files is 0
// without anything.
func SavedMemory(stateDir, root string) (Knowledge, error) {
	m, err := memory.Load(memoryFile(filepath.Join(stateDir, savedMemories), root), root)
	if errors.Is(err, fs.ErrNotExist) {
		return Knowledge{Root: root}, nil
	}
	if err != nil {
		return Knowledge{Root: root}, err
	}
	stats := m.Stats()
	return Knowledge{Root: root, Files: stats.Files, Refused: stats.Refused, Words: stats.Words, Done: true}, nil
}
