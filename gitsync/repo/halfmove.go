package repo

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/airside-ls/airside/gitsync/object"
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
	if err := r.requireClean(ctx); err != nil {
		return err
	}
	return r.nothingInTheWay(ctx, from, to)
}

// UndoHalfMove puts files back that an interrupted move of the checked-out
// branch from one commit to another had already written, while the branch and
// the index are still at from. Only a file whose content is exactly to's is
// touched, so that nothing but what the move itself wrote is replaced.
func (r *Repo) UndoHalfMove(ctx context.Context, from, to object.Hash) error {
	if err := r.Busy(); err != nil {
		return err
	}
	out, err := r.read(ctx, "diff-tree", "-r", "-z", "--no-renames", from.String(), to.String())
	if err != nil {
		return err
	}
	fields := strings.Split(string(out), "\x00")
	for i := 0; i+1 < len(fields); i += 2 {
		// ":100644 100644 OLD NEW M", then the path
		words := strings.Fields(strings.TrimPrefix(fields[i], ":"))
		if len(words) != 5 {
			return failed(nil, "git diff-tree said %.80q, which airside does not understand", fields[i])
		}
		if err := r.undoFile(ctx, fields[i+1], words[1], words[2], words[3]); err != nil {
			return err
		}
	}
	_, err = r.run(ctx, call{write: true, okay: 1, args: []string{"update-index", "-q", "--refresh"}})
	return err
}

// undoFile puts one path back if it is as the move wrote it. was and is are the
// blobs before and after, all zeros for none.
func (r *Repo) undoFile(ctx context.Context, path, newMode, was, is string) error {
	full := filepath.Join(r.workDir, filepath.FromSlash(path))
	absent := strings.Repeat("0", len(was))
	info, err := os.Lstat(full)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if is != absent || was == absent {
			return nil // deleted by the user, or never made
		}
	case err != nil || is == absent || !info.Mode().IsRegular() || newMode == "120000" || newMode == "160000":
		return nil
	default:
		hash, err := r.read(ctx, "hash-object", "--path="+path, "--", full)
		if err != nil || strings.TrimSpace(string(hash)) != is {
			return nil
		}
	}
	if was == absent {
		return r.opts.FS.Remove(full)
	}
	_, err = r.run(ctx, call{write: true, args: []string{"checkout-index", "-f", "-q", "--", path}})
	return err
}
