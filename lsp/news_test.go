package lsp_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/airside-ls/airside/gitsync"
	"github.com/airside-ls/airside/lsp"
	"github.com/airside-ls/airside/lsp/ext"
	"github.com/airside-ls/airside/lsp/lsptest"
	"github.com/airside-ls/airside/lsp/workspace"
)

// tip is a commit with a name.
func tip(name string) (h gitsync.Hash) {
	copy(h[:], name)
	return h
}

func span(old, new gitsync.Hash, path string) string { return fmt.Sprint(old, "..", new, " ", path) }

// newsSyncer tells arrivals that the test makes up.
type newsSyncer struct {
	*lsptest.Syncer

	mu       sync.Mutex
	arrivals []gitsync.Arrival // newest first
	files    map[string]gitsync.ArrivedFile
	stamp    int
	saw      string
}

func (n *newsSyncer) Arrivals(_ context.Context, all bool) ([]gitsync.Arrival, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	var list []gitsync.Arrival
	for _, a := range n.arrivals {
		a.Seen = a.Operation <= n.saw
		if all || !a.Seen {
			list = append(list, a)
		}
	}
	return list, nil
}

func (n *newsSyncer) ArrivalsStamp() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return fmt.Sprint(n.stamp)
}

func (n *newsSyncer) ArrivedIn(_ context.Context, old, new gitsync.Hash, path string) (gitsync.ArrivedFile, bool, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	f, ok := n.files[span(old, new, path)]
	return f, ok, nil
}

func (n *newsSyncer) Saw(operation string) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.saw = operation; operation == "" {
		n.saw = n.arrivals[0].Operation
	}
	n.stamp++
	return nil
}

// arrive has commits come in: "Ada: subject".
func (n *newsSyncer) arrive(operation, old, new string, commits ...string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	a := gitsync.Arrival{Operation: operation, Branch: "main", Current: true, When: time.Now(), Old: tip(old), New: tip(new)}
	for i, c := range commits {
		author, subject, _ := strings.Cut(c, ": ")
		a.Commits = append(a.Commits, gitsync.ArrivedCommit{Hash: gitsync.Hash{19: byte(i)}, Author: author, Subject: subject})
	}
	n.arrivals = append([]gitsync.Arrival{a}, n.arrivals...)
	n.stamp++
}

// touched says what came in in a file. It comes before arrive: the server may look at
// any moment.
func (n *newsSyncer) touched(old, new, path, text string, lines []gitsync.ChangedLines, commits ...string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	f := gitsync.ArrivedFile{Text: []byte(text), Lines: lines}
	for _, c := range commits {
		author, subject, _ := strings.Cut(c, ": ")
		f.Commits = append(f.Commits, gitsync.ArrivedCommit{Author: author, Subject: subject})
	}
	if n.files == nil {
		n.files = map[string]gitsync.ArrivedFile{}
	}
	n.files[span(tip(old), tip(new), path)] = f
}

type newsSession struct {
	*syncSession
	syncer  *newsSyncer // of the first repository
	syncers []*newsSyncer
}

func newNewsSession(t *testing.T, keep time.Duration) *newsSession {
	return newNewsSessions(t, keep, 1)
}

// newNewsSessions is a session in a workspace of several repositories.
func newNewsSessions(t *testing.T, keep time.Duration, repositories int) *newsSession {
	s := &syncSession{t: t, engine: lsptest.NewEngine(t), syncers: map[string]*lsptest.Syncer{}, served: make(chan error, 1)}
	var dirs []string
	var syncers []*newsSyncer
	for n := range repositories {
		dir := filepath.Join(t.TempDir(), fmt.Sprint("r", n))
		syncer := &newsSyncer{Syncer: lsptest.NewSyncer(t, dir, true)}
		dirs, syncers, s.syncers[dir] = append(dirs, dir), append(syncers, syncer), syncer.Syncer
	}
	s.server = lsp.New(lsp.Options{Engine: s.engine, Workspace: workspace.Options{OpenRepository: func(folder string, settings workspace.SyncSettings, hooks workspace.SyncHooks) (workspace.Syncer, error) {
		opened, err := s.open(folder, settings, hooks)
		if err != nil {
			return nil, err
		}
		return syncers[slices.Index(dirs, opened.WorkDir())], nil
	}}})
	s.server.SetSync(workspace.SyncSettings{Enabled: true, Mark: keep})
	clientEnd, serverEnd := lsptest.Pipe()
	go func() { s.served <- s.server.Serve(context.Background(), serverEnd) }()
	s.Editor = lsptest.Start(t, clientEnd, lsptest.Options{Status: true, NewLines: true, Folders: dirs})
	s.Initialize()
	t.Cleanup(s.end)
	for _, syncer := range syncers {
		syncer.Watching()
	}
	return &newsSession{s, syncers[0], syncers}
}

