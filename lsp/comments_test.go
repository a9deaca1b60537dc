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
	"time"

	"github.com/airside-ls/airside/gitsync"
	"github.com/airside-ls/airside/gitsync/threads"
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
	threads []gitsync.Thread
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

func (f *commentStore) ThreadsStamp() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return fmt.Sprint(f.stamp)
}

func (f *commentStore) Threads(_ context.Context, open func(string) ([]byte, bool), only func(string) bool) (gitsync.Threads, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	list := gitsync.Threads{Skipped: []threads.SkippedOperation{{Where: "00", Reason: "nothing"}}, Me: "me"}
	for _, t := range f.threads {
		if only != nil && !only(t.ID) {
			continue
		}
		var text []byte
		ok := false
		if open != nil {
			text, ok = open(t.Path)
		}
		if !ok {
			text, _ = os.ReadFile(filepath.Join(f.dir, t.Path))
		}
		before, _, found := strings.Cut(string(text), t.Anchor.Quote)
		start := 1 + strings.Count(before, "\n")
		t.Lines = threads.Lines{Start: start, End: start + strings.Count(t.Anchor.Quote, "\n")}
		if !found {
			t.Lines, t.How = threads.Lines{Start: 1, End: 1}, threads.FoundNoMore
		}
		list.Threads = append(list.Threads, t)
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
	t := gitsync.Thread{
		Thread:   threads.Thread{ID: fmt.Sprintf("%064x", len(f.threads)+1), Anchor: threads.Anchor{Quote: quote}},
		Location: threads.Location{Path: path},
	}
	for i, body := range bodies {
		bob := threads.Author{Name: "bob", Email: "bob@example.org"}
		t.Comments = append(t.Comments, threads.Comment{ID: fmt.Sprintf("%s%02d", t.ID[:62], i), Author: bob, Time: time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC), Body: body})
		t.Trusts = append(t.Trusts, threads.Trust{Verified: i > 0})
	}
	f.threads = append(f.threads, t)
	return t.ID
}

func (f *commentStore) Comment(_ context.Context, d gitsync.CommentDraft) (gitsync.CommentReceipt, error) {
	lines := strings.Split(string(d.Text), "\n")
	id := f.arrive(d.Path, strings.Join(lines[d.Lines.Start-1:d.Lines.End], "\n"), d.Body)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.say("comment %s:%d-%d %s", d.Path, d.Lines.Start, d.Lines.End, d.Body)
	return gitsync.CommentReceipt{ID: id, Thread: id}, nil
}

func (f *commentStore) on(id string, do func(*gitsync.Thread)) (gitsync.CommentReceipt, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i := range f.threads {
		if strings.HasPrefix(f.threads[i].ID, id) {
			do(&f.threads[i])
			return gitsync.CommentReceipt{ID: "r1", Thread: f.threads[i].ID, Warning: "not signed"}, nil
		}
	}
	return gitsync.CommentReceipt{}, errors.New("no comment here has that ID")
}

func (f *commentStore) Reply(_ context.Context, id, body string) (gitsync.CommentReceipt, error) {
	return f.on(id, func(t *gitsync.Thread) {
		f.say("reply %s", body)
		t.Comments = append(t.Comments, threads.Comment{ID: "r1", Author: threads.Author{Name: "me"}, Actor: "me", Body: body})
		t.Trusts = append(t.Trusts, threads.Trust{})
	})
}

func (f *commentStore) Edit(_ context.Context, id, body string) (gitsync.CommentReceipt, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.say("edit %s %s", id, body)
	return gitsync.CommentReceipt{ID: "e1"}, nil
}

func (f *commentStore) Redact(_ context.Context, id string) (gitsync.CommentReceipt, error) {
	return f.on(id, func(*gitsync.Thread) { f.say("redact") })
}

func (f *commentStore) Resolve(_ context.Context, id string) (gitsync.CommentReceipt, error) {
	return f.on(id, func(t *gitsync.Thread) { f.say("resolve"); t.Resolved, t.Settled.Author.Name = true, "me" })
}

func (f *commentStore) Reopen(_ context.Context, id string) (gitsync.CommentReceipt, error) {
	return f.on(id, func(t *gitsync.Thread) { f.say("reopen"); t.Resolved = false })
}

func (f *commentStore) heard() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return strings.Join(f.said, "; ")
}

func (f *commentStore) Commenter() gitsync.Commenter { return f }

// commentedSyncer is a syncer whose repository has comments.
type commentedSyncer struct {
	*lsptest.Syncer
	workspace.Comments
}

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

// TestCommentsReread: a file that is read anew comes in one edit over all that has
// changed, and the thread in between stands where its code is.
func TestCommentsReread(t *testing.T) {
	s := newCommentSession(t, lsptest.Options{})
	u := lsptest.FileURI(filepath.Join(s.dir, "x.go"))
	s.Open(u, "go", commented)
	s.barrier()
	s.store.arrive("x.go", "\treturn 1", "one?")
	s.syncer.Emit(result("IDLE", "main"))
	s.Await("textDocument/publishDiagnostics")
	s.ChangeAll(u, "package y\n\nimport \"os\"\n\nfunc f() int {\n\treturn 1\n}\n\n// end\n")
	for end := time.Now().Add(lsptest.Patience); ; { // each look waits for an answer
		got := s.shown(u)
		if strings.Contains(got, `on "return 1": bob (claim): one?`) {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("shown %s", got)
		}
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
