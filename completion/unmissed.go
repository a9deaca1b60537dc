package completion

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/airside-ls/airside/completion/memory"
	"github.com/airside-ls/airside/completion/symbols"
)

// keptWithout is how long the saved memory of a folder that is gone is kept: the
// folder may be on a disk that comes back.
const keptWithout = 30 * 24 * time.Hour

// removeUnmissed removes, from the folder of saved memories, those of workspaces
// that are gone and were not opened for long.
func removeUnmissed(dir string, now time.Time) {
	memories, _ := filepath.Glob(filepath.Join(dir, "*.memory"))
	indexes, _ := filepath.Glob(filepath.Join(dir, "*.symbols"))
	for _, file := range append(memories, indexes...) {
		info, err := os.Lstat(file)
		if err != nil || !info.Mode().IsRegular() || now.Sub(info.ModTime()) < keptWithout {
			continue
		}
		rootOf := memory.SavedRoot
		if filepath.Ext(file) == ".symbols" {
			rootOf = symbols.SavedRoot
		}
		root, err := rootOf(file)
		if err != nil {
			continue
		}
		if _, err := os.Stat(root); errors.Is(err, fs.ErrNotExist) {
			_ = os.Remove(file)
		}
	}
}
