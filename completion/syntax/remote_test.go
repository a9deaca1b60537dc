package syntax

import (
	"bufio"
	"errors"
	"io"
	"math/rand/v2"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/airside-ls/airside/completion/syntax/lang"
	"github.com/airside-ls/airside/completion/syntax/worker"
	"golang.org/x/tools/txtar"
)

// killers are texts that have a grammar's C die.
var killers = []Document{
	{Language: "shellscript", Text: "echo {\U000F02A2\n"},
	{Language: "ruby", Text: "x = <<" + strings.Repeat("A", 256) + "\nfoo\n" + strings.Repeat("A", 256) + "\n"},
}

// cured are texts that had the C of an earlier grammar die.
var cured = []Document{
	{Language: "kotlin", Text: "val x = " + strings.Repeat(`"${`, 1100) + "1" + strings.Repeat(`}"`, 1100) + "\n"},
}

func TestCured(t *testing.T) {
	for _, d := range cured {
		c := far(t, Limits{ParseTime: time.Minute})
		d.Key = "a"
		c.Open(d)
		if a := c.Analyze(d, 3); !a.Parsed || shopOf(c).deaths() != 0 {
			t.Errorf("%s: parsed: %v; %q", d.Language, a.Parsed, a.Unread)
		}
	}
}

// deaths is how often the worker of a cache was started, less one.
func (w *workshop) deaths() (n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.starts - 1
}

func shopOf(c *Cache) *workshop { return c.trees.(*session).shop }

// TestKillers: a text that has the parser die costs two lives of it, is read as
// plain text from then on, and nothing else is lost.
func TestKillers(t *testing.T) {
	for _, killer := range killers {
		t.Run(killer.Language, func(t *testing.T) {
			t.Parallel()
			c := far(t, Limits{ParseTime: time.Minute})
			good := Document{Key: "good", Language: "go", Text: goFile(100)}
			c.Open(good)
			if !c.Analyze(good, 10).Parsed {
				t.Fatal("not parsed")
			}
			killer.Key = "bad"
			c.Open(killer)
			for range 3 {
				a := c.Analyze(killer, 3)
				if a.Parsed || !strings.Contains(a.Unread, "plain text") {
					t.Fatalf("parsed: %v; %q", a.Parsed, a.Unread)
				}
				if breaks, keep := c.Judge().Breaks(killer, Range{0, 0}, "x"); breaks || keep != 1 {
					t.Errorf("it breaks: %v, keep %d", breaks, keep)
				}
				if _, ok := c.Judge().Errors(killer); ok {
					t.Error("its errors are counted")
				}
				if _, ok := c.Nodes(Document{Language: killer.Language, Text: killer.Text}); ok {
					t.Error("it has a tree")
				}
				if !c.Analyze(good, 10).Parsed {
					t.Error("another is not parsed any more")
				}
			}
			if n := shopOf(c).deaths(); n != 2 {
				t.Errorf("the parser died %d times", n)
			}
			c.Close("bad")
			c.Open(killer)
			if a := c.Analyze(killer, 3); a.Unread == "" {
				t.Error("opened again, it is parsed again")
			}
			c.Close("bad")
			killer.Text = "x\n"
			c.Open(killer)
			if a := c.Analyze(killer, 1); !a.Parsed {
				t.Errorf("another text is not parsed: %s", a.Unread)
			}
		})
	}
}

// TestKillingSuggestion: what a model says may have the parser die, too.
func TestKillingSuggestion(t *testing.T) {
	c := far(t, Limits{ParseTime: time.Minute})
	d := Document{Key: "a", Language: "shellscript", Text: "#!/bin/sh\n\necho b\n"}
	c.Open(d)
	for range 3 {
		if breaks, keep := c.Judge().Breaks(d, Range{10, 10}, "echo {\U000F02A2"); breaks || keep != len("echo {\U000F02A2") {
			t.Errorf("it breaks: %v, keep %d", breaks, keep)
		}
		if !c.Analyze(d, 10).Parsed {
			t.Error("the document is not parsed any more")
		}
	}
	if n := shopOf(c).deaths(); n != 2 {
		t.Errorf("the parser died %d times", n)
	}
}

