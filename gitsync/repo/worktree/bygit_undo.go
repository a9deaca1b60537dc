package worktree

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"regexp"

	"github.com/airside-ls/airside/gitsync/durable"
	"github.com/airside-ls/airside/gitsync/object"
	"github.com/airside-ls/airside/gitsync/repo/layout"
	"github.com/airside-ls/airside/gitsync/repo/program"
)

// movedFile is a file that differs between two commits; modes are git's, in octal,
// "000000" for none.
type movedFile struct {
	path, wasMode, isMode string
	to                    object.Hash
}

// conflictMarker is the line by which git marks a side of a conflict. What it calls
// the side depends on the command: a merge says HEAD where merge-tree has a hash.
var conflictMarker = regexp.MustCompile(`(?m)^(<{7}|\|{7}|>{7}) .*$`)

func withoutLabels(text []byte) []byte { return conflictMarker.ReplaceAll(text, []byte("$1")) }

const noMode = "000000"

// undoFile puts one path back if it is as the move wrote it.
func (g gitHands) undoFile(ctx context.Context, m movedFile) error {
	full := g.at.InWork(m.path)
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
		written, err2 := g.git.Read(ctx, "cat-file", "blob", m.to.String()+":"+m.path)
		if err != nil || err2 != nil || m.isMode != "120000" || target != string(written) {
			return nil
		}
	case !info.Mode().IsRegular():
		return nil
	default:
		// As it comes out of filters; a full disk leaves the beginning.
		written, err := g.git.Read(ctx, "cat-file", "--filters", m.to.String()+":"+m.path)
		if err != nil {
			return nil
		}
		data, err := durable.ReadFile(full, layout.MaxWorking)
		if err != nil || !bytes.HasPrefix(written, data) && !bytes.HasPrefix(withoutLabels(written), withoutLabels(data)) {
			return nil
		}
	}
	if m.wasMode == noMode {
		return g.fs.Remove(full)
	}
	_, err = g.git.Run(ctx, program.Call{Write: true, Moves: true, Args: []string{"checkout-index", "-f", "-q", "--", m.path}})
	return err
}
