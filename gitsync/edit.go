package gitsync

import (
	"fmt"
	"slices"
	"strings"

	"github.com/airside-ls/airside/gitsync/object"
)

// treeEdit is a file's new content.
type treeEdit struct {
	mode object.Mode
	text []byte
}

// editTree replaces files in a tree that may be among fresh objects, and returns
// the new tree with the objects that it adds.
func editTree(r object.Reader, fresh []object.Object, tree object.Hash, edits map[string]treeEdit) (object.Hash, []object.Object, error) {
	known := map[object.Hash]object.Object{}
	for _, o := range fresh {
		known[o.Hash] = o
	}
	read := func(h object.Hash) ([]object.TreeEntry, error) {
		if o, ok := known[h]; ok {
			return object.DecodeTree(o.Hash, o.Data)
		}
		return r.Tree(h)
	}
	var added []object.Object
	add := func(o object.Object) object.Hash {
		added = append(added, o)
		return o.Hash
	}
	var edit func(tree object.Hash, edits map[string]treeEdit) (object.Hash, error)
	edit = func(tree object.Hash, edits map[string]treeEdit) (object.Hash, error) {
		entries, err := read(tree)
		if err != nil {
			return object.Zero, err
		}
		entries = slices.Clone(entries)
		below := map[string]map[string]treeEdit{}
		for path, e := range edits {
			name, rest, deeper := strings.Cut(path, "/")
			if deeper {
				if below[name] == nil {
					below[name] = map[string]treeEdit{}
				}
				below[name][rest] = e
				continue
			}
			i := slices.IndexFunc(entries, func(t object.TreeEntry) bool { return t.Name == name })
			if i < 0 {
				return object.Zero, fmt.Errorf("%s is not in the merged tree", path)
			}
			entries[i].Mode, entries[i].Hash = e.mode, add(object.New(object.TypeBlob, e.text))
		}
		for name, edits := range below {
			i := slices.IndexFunc(entries, func(t object.TreeEntry) bool { return t.Name == name && t.Mode == object.ModeDir })
			if i < 0 {
				return object.Zero, fmt.Errorf("the folder %s is not in the merged tree", name)
			}
			if entries[i].Hash, err = edit(entries[i].Hash, edits); err != nil {
				return object.Zero, err
			}
		}
		return add(object.NewTree(entries)), nil
	}
	changed, err := edit(tree, edits)
	return changed, added, err
}

// entryAt finds the blob of a path in a tree that may be among fresh objects.
func entryAt(r object.Reader, fresh map[object.Hash]object.Object, tree object.Hash, path string) (object.Hash, bool) {
	for {
		name, rest, deeper := strings.Cut(path, "/")
		var entries []object.TreeEntry
		var err error
		if o, ok := fresh[tree]; ok {
			entries, err = object.DecodeTree(o.Hash, o.Data)
		} else {
			entries, err = r.Tree(tree)
		}
		if err != nil {
			return object.Zero, false
		}
		i := slices.IndexFunc(entries, func(e object.TreeEntry) bool { return e.Name == name })
		if i < 0 || (entries[i].Mode == object.ModeDir) != deeper || !deeper && !entries[i].Mode.IsFile() {
			return object.Zero, false
		}
		if !deeper {
			return entries[i].Hash, true
		}
		tree, path = entries[i].Hash, rest
	}
}
