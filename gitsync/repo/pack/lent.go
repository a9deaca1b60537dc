package pack

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/go-git/go-billy/v5"
	"github.com/go-git/go-billy/v5/osfs"
	gitconfig "github.com/go-git/go-git/v5/config"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/cache"
	gitstorer "github.com/go-git/go-git/v5/plumbing/storer"
	"github.com/go-git/go-git/v5/storage/filesystem"
	"github.com/go-git/go-git/v5/storage/filesystem/dotgit"

	"github.com/airside-ls/airside/gitsync/durable"
	"github.com/airside-ls/airside/gitsync/repo/layout"
)

// alternates is go-git's view of a git folder, and of all folders of objects that it
// borrows from, directly or by way of others. go-git alone follows the first of them,
// opens it anew for each object, reads relative ones wrongly, and finds nothing at
// all when one is gone.
type alternates struct {
	*filesystem.Storage                       // the repository's own
	borrowed            []*filesystem.Storage // in the order in which git looks
}

// storage is go-git's view, opened per operation: go-git is not safe for concurrent
// use and does not notice packs that appear or vanish later.
func (d *Database) storage() alternates {
	dot := dotgit.NewRepositoryFilesystem(gitFiles(d.at.Git), gitFiles(d.at.Common))
	return lend(filesystem.NewStorage(dot, cache.NewObjectLRUDefault()), filepath.Join(d.at.Common, "objects"))
}

// Folder is go-git's view of any git folder of this machine.
func Folder(gitDir string) gitstorer.Storer {
	return storer{lend(filesystem.NewStorage(gitFiles(gitDir), cache.NewObjectLRUDefault()), filepath.Join(gitDir, "objects"))}
}

func lend(own *filesystem.Storage, objects string) alternates {
	l := alternates{Storage: own}
	for _, dir := range borrowed(objects) {
		l.borrowed = append(l.borrowed, filesystem.NewStorage(objectFiles(dir), cache.NewObjectLRUDefault()))
	}
	return l
}

// maxAlternates is git's own bound on alternates of alternates.
const maxAlternates = 5

// borrowed lists the object folders that objects/info/alternates names, those of
// these too, each once.
func borrowed(objects string) []string {
	var list []string
	var follow func(objects string, depth int)
	follow = func(objects string, depth int) {
		data, err := durable.ReadFile(filepath.Join(objects, "info", "alternates"), layout.MaxPointer)
		if err != nil || depth > maxAlternates {
			return
		}
		for line := range strings.Lines(string(data)) {
			line = strings.TrimRight(line, "\r\n")
			if line == "" || line[0] == '#' {
				continue
			}
			if dir := layout.From(objects, line); !slices.Contains(list, dir) {
				list = append(list, dir)
				follow(dir, depth+1)
			}
		}
	}
	follow(objects, 0)
	return list
}

func (l alternates) EncodedObject(kind plumbing.ObjectType, h plumbing.Hash) (plumbing.EncodedObject, error) {
	o, err := l.Storage.EncodedObject(kind, h)
	for _, place := range l.borrowed {
		if err == nil {
			break
		}
		if found, e := place.EncodedObject(kind, h); e == nil {
			return found, nil
		}
	}
	return o, err
}

func (l alternates) HasEncodedObject(h plumbing.Hash) error {
	err := l.Storage.HasEncodedObject(h)
	if err != nil && slices.ContainsFunc(l.borrowed, func(place *filesystem.Storage) bool { return place.HasEncodedObject(h) == nil }) {
		return nil
	}
	return err
}

func (l alternates) EncodedObjectSize(h plumbing.Hash) (int64, error) {
	size, err := l.Storage.EncodedObjectSize(h)
	for _, place := range l.borrowed {
		if err == nil {
			break
		}
		if found, e := place.EncodedObjectSize(h); e == nil {
			return found, nil
		}
	}
	return size, err
}

// Close gives back what was opened.
func (l alternates) Close() error {
	for _, place := range l.borrowed {
		place.Close()
	}
	return l.Storage.Close()
}

// storer hides the extensions that were judged when the repository was opened:
// go-git refuses even those that change nothing for it.
type storer struct{ alternates }

func (s storer) Config() (*gitconfig.Config, error) {
	c, err := s.Storage.Config()
	if err == nil && c.Raw != nil {
		c.Raw.RemoveSection("extensions")
	}
	return c, err
}

// objectFiles are the files of a folder of objects, whatever its name is, as go-git
// is to see them: below a folder "objects".
func objectFiles(dir string) billy.Filesystem {
	if filepath.Base(dir) == "objects" {
		return gitFiles(filepath.Dir(dir))
	}
	return bareObjects{indexedPacks{osfs.New(dir)}}
}

// bareObjects are a folder of objects that has another name.
type bareObjects struct{ indexedPacks }

func within(path string) string {
	rest, ok := strings.CutPrefix(filepath.ToSlash(filepath.Clean(path)), "objects")
	if !ok || rest != "" && rest[0] != '/' {
		return "none" // refs, config: it has none of them
	}
	return "." + rest
}

func (f bareObjects) Open(path string) (billy.File, error) { return f.indexedPacks.Open(within(path)) }

func (f bareObjects) OpenFile(path string, flag int, perm os.FileMode) (billy.File, error) {
	return f.indexedPacks.OpenFile(within(path), flag, perm)
}

func (f bareObjects) Stat(path string) (os.FileInfo, error) { return f.indexedPacks.Stat(within(path)) }
func (f bareObjects) Lstat(path string) (os.FileInfo, error) {
	return f.indexedPacks.Lstat(within(path))
}

func (f bareObjects) ReadDir(path string) ([]os.FileInfo, error) {
	return f.indexedPacks.ReadDir(within(path))
}
