package worktree

import (
	"path"
	"slices"
	"strings"

	"github.com/airside-ls/airside/gitsync/object"
	"github.com/airside-ls/airside/gitsync/repo/fault"
)

// leaf is what a tree or the index has at a path; the zero leaf is nothing.
type leaf struct {
	mode object.Mode
	hash object.Hash
}

func (l leaf) none() bool { return l == leaf{} }

// listing is a whole tree: its files, links and submodules by path.
type listing map[string]leaf

// maxTreeDepth bounds folders within folders.
const maxTreeDepth = 1000

// list reads a commit's tree with everything below it.
func list(reader object.Reader, commit object.Hash) (listing, error) {
	c, err := reader.Commit(commit)
	if err != nil {
		return nil, fault.As(err)
	}
	files := listing{}
	return files, files.add(reader, c.Tree, "", 0)
}

func (l listing) add(reader object.Reader, tree object.Hash, dir string, depth int) error {
	if depth > maxTreeDepth {
		return fault.New(fault.Unsupported, "%.60s…: folders %d deep", dir, depth)
	}
	entries, err := reader.Tree(tree)
	if err != nil {
		return fault.As(err)
	}
	for _, e := range entries {
		name := path.Join(dir, e.Name)
		if e.Name == "" || strings.Contains(e.Name, "/") || e.Name == "." || e.Name == ".." {
			return fault.New(fault.Unsupported, "a tree names a file %.40q", e.Name)
		}
		if e.Mode != object.ModeDir {
			l[name] = leaf{e.Mode, e.Hash}
		} else if err := l.add(reader, e.Hash, name, depth+1); err != nil {
			return err
		}
	}
	return nil
}

// writeTree stores a listing as trees and returns the topmost.
func (t *Tree) writeTree(files listing) (object.Hash, error) {
	names := make([]string, 0, len(files))
	for name := range files {
		names = append(names, name)
	}
	slices.Sort(names)
	var objects []object.Object
	top := buildTree(files, names, "", &objects)
	return top, t.objects.WriteObjects(objects)
}

// buildTree makes the tree of the names, sorted, that begin with prefix.
func buildTree(files listing, names []string, prefix string, objects *[]object.Object) object.Hash {
	var entries []object.TreeEntry
	for len(names) > 0 {
		rest := names[0][len(prefix):]
		dir, _, below := strings.Cut(rest, "/")
		if !below {
			f := files[names[0]]
			entries = append(entries, object.TreeEntry{Name: rest, Mode: f.mode, Hash: f.hash})
			names = names[1:]
			continue
		}
		n := 1
		for n < len(names) && strings.HasPrefix(names[n], prefix+dir+"/") {
			n++
		}
		hash := buildTree(files, names[:n], prefix+dir+"/", objects)
		entries = append(entries, object.TreeEntry{Name: dir, Mode: object.ModeDir, Hash: hash})
		names = names[n:]
	}
	o := object.NewTree(entries)
	*objects = append(*objects, o)
	return o.Hash
}
