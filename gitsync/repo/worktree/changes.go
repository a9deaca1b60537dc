package worktree

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/airside-ls/airside/gitsync/durable"
	"github.com/airside-ls/airside/gitsync/object"
	"github.com/airside-ls/airside/gitsync/repo/fault"
	"github.com/airside-ls/airside/gitsync/repo/layout"
)

// Change is a path that differs between two states. A zero mode says that there
// is nothing on that side.
type Change struct {
	Path             string
	OldMode, NewMode object.Mode
	OldHash          object.Hash
	NewHash          object.Hash // Zero where the new side is the work tree
}

// leaf is what a tree or the index has at a path; the zero leaf is nothing.
type leaf struct {
	mode object.Mode
	hash object.Hash
}

// maxTreeDepth bounds folders within folders.
const maxTreeDepth = 1000

// TreeChanges compares two trees and reads of them only what differs. Zero is
// the empty tree.
func TreeChanges(ctx context.Context, reader object.Reader, old, new object.Hash) ([]Change, error) {
	var list []Change
	var walk func(dir string, old, new object.Hash, depth int) error
	walk = func(dir string, old, new object.Hash, depth int) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		if depth > maxTreeDepth {
			return fault.New(fault.Unsupported, "%.60s…: folders %d deep", dir, depth)
		}
		a, err := treeEntries(reader, old)
		if err != nil {
			return err
		}
		b, err := treeEntries(reader, new)
		if err != nil {
			return err
		}
		names := make([]string, 0, len(b))
		for name := range b {
			names = append(names, name)
		}
		for name := range a {
			if _, both := b[name]; !both {
				names = append(names, name)
			}
		}
		slices.Sort(names)
		for _, name := range names {
			was, is := a[name], b[name]
			if was == is {
				continue
			}
			at := path.Join(dir, name)
			var dirs [2]object.Hash
			c := Change{Path: at}
			if was.mode == object.ModeDir {
				dirs[0] = was.hash
			} else {
				c.OldMode, c.OldHash = was.mode, was.hash
			}
			if is.mode == object.ModeDir {
				dirs[1] = is.hash
			} else {
				c.NewMode, c.NewHash = is.mode, is.hash
			}
			if c.OldMode != 0 || c.NewMode != 0 {
				list = append(list, c)
			}
			if dirs != [2]object.Hash{} {
				if err := walk(at, dirs[0], dirs[1], depth+1); err != nil {
					return err
				}
			}
		}
		return nil
	}
	return list, walk("", old, new, 0)
}

func treeEntries(reader object.Reader, tree object.Hash) (map[string]leaf, error) {
	if tree.IsZero() {
		return nil, nil
	}
	entries, err := reader.Tree(tree)
	if err != nil {
		return nil, fault.As(err)
	}
	m := make(map[string]leaf, len(entries))
	for _, e := range entries {
		if e.Name == "" || strings.Contains(e.Name, "/") || e.Name == "." || e.Name == ".." {
			return nil, fault.New(fault.Unsupported, "a tree names a file %.40q", e.Name)
		}
		m[e.Name] = leaf{e.Mode, e.Hash}
	}
	return m, nil
}

// entryAt finds a path in a tree; the zero leaf is none.
func entryAt(reader object.Reader, tree object.Hash, name string) (leaf, error) {
	found := leaf{object.ModeDir, tree}
	for part := range strings.SplitSeq(name, "/") {
		if found.mode != object.ModeDir {
			return leaf{}, nil
		}
		entries, err := treeEntries(reader, found.hash)
		if err != nil {
			return leaf{}, err
		}
		found = entries[part]
	}
	if found.mode == object.ModeDir {
		return leaf{}, nil
	}
	return found, nil
}

// StagedChanges compares the index with a commit's tree, Zero for none. A path
// in conflict has its own side.
func (t *Tree) StagedChanges(ctx context.Context, tree object.Hash) ([]Change, error) {
	return t.hands.staged(ctx, tree)
}

