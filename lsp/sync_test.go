package lsp_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/airside-ls/airside/completion"
	"github.com/airside-ls/airside/gitsync"
	"github.com/airside-ls/airside/lsp"
	"github.com/airside-ls/airside/lsp/ext"
	"github.com/airside-ls/airside/lsp/lsptest"
	"github.com/airside-ls/airside/lsp/workspace"
)

// syncSession is an editor with folders, each with a repository or without.
type syncSession struct {
	*lsptest.Editor
	t       *testing.T
	server  *lsp.Server
	engine  *lsptest.Engine
	syncers map[string]*lsptest.Syncer // by folder
	served  chan error
	ended   bool
}

func newSyncSession(t *testing.T, client lsptest.Options, syncers ...*lsptest.Syncer) *syncSession {
	s := &syncSession{t: t, engine: lsptest.NewEngine(t), syncers: map[string]*lsptest.Syncer{}, served: make(chan error, 1)}
	for _, syncer := range syncers {
		s.syncers[syncer.WorkDir()] = syncer
		if client.Folders == nil || !slices.Contains(client.Folders, syncer.WorkDir()) {
			client.Folders = append(client.Folders, syncer.WorkDir())
		}
	}
	s.server = lsp.New(lsp.Options{Engine: s.engine, Workspace: workspace.Options{OpenRepository: s.open}})
	s.server.SetSync(workspace.SyncSettings{Enabled: true, Branches: "main feature/*"})
	clientEnd, serverEnd := lsptest.Pipe()
	go func() { s.served <- s.server.Serve(context.Background(), serverEnd) }()
	s.Editor = lsptest.Start(t, clientEnd, client)
	s.Initialize()
	t.Cleanup(s.end)
	return s
}

func (s *syncSession) open(folder string, _ workspace.SyncSettings, hooks workspace.SyncHooks) (workspace.Syncer, error) {
	for dir, syncer := range s.syncers {
		if folder == dir || strings.HasPrefix(folder, dir+"/") {
			syncer.OpenDirty, syncer.Progress = hooks.OpenDirty, hooks.Progress
			return syncer, nil
		}
	}
	return nil, errors.New("no repository")
}

// end shuts the server down.
func (s *syncSession) end() {
	if s.ended {
		return
	}
	s.ended = true
	s.Shutdown()
	s.Exit()
	select {
	case err := <-s.served:
		if err != nil {
			s.t.Errorf("Serve: %v", err)
		}
	case <-time.After(lsptest.Patience):
		s.t.Error("Serve does not return after exit")
	}
	s.CheckAnswered()
}

// status waits for the next status and returns its part about sync.
func (s *syncSession) status() ext.SyncStatus {
	s.t.Helper()
	var status ext.StatusParams
	if err := json.Unmarshal(s.Await("airside/status").Params, &status); err != nil {
		s.t.Fatal(err)
	}
	return status.Sync
}

func (s *syncSession) command(command string, argument any) *lsptest.Call {
	params := map[string]any{"command": command}
	if argument != nil {
		params["arguments"] = []any{argument}
	}
	return s.Request("workspace/executeCommand", params)
}

// barrier waits until the server has taken in everything sent so far.
func (s *syncSession) barrier() {
	s.t.Helper()
	if _, err := s.command("airside.why", nil).Wait(); err != nil {
		s.t.Fatal(err)
	}
}

func result(state gitsync.State, branch string) gitsync.Result {
	return gitsync.Result{State: state, Branch: branch}
}

