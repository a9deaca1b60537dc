package lsp_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/airside-ls/airside/completion/review"
	"github.com/airside-ls/airside/completion/review/diff"
	"github.com/airside-ls/airside/completion/review/finding"
	"github.com/airside-ls/airside/lsp"
	"github.com/airside-ls/airside/lsp/ext"
	"github.com/airside-ls/airside/lsp/lsptest"
	"github.com/airside-ls/airside/lsp/reviewing"
	"github.com/airside-ls/airside/lsp/workspace"
)

// reviewSession is an editor of a work tree on the disk.
type reviewSession struct {
	*lsptest.Editor
	t        *testing.T
	dir      string
	reviewer *lsptest.Reviewer
	changes  *changesFake
	comments *commentStore
	ended    bool
}

func newReviewSession(t *testing.T) *reviewSession {
	return newReviewSessionIn(t, "", func() {})
}

// newReviewSessionOpening has opening called when the server opens a repository.
func newReviewSessionOpening(t *testing.T, opening func()) *reviewSession {
	return newReviewSessionIn(t, "", opening)
}

// newReviewSessionIn has an editor in a language.
func newReviewSessionIn(t *testing.T, locale string, opening func()) *reviewSession {
	dir := t.TempDir()
	s := &reviewSession{t: t, dir: dir, reviewer: lsptest.NewReviewer(t), changes: &changesFake{root: dir}, comments: &commentStore{dir: dir}}
	syncer := commentedSyncer{lsptest.NewSyncer(t, dir, false), s.comments}
	server := lsp.New(lsp.Options{
		Engine: lsptest.NewEngine(t),
		Review: reviewing.Options{Reviewer: s.reviewer, Changes: s.changes, StateDir: t.TempDir()},
		Workspace: workspace.Options{OpenRepository: func(string, workspace.SyncSettings, workspace.SyncHooks) (workspace.Syncer, error) {
			opening()
			return syncer, nil
		}},
	})
	served := make(chan error, 1)
	clientEnd, serverEnd := lsptest.Pipe()
	go func() { served <- server.Serve(context.Background(), serverEnd) }()
	s.Editor = lsptest.Start(t, clientEnd, lsptest.Options{Folders: []string{dir}, Locale: locale})
	s.Initialize()
	t.Cleanup(func() {
		if !s.ended {
			s.Shutdown()
		}
		s.Exit()
		<-served
		s.CheckAnswered()
	})
	return s
}

// write puts a file into the work tree that is new there, and returns its URI.
func (s *reviewSession) write(path, text string) string {
	s.t.Helper()
	writeFile(s.t, filepath.Join(s.dir, path), text)
	s.changes.set(diff.File{Path: path, New: []byte(text)})
	return lsptest.FileURI(filepath.Join(s.dir, path))
}

func (s *reviewSession) command(command string, argument any) *lsptest.Call {
	return s.Request("workspace/executeCommand", map[string]any{"command": command, "arguments": []any{argument}})
}

func (s *reviewSession) wait(c *lsptest.Call) ext.ReviewResult {
	s.t.Helper()
	result, err := c.Wait()
	if err != nil {
		s.t.Fatal(err)
	}
	var r ext.ReviewResult
	if err := json.Unmarshal(result, &r); err != nil {
		s.t.Fatalf("%v: %s", err, result)
	}
	return r
}

// told are the diagnostics of a file.
func (s *reviewSession) told(u string) string {
	s.t.Helper()
	if _, err := s.Request("workspace/executeCommand", map[string]any{"command": "airside.why"}).Wait(); err != nil {
		s.t.Fatal(err)
	}
	var list []string
	for _, d := range s.Diagnostics(u) {
		list = append(list, fmt.Sprintf("%d:%d %s", d.Range.Start.Line, d.Range.Start.Character, d.Message))
	}
	return strings.Join(list, "; ")
}