// awaitNews waits until the status says so.
func (s *newsSession) awaitNews(want string) {
	s.t.Helper()
	for s.status().News != want {
	}
}

// marked waits for the next marks, and tells them.
func (s *newsSession) marked() string {
	s.t.Helper()
	var params ext.NewLinesParams
	if err := json.Unmarshal(s.Await("airside/newLines").Params, &params); err != nil {
		s.t.Fatal(err)
	}
	var list []string
	for _, l := range params.Lines {
		list = append(list, fmt.Sprintf("%d-%d %s", l.Start, l.End, l.Message))
	}
	return strings.Join(list, ", ")
}

// TestNews: a quiet word, the list, and that it is over once seen.
func TestNews(t *testing.T) {
	s := newNewsSession(t, 0)
	s.syncer.arrive("1", "a", "b", "Ada: one", "Ada: two")
	s.syncer.Emit(result("IDLE", "main"))
	s.awaitNews("2 new from Ada")
	s.syncer.arrive("2", "b", "c", "Grace: three")
	s.syncer.Emit(result("IDLE", "main"))
	s.awaitNews("3 new from Ada and Grace")
	s.syncer.arrive("3", "c", "d", "Linus: four", "Grace: five", "Grace: six")
	s.syncer.Emit(result("OFFLINE", "main"))
	s.awaitNews("6 new from Grace and 2 others")

	var news ext.SyncNews
	got, failed := s.command("airside.sync.news", nil).Wait()
	if failed != nil {
		t.Fatal(failed)
	}
	if err := json.Unmarshal(got, &news); err != nil {
		t.Fatal(err)
	}
	if len(news.Commits) != 6 || news.New != 6 || news.Message != "6 new from Grace and 2 others" || news.Commits[0].Subject != "four" || news.Commits[0].WorkDir != s.syncer.WorkDir() || !news.Commits[5].New {
		t.Errorf("listed %s", got)
	}
	if _, err := s.command("airside.sync.seen", map[string]any{"latest": map[string]string{s.syncer.WorkDir(): "2"}}).Wait(); err != nil {
		t.Fatal(err)
	}
	s.awaitNews("3 new from Grace and Linus")
	if got, _ := s.command("airside.sync.news", nil).Wait(); !strings.Contains(string(got), `"new":3,`) || !strings.Contains(string(got), `"new":false`) {
		t.Errorf("listed %s", got)
	}
	if _, err := s.command("airside.sync.seen", nil).Wait(); err != nil {
		t.Fatal(err)
	}
	s.awaitNews("")
	s.barrier()
	if n := s.Received("window/showMessage") + s.Received("airside/newLines"); n > 0 {
		t.Errorf("%d messages too many", n)
	}
}

// TestNewsOfSeveral: what is seen of one repository says nothing of another, whose
// operations have other names.
func TestNewsOfSeveral(t *testing.T) {
	s := newNewsSessions(t, 0, 3)
	s.syncers[0].arrive("5", "a", "b", "Ada: one")
	s.syncers[1].arrive("7", "a", "b", "Grace: two")
	s.syncers[0].Emit(result("IDLE", "main"))
	s.syncers[1].Emit(result("IDLE", "main"))
	s.awaitNews("2 new from Ada and Grace")
	var news ext.SyncNews
	got, failed := s.command("airside.sync.news", nil).Wait()
	if failed != nil {
		t.Fatal(failed)
	}
	if err := json.Unmarshal(got, &news); err != nil {
		t.Fatal(err)
	}
	if want := map[string]string{s.syncers[0].WorkDir(): "5", s.syncers[1].WorkDir(): "7"}; !maps.Equal(news.Latest, want) {
		t.Errorf("the latest are %v, want %v", news.Latest, want)
	}
	s.syncers[0].arrive("6", "b", "c", "Ada: three") // before the list is seen
	s.syncers[2].arrive("4", "a", "b", "Linus: four")
	if _, err := s.command("airside.sync.seen", map[string]any{"latest": news.Latest}).Wait(); err != nil {
		t.Fatal(err)
	}
	s.syncers[2].Emit(result("IDLE", "main"))
	s.awaitNews("2 new from Ada and Linus")
	for i, want := range []string{"5", "7", ""} {
		if got := s.syncers[i].saw; got != want {
			t.Errorf("repository %d is seen up to %q, want %q", i, got, want)
		}
	}
}