// TestSyncStatus: each change is told once, that which needs the user first, and
// none of it is a popup.
func TestSyncStatus(t *testing.T) {
	syncer := lsptest.NewSyncer(t, t.TempDir(), true)
	offline := result("OFFLINE", "main")
	offline.Ahead, offline.LastSync = 2, time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)
	syncer.SetKnown(offline)
	s := newSyncSession(t, lsptest.Options{Status: true}, syncer)
	syncer.Watching()
	if got := s.status(); got.State != "disabled" { // completions come first
		t.Errorf("at first %+v", got)
	}
	want := ext.SyncStatus{State: "OFFLINE", Branch: "main", Ahead: 2, LastSync: "2026-11-24T09:00:00Z"}
	if got := s.status(); got != want {
		t.Errorf("known from before: %+v, want %+v", got, want)
	}
	syncer.Emit(offline)
	syncer.Emit(result("IDLE", "main"), result("IDLE", "side"))
	if got := s.status(); got != (ext.SyncStatus{State: "IDLE", Branch: "main"}) {
		t.Errorf("idle: %+v", got)
	}
	conflict := result("CONFLICT", "side")
	conflict.Conflicts, conflict.Message = []gitsync.Conflict{{Path: "a"}, {Path: "b"}}, "2 files need you"
	syncer.Emit(result("OFFLINE", "main"), conflict)
	if got := s.status(); got != (ext.SyncStatus{State: "CONFLICT", Branch: "side", Conflicts: 2, Message: "2 files need you"}) {
		t.Errorf("conflict: %+v", got)
	}
	s.barrier()
	if n := s.Received("airside/status") + s.Received("window/showMessage") + s.Received("window/logMessage"); n > 0 {
		t.Errorf("%d messages too many", n)
	}
	s.server.SetSync(workspace.SyncSettings{Enabled: false})
	if got := s.status(); got.State != "disabled" {
		t.Errorf("switched off: %+v", got)
	}
	syncer.Ended()
	s.engine.SetStatus(completion.Status{State: completion.Ready})
	if got := s.status(); got.State != "disabled" {
		t.Errorf("with completions: %+v", got)
	}
}

// TestSyncFolders: each repository is watched once, others are passed over, and
// folders come and go.
func TestSyncFolders(t *testing.T) {
	root := t.TempDir()
	one, two := lsptest.NewSyncer(t, root+"/one", true), lsptest.NewSyncer(t, root+"/two", true)
	s := newSyncSession(t, lsptest.Options{Status: true, Folders: []string{root + "/none", root + "/one/below", root + "/one"}}, one)
	one.Watching()
	s.syncers[root+"/two"] = two
	s.ChangeFolders([]string{root + "/two"}, nil)
	two.Watching()
	s.ChangeFolders(nil, []string{root + "/one/below"})
	s.ChangeFolders(nil, []string{root + "/one"}) // the last of two in the same repository
	one.Ended()
	s.end()
	two.Ended()
	if n := s.Received("window/logMessage") + s.Received("window/showMessage"); n > 0 {
		t.Errorf("%d messages", n)
	}
}

// TestSyncWithoutRepository: nothing is said, and commands say what is missing.
func TestSyncWithoutRepository(t *testing.T) {
	s := newSyncSession(t, lsptest.Options{Folders: []string{t.TempDir()}})
	if _, err := s.command("airside.sync.now", nil).Wait(); err == nil || !strings.Contains(err.Message, "no folder of this workspace") {
		t.Errorf("now: %v", err)
	}
	if _, err := s.command("airside.sync.now", 7).Wait(); err == nil || err.Code != -32602 {
		t.Errorf("a number: %v", err)
	}
	if n := s.Received("window/logMessage") + s.Received("window/showMessage"); n > 0 {
		t.Errorf("%d messages", n)
	}
}

