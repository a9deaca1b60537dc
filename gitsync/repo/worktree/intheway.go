package worktree

import (
	"context"
	"io/fs"
	"os"
	"strings"

	"github.com/airside-ls/airside/gitsync/durable"
	"github.com/airside-ls/airside/gitsync/object"
	"github.com/airside-ls/airside/gitsync/repo/fault"
)

// inTheWay holds that no file that git does not track stands where the tree to has one
// that from has not: git itself would overwrite an ignored one. Both are commits or
// trees. Only what the move adds is looked for on the disk; where this process cannot
// read the index, git looks.
func (g gitHands) inTheWay(ctx context.Context, from, to string) error {
	known, err := g.indexed()
	if fault.KindOf(err) == fault.Unsupported {
		return g.inTheWayAsGitSays(ctx, from, to)
	}
	if err != nil {
		return err
	}
	added, err := g.added(ctx, from, to)
	if err != nil {
		return err
	}
	for _, name := range added {
		if other := g.standsAt(known, name); other != "" {
			return fault.New(fault.Dirty, "%s is in the way, and git does not track it: move or add it", other)
		}
	}
	return nil
}

// added are the paths that one tree has and the other has not.
func (g gitHands) added(ctx context.Context, from, to string) ([]string, error) {
	reader, err := g.objects.Objects()
	if err != nil {
		return nil, err
	}
	var trees [2]object.Hash
	for i, name := range []string{from, to} {
		h, err := object.ParseHash(name)
		if err != nil {
			return nil, fault.As(err)
		}
		trees[i] = h
		if c, err := reader.Commit(h); err == nil {
			trees[i] = c.Tree
		}
	}
	changes, err := TreeChanges(ctx, reader, trees[0], trees[1])
	if err != nil {
		return nil, err
	}
	var list []string
	for _, c := range changes {
		if c.OldMode == 0 {
			list = append(list, c.Path)
		}
	}
	return list, nil
}

// indexed are the paths of the index, in lower case where the file system does not
// tell cases apart.
func (t *Tree) indexed() (func(name string) bool, error) {
	index, err := t.readIndex()
	if err != nil {
		return nil, err
	}
	c, err := t.config.All()
	if err != nil {
		return nil, err
	}
	fold := func(name string) string { return name }
	if c.Bool("core.ignorecase") {
		fold = strings.ToLower
	}
	paths := make(map[string]bool, len(index.entries))
	for i := range index.entries {
		paths[fold(index.entries[i].name)] = true
	}
	return func(name string) bool { return paths[fold(name)] }, nil
}

// standsAt is what stands where a path is to come, or on the way there, and is not
// tracked; "" for nothing.
func (t *Tree) standsAt(tracked func(string) bool, name string) string {
	for i := range name {
		if name[i] != '/' {
			continue
		}
		info, err := os.Lstat(t.at.InWork(name[:i]))
		switch {
		case err != nil:
			return ""
		case info.IsDir():
		case tracked(name[:i]): // goes away, or git refuses
			return ""
		default:
			return name[:i]
		}
	}
	info, err := os.Lstat(t.at.InWork(name))
	switch {
	case err != nil || tracked(name):
		return ""
	case !info.IsDir():
		return name
	}
	return t.untrackedBelow(tracked, name)
}

// untrackedBelow is a file in a folder that is not tracked; "" for none. A submodule
// is tracked as a whole.
func (t *Tree) untrackedBelow(tracked func(string) bool, name string) string {
	entries, err := durable.ReadDir(t.at.InWork(name))
	if err != nil {
		return name
	}
	for _, e := range entries {
		below := name + "/" + e.Name()
		switch {
		case tracked(below):
		case e.Name() == ".git": // a repository
			return name + "/"
		case e.IsDir() && e.Type()&fs.ModeSymlink == 0:
			if other := t.untrackedBelow(tracked, below); other != "" {
				return other
			}
		default:
			return below
		}
	}
	return ""
}