// stagingIndex is the index that the next commit is made from. In a hook of "git
// commit -a" it is one that git made for it alone, and names in the environment;
// only one in this git folder is believed.
func (t *Tree) stagingIndex() string {
	if named := t.git.Environ.Get("GIT_INDEX_FILE"); named != "" {
		if !filepath.IsAbs(named) {
			named = filepath.Join(t.at.Work, named) // where git runs hooks
		}
		if info, err := os.Stat(named); err == nil && info.Mode().IsRegular() && layout.SameDir(filepath.Dir(named), t.at.Git) {
			return named
		}
	}
	return filepath.Join(t.at.Git, "index")
}

// WorkTreeChanges compares the work tree, with the files that git does not track
// and does not ignore, with a tree (Zero for none), and names the paths in also
// whether or not they differ on the disk. head is the tree of HEAD. A repository
// within this one is a path with a slash at its end. Where there are paths, what
// is elsewhere may be missing.
func (t *Tree) WorkTreeChanges(ctx context.Context, tree, head object.Hash, also, paths []string) ([]Change, error) {
	w, err := t.hands.status(ctx, "dirty", paths) // tells of submodules that moved
	if err != nil {
		return nil, err
	}
	reader, err := t.objects.Objects()
	if err != nil {
		return nil, err
	}
	names := slices.Concat(w.Changed, w.Untracked, also)
	if tree != head {
		committed, err := TreeChanges(ctx, reader, tree, head)
		if err != nil {
			return nil, err
		}
		for _, c := range committed {
			names = append(names, c.Path)
		}
	}
	slices.Sort(names)
	leftOut, err := t.leftOut()
	if err != nil {
		return nil, err
	}
	var list []Change
	for _, name := range slices.Compact(names) {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		c := Change{Path: name}
		if !tree.IsZero() {
			was, err := entryAt(reader, tree, strings.TrimSuffix(name, "/"))
			if err != nil {
				return nil, err
			}
			c.OldMode, c.OldHash = was.mode, was.hash
		}
		if c.NewMode = t.modeInWorkTree(name); c.NewMode == 0 {
			is, err := leftOut(name)
			if err != nil {
				return nil, err
			}
			c.NewMode, c.NewHash = is.mode, is.hash
			if was := (leaf{c.OldMode, c.OldHash}); was == is {
				continue
			}
		}
		if c.OldMode != 0 || c.NewMode != 0 {
			list = append(list, c)
		}
	}
	return list, nil
}

// modeInWorkTree is a path's mode on the disk, 0 when nothing is there. Where
// the file system knows no executable files, none is.
func (t *Tree) modeInWorkTree(name string) object.Mode {
	at := t.at.InWork(name)
	info, err := os.Lstat(at)
	switch {
	case err != nil || t.throughLink(strings.TrimSuffix(name, "/")):
		return 0
	case info.IsDir() && layout.Exists(filepath.Join(at, ".git")):
		return object.ModeSubmodule
	case info.Mode()&fs.ModeSymlink != 0:
		return object.ModeSymlink
	case !info.Mode().IsRegular():
		return 0
	case info.Mode()&0o100 != 0:
		return object.ModeExecutable
	}
	return object.ModeFile
}

// WorkFile reads a regular file of the work tree, as it is on the disk. The
// error of one that is larger than limit bytes is a *TooLargeError.
func (t *Tree) WorkFile(name string, limit int64) ([]byte, error) {
	at := t.at.InWork(name)
	info, err := os.Lstat(at)
	switch {
	case err != nil:
		return nil, fault.Wrap(err, "%s cannot be read: %v", name, err)
	case !info.Mode().IsRegular() || t.throughLink(name):
		return nil, fault.Wrap(nil, "%s is no file of this work tree", name)
	case info.Size() > limit:
		return nil, &TooLargeError{info.Size()}
	}
	data, err := durable.ReadFile(at, limit)
	if err != nil {
		return nil, fault.Wrap(err, "%s cannot be read: %v", name, err)
	}
	return data, nil
}

// TooLargeError says that a file has too many bytes to be read.
type TooLargeError struct{ Size int64 }

func (e *TooLargeError) Error() string { return fmt.Sprintf("%d bytes are too many", e.Size) }
