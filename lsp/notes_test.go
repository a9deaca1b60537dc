package lsp

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.lsp.dev/protocol"
	"go.lsp.dev/uri"

	"github.com/airside-ls/airside/lsp/annotate"
	"github.com/airside-ls/airside/lsp/annotate/marks"
	"github.com/airside-ls/airside/lsp/ext"
	"github.com/airside-ls/airside/lsp/lsptest"
	"github.com/airside-ls/airside/lsp/text"
)

// noteSession is an editor whose server can be given notes.
type noteSession struct {
	*lsptest.Editor
	t             testing.TB
	server        *Server
	first, second *annotate.Source[string]
}

// put adds notes of the first source to those it has.
func (s *noteSession) put(u string, at marks.Edition, list ...*annotate.Entry[string]) {
	s.first.Put(uri.URI(u), at, list, func(*annotate.Entry[string]) bool { return true })
}

func (s *noteSession) edition(u string) marks.Edition {
	return s.server.documents.Open(uri.URI(u)).Edition()
}

func newNoteSession(t testing.TB, client lsptest.Options) *noteSession {
	clientEnd, serverEnd := lsptest.Pipe()
	s := &noteSession{t: t, server: New(Options{Engine: lsptest.NewEngine(t)})}
	s.first, s.second = annotate.NewSource[string](s.server.board), annotate.NewSource[string](s.server.board)
	served := make(chan error, 1)
	go func() { served <- s.server.Serve(context.Background(), serverEnd) }()
	s.Editor = lsptest.Start(t, clientEnd, client)
	s.Initialize()
	t.Cleanup(func() {
		s.Shutdown()
		s.Exit()
		<-served
		s.CheckAnswered()
	})
	return s
}

// barrier waits until the server has taken in everything sent so far.
func (s *noteSession) barrier() {
	s.t.Helper()
	if _, err := s.Request("workspace/executeCommand", map[string]any{"command": "airside.why"}).Wait(); err != nil {
		s.t.Fatal(err)
	}
}

func noteOn(content, quote string) *annotate.Entry[string] {
	i := strings.Index(content, quote)
	return &annotate.Entry[string]{About: quote, Note: annotate.Note{
		Mark:       marks.Mark{Start: i, End: i + len(quote), Quote: quote},
		Diagnostic: protocol.Diagnostic{Severity: 2, Message: protocol.String("about " + quote)},
	}}
}

// told are the diagnostics that the editor was told last, each by its text.
func (s *noteSession) told(u string) string {
	s.t.Helper()
	s.barrier()
	var list []string
	for _, d := range s.Diagnostics(u) {
		list = append(list, fmt.Sprintf("%s: %q", d.Message, s.Spanned(u, d.Range)))
	}
	return strings.Join(list, "; ")
}

// TestNotes: sources do not disturb each other, and what is said of an old
// version arrives where it belongs.
func TestNotes(t *testing.T) {
	const content = "one\ntwö\nthree\n"
	s := newNoteSession(t, lsptest.Options{})
	path := filepath.Join(t.TempDir(), "a")
	u := lsptest.FileURI(path)
	s.Open(u, "text", content)
	s.barrier()
	old := s.edition(u)
	expect := func(want string) {
		t.Helper()
		if got := s.told(u); got != want {
			t.Errorf("told %s\nwant %s", got, want)
		}
	}

	s.Change(u, 0, 0, "zero\n")
	s.barrier()
	s.put(u, old, noteOn(content, "three"), noteOn(content, "twö"))
	s.second.Put(uri.URI(u), old, []*annotate.Entry[string]{noteOn(content, "one")}, nil)
	expect(`about one: "one"; about twö: "twö"; about three: "three"`)
	s.second.Put(uri.URI(u), old, nil, nil)
	expect(`about twö: "twö"; about three: "three"`)
	s.Change(u, 9, 13, "2") // twö
	expect(`about three: "three"`)
	s.Change(u, 9, 10, "twö")
	expect(`about twö: "twö"; about three: "three"`)
	s.ChangeAll(u, "three\n")
	expect(`about three: "three"`)
	s.Change(u, 0, 0, "\n")
	s.first.Withdraw(func(_ uri.URI, n *annotate.Entry[string]) bool { return n.About == "three" })
	expect("")

	// Closed without being saved: the disk counts.
	if err := os.WriteFile(path, []byte("\n\n"+content), 0o600); err != nil {
		t.Fatal(err)
	}
	s.ChangeAll(u, content)
	s.barrier()
	s.put(u, s.edition(u), noteOn(content, "three"))
	s.CloseDocument(u)
	s.barrier()
	if got := s.Diagnostics(u); len(got) != 2 || got[1].Range.Start.Line != 4 {
		t.Errorf("closed: %+v", got)
	}
	s.Open(u, "text", "three\n")
	expect(`about three: "three"`)
	os.Remove(path)
	s.CloseDocument(u)
	s.barrier()
	if got := s.Diagnostics(u); len(got) != 0 {
		t.Errorf("deleted: %+v", got)
	}
	s.put(u, marks.Edition{Text: text.New(content, text.UTF16)}, noteOn(content, "three"))
	s.barrier()
	if got := s.Diagnostics(u); len(got) != 0 {
		t.Errorf("annotated after it was deleted: %+v", got)
	}
}