// TestManyAtOnce: of many documents that are asked about when the worker dies
// only the one that it died of is read as plain text.
func TestManyAtOnce(t *testing.T) {
	c := far(t, Limits{ParseTime: time.Minute})
	text := goFile(300)
	var wg sync.WaitGroup
	for i := range 12 {
		wg.Go(func() {
			d := Document{Key: string(rune('a' + i)), Language: "go", Text: text}
			if i == 5 {
				d.Language, d.Text = killers[0].Language, killers[0].Text
			}
			c.Open(d)
			for range 10 {
				if a := c.Analyze(d, 5); a.Parsed == (i == 5) {
					t.Errorf("document %d is parsed: %v, %s", i, a.Parsed, a.Unread)
				}
			}
		})
	}
	wg.Wait()
}

// TestKilledFromOutside: the worker is killed again and again while somebody
// types, and every answer is the one that a cache in this process gives.
func TestKilledFromOutside(t *testing.T) {
	near, c := NewCache(Limits{ParseTime: time.Minute}), far(t, Limits{ParseTime: time.Minute})
	defer near.CloseAll()
	rng := rand.New(rand.NewPCG(3, 5))
	d := Document{Key: "a", Language: "go", Text: goFile(60)}
	c.Open(d)
	near.Open(d)
	for i := range 100 {
		text, edits := randomEdits(rng, d.Text, snippets["go"])
		d.Text = text
		c.Edit("a", edits, text)
		near.Edit("a", edits, text)
		at := rng.IntN(len(text) + 1)
		if i%5 == 0 { // between two questions, so that it is nobody's fault
			w := shopOf(c)
			w.mu.Lock()
			r := w.running
			w.mu.Unlock()
			r.process.Kill()
			r.process.Ended()
		}
		if a := c.Analyze(d, at); !a.Parsed {
			t.Fatalf("step %d: not parsed: %s", i, a.Unread)
		}
	}
	if n := shopOf(c).deaths(); n < 15 {
		t.Errorf("killed %d times", n)
	}
}

// TestFarEqualsNear edits at random and asks everything, of a cache here and of
// one elsewhere.
func TestFarEqualsNear(t *testing.T) {
	near, c := NewCache(Limits{ParseTime: time.Minute}), far(t, Limits{ParseTime: time.Minute})
	defer near.CloseAll()
	for name, pieces := range snippets {
		rng := rand.New(rand.NewPCG(11, uint64(len(name))))
		d := Document{Key: name, Language: name, Text: strings.Repeat(pieces[0], 3)}
		near.Open(d)
		c.Open(d)
		for range 30 {
			text, edits := randomEdits(rng, d.Text, pieces)
			d.Text = text
			near.Edit(name, edits, text)
			c.Edit(name, edits, text)
			at := rng.IntN(len(text) + 1)
			state := d
			if rng.IntN(4) == 0 { // a state that it is not in
				state.Text = text[:at] + "(" + text[at:]
			}
			want, got := near.Analyze(state, at), c.Analyze(state, at)
			if !reflect.DeepEqual(want, got) {
				t.Fatalf("%s at %d in %q:\n%+v\n%+v", name, at, state.Text, want, got)
			}
			end := min(at+rng.IntN(3), len(text))
			suggestion := pieces[rng.IntN(len(pieces))]
			wantBreaks, wantKeep := near.Judge().Breaks(state, Range{at, end}, suggestion)
			if breaks, keep := c.Judge().Breaks(state, Range{at, end}, suggestion); breaks != wantBreaks || keep != wantKeep {
				t.Fatalf("%s: breaks %v %d, %v %d", name, breaks, keep, wantBreaks, wantKeep)
			}
		}
	}
}

// TestFarTrees compares whole trees, of the golden documents.
func TestFarTrees(t *testing.T) {
	near, c := NewCache(Limits{ParseTime: time.Minute}), far(t, Limits{ParseTime: time.Minute})
	defer near.CloseAll()
	files, _ := filepath.Glob("testdata/*.txtar")
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range archive.Files {
			d := Document{Language: lang.IdentifierOf(f.Name), Text: string(f.Data)}
			want, wantOK := near.Nodes(d)
			got, ok := c.Nodes(d)
			if ok != wantOK || !reflect.DeepEqual(got, want) {
				t.Errorf("%s %s: the trees differ", file, f.Name)
			}
			wantErrors, _ := near.Judge().Errors(d)
			if n, _ := c.Judge().Errors(d); n != wantErrors {
				t.Errorf("%s %s: %d errors, %d", file, f.Name, n, wantErrors)
			}
		}
	}
}

