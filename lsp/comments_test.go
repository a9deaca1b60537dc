package lsp_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/airside-ls/airside/lsp"
	"github.com/airside-ls/airside/lsp/ext"
	"github.com/airside-ls/airside/lsp/lsptest"
	"github.com/airside-ls/airside/lsp/workspace"
)

// commentStore keeps threads in memory. A thread's place is where its quote
// stands in the text of today.
type commentStore struct {
	dir string

	mu      sync.Mutex
	threads []workspace.Thread
	said    []string
	stamp   int
}

func (f *commentStore) WriteOwn(name string, data []byte) (string, error) {
	path := filepath.Join(f.dir, ".state", filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return path, err
	}
	return path, os.WriteFile(path, data, 0o600)
}

func (f *commentStore) Stamp() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return fmt.Sprint(f.stamp)
}

func (f *commentStore) Threads(_ context.Context, open func(string) (string, bool), only func(string) bool) (workspace.Threads, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	list := workspace.Threads{Skipped: []string{"of 00: nothing"}}
	for _, t := range f.threads {
		if only != nil && !only(t.ID) {
			continue
		}
		text, ok := "", false
		if open != nil {
			text, ok = open(t.Path)
		}
		if !ok {
			data, _ := os.ReadFile(filepath.Join(f.dir, t.Path))
			text = string(data)
		}
		before, _, found := strings.Cut(text, t.Quote)
		t.StartLine = 1 + strings.Count(before, "\n")
		t.EndLine = t.StartLine + strings.Count(t.Quote, "\n")
		if t.Outdated = !found; t.Outdated {
			t.StartLine, t.EndLine = 1, 1
		}
		list.List = append(list.List, t)
	}
	return list, nil
}

func (f *commentStore) say(format string, args ...any) {
	f.said = append(f.said, fmt.Sprintf(format, args...))
	f.stamp++
}

// arrive adds a thread as a teammate's that came with a sync.
func (f *commentStore) arrive(path, quote string, bodies ...string) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.stamp++
	t := workspace.Thread{ID: fmt.Sprintf("%064x", len(f.threads)+1), Path: path, Quote: quote}
	for i, body := range bodies {
		t.Comments = append(t.Comments, ext.Comment{ID: fmt.Sprintf("%s%02d", t.ID[:62], i), Author: "bob", Email: "bob@example.org", Time: "2026-11-25T12:00:00Z", Body: body, Verified: i > 0})
	}
	f.threads = append(f.threads, t)
	return t.ID
}

func (f *commentStore) Comment(_ context.Context, d workspace.CommentDraft) (ext.CommentReceipt, error) {
	lines := strings.Split(d.Text, "\n")
	id := f.arrive(d.Path, strings.Join(lines[d.StartLine-1:d.EndLine], "\n"), d.Body)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.say("comment %s:%d-%d %s", d.Path, d.StartLine, d.EndLine, d.Body)
	return ext.CommentReceipt{ID: id, Thread: id}, nil
}

func (f *commentStore) on(id string, do func(*workspace.Thread)) (ext.CommentReceipt, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i := range f.threads {
		if strings.HasPrefix(f.threads[i].ID, id) {
			do(&f.threads[i])
			return ext.CommentReceipt{ID: "r1", Thread: f.threads[i].ID, Warning: "not signed"}, nil
		}
	}
	return ext.CommentReceipt{}, errors.New("no comment here has that ID")
}

func (f *commentStore) Reply(_ context.Context, id, body string) (ext.CommentReceipt, error) {
	return f.on(id, func(t *workspace.Thread) {
		f.say("reply %s", body)
		t.Comments = append(t.Comments, ext.Comment{ID: "r1", Author: "me", Body: body, Mine: true})
	})
}

func (f *commentStore) Edit(_ context.Context, id, body string) (ext.CommentReceipt, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.say("edit %s %s", id, body)
	return ext.CommentReceipt{ID: "e1"}, nil
}

func (f *commentStore) Redact(_ context.Context, id string) (ext.CommentReceipt, error) {
	return f.on(id, func(*workspace.Thread) { f.say("redact") })
}

func (f *commentStore) Resolve(_ context.Context, id string) (ext.CommentReceipt, error) {
	return f.on(id, func(t *workspace.Thread) { f.say("resolve"); t.Resolved, t.ResolvedBy = true, "me" })
}

func (f *commentStore) Reopen(_ context.Context, id string) (ext.CommentReceipt, error) {
	return f.on(id, func(t *workspace.Thread) { f.say("reopen"); t.Resolved = false })
}

func (f *commentStore) heard() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return strings.Join(f.said, "; ")
}

type commentedSyncer struct {
	*lsptest.Syncer
	store *commentStore
}

func (c commentedSyncer) Comments() workspace.Comments { return c.store }

// commentSession is an editor in a repository that has comments.
type commentSession struct {
	*syncSession
	store  *commentStore
	syncer *lsptest.Syncer
	dir    string
}