// TestReviewClosedFiles: the review of a work tree speaks of files that are not
// open, too, in whatever bytes they are, and follows what becomes of them.
func TestReviewClosedFiles(t *testing.T) {
	s := newReviewSession(t)
	open := s.write("open.go", "package a\nprint(x)\n")
	closed := s.write("closed.go", "package a\n// gr\xfc\xdfe\nprint(\"gr\xfc\xdfe\"); g()\n")
	deleted := s.write("deleted.go", "print(y)\n")
	s.Open(open, "go", "package a\n\nprint(x)\n") // unsaved
	call := s.command("airside.review", map[string]any{"scope": "worktree"})
	ask := s.reviewer.Next()
	if q := s.changes.query(); len(q.Overlay) != 1 || string(q.Overlay["open.go"]) != "package a\n\nprint(x)\n" {
		t.Errorf("overlay %q", q.Overlay)
	}
	os.Remove(filepath.Join(s.dir, "deleted.go"))
	ask.Tell(0, 3, "open.go", "",
		ask.Find("open.go", "print(x)", finding.Finding{Message: "x"}),
		ask.Find("closed.go", "print(\"gr\xfc\xdfe\")", finding.Finding{Message: "gr\xfc\xdfe"}),
		ask.Find("closed.go", "g()", finding.Finding{Message: "g"}),
		ask.Find("deleted.go", "print(y)", finding.Finding{Message: "y"}))
	ask.Answer(review.Report{Skipped: []review.Skipped{{Path: "\xff", Reason: "a binary file"}}})
	if r := s.wait(call); len(r.Findings) != 4 || r.Files != 3 || r.Findings[1].Path != "closed.go" {
		t.Errorf("%+v", r)
	}
	for u, want := range map[string]string{
		open: "2:0 x (rule)", closed: "2:0 gr\uFFFDe (rule); 2:16 g (rule)", deleted: "",
	} {
		if got := s.told(u); got != want {
			t.Errorf("%s: %q, want %q", u, got, want)
		}
	}

	// Changed by another program, of which this client tells.
	writeFile(t, filepath.Join(s.dir, "closed.go"), "\n\ng()\n")
	s.Notify("workspace/didChangeWatchedFiles", map[string]any{"changes": []any{map[string]any{"uri": closed, "type": 2}}})
	if got := s.told(closed); got != "2:0 g (rule)" {
		t.Errorf("after a change on the disk %q", got)
	}
	s.Open(closed, "go", "g()\n")
	if got := s.told(closed); got != "0:0 g (rule)" {
		t.Errorf("opened: %q", got)
	}
}

// TestReviewFails: what goes wrong is said, and what was found before stays.
func TestReviewFails(t *testing.T) {
	s := newReviewSession(t)
	u := s.write("a.go", "print(x)\n")
	call := s.command("airside.review", map[string]any{"uri": u})
	ask := s.reviewer.Next()
	ask.Tell(1, 1, "", "", ask.Find("a.go", "print(x)", finding.Finding{Message: "x"}))
	ask.Answer(review.Report{})
	s.wait(call)
	s.changes.fail(errors.New("the index is broken; git fsck tells more"))
	if _, err := s.command("airside.review", map[string]any{"uri": u}).Wait(); err == nil || !strings.Contains(err.Message, "git fsck") {
		t.Errorf("%v", err)
	}
	if got := s.told(u); got != "0:0 x (rule)" {
		t.Errorf("%q", got)
	}
}

// TestReviewScopes: a review takes back what it finds no more, where it looked
// and no further.
func TestReviewScopes(t *testing.T) {
	s := newReviewSession(t)
	a := s.write("a.go", "print(a)\nf()\n")
	b := s.write("b.go", "print(b)\n")
	run := func(argument map[string]any, report review.Report, found func(*lsptest.ReviewQuestion) []finding.Finding) {
		t.Helper()
		call := s.command("airside.review", argument)
		ask := s.reviewer.Next()
		ask.Tell(1, 1, "", "", found(ask)...)
		ask.Answer(report)
		s.wait(call)
	}
	none := func(*lsptest.ReviewQuestion) []finding.Finding { return nil }
	expect := func(inA, inB string) {
		t.Helper()
		if gotA, gotB := s.told(a), s.told(b); gotA != inA || gotB != inB {
			t.Errorf("a %q, b %q; want %q, %q", gotA, gotB, inA, inB)
		}
	}
	run(map[string]any{"scope": "branch", "uri": a}, review.Report{Model: "m"}, func(ask *lsptest.ReviewQuestion) []finding.Finding {
		if q := s.changes.query(); !q.Branch || q.Base != "" {
			t.Errorf("%+v", q)
		}
		return []finding.Finding{ask.Find("a.go", "print(a)", finding.Finding{Message: "branch"}), ask.Find("b.go", "print(b)", finding.Finding{Message: "branch"})}
	})
	run(map[string]any{"scope": "worktree", "uri": a}, review.Report{Model: "m"}, func(ask *lsptest.ReviewQuestion) []finding.Finding {
		return []finding.Finding{
			ask.Find("a.go", "f()", finding.Finding{Message: "tree", Source: finding.Model}),
			ask.Find("b.go", "print(b)", finding.Finding{Message: "tree"}), // found before by another
		}
	})
	expect("0:0 branch (rule); 1:0 tree (model)", "0:0 tree (rule)")
	run(map[string]any{"uri": a}, review.Report{}, none) // the rules alone take back no model's
	expect("0:0 branch (rule); 1:0 tree (model)", "0:0 tree (rule)")
	run(map[string]any{"uri": a}, review.Report{Model: "m"}, none)
	expect("0:0 branch (rule)", "0:0 tree (rule)")
	run(map[string]any{"scope": "worktree", "uri": a}, review.Report{Model: "m"}, none)
	expect("0:0 branch (rule)", "")
	run(map[string]any{"scope": "branch", "uri": a, "base": "v1"}, review.Report{Model: "m"}, none)
	expect("", "")
}