// TestHangs: a worker that says nothing is not waited for, and killed.
func TestHangs(t *testing.T) {
	c := far(t, Limits{ParseTime: time.Millisecond})
	w := shopOf(c)
	w.program.Args = []string{"hanging-worker"}
	w.hangs = time.Millisecond
	d := Document{Key: "a", Language: "go", Text: "package a\n"}
	c.Open(d)
	for c.Analyze(d, 3).Unread == "" {
	}
	if n := w.deaths(); n < 1 {
		t.Errorf("it died %d times", n)
	}
}

func TestDoesNotStart(t *testing.T) {
	w := newWorkshop(worker.Program{Path: filepath.Join(t.TempDir(), "none")})
	l := Limits{}.orDefaults()
	c := &Cache{trees: w.newSession(l), limits: l}
	d := Document{Key: "a", Language: "go", Text: "package a\n\nfunc f() {\n\t\n}\n"}
	c.Open(d)
	if a := c.Analyze(d, 22); a.Parsed || !strings.Contains(a.Unread, "does not start") || !a.Multiline {
		t.Errorf("%+v", a)
	}
	c.CloseAll()
}

// TestHangingAnswer: an answer that never ends keeps nobody from being heard, nor
// the worker from ending with its input.
func TestHangingAnswer(t *testing.T) {
	in, writer := io.Pipe()
	s := &server{in: bufio.NewReader(in), out: discard(), stores: map[int]*store{}, ended: make(chan error, 1)}
	hanging, first := make(chan struct{}), &turn{}
	done := make(chan struct{})
	go func() {
		s.answering(first, func() { <-hanging })
		close(done)
	}()
	begin := newMessage(beginSession)
	begin.number(1)
	begin.limits(DefaultLimits)
	w := bufio.NewWriter(writer)
	if err := errors.Join(worker.Write(w, begin), w.Flush(), writer.Close()); err != nil {
		t.Fatal(err)
	}
	if err := <-s.ended; err != nil || s.stores[1] == nil {
		t.Errorf("%v, sessions %v", err, s.stores)
	}
	close(hanging)
	<-done
	if first.about.Load() != over {
		t.Error("it has its turn still")
	}
}

// TestLateAndDead: a question whose time is over in the moment in which the worker
// dies has one answer.
func TestLateAndDead(t *testing.T) {
	c := far(t, Limits{})
	w := shopOf(c)
	q := &query{session: c.trees.(*session), answer: make(chan []byte, 1), late: time.NewTimer(time.Hour)}
	r := &workerLife{asked: map[int]*query{1: q}}
	w.died(r, "as asked")
	w.tooLate(r, 1)
	if answer, lives := <-q.answer; lives {
		t.Errorf("it was answered %q", answer)
	}
}

// FuzzServe gives the worker messages that no cache sends.
func FuzzServe(f *testing.F) {
	for _, pieces := range [][]message{{newMessage(beginSession), newMessage(openDocument)}, {newMessage(askLook)}} {
		for _, m := range pieces {
			m.number(1)
			m.limits(DefaultLimits)
			f.Add([]byte(m), []byte(m))
		}
	}
	f.Fuzz(func(t *testing.T, first, second []byte) {
		s := &server{out: discard(), stores: map[int]*store{}}
		if s.take(&turn{}, first) == nil {
			s.take(&turn{}, second)
		}
		for _, c := range s.stores {
			c.closeAll()
		}
	})
}

// FuzzAnswers reads answers that no worker gives.
func FuzzAnswers(f *testing.F) {
	m := newMessage(replied)
	m.sight(sight{imports: []Range{{1, 2}}, scopes: []Scope{{Kind: lang.Function}}})
	f.Add([]byte(m[1:]), 10)
	m = newMessage(replied)
	m.sight(sight{place: surroundings{mode: inBlockComment, depth: 1 << 60, open: []bracket{{char: '(', pos: 1 << 40}}}})
	f.Add([]byte(m[1:]), 10)
	m = newMessage(replied)
	m.nodes(Node{Type: "a", Children: []Node{{Type: "b", Field: "c"}}})
	f.Add([]byte(m[1:]), 10)
	f.Fuzz(func(t *testing.T, data []byte, size int) {
		size = clamp(size, 1<<10)
		text := strings.Repeat("x{(\"\n", 1<<10)[:size]
		fs := fields{rest: data}
		s := fs.sight(size, size/2)
		for _, language := range []string{"go", "python"} { // with and without comments that have an end
			a := analyze(languageOf(language), &s, text, size/2)
			checkRanges(t, a, size)
			End(a, "a {\n}\n\n\"")
		}
		fs = fields{rest: data}
		Outline(Document{Language: "go", Text: text}, fs.nodes(size))
	})
}