// TestSyncNow: the contract's object, the status at once, a line in the log, and
// the files that the editor shows an old text of.
func TestSyncNow(t *testing.T) {
	dir := t.TempDir()
	syncer := lsptest.NewSyncer(t, dir, true)
	s := newSyncSession(t, lsptest.Options{Status: true}, syncer)
	syncer.Watching()
	s.status()
	uris := map[string]string{}
	for _, name := range []string{"pulled.go", "dirty.go", "same.go"} {
		path := filepath.Join(dir, name)
		writeFile(t, path, "old\n")
		uris[name] = lsptest.FileURI(path)
		s.Open(uris[name], "go", "old\n")
	}
	s.ChangeAll(uris["dirty.go"], "mine\n")
	call := s.command("airside.sync.now", map[string]any{"uri": uris["same.go"]})
	ask := syncer.Next()
	if ask.What != "round []" {
		t.Errorf("asked %s", ask.What)
	}
	if dirty := syncer.OpenDirty(); !slices.Equal(dirty, []string{filepath.Join(dir, "dirty.go")}) {
		t.Errorf("dirty: %v", dirty)
	}
	writeFile(t, filepath.Join(dir, "pulled.go"), "new\n")
	pulled := result("IDLE", "main")
	pulled.Pulled, pulled.Operation, pulled.Message = 3, "7", "3 commits came in"
	ask.Answer(nil, pulled, result("IDLE", "side"))
	got, err := call.Wait()
	const want = `{"state":"IDLE","branch":"main","ahead":0,"behind":0,"pulled":3,"pushed":0,"merged":false,"conflicts":[],` +
		`"operation":"7","message":"3 commits came in","last_sync":"","branches":[{"state":"IDLE","branch":"side","ahead":0,` +
		`"behind":0,"pulled":0,"pushed":0,"merged":false,"conflicts":[],"operation":"","message":"","last_sync":""}]}`
	if err != nil || string(got) != want {
		t.Errorf("now: %s, %v", got, err)
	}
	if got := s.status(); got.State != "IDLE" || got.Message != "3 commits came in" {
		t.Errorf("status %+v", got)
	}
	if got := string(s.Await("airside/filesChanged").Params); got != `{"uris":["`+uris["pulled.go"]+`"]}` {
		t.Errorf("changed %s", got)
	}
	for _, want := range []string{"sync: main: 3 commits came in", "sync: changed on the disk: pulled.go"} {
		if got := string(s.Await("window/logMessage").Params); !strings.Contains(got, want) || !strings.Contains(got, `"type":3`) {
			t.Errorf("log %s, want %s", got, want)
		}
	}
}

// TestSyncCommands: each reaches the syncer, and tells the user only what it was
// asked for and could not do.
func TestSyncCommands(t *testing.T) {
	syncer := lsptest.NewSyncer(t, t.TempDir(), false)
	s := newSyncSession(t, lsptest.Options{Status: true, Words: map[string]string{"airside sync enable": "the button"}}, syncer)
	s.status()
	if _, err := s.command("airside.sync.now", nil).Wait(); err == nil || !strings.Contains(err.Message, "; the button opts it in") {
		t.Errorf("not opted in: %v", err)
	}
	steps := []struct {
		command  string
		argument any
		asks     string
		answer   gitsync.Result
		err      error
		message  bool   // a popup
		fails    string // the response is an error
	}{
		{"enable", nil, "enable [main feature/*]", gitsync.Result{}, errors.New("the disk is full"), false, "the disk is full"},
		{"enable", map[string]any{"branches": []string{"x"}}, "enable [x]", gitsync.Result{}, nil, false, ""},
		{"now", map[string]any{"branch": "b"}, "round [b]", result("OFFLINE", "b"), nil, false, ""},
		{"now", map[string]any{"branches": []string{"a", "b"}}, "round [a b]", result("CONFLICT", "b"), nil, false, ""},
		{"now", nil, "round []", result("AUTH", "main"), nil, true, ""},
		{"undo", nil, "undo ", result("IDLE", "main"), nil, false, ""},
		{"undo", map[string]any{"operation": "7"}, "undo 7", gitsync.Result{}, errors.New("no operation 7"), false, "no operation 7"},
		{"resolve", map[string]any{"branch": "b", "proposal": true}, "take the proposal for b", result("IDLE", "b"), nil, false, ""},
		{"resolve", map[string]any{"branch": "b"}, "resolve b", result("BUSY", "b"), nil, true, ""},
		{"disable", nil, "disable", gitsync.Result{}, nil, false, ""},
	}
	for _, step := range steps {
		call := s.command("airside.sync."+step.command, step.argument)
		ask := syncer.Next()
		if ask.What != step.asks {
			t.Errorf("%s: asked %q, want %q", step.command, ask.What, step.asks)
		}
		ask.Answer(step.err, step.answer)
		_, err := call.Wait()
		if (err == nil) != (step.fails == "") || err != nil && err.Message != step.fails {
			t.Errorf("%s: %v", step.asks, err)
		}
		if step.message {
			s.Await("window/showMessage")
		}
		if step.asks == "enable [x]" {
			syncer.Watching()
		}
	}
	syncer.Ended()
	if n := s.Received("window/showMessage"); n > 0 {
		t.Errorf("%d popups too many", n)
	}
}

