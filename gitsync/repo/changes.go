package repo

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/airside-ls/airside/gitsync/durable"
	"github.com/airside-ls/airside/gitsync/object"
	"github.com/airside-ls/airside/gitsync/repo/fault"
	"github.com/airside-ls/airside/gitsync/repo/layout"
	"github.com/airside-ls/airside/gitsync/repo/program"
)

// Change is a path that differs between two states. A zero mode says that there
// is nothing on that side.
type Change struct {
	Path             string
	OldMode, NewMode object.Mode
	OldHash          object.Hash
	NewHash          object.Hash // Zero where the new side is the work tree
}

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
func (r *Repo) StagedChanges(ctx context.Context, tree object.Hash) ([]Change, error) {
	if r.program.Git == "" {
		return r.stagedByHand(tree)
	}
	base := tree.String()
	if tree.IsZero() {
		base = emptyTree
	}
	out, err := r.program.Run(ctx, program.Call{Env: []string{"GIT_INDEX_FILE=" + r.stagingIndex()}, Args: []string{
		"diff-index", "--cached", "--raw", "-z", "--no-renames", "--no-abbrev", "--ignore-submodules=none", base, "--",
	}})
	if err != nil {
		return nil, err
	}
	return parseRaw(string(out))
}

// stagingIndex is the index that the next commit is made from. In a hook of "git
// commit -a" it is one that git made for it alone, and names in the environment;
// only one in this git folder is believed.
func (r *Repo) stagingIndex() string {
	if named := r.program.Environ.Get("GIT_INDEX_FILE"); named != "" {
		if !filepath.IsAbs(named) {
			named = filepath.Join(r.Work, named) // where git runs hooks
		}
		if info, err := os.Stat(named); err == nil && info.Mode().IsRegular() && layout.SameDir(filepath.Dir(named), r.Git) {
			return named
		}
	}
	return filepath.Join(r.Git, "index")
}

// emptyTree is the name of the tree without entries, which git knows unasked.
const emptyTree = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"

// parseRaw reads what diff-index --raw -z says: ":100644 100644 HASH HASH M",
// NUL, the path, NUL. A path in conflict comes a second time, as U.
func parseRaw(out string) ([]Change, error) {
	var list []Change
	fields := strings.Split(strings.TrimSuffix(out, "\x00"), "\x00")
	if out == "" {
		return nil, nil
	}
	for i := 0; i+1 < len(fields); i += 2 {
		parts := strings.Fields(strings.TrimPrefix(fields[i], ":"))
		bad := fault.Wrap(nil, "git diff-index said %.80q, which airside does not understand", fields[i])
		if len(parts) != 5 {
			return nil, bad
		}
		if strings.HasPrefix(parts[4], "U") {
			continue
		}
		c := Change{Path: fields[i+1]}
		oldMode, err1 := strconv.ParseUint(parts[0], 8, 32)
		newMode, err2 := strconv.ParseUint(parts[1], 8, 32)
		var err3, err4 error
		c.OldHash, err3 = object.ParseHash(parts[2])
		c.NewHash, err4 = object.ParseHash(parts[3])
		if err1 != nil || err2 != nil || err3 != nil || err4 != nil {
			return nil, bad
		}
		c.OldMode, c.NewMode = object.Mode(oldMode), object.Mode(newMode)
		list = append(list, c)
	}
	return list, nil
}

func (r *Repo) stagedByHand(tree object.Hash) ([]Change, error) {
	index, err := readIndexFile(r.stagingIndex())
	if err != nil {
		return nil, err
	}
	reader, err := r.Objects()
	if err != nil {
		return nil, err
	}
	committed := listing{}
	if !tree.IsZero() {
		if err := committed.add(reader, tree, "", 0); err != nil {
			return nil, err
		}
	}
	var list []Change
	for i := range index.entries {
		e := &index.entries[i]
		if e.stage() != 0 && e.stage() != 2 || e.flags&flagIntentToAdd != 0 {
			continue
		}
		was := committed[e.name]
		delete(committed, e.name)
		if is := (leaf{e.mode, e.hash}); was != is {
			list = append(list, Change{e.name, was.mode, is.mode, was.hash, is.hash})
		}
	}
	for name, was := range committed {
		list = append(list, Change{Path: name, OldMode: was.mode, OldHash: was.hash})
	}
	slices.SortFunc(list, func(a, b Change) int { return strings.Compare(a.Path, b.Path) })
	return list, nil
}

// WorkTreeChanges compares the work tree, with the files that git does not track
// and does not ignore, with a tree (Zero for none), and names the paths in also
// whether or not they differ on the disk. head is the tree of HEAD. A repository
// within this one is a path with a slash at its end. Where there are paths, what
// is elsewhere may be missing.
func (r *Repo) WorkTreeChanges(ctx context.Context, tree, head object.Hash, also, paths []string) ([]Change, error) {
	w, err := r.workTree(ctx, "dirty", paths) // tells of submodules that moved
	if err != nil {
		return nil, err
	}
	reader, err := r.Objects()
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
		c.NewMode = r.modeInWorkTree(name)
		if c.OldMode != 0 || c.NewMode != 0 {
			list = append(list, c)
		}
	}
	return list, nil
}

// modeInWorkTree is a path's mode on the disk, 0 when nothing is there. Where
// the file system knows no executable files, none is.
func (r *Repo) modeInWorkTree(name string) object.Mode {
	at := filepath.Join(r.Work, filepath.FromSlash(name))
	info, err := os.Lstat(at)
	switch {
	case err != nil || r.throughLink(strings.TrimSuffix(name, "/")):
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
func (r *Repo) WorkFile(name string, limit int64) ([]byte, error) {
	at := filepath.Join(r.Work, filepath.FromSlash(name))
	info, err := os.Lstat(at)
	switch {
	case err != nil:
		return nil, fault.Wrap(err, "%s cannot be read: %v", name, err)
	case !info.Mode().IsRegular() || r.throughLink(name):
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
