package merge

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/airside-ls/airside/gitsync/object"
)

// memory is a repository in memory.
type memory struct {
	*overlay
	read int // trees
}

func newMemory() *memory { return &memory{overlay: newOverlay(nothing{})} }

// nothing is a repository without objects.
type nothing struct{}

func (nothing) Commit(h object.Hash) (object.Commit, error) {
	return object.Commit{}, fmt.Errorf("commit %s: %w", h, object.ErrNotFound)
}
func (nothing) Tree(h object.Hash) ([]object.TreeEntry, error) {
	return nil, fmt.Errorf("tree %s: %w", h, object.ErrNotFound)
}
func (nothing) Blob(h object.Hash) ([]byte, error) {
	return nil, fmt.Errorf("blob %s: %w", h, object.ErrNotFound)
}
func (nothing) BlobSize(h object.Hash) (int64, error) {
	return 0, fmt.Errorf("blob %s: %w", h, object.ErrNotFound)
}

func (m *memory) Tree(h object.Hash) ([]object.TreeEntry, error) {
	m.read++
	return m.overlay.Tree(h)
}

// node is a file of a tree in memory.
type node struct {
	mode object.Mode
	data string // 40 digits for a submodule
}

// files are the files of a tree, by their paths.
type files map[string]node

// write stores a tree and returns its name.
func (m *memory) write(f files) object.Hash { return m.writeDir(f, "") }

func (m *memory) writeDir(f files, prefix string) object.Hash {
	var entries []object.TreeEntry
	done := map[string]bool{}
	for _, path := range slices.Sorted(maps.Keys(f)) {
		rest, below := strings.CutPrefix(path, prefix)
		if !below {
			continue
		}
		name, _, isDir := strings.Cut(rest, "/")
		if done[name] {
			continue
		}
		done[name] = true
		if isDir {
			entries = append(entries, object.TreeEntry{Name: name, Mode: object.ModeDir, Hash: m.writeDir(f, prefix+name+"/")})
			continue
		}
		n := f[path]
		e := object.TreeEntry{Name: name, Mode: n.mode}
		if n.mode == object.ModeSubmodule {
			e.Hash, _ = object.ParseHash(n.data)
		} else {
			e.Hash = m.addBlob([]byte(n.data))
		}
		entries = append(entries, e)
	}
	return m.addTree(entries)
}

// add stores what a merge made.
func (m *memory) add(objects []object.Object) {
	for _, o := range objects {
		if o.Type == object.TypeBlob {
			m.addBlob(o.Data)
		} else {
			m.trees[o.Hash] = decodeTree(o.Data)
		}
	}
}

func decodeTree(data []byte) (entries []object.TreeEntry) {
	for len(data) > 0 {
		head, rest, _ := strings.Cut(string(data), "\x00")
		var e object.TreeEntry
		fmt.Sscanf(head, "%o", &e.Mode)
		_, e.Name, _ = strings.Cut(head, " ")
		e.Hash = object.Hash([]byte(rest[:20]))
		entries = append(entries, e)
		data = []byte(rest[20:])
	}
	return entries
}

// list reads a whole tree back.
func (m *memory) list(h object.Hash) (files, error) {
	f := files{}
	var walk func(dir string, h object.Hash) error
	walk = func(dir string, h object.Hash) error {
		entries, err := m.overlay.Tree(h)
		if err != nil {
			return err
		}
		for i, e := range entries {
			if i > 0 && compareNames(entries[i-1].Name, entries[i-1].Mode, e.Name, e.Mode) >= 0 {
				return fmt.Errorf("tree of %q: %q after %q", dir, e.Name, entries[i-1].Name)
			}
			path := join(dir, e.Name)
			switch e.Mode {
			case object.ModeDir:
				if err := walk(path, e.Hash); err != nil {
					return err
				}
			case object.ModeSubmodule:
				f[path] = node{e.Mode, e.Hash.String()}
			default:
				data, err := m.Blob(e.Hash)
				if err != nil {
					return err
				}
				f[path] = node{e.Mode, string(data)}
			}
		}
		return nil
	}
	return f, walk("", h)
}