// TestSyncProgress: on the client's token at once, else where the client is
// asked to show it, and only when there is something to show.
func TestSyncProgress(t *testing.T) {
	syncer := lsptest.NewSyncer(t, t.TempDir(), true)
	s := newSyncSession(t, lsptest.Options{Progress: true}, syncer)
	syncer.Watching()
	syncer.Progress("in the background")
	call := s.Request("workspace/executeCommand", map[string]any{"command": "airside.sync.now", "workDoneToken": "mine"})
	ask := syncer.Next()
	syncer.Progress("receiving 50%")
	ask.Answer(nil, gitsync.Result{Message: "done"})
	call.Wait()
	for _, want := range []string{
		`{"token":"mine","value":{"kind":"begin","title":"Syncing","cancellable":true}}`,
		`{"token":"mine","value":{"kind":"report","message":"receiving 50%"}}`,
		`{"token":"mine","value":{"kind":"end","message":"done"}}`,
	} {
		if got := string(s.Await("$/progress").Params); got != want {
			t.Errorf("progress %s, want %s", got, want)
		}
	}

	call = s.command("airside.sync.now", nil)
	ask = syncer.Next()
	syncer.Progress("receiving")
	s.Await("window/workDoneProgress/create")
	if got := string(s.Await("$/progress").Params); got != `{"token":"airside/1","value":{"kind":"begin","title":"Syncing","cancellable":true,"message":"receiving"}}` {
		t.Errorf("progress %s", got)
	}
	s.Notify("window/workDoneProgress/cancel", map[string]any{"token": "airside/1"})
	<-ask.Ctx.Done()
	if _, err := call.Wait(); err == nil || err.Code != -32800 {
		t.Errorf("cancelled: %v", err)
	}
	s.Await("$/progress")

	// Two at a time: each has its own, until its end.
	request := func(token string) *lsptest.Call {
		return s.Request("workspace/executeCommand", map[string]any{"command": "airside.sync.now", "workDoneToken": token})
	}
	progress := func(want string) {
		t.Helper()
		if got := string(s.Await("$/progress").Params); got != want {
			t.Errorf("progress %s, want %s", got, want)
		}
	}
	first := request("first")
	firstAsk := syncer.Next()
	s.Await("$/progress")
	second := request("second")
	secondAsk := syncer.Next()
	s.Await("$/progress")
	syncer.Progress("waiting for airside in Neovim")
	progress(`{"token":"first","value":{"kind":"report","message":"waiting for airside in Neovim"}}`)
	progress(`{"token":"second","value":{"kind":"report","message":"waiting for airside in Neovim"}}`)
	firstAsk.Answer(nil, gitsync.Result{})
	first.Wait()
	s.Await("$/progress")
	syncer.Progress("receiving")
	progress(`{"token":"second","value":{"kind":"report","message":"receiving"}}`)
	secondAsk.Answer(nil, gitsync.Result{})
	second.Wait()
	s.Await("$/progress")

	call = s.command("airside.sync.now", nil) // nothing to tell, and cancelled the other way
	ask = syncer.Next()
	s.Cancel(call)
	<-ask.Ctx.Done()
	if _, err := call.Wait(); err == nil || err.Code != -32800 {
		t.Errorf("cancelled: %v", err)
	}
	s.barrier()
	if n := s.Received("$/progress") + s.Received("window/workDoneProgress/create"); n > 0 {
		t.Errorf("%d messages too many", n)
	}
}

