package main

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/airside-ls/airside/gitsync/durable"
)

// folderFiles are the files that git tracks in the folders that the user trusts.
type folderFiles struct {
	mu      sync.Mutex
	folders []*folderList
}

type folderList struct {
	list  func(context.Context) ([]string, bool, error)
	files []string
}

const (
	// maxSearched bounds the files that are searched for a word, maxSearchedFile the bytes of
	// one, maxHits the files that are named.
	maxSearched     = 20_000
	maxSearchedFile = 512 << 10
	maxHits         = 200
)

func (f *folderFiles) add(list func(context.Context) ([]string, bool, error)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.folders = append(f.folders, &folderList{list: list})
}

// all lists the files of all folders.
func (f *folderFiles) all(ctx context.Context) []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	var all []string
	for _, folder := range f.folders {
		if files, changed, err := folder.list(ctx); err == nil && changed {
			folder.files = files
		}
		all = append(all, folder.files...)
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

// read is next.Options.Read.
func (f *folderFiles) read(file string) (string, bool) {
	data, err := durable.ReadFile(file, maxSearchedFile)
	text := string(data)
	return text, err == nil && text == strings.ToValidUTF8(text, "")
}
