package main

import (
	"os"
	"path"
	"path/filepath"

	"github.com/airside-ls/airside/completion/review"
	"github.com/airside-ls/airside/gitsync"
)

// What is read of the files beside a reviewed one, at most.
const (
	maxSiblings     = 200
	maxSibling      = 256 << 10 // bytes of one
	maxSiblingBytes = 4 << 20   // bytes of all
)

// siblings reads the files beside one of a work tree that have its extension.
// It follows no link: what is elsewhere is none of the model's business.
func siblings(root, name string) []review.Sibling {
	dir := filepath.Join(root, filepath.FromSlash(path.Dir(name)))
	real, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return nil
	}
	realRoot, err := filepath.EvalSymlinks(root)
	if err != nil {
		return nil
	}
	if within, ok := gitsync.PathWithin(realRoot, real); !ok || path.Clean("./"+within) != path.Dir(name) {
		return nil
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil
	}
	var list []review.Sibling
	total := 0
	for _, e := range entries {
		if e.Name() == path.Base(name) || path.Ext(e.Name()) != path.Ext(name) || !e.Type().IsRegular() {
			continue
		}
		info, err := e.Info()
		if err != nil || info.Size() > maxSibling {
			continue
		}
		text, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			continue
		}
		if total += len(text); total > maxSiblingBytes || len(list) == maxSiblings {
			break
		}
		list = append(list, review.Sibling{Path: path.Join(path.Dir(name), e.Name()), Text: text})
	}
	return list
}
