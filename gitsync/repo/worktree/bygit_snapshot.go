package worktree

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/airside-ls/airside/gitsync/durable"
	"github.com/airside-ls/airside/gitsync/object"
	"github.com/airside-ls/airside/gitsync/repo/fault"
	"github.com/airside-ls/airside/gitsync/repo/layout"
	"github.com/airside-ls/airside/gitsync/repo/program"
)

// trees has git store what was staged and what is in the work tree. staged
// is Zero where the index holds conflicts: such an index has no tree, and its
// stages are objects of the user's own.
func (g gitHands) trees(ctx context.Context, w Status) (staged, all object.Hash, err error) {
	index, err := g.copyIndex()
	if err != nil {
		return staged, all, fault.Wrap(err, "a snapshot of the work tree cannot be taken: %v", err)
	}
	defer g.fs.Remove(index)
	git := func(stdin string, args ...string) (object.Hash, error) {
		out, err := g.git.Run(ctx, program.Call{Write: true, Env: []string{"GIT_INDEX_FILE=" + index}, Stdin: []byte(stdin),
			Args: append([]string{"-c", "core.fsync=loose-object", "-c", "core.safecrlf=false"}, args...)})
		if err != nil || args[0] != "write-tree" {
			return object.Zero, err
		}
		return object.ParseHash(strings.TrimSpace(string(out)))
	}
	if staged, err = git("", "write-tree"); err != nil {
		if fault.KindOf(err) == fault.Disk || ctx.Err() != nil {
			return staged, all, err
		}
		staged = object.Zero
	}
	paths := ".\x00"
	for _, name := range w.Untracked {
		if !g.worthKeeping(name) {
			paths += ":(exclude,literal,top)" + strings.TrimSuffix(name, "/") + "\x00"
		}
	}
	add := []string{"add", "-A", "--pathspec-from-file=-", "--pathspec-file-nul"}
	if g.sparse() { // what a person wrote outside of it, too
		add = append(add, "--sparse")
	}
	if _, err = git(paths, add...); err != nil {
		return staged, all, err
	}
	all, err = git("", "write-tree")
	return staged, all, err
}

// copyIndex copies the user's index, so that git need not hash again what has
// not changed. Nobody else uses the copy: rounds of one repository exclude each
// other.
func (g gitHands) copyIndex() (string, error) {
	dir := filepath.Join(g.at.Git, "airside")
	if err := durable.OwnDir(g.fs, dir); err != nil {
		return "", err
	}
	const prefix = "snapshot-index"
	left, _ := durable.ReadDir(dir)
	for _, e := range left { // of a crash, git's lock beside it too
		if strings.HasPrefix(e.Name(), prefix) {
			g.fs.Remove(filepath.Join(dir, e.Name()))
		}
	}
	path := durable.TempName(dir, prefix)
	source := filepath.Join(g.at.Git, "index")
	info, err := os.Stat(source)
	if errors.Is(err, fs.ErrNotExist) {
		return path, nil
	}
	if err != nil {
		return "", err
	}
	data, err := durable.ReadFile(source, layout.MaxIndex)
	if err != nil {
		return "", err
	}
	target, err := g.fs.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return "", err
	}
	_, err = target.Write(data)
	if e := target.Close(); err == nil {
		err = e
	}
	if err == nil {
		// Its time is what git compares files' times with to find racy ones.
		err = g.fs.Chtimes(path, info.ModTime())
	}
	return path, err
}