// TestSyncSavePokes: a saved file has a repository looked at that waits for open
// changes, and one that saves all the time does not ask the remote all the time.
func TestSyncSavePokes(t *testing.T) {
	syncer := lsptest.NewSyncer(t, t.TempDir(), true)
	s := newSyncSession(t, lsptest.Options{}, syncer)
	syncer.Watching()
	file := lsptest.FileURI(syncer.WorkDir() + "/a.go")
	s.Save(file)
	s.barrier()
	if n := syncer.Pokes(); n > 0 {
		t.Errorf("%d pokes although nothing waits", n)
	}
	syncer.Emit(result("BUSY", "main"))
	for range 5 {
		s.Save(file)
	}
	s.barrier()
	if n := syncer.Pokes(); n != 1 {
		t.Errorf("%d pokes of 5 saves, want 1", n)
	}
}

// TestSyncShutdown: a round in progress ends with the server.
func TestSyncShutdown(t *testing.T) {
	syncer := lsptest.NewSyncer(t, t.TempDir(), true)
	s := newSyncSession(t, lsptest.Options{}, syncer)
	syncer.Watching()
	call := s.command("airside.sync.now", nil)
	ask := syncer.Next()
	s.end()
	<-ask.Ctx.Done()
	call.Wait()
	syncer.Ended()
}

// TestOpenDirty: a document is dirty if the file says something else, not if it
// says the same in other bytes.
func TestOpenDirty(t *testing.T) {
	tests := []struct {
		name, disk, open string // disk "-": no file
		dirty            bool
	}{
		{"same", "a\n", "a\n", false},
		{"typed", "a\n", "ab\n", true},
		{"CRLF shown as LF", "a\r\nb\r\n", "a\nb\n", false},
		{"no end of the last line", "a", "a\n", false},
		{"a line more", "a\n", "a\n\n", true},
		{"byte order mark", "\uFEFFa\n", "a\n", false},
		{"UTF-16", "\xff\xfea\x00\n\x00", "a\n", false},
		{"UTF-16, big", "\xfe\xff\x00a\x00\n", "b\n", true},
		{"Latin-1", "gr\xfc\xdfe\n", "grüße\n", false},
		{"bad UTF-8", "a\xffb\n", "a\uFFFDb\n", false},
		{"Latin-1, typed", "gr\xfc\xdfe\n", "grüße!\n", true},
		{"new and empty", "-", "", false},
		{"new", "-", "a", true},
	}
	dir := t.TempDir()
	syncer := lsptest.NewSyncer(t, dir, true)
	s := newSyncSession(t, lsptest.Options{}, syncer)
	syncer.Watching()
	var want []string
	for _, test := range tests {
		path := filepath.Join(dir, test.name)
		if test.disk != "-" {
			writeFile(t, path, test.disk)
		}
		if test.dirty {
			want = append(want, path)
		}
		s.Open(lsptest.FileURI(path), "text", test.open)
	}
	s.Open("untitled:1", "text", "unsaved")
	s.Open(lsptest.FileURI(t.TempDir()+"/elsewhere"), "text", "unsaved")
	s.barrier()
	slices.Sort(want)
	if got := syncer.OpenDirty(); !slices.Equal(got, want) {
		t.Errorf("dirty:\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// TestOpenDirtyThroughLinks: the editor's name for a file is not git's.
func TestOpenDirtyThroughLinks(t *testing.T) {
	dir := t.TempDir()
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(dir, link); err != nil {
		t.Skip(err)
	}
	syncer := lsptest.NewSyncer(t, dir, true)
	s := newSyncSession(t, lsptest.Options{}, syncer)
	syncer.Watching()
	s.Open(lsptest.FileURI(link+"/a"), "text", "unsaved")
	s.barrier()
	if got := syncer.OpenDirty(); len(got) != 1 {
		t.Errorf("dirty: %v", got)
	}
}

func writeFile(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