// TestNewLines: lines that came in are marked once the editor has read its file anew,
// move with what is typed elsewhere, and end where somebody types.
func TestNewLines(t *testing.T) {
	const before, after = "a\nb\nc\nd\ne\n", "a\nB\nc\nd\ne\nf\ng\n"
	s := newNewsSession(t, time.Hour)
	u := lsptest.FileURI(filepath.Join(s.syncer.WorkDir(), "x.go"))
	s.Open(u, "go", before)
	s.barrier()
	s.syncer.touched("a", "b", "x.go", after, []gitsync.ChangedLines{{NewStart: 2, NewLines: 1}, {NewStart: 4}, {NewStart: 6, NewLines: 2}}, "Ada: capitals")
	s.syncer.arrive("1", "a", "b", "Ada: capitals", "Grace: more")
	s.syncer.Emit(result("IDLE", "main"))
	s.awaitNews("2 new from Ada and Grace")
	s.ChangeAll(u, after)
	if got := s.marked(); got != "1-2 Ada: capitals, 4-4 Ada: capitals, 5-7 Ada: capitals" {
		t.Errorf("marked %s", got)
	}
	at := func(line, character int) lsptest.Range {
		p := lsptest.Position{Line: line, Character: character}
		return lsptest.Range{Start: p, End: p}
	}
	for _, step := range []struct {
		at   lsptest.Range
		text string
		want string // "same": nothing is told
	}{
		{at(0, 1), "!", "same"},
		{at(0, 0), "// above\n", "2-3 Ada: capitals, 5-5 Ada: capitals, 6-8 Ada: capitals"},
		{at(2, 0), "// right above\n", "3-4 Ada: capitals, 6-6 Ada: capitals, 7-9 Ada: capitals"},
		{at(3, 1), "\n// right below", "3-4 Ada: capitals, 7-7 Ada: capitals, 8-10 Ada: capitals"},
		{at(3, 1), "!", "7-7 Ada: capitals, 8-10 Ada: capitals"},
		{at(9, 0), "x", "7-7 Ada: capitals"},
		{at(7, 0), "x", ""},
	} {
		s.ChangeRange(u, step.at, step.text)
		if step.want == "same" {
			s.barrier()
			if s.Received("airside/newLines") > 0 {
				t.Errorf("after %q: told %s", step.text, s.marked())
			}
			continue
		}
		if got := s.marked(); got != step.want {
			t.Errorf("after %q: %s, want %s", step.text, got, step.want)
		}
	}
}

// TestNewLinesAgain: what comes in later is marked beside what is marked yet; a file
// opened later is marked as well, and a command takes all of it off.
func TestNewLinesAgain(t *testing.T) {
	s := newNewsSession(t, time.Hour)
	file := func(name string) string { return lsptest.FileURI(filepath.Join(s.syncer.WorkDir(), name)) }
	s.Open(file("x.go"), "go", "B\nb\n")
	s.barrier()
	s.syncer.touched("a", "b", "x.go", "B\nb\n", []gitsync.ChangedLines{{NewStart: 1, NewLines: 1}}, "Ada: one")
	s.syncer.arrive("1", "a", "b", "Ada: one")
	s.syncer.Emit(result("IDLE", "main"))
	if got := s.marked(); got != "0-1 Ada: one" {
		t.Errorf("marked %s", got)
	}
	s.syncer.touched("b", "c", "x.go", "B\nB\n", []gitsync.ChangedLines{{NewStart: 2, NewLines: 1}}, "Grace: two")
	s.syncer.touched("a", "c", "x.go", "B\nB\n", []gitsync.ChangedLines{{NewStart: 1, NewLines: 2}}, "Grace: two", "Ada: one")
	s.syncer.touched("a", "c", "y.go", "y\n", []gitsync.ChangedLines{{NewStart: 1, NewLines: 1}}, "Grace: two")
	s.syncer.arrive("2", "b", "c", "Grace: two")
	s.syncer.Emit(result("OFFLINE", "main"))
	s.awaitNews("2 new from Grace and Ada")
	s.ChangeAll(file("x.go"), "B\nB\n")
	for {
		if got := s.marked(); got == "0-2 Grace and Ada" {
			break
		}
	}
	s.Open(file("y.go"), "go", "y\n")
	if got := s.marked(); got != "0-1 Grace: two" {
		t.Errorf("marked in a file opened later: %s", got)
	}
	if _, err := s.command("airside.sync.unmark", nil).Wait(); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if got := s.marked(); got != "" {
			t.Errorf("taken off: %s", got)
		}
	}
}

// TestNewLinesEnd: marks stay for as long as the setting says.
func TestNewLinesEnd(t *testing.T) {
	s := newNewsSession(t, 2*time.Second)
	u := lsptest.FileURI(filepath.Join(s.syncer.WorkDir(), "x.go"))
	s.Open(u, "go", "a\n")
	s.barrier()
	s.syncer.touched("a", "b", "x.go", "a\n", []gitsync.ChangedLines{{NewStart: 1, NewLines: 1}})
	s.syncer.arrive("1", "a", "b", "Ada: one")
	s.syncer.Emit(result("IDLE", "main"))
	for _, want := range []string{"0-1 new", ""} {
		if got := s.marked(); got != want {
			t.Errorf("marked %q, want %q", got, want)
		}
	}
}
