package workspace

import (
	"log/slog"
	"testing"
	"time"

	"go.lsp.dev/protocol"
	"go.lsp.dev/uri"

	"github.com/airside-ls/airside/lsp/annotate"
	"github.com/airside-ls/airside/lsp/ext"
	"github.com/airside-ls/airside/lsp/lsptest"
)

// TestFoldersAndTrust: repositories come and go with the folders, and with whom the
// client trusts.
func TestFoldersAndTrust(t *testing.T) {
	log := slog.New(slog.DiscardHandler)
	room := lsptest.NewRoom(t)
	room.Can.Status = true
	w := New(room, room, annotate.NewBoard(room, room, log), lsptest.NewEngine(t), log, Options{
		OpenRepository: func(folder string, _ SyncSettings, _ SyncHooks) (Syncer, error) {
			return lsptest.NewSyncer(t, folder, false), nil
		},
	})
	first, second := t.TempDir(), t.TempDir()
	folder := func(path string) protocol.WorkspaceFolder { return protocol.WorkspaceFolder{URI: uri.File(path)} }
	w.Initialize(t.Context(), t.Context(), &protocol.InitializeParams{
		WorkspaceFoldersInitializeParams: protocol.WorkspaceFoldersInitializeParams{WorkspaceFolders: protocol.NewNullable([]protocol.WorkspaceFolder{folder(first)})},
		InitializationOptions:            protocol.LSPAny(`{"trusted":false}`),
	})
	w.Start()
	defer w.Await()
	defer w.Stop()
	if list := w.openRepositories(t.Context()); len(list) != 0 || w.Trusts(first) == nil {
		t.Fatalf("%d repositories of a folder that is not trusted", len(list))
	}
	eventually := func(what string, is func() bool) {
		t.Helper()
		for deadline := time.Now().Add(10 * time.Second); !is(); time.Sleep(time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("not %s", what)
			}
		}
	}
	eventually("told of trust", func() bool { return room.Shown().Trust.Folder == first })
	yes := true
	if err := w.TrustChanged(&ext.TrustParams{Trusted: &yes}); err != nil {
		t.Fatal(err)
	}
	holds := func(folder string) {
		t.Helper()
		eventually("the repository of "+folder+" alone", func() bool {
			list := w.repositories()
			return len(list) == 1 && list[0].workDir == folder
		})
	}
	holds(first)
	err := w.FoldersChanged(&protocol.DidChangeWorkspaceFoldersParams{Event: protocol.WorkspaceFoldersChangeEvent{
		Added: []protocol.WorkspaceFolder{folder(second)}, Removed: []protocol.WorkspaceFolder{folder(first)},
	}})
	if err != nil {
		t.Fatal(err)
	}
	holds(second)
	if got := w.Folders(); len(got) != 1 || got[0] != second || w.Folder() != second {
		t.Errorf("folders: %q", got)
	}
	if shown := room.Shown(); shown.Sync.State != "disabled" {
		t.Errorf("status %+v", shown)
	}
}
