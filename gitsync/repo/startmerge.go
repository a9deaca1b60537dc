package repo

import (
	"bytes"
	"context"
	"path/filepath"
	"strings"

	"github.com/airside-ls/airside/gitsync/object"
)

// StartMerge begins an ordinary merge in the work tree, which is clean: theirs
// in MERGE_HEAD, stages in the index, markers in the files, "Merge LABEL" as the
// message to come. The user resolves and commits it, or takes it back with git
// merge --abort.
func (r *Repo) StartMerge(ctx context.Context, theirs object.Hash, label string) error {
	if r.opts.Git == "" {
		return unsupported("a merge in the work tree needs the git binary, and none was found")
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
	_, err = r.run(ctx, call{write: true, steady: true, okay: 1, args: args})
	if exists(filepath.Join(r.gitDir, "MERGE_HEAD")) {
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
	out, err := r.run(ctx, call{okay: 1, write: true, args: []string{"merge-tree", "--write-tree", "--no-messages", "-z", ours.String(), theirs.String()}})
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
	if _, err := r.read(ctx, "merge-base", "--is-ancestor", theirs.String(), "HEAD"); err == nil {
		return moved("it is merged already")
	}
	return dirty("git began no merge: a file is in the way")
}