// TestNotesLost: nothing is said about a document that is out of step.
func TestNotesLost(t *testing.T) {
	s := newNoteSession(t, lsptest.Options{})
	s.Open("file:///a", "text", "one\n")
	s.barrier()
	s.put("file:///a", s.edition("file:///a"), noteOn("one\n", "one"))
	s.Notify("textDocument/didChange", map[string]any{"textDocument": map[string]any{"uri": "file:///a", "version": 2}, "contentChanges": []any{1}})
	if got := s.told("file:///a"); got != "" {
		t.Errorf("lost: %s", got)
	}
	s.ChangeAll("file:///a", "\none\n")
	if got := s.told("file:///a"); got != `about one: "one"` {
		t.Errorf("found: %s", got)
	}
}

// TestNotesPulled: to an editor that asks for them.
func TestNotesPulled(t *testing.T) {
	s := newNoteSession(t, lsptest.Options{Pull: true})
	s.Open("file:///a", "text", "one\n")
	s.barrier()
	s.put("file:///a", s.edition("file:///a"), noteOn("one\n", "one"))
	s.Await("workspace/diagnostic/refresh")
	pull := func() string {
		result, err := s.Request("textDocument/diagnostic", map[string]any{"textDocument": map[string]any{"uri": "file:///a"}}).Wait()
		if err != nil {
			t.Fatal(err)
		}
		return string(result)
	}
	want := `{"kind":"full","items":[{"range":{"start":{"line":0,"character":0},"end":{"line":0,"character":3}},"severity":2,"source":"airside","message":"about one"}]}`
	if got := pull(); got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
	s.Change("file:///a", 0, 3, "")
	if got := pull(); got != `{"kind":"full","items":[]}` {
		t.Errorf("gone: %s", got)
	}
	if n := s.Received("textDocument/publishDiagnostics"); n > 0 {
		t.Errorf("%d published", n)
	}
}

// TestNotesRandom: after any edits the diagnostics that the editor was told are
// on their quotes, and all that were not edited are there.
func TestNotesRandom(t *testing.T) {
	for seed := range uint64(30) {
		encodings := [][]string{{"utf-8"}, {"utf-16"}, {"utf-32"}}[seed%3]
		t.Run(fmt.Sprint(seed), func(t *testing.T) { randomNotes(t, rand.New(rand.NewPCG(seed, 1)), encodings) })
	}
}

func randomNotes(t *testing.T, random *rand.Rand, encodings []string) {
	s := newNoteSession(t, lsptest.Options{Encodings: encodings})
	var lines []string
	for i := range 30 {
		lines = append(lines, fmt.Sprintf("%c%d: ä𝄞 line %d %s\n", 'a'+rune(i), i, i, strings.Repeat("x", random.IntN(9))))
	}
	const u = "file:///r"
	content := strings.Join(lines, "")
	s.Open(u, "text", content)
	s.barrier()
	var editions []marks.Edition // of which the server is told late
	var list []*annotate.Entry[string]
	for i := 0; i < len(lines); i += 3 {
		n := noteOn(content, strings.TrimSuffix(lines[i], "\n"))
		list = append(list, n)
	}
	editions = append(editions, s.edition(u))
	for range 40 {
		now := s.Text(u)
		runes := []rune(now)
		a := random.IntN(len(runes) + 1)
		b := min(len(runes), a+random.IntN(3)*random.IntN(30))
		in := []string{"", "y", "\n", "ö\r\n𝄞", "\n\n"}[random.IntN(5)]
		s.Change(u, len(string(runes[:a])), len(string(runes[:b])), in)
		if editions != nil && random.IntN(4) == 0 {
			s.barrier()
			s.put(u, editions[0], list...)
			editions = nil
		}
	}
	if editions != nil {
		s.barrier()
		s.put(u, editions[0], list...)
	}
	s.barrier()
	told := map[string]bool{}
	for _, d := range s.Diagnostics(u) {
		quote := strings.TrimPrefix(d.Message, "about ")
		if got := s.Spanned(u, d.Range); strings.Join(strings.Fields(got), "") != strings.Join(strings.Fields(quote), "") {
			t.Errorf("%q is on %q", quote, got)
		}
		told[quote] = true
	}
	for _, n := range list {
		if now := s.Text(u); strings.Count(now, n.Quote) == 1 && !told[n.Quote] {
			// Rewritten by hand elsewhere is not the same place; here nothing
			// writes such a line.
			t.Errorf("%q is still there and not told of", n.Quote)
		}
	}
}

// BenchmarkNotes types in the midst of 5,000 lines of which 100 have notes.
func BenchmarkNotes(b *testing.B) {
	s := newNoteSession(b, lsptest.Options{})
	var content strings.Builder
	for i := range 5000 {
		fmt.Fprintf(&content, "line %d of many, with a text of some length in it\n", i)
	}
	const u = "file:///b"
	s.Open(u, "text", content.String())
	s.barrier()
	var list []*annotate.Entry[string]
	for i := range 100 {
		list = append(list, noteOn(content.String(), fmt.Sprintf("line %d of many", i*50)))
	}
	d := s.server.documents.Open(u)
	s.put(u, d.Edition(), list...)
	at, typed := d.Text.OffsetPosition(content.Len()/2), "x"
	for b.Loop() {
		b.StopTimer()
		next, edits := s.server.documents.apply(d, []ext.ContentChange{{Range: &protocol.Range{Start: at, End: at}, Text: &typed}})
		next.Line = d.Line.Follow(asMarkEdits(d, next, edits))
		s.server.documents.put(next)
		b.StartTimer()
		s.server.board.Changed(next)
		d = next
	}
}
