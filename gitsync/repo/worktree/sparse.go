package worktree

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"github.com/go-git/go-git/v5/plumbing/format/gitignore"

	"github.com/airside-ls/airside/gitsync/durable"
	"github.com/airside-ls/airside/gitsync/object"
	"github.com/airside-ls/airside/gitsync/repo/fault"
	"github.com/airside-ls/airside/gitsync/repo/layout"
)

// sparse tells whether the work tree has only a part of the files.
func (t *Tree) sparse() bool {
	c, err := t.config.All()
	return err == nil && c.Bool("core.sparsecheckout")
}

// SparseSet tells which paths a sparse checkout has in the work tree, by the patterns
// that git keeps for it; nil where all are. git decides: this is for what is to be
// brought before it does.
func (t *Tree) SparseSet() (func(name string) bool, error) {
	if !t.sparse() {
		return nil, nil
	}
	data, err := durable.ReadFile(filepath.Join(t.at.Git, "info", "sparse-checkout"), layout.MaxRules)
	if errors.Is(err, fs.ErrNotExist) { // then git has all
		return nil, nil
	}
	if err != nil {
		return nil, fault.Wrap(err, "the patterns of this sparse checkout cannot be read: %v", err)
	}
	return sparseSet(data), nil
}

// sparseSet reads patterns, which are those of .gitignore with the opposite meaning:
// the last that fits the path, or a folder above it, decides.
func sparseSet(patterns []byte) func(name string) bool {
	var all []gitignore.Pattern
	for line := range bytes.Lines(patterns) {
		if text := strings.TrimRight(string(line), "\r\n"); text != "" && !strings.HasPrefix(text, "#") {
			all = append(all, gitignore.ParsePattern(text, nil))
		}
	}
	return func(name string) bool {
		parts := strings.Split(name, "/")
		for _, p := range slices.Backward(all) {
			if m := p.Match(parts, false); m != gitignore.NoMatch {
				return m == gitignore.Exclude
			}
		}
		return false
	}
}

// LeftOut is the file that git has at a path and that a sparse checkout has left out of
// the work tree; Zero for any other path.
func (t *Tree) LeftOut(name string) object.Hash {
	leftOut, err := t.leftOut()
	if err != nil {
		return object.Zero
	}
	is, err := leftOut(name)
	if err != nil || !is.mode.IsFile() {
		return object.Zero
	}
	return is.hash
}

// leftOut tells what git has at a path that a sparse checkout has left out of the work
// tree: the file that the index remembers; the zero leaf for any other path.
func (t *Tree) leftOut() (func(name string) (leaf, error), error) {
	none := func(string) (leaf, error) { return leaf{}, nil }
	if !t.sparse() {
		return none, nil
	}
	index, err := t.readIndex()
	if err != nil {
		return nil, err
	}
	reader, err := t.objects.Objects()
	if err != nil {
		return nil, err
	}
	files, folders := map[string]leaf{}, map[string]object.Hash{}
	for i := range index.entries {
		switch e := &index.entries[i]; {
		case e.mode == object.ModeDir:
			folders[e.name] = e.hash
		case e.flags&flagSkipWorktree != 0:
			files[e.name] = leaf{e.mode, e.hash}
		}
	}
	return func(name string) (leaf, error) {
		for i := range name {
			if tree, ok := folders[name[:i+1]]; ok && name[i] == '/' {
				return entryAt(reader, tree, name[i+1:])
			}
		}
		return files[name], nil
	}, nil
}

// expand puts files in the place of the folders that a sparse index has for all that
// is in them.
func (f *indexFile) expand(ctx context.Context, reader object.Reader) error {
	if !slices.ContainsFunc(f.entries, func(e indexEntry) bool { return e.mode == object.ModeDir }) {
		return nil
	}
	var all []indexEntry
	for _, e := range f.entries {
		if e.mode != object.ModeDir {
			all = append(all, e)
			continue
		}
		below, err := list(ctx, reader, e.hash)
		if err != nil {
			return err
		}
		for name, file := range below {
			all = append(all, indexEntry{mode: file.mode, hash: file.hash, flags: flagExtended | flagSkipWorktree, name: e.name + name})
		}
	}
	f.entries = all
	return nil
}