func newCommentSession(t *testing.T, client lsptest.Options) *commentSession {
	dir := t.TempDir()
	store := &commentStore{dir: dir}
	syncer := lsptest.NewSyncer(t, dir, true)
	client.Folders = []string{dir}
	s := &syncSession{t: t, engine: lsptest.NewEngine(t), syncers: map[string]*lsptest.Syncer{dir: syncer}, served: make(chan error, 1)}
	s.server = lsp.New(lsp.Options{Engine: s.engine, Workspace: workspace.Options{OpenRepository: func(folder string, settings workspace.SyncSettings, hooks workspace.SyncHooks) (workspace.Syncer, error) {
		_, err := s.open(folder, settings, hooks)
		return commentedSyncer{syncer, store}, err
	}}})
	s.server.SetSync(workspace.SyncSettings{Enabled: true})
	clientEnd, serverEnd := lsptest.Pipe()
	go func() { s.served <- s.server.Serve(context.Background(), serverEnd) }()
	s.Editor = lsptest.Start(t, clientEnd, client)
	s.Initialize()
	t.Cleanup(s.end)
	syncer.Watching()
	return &commentSession{s, store, syncer, dir}
}

// shown waits for diagnostics and tells those of a file: their texts and what
// they are on.
func (s *commentSession) shown(u string) string {
	s.t.Helper()
	s.barrier()
	var list []string
	for _, d := range s.Diagnostics(u) {
		list = append(list, fmt.Sprintf("%d %s %s on %q: %s", d.Severity, d.Source, d.Code, s.Spanned(u, d.Range), d.Message))
	}
	return strings.Join(list, "\n")
}

func (s *commentSession) run(command string, argument any) string {
	s.t.Helper()
	result, err := s.command(command, argument).Wait()
	if err != nil {
		return "error: " + err.Message
	}
	return string(result)
}

const commented = "package x\n\nfunc é() int {\n\treturn 1\n}\n"

// TestComments: threads are diagnostics that follow the text, with actions to
// answer and to settle them.
func TestComments(t *testing.T) {
	s := newCommentSession(t, lsptest.Options{Comments: true})
	u := lsptest.FileURI(filepath.Join(s.dir, "x.go"))
	s.Open(u, "go", commented)
	s.barrier()
	id := s.store.arrive("x.go", "\treturn 1", "one?", "two, rather\nor three")
	s.syncer.Emit(result("IDLE", "main"))
	if got := string(s.Await("airside/commentsChanged").Params); !strings.Contains(got, u) {
		t.Errorf("told %s", got)
	}
	want := "3 airside comment on \"return 1\": bob (claim): one?\nbob: two, rather\nor three"
	if got := s.shown(u); got != want {
		t.Errorf("shown %s", got)
	}
	s.ChangeRange(u, lsptest.Range{Start: lsptest.Position{Line: 0}, End: lsptest.Position{Line: 0}}, "// é\n")
	if got := s.shown(u); got != want {
		t.Errorf("after an edit %s", got)
	}

	var list ext.CommentList
	if err := json.Unmarshal([]byte(s.run("airside.comment.list", map[string]any{"uri": u})), &list); err != nil {
		t.Fatal(err)
	}
	if len(list.Threads) != 1 || len(list.Skipped) != 1 || list.Threads[0].Range.Start.Line != 4 || list.Threads[0].URI != u || !list.Threads[0].Comments[1].Verified {
		t.Errorf("listed %+v", list)
	}
	if got := s.run("airside.comment.list", map[string]any{"uri": lsptest.FileURI(filepath.Join(s.dir, "y.go"))}); !strings.HasPrefix(got, `{"threads":[],`) {
		t.Errorf("another file's: %s", got)
	}
	if got := s.run("airside.comment.list", nil); !strings.Contains(got, id) {
		t.Errorf("all files': %s", got)
	}

	at := lsptest.Range{Start: lsptest.Position{Line: 4, Character: 3}, End: lsptest.Position{Line: 4, Character: 3}}
	actions := s.CodeActions(u, at)
	if len(actions) != 2 || actions[0].Title != "Reply to bob: one?" || actions[1].Title != "Resolve bob: one?" {
		t.Fatalf("actions %+v", actions)
	}
	if got := s.CodeActions(u, lsptest.Range{}); len(got) != 0 {
		t.Errorf("elsewhere %+v", got)
	}
	var command struct {
		Command   string `json:"command"`
		Arguments []any  `json:"arguments"`
	}
	if err := json.Unmarshal(actions[1].Command, &command); err != nil {
		t.Fatal(err)
	}
	if got := s.run(command.Command, command.Arguments[0]); !strings.Contains(got, id) {
		t.Errorf("resolved: %s", got)
	}
	if got := s.shown(u); got != "" {
		t.Errorf("resolved, and shown %s", got)
	}
	s.run("airside.comment.reopen", map[string]any{"thread": id})
	if got := s.shown(u); got != want {
		t.Errorf("reopened: %s", got)
	}
	// Saved with its code gone, the thread is outdated, and not lost.
	s.ChangeAll(u, "package x\n")
	s.Notify("textDocument/didSave", map[string]any{"textDocument": map[string]any{"uri": u}})
	for !strings.Contains(string(s.Await("textDocument/publishDiagnostics").Params), "outdated") {
	}
	if got := s.store.heard(); got != "resolve; reopen" {
		t.Errorf("heard %s", got)
	}
}

