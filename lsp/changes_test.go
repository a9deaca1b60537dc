package lsp_test

import (
	"context"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/airside-ls/airside/completion/review/diff"
	"github.com/airside-ls/airside/lsp/reviewing"
)

// changesFake is a stand-in for a repository.
type changesFake struct {
	root string // of the work tree; "" for no repository

	mu    sync.Mutex
	files map[string]diff.File
	asked []reviewing.ChangesQuery
	fails error
}

// set is a file that differs; without hunks all of it does.
func (c *changesFake) set(f diff.File) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.files == nil {
		c.files = make(map[string]diff.File)
	}
	c.files[f.Path] = f
}

// fail has Changes fail.
func (c *changesFake) fail(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.fails = err
}

// query is what was asked last.
func (c *changesFake) query() reviewing.ChangesQuery {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.asked[len(c.asked)-1]
}

// WorkDir implements reviewing.Changes.
func (c *changesFake) WorkDir(path string) (string, error) {
	if c.root == "" || path != c.root && !strings.HasPrefix(path, c.root+"/") {
		return "", reviewing.ErrNoRepository
	}
	return c.root, nil
}

// Changes implements reviewing.Changes.
func (c *changesFake) Changes(_ context.Context, _ string, q reviewing.ChangesQuery) ([]diff.File, string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.asked = append(c.asked, q)
	if c.fails != nil {
		return nil, "", c.fails
	}
	var list []diff.File
	for _, path := range slices.Sorted(maps.Keys(c.files)) {
		if q.Paths != nil && !slices.Contains(q.Paths, path) {
			continue
		}
		f := c.files[path]
		if overlay, ok := q.Overlay[path]; ok {
			f.New = overlay
		}
		if f.Hunks == nil {
			f.Hunks = []diff.Hunk{{NewStart: 1, NewLines: strings.Count(string(f.New), "\n")}}
		}
		list = append(list, f)
	}
	return list, "HEAD", nil
}
