package main

import (
	"context"
	"errors"
	"io/fs"

	"github.com/airside-ls/airside/completion/review/diff"
	"github.com/airside-ls/airside/gitsync"
	"github.com/airside-ls/airside/gitsync/consent"
	"github.com/airside-ls/airside/gitsync/repo"
	"github.com/airside-ls/airside/lsp/reviewing"
)

// gitChanges hands gitsync's changes to the server.
type gitChanges struct {
	repo    repo.Options
	consent *consent.Book
}

// WorkDir implements reviewing.Changes.
func (g gitChanges) WorkDir(path string) (string, error) {
	r, err := repo.Open(path, g.repo)
	if errors.Is(err, fs.ErrNotExist) {
		return "", reviewing.ErrNoRepository
	}
	if err != nil {
		return "", err
	}
	return r.WorkDir(), nil
}

// Changes implements reviewing.Changes. An editor shows a branch with what is not
// committed yet.
func (g gitChanges) Changes(ctx context.Context, workDir string, q reviewing.ChangesQuery) ([]diff.File, string, error) {
	request := gitsync.ChangesRequest{Scope: gitsync.Uncommitted, Paths: q.Paths, Overlay: q.Overlay, Consent: g.consent}
	if q.Branch {
		request.Scope, request.Base, request.ToWorkTree = gitsync.Branch, q.Base, true
	}
	set, err := gitsync.Changes(ctx, workDir, g.repo, request)
	if err != nil {
		return nil, "", err
	}
	return reviewFiles(set), set.Base, nil
}
