package repo

import (
	"bytes"
	"context"
	"path/filepath"
	"strings"

	"github.com/airside-ls/airside/gitsync/object"
	"github.com/airside-ls/airside/gitsync/repo/fault"
	"github.com/airside-ls/airside/gitsync/repo/layout"
	"github.com/airside-ls/airside/gitsync/repo/program"
)

// StartMerge begins an ordinary merge in the work tree, which is clean: theirs
// in MERGE_HEAD, stages in the index, markers in the files, "Merge LABEL" as the
// message to come. The user resolves and commits it, or takes it back with git
// merge --abort.
func (r *Repo) StartMerge(ctx context.Context, theirs object.Hash, label string) error {
	if r.program.Git == "" {
		return fault.New(fault.Unsupported, "a merge in the work tree needs the git binary, and none was found")
	}
	if err := r.Busy(); err != nil {
		return err
	}
	if err := r.requireClean(ctx); err != nil {
		return err
	}
	head, err := r.Head()
	if err != nil {
		return err
	}
	// A true merge overwrites ignored files whatever its options say.
	for _, tree := range r.outcomes(ctx, head.Hash, theirs) {
		if err := r.nothingInTheWay(ctx, head.Hash.String(), tree); err != nil {
			return err
		}
	}
	args := append(mergeSettings(head.Branch), "merge", "--no-ff", "--no-commit", "--no-overwrite-ignore", "--no-squash", "--no-stat", "-q",
		"-m", "Merge "+strings.Join(strings.Fields(label), " "), theirs.String())
	_, err = r.program.Run(ctx, program.Call{Write: true, Steady: true, Okay: 1, Args: args})
	if layout.Exists(filepath.Join(r.Git, "MERGE_HEAD")) {
		return nil
	}
	if err == nil {
		err = r.whyNoMerge(ctx, theirs)
	}
	return overwriting(err)
}

// outcomes are the trees a merge may write: what git says it will be, and
// theirs.
func (r *Repo) outcomes(ctx context.Context, ours, theirs object.Hash) []string {
	trees := []string{theirs.String()}
	out, err := r.program.Run(ctx, program.Call{Okay: 1, Write: true, Args: []string{"merge-tree", "--write-tree", "--no-messages", "-z", ours.String(), theirs.String()}})
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
func (r *Repo) whyNoMerge(ctx context.Context, theirs object.Hash) error {
	if _, err := r.program.Read(ctx, "merge-base", "--is-ancestor", theirs.String(), "HEAD"); err == nil {
		return fault.New(fault.Moved, "it is merged already")
	}
	return fault.New(fault.Dirty, "git began no merge: a file is in the way")
}
