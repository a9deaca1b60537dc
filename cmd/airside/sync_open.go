package main

import (
	"errors"
	"log/slog"
	"os/exec"

	"github.com/airside-ls/airside/lsp"
)

// openRepository opens the repository that path lies in with gitsync.
func openRepository(path string, environ []string, s lsp.SyncSettings, h lsp.SyncHooks, log *slog.Logger) (repositorySyncer, error) {
	return nil, errors.New("this build does not sync")
}

// program is where a program is, "" if it is nowhere.
func program(name string) string {
	path, err := exec.LookPath(name)
	if err != nil {
		return ""
	}
	return path
}
