package repo

import (
	"bytes"
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

// CanMove tells, without changing anything, whether FastForward and RestoreTo
// would move a branch from one commit to another now.
func (r *Repo) CanMove(ctx context.Context, branch string, from, to object.Hash) error {
	here, err := r.checkedOutHere(branch)
	if err != nil || !here {
		return err
	}
	if err := r.stands(branch, from); err != nil {
		return err
	}
	if lock := r.refPath(headsPrefix+branch) + ".lock"; layout.Exists(lock) {
		return fault.New(fault.Busy, "%s is locked: another git is at work; if none is, remove %s", branch, lock)
	}
	if err := r.requireClean(ctx); err != nil {
		return err
	}
	return r.nothingInTheWay(ctx, from.String(), to.String())
}

// UndoHalfMove puts back what an interrupted move of the checked-out branch from
// one commit to another has written already, while the branch is still at from.
// Only files that hold what the move itself writes, or the beginning of it, are
// touched: all of that is in the commit to.
func (r *Repo) UndoHalfMove(ctx context.Context, from, to object.Hash) error {
	if err := r.Busy(); err != nil {
		return err
	}
	// The index goes last but for the branch: if it is at to, all files are.
	if _, err := r.program.Read(ctx, "diff-index", "--cached", "--quiet", to.String()); err == nil {
		_, err := r.program.Run(ctx, program.Call{Write: true, Args: []string{"read-tree", "-m", "-u", to.String(), from.String()}})
		return err
	}
	out, err := r.program.Read(ctx, "diff-tree", "-r", "-z", "--no-renames", from.String(), to.String())
	if err != nil {
		return err
	}
	fields := strings.Split(string(out), "\x00")
	for i := 0; i+1 < len(fields); i += 2 {
		// ":100644 100644 OLD NEW M", then the path
		words := strings.Fields(strings.TrimPrefix(fields[i], ":"))
		if len(words) != 5 {
			return fault.Wrap(nil, "git diff-tree said %.80q, which airside does not understand", fields[i])
		}
		m := movedFile{path: fields[i+1], wasMode: words[0], isMode: words[1], to: to}
		if err := r.undoFile(ctx, m); err != nil {
			return err
		}
	}
	_, err = r.program.Run(ctx, program.Call{Write: true, Okay: 1, Args: []string{"update-index", "-q", "--refresh"}})
	return err
}

// movedFile is a file that differs between two commits; modes are git's, in octal,
// "000000" for none.
type movedFile struct {
	path, wasMode, isMode string
	to                    object.Hash
}

const noMode = "000000"

// undoFile puts one path back if it is as the move wrote it.
func (r *Repo) undoFile(ctx context.Context, m movedFile) error {
	full := filepath.Join(r.Work, filepath.FromSlash(m.path))
	info, err := os.Lstat(full)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if m.wasMode == noMode {
			return nil
		}
	case err != nil || m.isMode == noMode || m.isMode == "160000":
		return nil
	case info.Mode()&fs.ModeSymlink != 0:
		target, err := os.Readlink(full)
		written, err2 := r.program.Read(ctx, "cat-file", "blob", m.to.String()+":"+m.path)
		if err != nil || err2 != nil || m.isMode != "120000" || target != string(written) {
			return nil
		}
	case !info.Mode().IsRegular():
		return nil
	default:
		// As it comes out of filters; a full disk leaves the beginning.
		written, err := r.program.Read(ctx, "cat-file", "--filters", m.to.String()+":"+m.path)
		if err != nil {
			return nil
		}
		data, err := durable.ReadFile(full, layout.MaxWorking)
		if err != nil || !bytes.HasPrefix(written, data) {
			return nil
		}
	}
	if m.wasMode == noMode {
		return r.opts.FS.Remove(full)
	}
	_, err = r.program.Run(ctx, program.Call{Write: true, Args: []string{"checkout-index", "-f", "-q", "--", m.path}})
	return err
}
