package workspace

import (
	"reflect"
	"testing"
	"time"

	"github.com/airside-ls/airside/gitsync"
	"github.com/airside-ls/airside/lsp/ext"
)

// TestSyncResult: nothing is lost on the way to scripts and clients, and lists
// are never null.
func TestSyncResult(t *testing.T) {
	got := SyncResults(gitsync.Result{
		State: gitsync.Conflicted, Branch: "b", Ahead: 1, Behind: 2, Pulled: 3, Pushed: 4, Merged: true,
		Conflicts: []gitsync.Conflict{{Path: "p", Kind: "k"}}, Operation: "o", Message: "m",
		LastSync: time.Date(2026, 11, 24, 13, 0, 0, 0, time.FixedZone("", 3600)),
		Comments: &gitsync.CommentsResult{Received: 5, Sent: 6, Problem: "p"},
	})[0]
	want := ext.SyncResult{
		State: "CONFLICT", Branch: "b", Ahead: 1, Behind: 2, Pulled: 3, Pushed: 4, Merged: true,
		Conflicts: []ext.SyncConflict{{Path: "p", Kind: "k"}}, Operation: "o", Message: "m", LastSync: "2026-11-24T12:00:00Z",
		Comments: &ext.SyncComments{Received: 5, Sent: 6, Problem: "p"},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if empty := SyncResults(gitsync.Result{})[0]; empty.Conflicts == nil || empty.LastSync != "" {
		t.Errorf("%+v", empty)
	}
}

// TestSyncResultsDoNotLie: editors show what airside.sync.now returns.
func TestSyncResultsDoNotLie(t *testing.T) {
	const said = "../x\x1b[31m\u202e\u200b\u3164: gone\a"
	got := SyncResults(gitsync.Result{Message: said, Comments: &gitsync.CommentsResult{Problem: said}})[0]
	if want := "../x: gone"; got.Message != want || got.Comments.Problem != want {
		t.Errorf("%q, %q", got.Message, got.Comments.Problem)
	}
}
