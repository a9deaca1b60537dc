package main

import (
	"context"
	"log/slog"
	"os/exec"
	"time"

	"github.com/airside-ls/airside/completion/shown"
	"github.com/airside-ls/airside/gitsync"
	"github.com/airside-ls/airside/gitsync/consent"
	"github.com/airside-ls/airside/gitsync/repo"
	"github.com/airside-ls/airside/lsp/ext"
	"github.com/airside-ls/airside/lsp/workspace"
)

// openRepository opens the repository that path lies in with gitsync.
func openRepository(path string, environ []string, s workspace.SyncSettings, h workspace.SyncHooks, log *slog.Logger) (repositorySyncer, error) {
	syncer, err := gitsync.Open(path, gitsync.Options{
		Repo:            repo.Options{Git: program("git"), SSH: program("ssh"), Environ: environ, Log: log, Terminal: h.Terminal, Life: h.Life},
		Consent:         consentBook(environ),
		Interval:        s.Interval,
		Progress:        h.Progress,
		Name:            h.Name,
		Wait:            h.Wait,
		Log:             log,
		OpenDirty:       h.OpenDirty,
		ApplySecondLook: s.ApplyStructured,
	})
	if err != nil {
		return nil, err
	}
	return gitSyncer{syncer, consentBook(environ)}, nil
}

// program is where a program is, "" if it is nowhere.
func program(name string) string {
	path, err := exec.LookPath(name)
	if err != nil {
		return ""
	}
	return path
}

// gitSyncer is gitsync's in the shapes that scripts and clients see.
type gitSyncer struct {
	*gitsync.Syncer
	consent *consent.Book
}

// Enable opts in, by which the user trusts the repository as well.
func (g gitSyncer) Enable(patterns []string) error {
	if err := g.Syncer.Enable(patterns); err != nil {
		return err
	}
	_, err := g.consent.Trust(g.WorkDir())
	return err
}

// Round is asked for by a person, always: what goes on by itself is Watch.
func (g gitSyncer) Round(ctx context.Context, branches []string) []ext.SyncResult {
	return syncResults(g.Syncer.Round(ctx, gitsync.Request{Branches: branches, User: true}))
}

func (g gitSyncer) Status(ctx context.Context) []ext.SyncResult {
	return syncResults(g.Syncer.Status(ctx))
}

func (g gitSyncer) Undo(ctx context.Context, operation string) (ext.SyncResult, error) {
	result, err := g.Syncer.Undo(ctx, operation)
	return syncResult(result), err
}

func (g gitSyncer) Resolve(ctx context.Context, branch string) (ext.SyncResult, error) {
	result, err := g.Syncer.Resolve(ctx, branch)
	return syncResult(result), err
}

func (g gitSyncer) TakeProposal(ctx context.Context, branch string) (ext.SyncResult, error) {
	result, err := g.Syncer.TakeProposal(ctx, branch)
	return syncResult(result), err
}

func (g gitSyncer) Watch(ctx context.Context, changed func([]ext.SyncResult)) error {
	return g.Syncer.Watch(ctx, func(results []gitsync.Result) { changed(syncResults(results)) })
}

func (g gitSyncer) Log() ([]operation, error) {
	list, err := g.Syncer.Log()
	if err != nil {
		return nil, err
	}
	operations := make([]operation, 0, len(list))
	for _, o := range list {
		operations = append(operations, operation{
			ID: o.ID, Kind: o.Kind, Branch: o.Branch, Remote: o.Remote,
			Began: o.Began, Ended: o.Ended, State: o.State, Message: shown.Text(o.Message),
		})
	}
	return operations, nil
}

func syncResults(list []gitsync.Result) []ext.SyncResult {
	results := make([]ext.SyncResult, 0, len(list))
	for _, r := range list {
		results = append(results, syncResult(r))
	}
	return results
}

// syncResult is a result for editors and scripts: what a remote or a repository
// says in it is as it may be shown.
func syncResult(r gitsync.Result) ext.SyncResult {
	result := ext.SyncResult{
		State: string(r.State), Branch: r.Branch, Ahead: r.Ahead, Behind: r.Behind,
		Pulled: r.Pulled, Pushed: r.Pushed, Merged: r.Merged,
		Conflicts: []ext.SyncConflict{}, Operation: r.Operation, Message: shown.Text(r.Message),
	}
	if c := r.Comments; c != nil {
		result.Comments = &ext.SyncComments{Received: c.Received, Sent: c.Sent, Problem: shown.Text(c.Problem)}
	}
	for _, c := range r.Conflicts {
		result.Conflicts = append(result.Conflicts, ext.SyncConflict{Path: c.Path, Kind: c.Kind})
	}
	if !r.LastSync.IsZero() {
		result.LastSync = r.LastSync.UTC().Format(time.RFC3339)
	}
	return result
}
