package gitsync

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/airside-ls/airside/gitsync/object"
	"github.com/airside-ls/airside/gitsync/repo"
)

// by has somebody push a commit.
func (f *fakeRepo) by(author, subject string, parents ...object.Hash) object.Hash {
	if parents == nil {
		parents = []object.Hash{f.there[main]}
	}
	c := object.Commit{
		Tree: object.Hash{1}, Parents: parents, Message: subject + "\n\nwhy\n",
		Author: object.Signature{Name: author, Email: strings.ToLower(author) + "@b", When: time.Unix(1e9, 0)},
	}
	f.there[main] = f.CommitObject(c).Hash
	return f.there[main]
}

// told are the arrivals as text, newest first; those seen in parentheses.
func told(t *testing.T, s *Syncer, all bool) string {
	t.Helper()
	list, err := s.Arrivals(t.Context(), all)
	if err != nil {
		t.Fatal(err)
	}
	var parts []string
	for _, a := range list {
		var commits []string
		for _, c := range a.Commits {
			mine := ""
			if c.Mine {
				mine = "!"
			}
			commits = append(commits, c.Author+mine+": "+c.Subject)
		}
		text := a.Branch + " " + strings.Join(commits, ", ")
		if a.Seen {
			text = "(" + text + ")"
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, "; ")
}

// TestArrivals: what came in is told until the user has seen it or goes on, also to
// another process, and over a crash.
func TestArrivals(t *testing.T) {
	f := newFake(t)
	s := f.syncer()
	round := func() Result { t.Helper(); return s.Round(t.Context(), Request{})[0] }
	check := func(when, want, all string) {
		t.Helper()
		if got := told(t, s, false); got != want {
			t.Errorf("%s: %q, want %q", when, got, want)
		}
		if got := told(t, s, true); got != all {
			t.Errorf("%s, all: %q, want %q", when, got, all)
		}
	}
	round()
	check("at first", "", "")
	f.by("Ada", "one")
	f.by("Ada", "two")
	before := s.ArrivalsStamp()
	round()
	if s.ArrivalsStamp() == before {
		t.Error("the stamp is the same after an arrival")
	}
	const first = "main Ada: two, Ada: one"
	check("pulled", first, first)
	still := s.ArrivalsStamp()
	round()
	check("a round without news", first, first)
	if s.ArrivalsStamp() != still {
		t.Error("the stamp is another one, and nothing has happened")
	}
	consented := s.consent
	s = f.syncer()
	s.consent = consented
	check("another process", first, first)

	f.ours()
	f.by("A", "from my other machine")
	round()
	check("after a commit of one's own", "main A!: from my other machine", "main A!: from my other machine; ("+first+")")
	if err := s.Saw(""); err != nil {
		t.Fatal(err)
	}
	check("seen", "", "(main A!: from my other machine); ("+first+")")

	f.by("Grace", "three")
	op := round().Operation
	lost := s.loadStates()
	lost["main"].Local = lost["main"].Remote
	lost["main"].Local[0]++
	if err := s.save("state.json", lost); err != nil { // the process ended before it was written
		t.Fatal(err)
	}
	round()
	check("after a crash", "main Grace: three", "main Grace: three; (main A!: from my other machine); ("+first+")")
	if _, err := s.Undo(t.Context(), op); err != nil {
		t.Fatal(err)
	}
	check("taken back", "", "(main A!: from my other machine); ("+first+")")
}

// TestArrivedMerges: merges are left out, unless there is nothing else.
func TestArrivedMerges(t *testing.T) {
	f := newFake(t)
	s := f.syncer()
	base := f.there[main]
	side := f.by("Ada", "side", base)
	f.by("Grace", "Merge side", base, side)
	s.Round(t.Context(), Request{})
	if got := told(t, s, false); got != "main Ada: side" {
		t.Errorf("told %q", got)
	}
	mine := f.ours()
	s.Round(t.Context(), Request{})
	f.by("Grace", "Merge 12", mine, side)
	s.Round(t.Context(), Request{})
	if got := told(t, s, false); got != "main Grace: Merge 12" {
		t.Errorf("told %q", got)
	}
}

// TestArrivedLongAgo: where nobody has ever looked there is no news of weeks.
func TestArrivedLongAgo(t *testing.T) {
	f := newFake(t)
	s := f.syncer()
	f.by("Ada", "one")
	s.Round(t.Context(), Request{})
	s.clock = shifted(25 * time.Hour)
	if got := told(t, s, false); got != "" {
		t.Errorf("a day later %q", got)
	}
	if got := told(t, s, true); got != "(main Ada: one)" {
		t.Errorf("a day later, all: %q", got)
	}
}

// shifted is a clock that is ahead.
type shifted time.Duration

func (s shifted) Now() time.Time                         { return time.Now().Add(time.Duration(s)) }
func (s shifted) After(d time.Duration) <-chan time.Time { return time.After(d) }

// TestArrivedIn: which lines of a file came in, and by whom.
func TestArrivedIn(t *testing.T) {
	c := newChangedRepo(t)
	tips := []object.Hash{}
	for i, text := range []string{"a\nb\nc\n", "a\nB\nc\n", "a\nB\nc\nd\n", "a\nB\nc\nd\n"} {
		c.put("dir/f", text)
		c.put("g", fmt.Sprint(i))
		c.add("dir/f")
		c.add("g")
		hash := c.commitAs(fmt.Sprint("c", i), int64(i))
		tip, err := object.ParseHash(hash.String())
		c.must(err)
		tips = append(tips, tip)
	}
	s, err := Open(c.dir, Options{Repo: repo.Options{}})
	c.must(err)
	for _, test := range []struct {
		from, to int
		path     string
		want     string
	}{
		{0, 3, "dir/f", "[{2 1 2 1} {3 0 4 1}] c2 c1"},
		{1, 2, "dir/f", "[{3 0 4 1}] c2"},
		{2, 3, "dir/f", ""},
		{0, 3, "nowhere", ""},
	} {
		f, ok, err := s.ArrivedIn(t.Context(), tips[test.from], tips[test.to], test.path)
		got := ""
		if ok {
			got = fmt.Sprint(f.Lines)
			for _, c := range f.Commits {
				got += " " + c.Subject
			}
		}
		if err != nil || got != test.want {
			t.Errorf("%s from %d to %d: %q, %v, want %q", test.path, test.from, test.to, got, err, test.want)
		}
	}
}
