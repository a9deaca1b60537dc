package workspace

import (
	"context"
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

// lateRoom is a machine so busy that nothing in the background has begun yet.
type lateRoom struct {
	*lsptest.Room
	late []func(context.Context) error
}

func (r *lateRoom) Background(f func(context.Context) error) { r.late = append(r.late, f) }

// TestTrustBeforeTheFirstLook: what the client says right after it has begun counts,
// also where it is said before the folders were looked up the first time.
func TestTrustBeforeTheFirstLook(t *testing.T) {
	log := slog.New(slog.DiscardHandler)
	room := &lateRoom{Room: lsptest.NewRoom(t)}
	learned := make(chan string, 10)
	w := New(room, room, annotate.NewBoard(room, room, log), lsptest.NewEngine(t), log, Options{
		Files: func(folder string) func(context.Context) ([]string, bool, error) {
			learned <- folder
			return func(context.Context) ([]string, bool, error) { return nil, false, nil }
		},
	})
	folder := t.TempDir()
	w.Initialize(t.Context(), t.Context(), &protocol.InitializeParams{
		WorkspaceFoldersInitializeParams: protocol.WorkspaceFoldersInitializeParams{
			WorkspaceFolders: protocol.NewNullable([]protocol.WorkspaceFolder{{URI: uri.File(folder)}}),
		},
		InitializationOptions: protocol.LSPAny(`{"trusted":false}`),
	})
	w.Start()
	if len(learned) > 0 {
		t.Fatal("learned before it was trusted")
	}
	yes := true
	if err := w.TrustChanged(&ext.TrustParams{Trusted: &yes}); err != nil {
		t.Fatal(err)
	}
	w.reviewTrust() // as the one in the background would
	if len(learned) != 1 {
		t.Errorf("learned %d times, want once", len(learned))
	}
}