// TestReviewActionsWhileOpening: what can be done about a finding does not depend
// on how fast the repository was opened.
func TestReviewActionsWhileOpening(t *testing.T) {
	opened := make(chan struct{})
	s := newReviewSessionOpening(t, func() { <-opened })
	u := s.write("a.go", "x := f()\n")
	s.Open(u, "go", "x := f()\n")
	call := s.command("airside.review", map[string]any{"uri": u})
	ask := s.reviewer.Next()
	ask.Tell(1, 1, "", "", ask.Find("a.go", "x := f()\n", finding.Finding{Message: "x"}))
	ask.Answer(review.Report{})
	s.wait(call)
	actions := func() *lsptest.Call {
		return s.Request("textDocument/codeAction", map[string]any{
			"textDocument": map[string]any{"uri": u}, "range": lsptest.Range{}, "context": map[string]any{"diagnostics": []any{}, "only": []string{"quickfix"}},
		})
	}
	givenUp, waiting := actions(), actions()
	s.Cancel(givenUp)
	if _, err := givenUp.Wait(); err == nil || err.Code != -32800 {
		t.Errorf("cancelled: %v", err)
	}
	s.told(u) // other requests are answered meanwhile
	close(opened)
	result, err := waiting.Wait()
	if err != nil || !strings.Contains(string(result), "Comment for the team: x") {
		t.Errorf("%s, %v", result, err)
	}
}

// TestReviewPublish: a finding becomes a comment, and is not found again.
func TestReviewPublish(t *testing.T) {
	s := newReviewSession(t)
	u := s.write("a.go", "\n\nx := f()\ny := x\n")
	s.Open(u, "go", "\n\nx := f()\ny := x\n")
	find := func(ask *lsptest.ReviewQuestion) {
		ask.Tell(1, 1, "", "",
			ask.Find("a.go", "x := f()\n", finding.Finding{Severity: finding.Error, Message: "The error of f is lost.", Source: finding.Model}),
			ask.Find("a.go", "y := x", finding.Finding{Severity: finding.Hint, Message: "y is x."}))
		ask.Answer(review.Report{Model: "m"})
	}
	call := s.command("airside.review", map[string]any{"uri": u})
	find(s.reviewer.Next())
	id := s.wait(call).Findings[0].ID
	for what, argument := range map[string]any{
		"there are 2 findings here": map[string]any{"uri": u},
		"no such finding":           map[string]any{"uri": u, "id": "none"},
	} {
		if _, err := s.command("airside.review.publish", argument).Wait(); err == nil || !strings.Contains(err.Message, what) {
			t.Errorf("%v: %v", argument, err)
		}
	}
	titles := ""
	for _, action := range s.CodeActions(u, lsptest.Range{Start: lsptest.Position{Line: 2}, End: lsptest.Position{Line: 2}}, "quickfix") {
		titles += action.Title + "; "
	}
	if want := "Dismiss: The error of f is lost.; Comment for the team: The error of f is lost.; "; titles != want {
		t.Errorf("actions %s", titles)
	}
	result, err := s.command("airside.review.publish", map[string]any{"id": id}).Wait()
	var published ext.FindingsResult
	if err != nil || json.Unmarshal(result, &published) != nil || published.Findings != 1 || published.Thread == "" {
		t.Fatalf("%s, %v", result, err)
	}
	if said := s.comments.heard(); said != "comment a.go:3-3 The error of f is lost." {
		t.Errorf("said %s", said)
	}
	call = s.command("airside.review", map[string]any{"uri": u})
	find(s.reviewer.Next())
	if r := s.wait(call); len(r.Findings) != 1 || r.Counts.Dismissed != 1 {
		t.Errorf("%+v", r)
	}
	if got := s.told(u); strings.Contains(got, "(model)") || !strings.Contains(got, "The error of f is lost.") || !strings.Contains(got, "y is x. (rule)") {
		t.Errorf("%s", got)
	}
}

// TestReviewAtShutdown: a review in progress ends with the server.
func TestReviewAtShutdown(t *testing.T) {
	s := newReviewSession(t)
	u := s.write("a.go", "print(x)\n")
	call := s.command("airside.review", map[string]any{"uri": u})
	ask := s.reviewer.Next()
	s.Shutdown()
	s.ended = true
	select {
	case <-ask.Ctx.Done():
	case <-time.After(lsptest.Patience):
		t.Fatal("it goes on")
	}
	call.Wait()
}

// TestReviewWhileFoldersChange: a review without a file takes the folders that were
// open when it was asked for, while others close. For the race detector.
func TestReviewWhileFoldersChange(t *testing.T) {
	s := newReviewSession(t)
	other := t.TempDir()
	var asked []*lsptest.Call
	folders := []string{s.dir, other}
	s.ChangeFolders([]string{other}, nil)
	for i := range 100 { // the first goes, which moves the second to its place
		first := folders[i%2]
		asked = append(asked, s.command("airside.review", map[string]any{"scope": ext.ScopeWorktree}))
		s.ChangeFolders(nil, []string{first})
		s.ChangeFolders([]string{first}, nil)
	}
	for _, c := range asked {
		s.Cancel(c)
		c.Wait()
	}
}
