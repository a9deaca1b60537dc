package workspace

import (
	"slices"

	"github.com/airside-ls/airside/completion/shown"
	"github.com/airside-ls/airside/lsp/ext"
)

// urgency sorts the states of gitsync by how much they need the user. Those
// that pass by themselves come after those that wait; what is not named here
// needs nobody.
var urgency = []string{"CONFLICT", "REJECTED", "AUTH", "REWOUND", "BUSY", "BACKOFF", "PORTAL", "OFFLINE"}

// needsUser tells whether nothing happens until the user does something.
func needsUser(state string) bool {
	i := slices.Index(urgency, state)
	return i >= 0 && i <= slices.Index(urgency, "BUSY")
}

// tellSync tells a client that wants it how sync stands: when it is its turn to be
// told, or who looked first might speak last.
func (w *Workspace) tellSync() {
	w.client.Status(func(told *ext.StatusParams) { told.Sync = w.syncStatus() })
}

// syncStatus is one line for all repositories and branches: that which needs
// the user most, else the first repository's current branch. Conflicts count
// all of them.
func (w *Workspace) syncStatus() ext.SyncStatus {
	var worst *ext.SyncResult
	rank := func(state string) int {
		if i := slices.Index(urgency, state); i >= 0 {
			return i
		}
		return len(urgency)
	}
	conflicts := 0
	for _, r := range w.repositories() {
		for _, result := range r.standing() {
			conflicts += len(result.Conflicts)
			if worst == nil || rank(result.State) < rank(worst.State) {
				worst = &result
			}
		}
	}
	if worst == nil {
		return ext.SyncStatus{State: "disabled", Message: shown.Text(w.whyRefused())}
	}
	unseen, new := w.unseen(), 0
	for _, a := range unseen {
		new += len(a.Commits)
	}
	return ext.SyncStatus{
		New: new, News: newsWords(unseen),
		State: worst.State, Branch: worst.Branch, Ahead: worst.Ahead, Behind: worst.Behind,
		Conflicts: conflicts, LastSync: worst.LastSync, Message: shown.Text(worst.Message),
	}
}
