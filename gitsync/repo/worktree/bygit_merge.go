package worktree

import (
	"bytes"
	"context"
	"path/filepath"
	"slices"
	"strings"

	"github.com/airside-ls/airside/gitsync/object"
	"github.com/airside-ls/airside/gitsync/repo/fault"
	"github.com/airside-ls/airside/gitsync/repo/layout"
	"github.com/airside-ls/airside/gitsync/repo/program"
)

func (g gitHands) canMerge(ctx context.Context, theirs object.Hash) error {
	if err := g.Busy(); err != nil {
		return err
	}
	if err := g.requireClean(ctx); err != nil {
		return err
	}
	head, err := g.refs.Head()
	if err != nil {
		return err
	}
	// A true merge overwrites ignored files whatever its options say.
	for _, tree := range g.outcomes(ctx, head.Hash, theirs) {
		if err := g.inTheWay(ctx, head.Hash.String(), tree); err != nil {
			return err
		}
	}
	return nil
}

func (g gitHands) startMerge(ctx context.Context, theirs object.Hash, label string) error {
	if err := g.canMerge(ctx, theirs); err != nil {
		return err
	}
	head, err := g.refs.Head()
	if err != nil {
		return err
	}
	defer g.forget(ctx)
	args := append(mergeSettings(head.Branch), "merge", "--no-ff", "--no-commit", "--no-overwrite-ignore", "--no-squash", "--no-stat", "-q",
		"-m", "Merge "+strings.Join(strings.Fields(label), " "), theirs.String())
	_, err = g.git.Run(ctx, program.Call{Write: true, Moves: true, Steady: true, Okay: 1, Args: args})
	if layout.Exists(filepath.Join(g.at.Git, "MERGE_HEAD")) {
		return nil
	}
	if err == nil {
		err = g.whyNoMerge(ctx, theirs)
	}
	return overwriting(err)
}

func (g gitHands) putMerged(ctx context.Context, from object.Hash, settled, partly []string) error {
	const batch = 500 // paths a command line holds on every system
	for _, put := range []struct {
		args  []string
		paths []string
	}{
		{[]string{"--literal-pathspecs", "checkout", "-q", from.String(), "--"}, settled},
		{[]string{"--literal-pathspecs", "restore", "-q", "--worktree", "--source=" + from.String(), "--"}, partly},
	} {
		for paths := range slices.Chunk(put.paths, batch) {
			if _, err := g.git.Run(ctx, program.Call{Write: true, Moves: true, Args: append(slices.Clone(put.args), paths...)}); err != nil {
				return err
			}
		}
	}
	return nil
}

func (g gitHands) undoMerge(ctx context.Context, ours, theirs object.Hash) error {
	for _, name := range g.outcomes(ctx, ours, theirs) {
		tree, err := object.ParseHash(name)
		if err == nil {
			err = g.undo(ctx, ours, tree)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// outcomes are the trees a merge may write: what git says it will be, and
// theirs.
func (g gitHands) outcomes(ctx context.Context, ours, theirs object.Hash) []string {
	trees := []string{theirs.String()}
	out, err := g.git.Run(ctx, program.Call{Okay: 1, Write: true, Args: []string{"merge-tree", "--write-tree", "--no-messages", "-z", ours.String(), theirs.String()}})
	if err != nil { // before git 2.38
		return trees
	}
	tree, _, _ := bytes.Cut(out, []byte{0})
	if _, err := object.ParseHash(strings.TrimSpace(string(tree))); err == nil {
		trees = append(trees, strings.TrimSpace(string(tree)))
	}
	return trees
}

// whyNoMerge explains a merge that git neither began nor complained of.
func (g gitHands) whyNoMerge(ctx context.Context, theirs object.Hash) error {
	if _, err := g.git.Read(ctx, "merge-base", "--is-ancestor", theirs.String(), "HEAD"); err == nil {
		return fault.New(fault.Moved, "it is merged already")
	}
	return fault.New(fault.Dirty, "git began no merge: a file is in the way")
}