// TestLookAhead types: who asks at each key where it ended has the question on its
// way with the edit, and who stops asking has one in vain and then none, nor is the
// worker told of each edit.
func TestLookAhead(t *testing.T) {
	c := far(t, Limits{ParseTime: time.Minute})
	s := c.trees.(*session)
	asked := func() int {
		s.shop.mu.Lock()
		defer s.shop.mu.Unlock()
		return s.shop.numbered
	}
	d := Document{Key: "a", Language: "go", Text: "package a\n\nfunc f() {\n\t\n}\n"}
	c.Open(d)
	at := strings.Index(d.Text, "\t") + 1
	key := func() {
		d.Text = d.Text[:at] + "x" + d.Text[at:]
		c.Edit("a", []Edit{{at, at, at + 1}}, d.Text)
		at++
	}
	for i, step := range []struct{ withEdit, withLook int }{{0, 1}, {1, 0}, {1, 0}, {1, 0}} {
		before := asked()
		key()
		if n := asked() - before; n != step.withEdit {
			t.Errorf("key %d: %d questions with the edit, want %d", i, n, step.withEdit)
		}
		before = asked()
		if a := c.Analyze(d, at); len(a.Enclosing) != 1 || !a.Parsed {
			t.Errorf("key %d: %+v", i, a)
		}
		if n := asked() - before; n != step.withLook {
			t.Errorf("key %d: %d questions when asked, want %d", i, n, step.withLook)
		}
	}
	for i, want := range []int{1, 0, 0} {
		before := asked()
		key()
		if n := asked() - before; n != want {
			t.Errorf("key %d that nobody asks at: %d questions, want %d", i, n, want)
		}
	}
	s.shop.mu.Lock()
	if doc := s.docs["a"]; doc.sent == doc.text {
		t.Error("the worker hears of edits that nobody asks about")
	}
	s.shop.mu.Unlock()
	if a := c.Analyze(d, at-1); len(a.Enclosing) != 1 || !a.Parsed {
		t.Errorf("after edits that it did not hear of: %+v", a)
	}
	// A question that went ahead holds up nobody who is to be alone.
	c.Analyze(d, at)
	key()
	alone := s.shop.enter(true)
	alone()
	// And one that the worker died over is put again.
	key()
	c.Analyze(d, at)
	key()
	s.shop.mu.Lock()
	process := s.shop.running.process
	s.shop.mu.Unlock()
	process.Kill()
	process.Ended()
	if a := c.Analyze(d, at); !a.Parsed {
		t.Errorf("after the worker died: %+v", a)
	}
	// Nor is what was asked about another text the answer, be it at the same place.
	key()
	c.Analyze(d, at)
	key()
	answered := s.shop.enter(true)
	answered()
	s.shop.mu.Lock()
	process = s.shop.running.process
	s.shop.mu.Unlock()
	process.Kill()
	process.Ended()
	d.Text = d.Text[:at] + strings.Repeat("x", 10) + "\n\t/* "
	at = len(d.Text)
	d.Text += "\n*/\n}\n"
	c.Edit("a", nil, d.Text)
	if a := c.Analyze(d, at); !a.InComment {
		t.Errorf("another text: %+v", a)
	}
}

// TestEditsApart edits far apart without asking, and near each other: what the
// worker hears of in the end are the edits, and not all between them.
func TestEditsApart(t *testing.T) {
	c := far(t, Limits{ParseTime: time.Minute})
	s := c.trees.(*session)
	d := Document{Key: "a", Language: "go", Text: goFile(1000)}
	c.Open(d)
	c.Analyze(d, 0)
	edit := func(at int) {
		d.Text = d.Text[:at] + " " + d.Text[at:]
		c.Edit("a", []Edit{{at, at, at + 1}}, d.Text)
	}
	edit(len(d.Text) - 1)
	edit(10)
	edit(len(d.Text) / 2)
	s.shop.mu.Lock()
	defer s.shop.mu.Unlock()
	list := s.unheard(s.docs["a"])
	size := 0
	for _, one := range list {
		size += len(one.with)
	}
	if len(list) != 3 || size != 3 {
		t.Errorf("%d edits of %d bytes", len(list), size)
	}
}
