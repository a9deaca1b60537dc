package pack

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/go-git/go-billy/v5"
	"github.com/go-git/go-billy/v5/osfs"

	"github.com/airside-ls/airside/gitsync/durable"
	"github.com/airside-ls/airside/gitsync/repo/layout"
)

// gitFiles are the files of a repository, as go-git is to see them.
func gitFiles(dir string) billy.Filesystem { return indexedPacks{osfs.New(dir)} }

// indexedPacks hides packs without an index. A fetch that ends between the two,
// git's own or ours, leaves such a pack behind, and while one goes on it is there
// for a moment. git goes by the indexes; go-git goes by the packs, and with one of
// them unusable it finds no packed object at all (v5.19.3, requireIndex).
type indexedPacks struct{ billy.Filesystem }

// emptyIndex is the size of the index of a pack without objects, in bytes: no
// index is smaller (gitformat-pack, version 2).
const emptyIndex = 8 + 256*4 + 2*20

// Open and OpenFile read regular files alone, see durable.Open: a pipe among the
// objects would be waited for.
func (f indexedPacks) Open(path string) (billy.File, error) { return f.OpenFile(path, os.O_RDONLY, 0) }

func (f indexedPacks) OpenFile(path string, flag int, perm os.FileMode) (billy.File, error) {
	if p := filepath.ToSlash(filepath.Clean(path)); p == "objects/info/alternates" || p == "info/alternates" { // see lent
		return nil, &os.PathError{Op: "open", Path: path, Err: os.ErrNotExist}
	}
	if flag&(os.O_WRONLY|os.O_RDWR) == 0 {
		info, err := f.Filesystem.Stat(path)
		switch {
		case err != nil:
			return nil, err
		case !info.Mode().IsRegular():
			return nil, &os.PathError{Op: "open", Path: path, Err: durable.ErrNotRegular}
		case filepath.Base(path) == "config" && info.Size() > layout.MaxConfig:
			return nil, &os.PathError{Op: "open", Path: path, Err: durable.ErrTooLarge}
		}
	}
	return f.Filesystem.OpenFile(path, flag, perm)
}

func (f indexedPacks) ReadDir(path string) ([]os.FileInfo, error) {
	list, err := f.Filesystem.ReadDir(path)
	if filepath.Base(path) != "pack" {
		return list, err
	}
	indexed := map[string]bool{}
	for _, file := range list {
		if base, ok := strings.CutSuffix(file.Name(), ".idx"); ok && file.Size() >= emptyIndex {
			indexed[base] = true
		}
	}
	return slices.DeleteFunc(list, func(file os.FileInfo) bool {
		base, ok := strings.CutSuffix(file.Name(), ".pack")
		return ok && !indexed[base]
	}), err
}
