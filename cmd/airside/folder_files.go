package main

import (
	"context"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/airside-ls/airside/completion"
	"github.com/airside-ls/airside/gitsync/durable"
)

// folderFiles are the files that git tracks in the folders that are open and that the user
// trusts.
type folderFiles struct {
	mu      sync.Mutex
	folders map[string]*folderList // never changed in place
}

type folderList struct {
	mu    sync.Mutex
	list  func(context.Context) ([]string, bool, error)
	files []string
}

// learningEngine has the files of the folders that the engine learns searched.
type learningEngine struct {
	*completion.Engine
	files   *folderFiles
	tracked func(folder string) func(context.Context) ([]string, bool, error)
}

func (e learningEngine) AddWorkspace(w completion.Workspace) {
	e.files.put(w.Root, &folderList{list: e.tracked(w.Root)})
	e.Engine.AddWorkspace(w)
}

func (e learningEngine) RemoveWorkspace(root string) {
	e.files.put(root, nil)
	e.Engine.RemoveWorkspace(root)
}

const (
	// maxSearched bounds the files that are searched for a word, maxSearchedFile the bytes of
	// one, maxHits the files that are named.
	maxSearched     = 20_000
	maxSearchedFile = 512 << 10
	maxHits         = 200
)

// put has the files below a folder searched, or with nil none of them any more.
func (f *folderFiles) put(root string, list *folderList) {
	f.mu.Lock()
	defer f.mu.Unlock()
	folders := maps.Clone(f.folders)
	if folders == nil {
		folders = map[string]*folderList{}
	}
	if folders[root] = list; list == nil {
		delete(folders, root)
	}
	f.folders = folders
}

func (f *folderFiles) now() map[string]*folderList {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.folders
}

// all lists the files of all folders.
func (f *folderFiles) all(ctx context.Context) []string {
	var all []string
	for _, folder := range f.now() {
		folder.mu.Lock()
		if files, changed, err := folder.list(ctx); err == nil && changed {
			folder.files = files
		}
		all = append(all, folder.files...)
		folder.mu.Unlock()
	}
	return all
}

// search is next.Options.Search: the files nearest to the one that is like them first.
func (f *folderFiles) search(ctx context.Context, word, like string) []string {
	dir, ext := filepath.Dir(like), filepath.Ext(like)
	files := slices.DeleteFunc(f.all(ctx), func(file string) bool { return filepath.Ext(file) != ext || file == like })
	slices.Sort(files)
	files = slices.Compact(files)
	slices.SortStableFunc(files, func(a, b string) int { return apart(dir, a) - apart(dir, b) })
	var hits []string
	for _, file := range files[:min(len(files), maxSearched)] {
		if ctx.Err() != nil || len(hits) >= maxHits {
			break
		}
		if text, ok := f.read(file); ok && strings.Contains(text, word) {
			hits = append(hits, file)
		}
	}
	return hits
}

// apart is how many folders lie between a folder and a file.
func apart(dir, file string) int {
	rel, err := filepath.Rel(dir, filepath.Dir(file))
	if err != nil || rel == "." {
		return 0
	}
	return strings.Count(rel, string(filepath.Separator)) + 1
}

// read is next.Options.Read, of files in the folders alone.
func (f *folderFiles) read(file string) (string, bool) {
	inside := false
	for root := range f.now() {
		rel, err := filepath.Rel(root, file)
		inside = inside || err == nil && filepath.IsLocal(rel)
	}
	if !inside {
		return "", false
	}
	data, err := durable.ReadFile(file, maxSearchedFile)
	text := string(data)
	return text, err == nil && text == strings.ToValidUTF8(text, "")
}