// TestCommentCommands: what each command says, and what it refuses.
func TestCommentCommands(t *testing.T) {
	s := newCommentSession(t, lsptest.Options{})
	u := lsptest.FileURI(filepath.Join(s.dir, "x.go"))
	s.Open(u, "go", commented)
	s.barrier()
	lines := func(start, startChar, end, endChar int) map[string]any {
		return map[string]any{"start": map[string]any{"line": start, "character": startChar}, "end": map[string]any{"line": end, "character": endChar}}
	}
	for _, c := range []struct {
		command  string
		argument any
		want     string // of the answer
		heard    string // of the store
	}{
		{"add", map[string]any{"uri": u, "range": lines(2, 0, 3, 0), "body": "hm"}, `"thread":"`, "comment x.go:3-3 hm"},
		{"add", map[string]any{"uri": u, "range": lines(2, 5, 3, 2), "body": "hm"}, `"thread":"`, "comment x.go:3-4 hm"},
		{"add", map[string]any{"uri": u, "range": lines(2, 0, 90, 0), "body": "hm"}, `"thread":"`, "comment x.go:3-6 hm"},
		{"add", map[string]any{"uri": u, "range": lines(2, 0, 3, 0)}, "error: invalid params: a comment needs a text", ""},
		{"add", map[string]any{"uri": u, "body": "hm"}, "error: invalid params: a comment needs a place", ""},
		{"add", map[string]any{"uri": u + "nope", "range": lines(2, 0, 3, 0), "body": "hm"}, "cannot be commented on", ""},
		{"add", nil, "error: invalid params", ""},
		{"reply", map[string]any{"thread": fmt.Sprintf("%064x", 1)[:63], "body": "so"}, `"warning":"not signed"`, "reply so"},
		{"reply", map[string]any{"thread": fmt.Sprintf("%064x", 1)}, "airside comments reply 00000000", ""},
		{"reply", map[string]any{"uri": u, "thread": "ffff", "body": "so"}, "error: no comment here", ""},
		{"reply", map[string]any{"body": "so"}, "error: invalid params: no thread is named", ""},
		{"edit", map[string]any{"comment": "r1", "body": "new"}, `"id":"e1"`, "edit r1 new"},
		{"edit", map[string]any{"comment": "r1"}, "error: invalid params: a comment needs a text", ""},
		{"resolve", fmt.Sprintf("%064x", 1), `"id":"r1"`, "resolve"},
		{"reopen", map[string]any{"thread": fmt.Sprintf("%064x", 1)}, `"id":"r1"`, "reopen"},
		{"redact", map[string]any{"comment": fmt.Sprintf("%064x", 1)}, `"id":"r1"`, "redact"},
		{"list", map[string]any{"uri": "file:///elsewhere/x"}, `{"threads":[],"skipped":[]}`, ""},
		{"list", 7, "error: invalid params", ""},
	} {
		s.store.mu.Lock()
		s.store.said = nil
		s.store.mu.Unlock()
		if got := s.run("airside.comment."+c.command, c.argument); !strings.Contains(got, c.want) {
			t.Errorf("%s %v: %s, want %s", c.command, c.argument, got, c.want)
		}
		if got := s.store.heard(); got != c.heard {
			t.Errorf("%s %v: heard %q, want %q", c.command, c.argument, got, c.heard)
		}
	}
}

// TestCommentReplyInFile: where the editor has no way to ask for a text, a file
// to write it in is shown; saving sends it, and changes it after that.
func TestCommentReplyInFile(t *testing.T) {
	s := newCommentSession(t, lsptest.Options{ShowsFiles: true, Comments: true})
	u := lsptest.FileURI(filepath.Join(s.dir, "x.go"))
	s.Open(u, "go", commented)
	s.barrier()
	id := s.store.arrive("x.go", "\treturn 1", "one?")
	s.run("airside.comment.reply", map[string]any{"uri": u, "thread": id})
	var shown struct {
		URI string `json:"uri"`
	}
	if err := json.Unmarshal(s.Await("window/showDocument").Params, &shown); err != nil {
		t.Fatal(err)
	}
	path := strings.TrimPrefix(shown.URI, "file://")
	data, err := os.ReadFile(path)
	if err != nil || !strings.Contains(string(data), "# bob (claim): one?") {
		t.Fatalf("%v: %s", err, data)
	}
	save := func(text string) {
		s.ChangeAll(shown.URI, text)
		s.Notify("textDocument/didSave", map[string]any{"textDocument": map[string]any{"uri": shown.URI}})
	}
	s.Open(shown.URI, "markdown", string(data))
	for s.Received("airside/commentsChanged") > 0 {
		s.Await("airside/commentsChanged")
	}
	save(string(data)) // nothing was written
	save("two\n" + string(data))
	s.Await("airside/commentsChanged")
	save("three\n" + string(data))
	s.Await("airside/commentsChanged")
	if got := s.store.heard(); got != "reply two; edit r1 three" {
		t.Errorf("heard %s", got)
	}
	s.CloseDocument(shown.URI)
}
