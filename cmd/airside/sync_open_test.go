package main

import (
	"testing"

	"github.com/airside-ls/airside/gitsync"
	"github.com/airside-ls/airside/lsp/workspace"
)

// TestExitOf: the names of states are gitsync's.
func TestExitOf(t *testing.T) {
	for state, want := range map[gitsync.State]int{
		gitsync.Idle: 0, gitsync.Offline: 0, gitsync.Portal: 0,
		gitsync.Backoff: 1, gitsync.Auth: 1, gitsync.Rejected: 1, gitsync.Rewound: 1, gitsync.Busy: 1,
		gitsync.Conflicted: 3,
	} {
		if got := exitOf(workspace.SyncResults(gitsync.Result{State: gitsync.Idle}, gitsync.Result{State: state})); got != want {
			t.Errorf("%s: %d, want %d", state, got, want)
		}
	}
}
