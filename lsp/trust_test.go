package lsp_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/airside-ls/airside/gitsync/consent"
	"github.com/airside-ls/airside/lsp"
	"github.com/airside-ls/airside/lsp/lsptest"
	"github.com/airside-ls/airside/lsp/reviewing"
	"github.com/airside-ls/airside/lsp/workspace"
)

// trustSession is an editor with one folder that has a repository, and a server
// that keeps the user's word in a folder of its own.
type trustSession struct {
	*lsptest.Editor
	engine *lsptest.Engine
	dir    string
	book   *consent.Book

	opened chan string // "repository", "files"
}

func newTrustSession(t *testing.T, client lsptest.Options, prepare func(*trustSession)) *trustSession {
	s := &trustSession{engine: lsptest.NewEngine(t), dir: t.TempDir(), book: consent.Open(t.TempDir(), nil), opened: make(chan string, 100)}
	if err := os.Mkdir(filepath.Join(s.dir, ".git"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(s.dir, "a.go"), []byte("package a\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if prepare != nil {
		prepare(s)
	}
	changes := &changesFake{root: s.dir}
	server := lsp.New(lsp.Options{
		Engine: s.engine,
		Workspace: workspace.Options{
			Trust: s.book,
			OpenRepository: func(string, workspace.SyncSettings, workspace.SyncHooks) (workspace.Syncer, error) {
				s.opened <- "repository"
				return lsptest.NewSyncer(t, s.dir, false), nil
			},
			Files: func(string) func(context.Context) ([]string, bool, error) {
				s.opened <- "files"
				return func(context.Context) ([]string, bool, error) { return nil, false, nil }
			},
		},
		Review: reviewing.Options{Reviewer: lsptest.NewReviewer(t), Changes: changes, StateDir: t.TempDir()},
	})
	served := make(chan error, 1)
	clientEnd, serverEnd := lsptest.Pipe()
	go func() { served <- server.Serve(context.Background(), serverEnd) }()
	client.Folders, client.Status = []string{s.dir}, true
	s.Editor = lsptest.Start(t, clientEnd, client)
	s.Initialize()
	t.Cleanup(func() {
		s.Shutdown()
		s.Exit()
		<-served
	})
	return s
}

func (s *trustSession) command(name string, argument any) (json.RawMessage, error) {
	result, err := s.Request("workspace/executeCommand", map[string]any{"command": name, "arguments": []any{argument}}).Wait()
	if err != nil {
		return nil, err
	}
	return result, nil
}

// TestUntrustedMeansCompletions: whatever is asked for, no repository is opened
// and nothing learned where nobody trusts the folder; and then everything is.
func TestUntrustedMeansCompletions(t *testing.T) {
	for name, test := range map[string]struct {
		client  lsptest.Options
		prepare func(*trustSession)
		grant   func(*trustSession) // nil: it is trusted from the start
		says    string
	}{
		"the client says so": {
			client: lsptest.Options{Untrusted: true},
			grant:  func(s *trustSession) { s.Notify("airside/trust", map[string]any{"trusted": true}) },
			says:   "the editor says",
		},
		"the client goes before what was kept": {
			client:  lsptest.Options{Untrusted: true},
			prepare: func(s *trustSession) { s.book.Trust(s.dir) },
			grant:   func(s *trustSession) { s.Notify("airside/trust", map[string]any{"trusted": true}) },
			says:    "the editor says",
		},
		"nobody has said anything": {
			client: lsptest.Options{Silent: true},
			grant: func(s *trustSession) {
				s.Notify("airside/trust", map[string]any{"trusted": true, "uri": lsptest.FileURI(s.dir)})
			},
			says: "airside trust",
		},
		"opting in trusts": {
			client: lsptest.Options{Silent: true},
			grant: func(s *trustSession) {
				s.Request("workspace/executeCommand", map[string]any{"command": "airside.sync.enable", "arguments": []any{map[string]any{}}})
			},
			says: "airside trust",
		},
		"another repository has come": {
			client: lsptest.Options{Silent: true},
			prepare: func(s *trustSession) {
				s.book.Trust(s.dir)
				git := filepath.Join(s.dir, ".git")
				os.Mkdir(git+"2", 0o755)
				os.Remove(git)
				os.Rename(git+"2", git)
			},
			grant: func(s *trustSession) {
				s.Notify("airside/trust", map[string]any{"trusted": true, "uri": lsptest.FileURI(s.dir)})
			},
			says: "airside trust",
		},
		"kept from before":  {client: lsptest.Options{Silent: true}, prepare: func(s *trustSession) { s.book.Trust(s.dir) }},
		"the client trusts": {},
	} {
		t.Run(name, func(t *testing.T) {
			s := newTrustSession(t, test.client, test.prepare)
			if test.grant != nil {
				file := lsptest.FileURI(filepath.Join(s.dir, "a.go"))
				s.Notify("textDocument/didSave", map[string]any{"textDocument": map[string]any{"uri": file}})
				for command, argument := range map[string]map[string]any{
					"airside.review":       {"scope": "worktree"},
					"airside.review#file":  {"scope": "file", "uri": file},
					"airside.sync.now":     {},
					"airside.sync.undo":    {"uri": file},
					"airside.comment.add":  {"uri": file, "body": "x", "range": map[string]any{"start": map[string]any{"line": 0, "character": 0}, "end": map[string]any{"line": 1, "character": 0}}},
					"airside.sync.disable": {"uri": lsptest.FileURI(s.dir)},
				} {
					command, _, _ = strings.Cut(command, "#")
					if _, err := s.command(command, argument); err == nil || !strings.Contains(err.Error(), test.says) {
						t.Errorf("%s: %v", command, err)
					}
				}
				if list, err := s.command("airside.comment.list", map[string]any{}); err != nil || !strings.Contains(string(list), `"threads":[]`) {
					t.Errorf("comments: %s, %v", list, err)
				}
				if len(s.opened) > 0 || len(s.engine.Workspaces()) > 0 {
					t.Fatalf("opened: %d, learned: %v", len(s.opened), s.engine.Workspaces())
				}
				test.grant(s)
			}
			for want := map[string]bool{"files": true, "repository": true}; len(want) > 0; {
				select {
				case what := <-s.opened:
					delete(want, what)
				case <-time.After(lsptest.Patience):
					t.Fatalf("waited in vain for %v", want)
				}
			}
		})
	}
}
