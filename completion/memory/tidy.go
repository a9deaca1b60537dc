package memory

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/airside-ls/airside/completion/private"
)

// forgetGone is how old the memory of a folder that cannot be seen may grow: it
// may be on a disk that is seldom plugged in.
const forgetGone = 30 * 24 * time.Hour

// Tidy removes from dir the memories of workspaces that are gone, with what
// processes that were killed have left of them.
func Tidy(dir string) {
	files, _ := filepath.Glob(filepath.Join(dir, "*.memory"))
	for _, file := range files {
		info, err := os.Lstat(file)
		if err != nil || !info.Mode().IsRegular() {
			continue
		}
		root, err := rootOf(file)
		if err != nil {
			continue // whoever asks for it learns it anew
		}
		if missing(root) && (!missing(filepath.Dir(root)) || time.Since(info.ModTime()) > forgetGone) {
			_ = os.Remove(file)
			left, _ := filepath.Glob(file + ".*.tmp") // see private.Replace, which nobody calls for it any more
			for _, tmp := range left {
				_ = os.Remove(tmp)
			}
		}
	}
}

func missing(dir string) bool {
	_, err := os.Stat(dir)
	return errors.Is(err, fs.ErrNotExist)
}

// rootOf is the workspace whose memory a file is, told by the file's beginning.
func rootOf(file string) (string, error) { return private.SavedRoot(file, header) }
