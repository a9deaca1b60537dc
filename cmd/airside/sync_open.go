package main

import (
	"log/slog"
	"os/exec"

	"github.com/airside-ls/airside/gitsync"
	"github.com/airside-ls/airside/gitsync/repo"
	"github.com/airside-ls/airside/lsp/workspace"
)

// openRepository opens the repository that path lies in with gitsync.
func openRepository(path string, environ []string, s workspace.SyncSettings, h workspace.SyncHooks, log *slog.Logger) (repositorySyncer, error) {
	return gitsync.Open(path, gitsync.Options{
		Repo:            repo.Options{Git: program("git"), SSH: program("ssh"), Environ: environ, Log: log, Terminal: h.Terminal, Life: h.Life, Patience: s.HookPatience},
		Consent:         consentBook(environ),
		Interval:        s.Interval,
		Progress:        h.Progress,
		Name:            h.Name,
		Wait:            h.Wait,
		Log:             log,
		OpenDirty:       h.OpenDirty,
		ApplySecondLook: s.ApplyStructured,
	})
}

// program is where a program is, "" if it is nowhere.
func program(name string) string {
	path, err := exec.LookPath(name)
	if err != nil {
		return ""
	}
	return path
}
