package gitsync

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/airside-ls/airside/gitsync/journal"
	"github.com/airside-ls/airside/gitsync/merge"
	"github.com/airside-ls/airside/gitsync/object"
	"github.com/airside-ls/airside/gitsync/repo"
)

// TestParkedAgain: what was parked is looked at again once something has changed that
// merges go by, and not before.
func TestParkedAgain(t *testing.T) {
	f := newFake(t)
	f.ours()
	f.theirs()
	f.grounds = "a driver"
	merges, clean := 0, false
	s := f.syncer(func(p *parts) {
		p.merge = func(context.Context, object.Reader, object.Hash, object.Hash, labels) (mergeOutcome, error) {
			merges++
			if clean {
				return mergeOutcome{tree: object.Hash{2}, bases: []object.Hash{{3}}}, nil
			}
			return mergeOutcome{conflicts: []Conflict{{"f", "merge driver"}}, why: "f: the driver does not run", bases: []object.Hash{{3}}}, nil
		}
	})
	for _, c := range []struct {
		change func()
		merges int
		state  State
	}{
		{func() {}, 1, Conflicted},
		{func() {}, 1, Conflicted},
		{func() { f.grounds = "another driver" }, 2, Conflicted},
		{func() {}, 2, Conflicted},
		{func() { s.opts.ApplySecondLook = true }, 3, Conflicted},
		{func() { f.grounds, clean = "no driver", true }, 4, Idle},
	} {
		c.change()
		r := s.Round(t.Context(), Request{})[0]
		if merges != c.merges || r.State != c.state {
			t.Errorf("%d merges, want %d: %+v", merges, c.merges, r)
		}
		if r.State == Conflicted && !strings.HasPrefix(r.Message, "f: the driver does not run: `airside sync resolve`") {
			t.Errorf("it says %q", r.Message)
		}
	}
}

// TestHooksGone: a merge that hooks wanted to see is made once they are gone.
func TestHooksGone(t *testing.T) {
	f := newFake(t)
	f.ours()
	f.theirs()
	f.hooks, f.grounds = []string{"commit-msg"}, "hooks"
	s := f.syncer()
	if r := s.Round(t.Context(), Request{})[0]; r.State != Conflicted {
		t.Fatalf("%+v", r)
	}
	f.hooks, f.grounds = nil, ""
	if r := s.Round(t.Context(), Request{})[0]; r.State != Idle || !r.Merged {
		t.Errorf("%+v", r)
	}
}

// TestRefusedForItsContent: what was refused is not fetched once more before it moves or
// the user asks.
func TestRefusedForItsContent(t *testing.T) {
	f := newFake(t)
	f.theirs()
	fetches := 0
	f.before = func(method string) {
		if method == "Fetch" {
			fetches++
		}
	}
	f.fail["Fetch"] = failing(repo.Content)
	s := f.syncer()
	offline := false
	probe := s.probe
	s.probe = func(ctx context.Context, up repo.Upstream) verdict {
		if offline {
			return verdict{reachOffline, "the test says offline"}
		}
		return probe(ctx, up)
	}
	for i, c := range []struct {
		change  func()
		user    bool
		fetches int
		state   State
	}{
		{func() {}, false, 1, Rejected},
		{func() {}, false, 1, Rejected},
		{func() { offline = true }, false, 1, Offline},
		{func() { offline = false }, false, 1, Rejected},
		{func() {}, true, 2, Rejected},
		{func() { f.theirs() }, false, 3, Rejected},
		{func() {}, false, 3, Rejected},
		{func() { delete(f.fail, "Fetch"); f.theirs() }, false, 4, Idle},
	} {
		c.change()
		r := s.Round(t.Context(), Request{User: c.user})[0]
		if r.State != c.state || fetches != c.fetches {
			t.Errorf("%d: %d fetches, want %d: %+v", i, fetches, c.fetches, r)
		}
		if r.State == Rejected && !strings.HasSuffix(r.Message, "it is fetched again when main moves there, or by `airside sync`") {
			t.Errorf("%d: it says %q", i, r.Message)
		}
	}
	if s.loadStates()["main"].Refused != nil {
		t.Error("still remembered")
	}
}

// TestUnknownBranch: a branch that was asked for and is not there is told, beside those
// that are.
func TestUnknownBranch(t *testing.T) {
	f := newFake(t)
	s := f.syncer()
	results := s.Round(t.Context(), Request{User: true, Branches: []string{"nosuch"}})
	if len(results) != 1 || results[0].State != Busy || results[0].Branch != "nosuch" || results[0].Message != "there is no branch nosuch here: `git branch` lists them" {
		t.Errorf("%+v", results)
	}
	results = s.Round(t.Context(), Request{User: true, Branches: []string{"nosuch", "main"}})
	if len(results) != 2 || results[0].Branch != "main" || results[0].State != Idle || results[1].Branch != "nosuch" || results[1].State != Busy {
		t.Errorf("%+v", results)
	}
}

// TestResolveTwice: a merge that stands in the work tree is said to, whatever it has
// changed there, and another one is not taken for it.
func TestResolveTwice(t *testing.T) {
	f := newFake(t)
	ours, theirs := f.ours(), f.theirs()
	s := f.syncer(conflicting)
	s.Round(t.Context(), Request{})
	first, err := s.Resolve(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	f.merging, f.dirty, f.fail["Busy"] = theirs, []string{"f"}, failing(repo.Busy)
	again, err := s.Resolve(t.Context(), "")
	if err != nil || again.Message != first.Message || again.State != Conflicted || len(again.Conflicts) != 1 {
		t.Errorf("%+v, %v", again, err)
	}
	if st := s.Status(t.Context())[0]; st.State != Conflicted || st.Message != first.Message {
		t.Errorf("status %+v", st)
	}
	f.merging = object.Hash{9}
	if _, err := s.Resolve(t.Context(), ""); kindOf(err) != repo.Busy {
		t.Errorf("another merge: %v", err)
	}
	if _, err := s.TakeProposal(t.Context(), ""); err == nil || strings.Contains(err.Error(), "committed already") {
		t.Errorf("no proposal: %v", err)
	}
	f.merging, f.dirty = object.Zero, nil
	delete(f.fail, "Busy")
	f.refs[main] = f.commit("the user's merge", ours, theirs)
	if _, err := s.Resolve(t.Context(), ""); err == nil || !strings.Contains(err.Error(), "committed already: `airside sync` pushes it") {
		t.Errorf("committed: %v", err)
	}
}

// TestWaitsAreTold: while a round waits for a program of the user's, progress, status and
// Watch say for which, here and from another process, and no longer than that.
func TestWaitsAreTold(t *testing.T) {
	f := newFake(t)
	f.ours()
	w := &waiter{}
	s := f.syncer(func(p *parts) { p.waits = w })
	late := make(chan time.Time, 1)
	s.clock = &lateClock{late: late}
	progress := make(chan string, 10)
	s.opts.Progress = func(line string) { progress <- line }
	begun, end := make(chan bool), make(chan bool)
	f.onPush = func(*fakeRepo, repo.PushUpdate) {
		done := w.begin("the pre-push hook")
		begun <- true
		<-end
		done()
	}
	ctx, cancel := context.WithCancel(t.Context())
	heard, over := make(chan []Result, 10), make(chan error)
	go func() { over <- s.Watch(ctx, func(results []Result) { heard <- results }) }()
	<-begun
	if line := <-progress; line != "waiting for the pre-push hook" {
		t.Errorf("progress %q", line)
	}
	const want = "waiting for the pre-push hook since "
	another := journal.NewQueue(s.fs, s.dir("lock"), "airside", time.Now)
	if st := s.Status(t.Context())[0]; st.State != Busy || !strings.HasPrefix(st.Message, want) {
		t.Errorf("status %+v", st)
	}
	if got := another.Waits(); got == nil || got.For != "the pre-push hook" || got.Branch != "main" {
		t.Errorf("the other process reads %+v", got)
	}
	if who := another.Holder().String(); !strings.HasSuffix(who, ", which waits for the pre-push hook,") {
		t.Errorf("the holder is %s", who)
	}
	late <- time.Now()
	if got := (<-heard)[0]; got.State != Busy || !strings.HasPrefix(got.Message, want) {
		t.Errorf("heard %+v", got)
	}
	end <- true
	if got := (<-heard)[0]; got.State != Idle || got.Pushed != 1 {
		t.Errorf("heard %+v", got)
	}
	cancel()
	if err := <-over; err != nil {
		t.Error(err)
	}
	if st := s.Status(t.Context())[0]; st.State != Idle || another.Waits() != nil {
		t.Errorf("status %+v, %+v", st, another.Waits())
	}
	// One that was killed could not say that it waits no more.
	lock, err := another.Try()
	if err != nil {
		t.Fatal(err)
	}
	lock.Waits(&journal.Wait{For: "ever"})
	lock.Release()
	if got := another.Waits(); got != nil {
		t.Errorf("nobody is there, and waits for %+v", got)
	}
}

// TestUndoCounts: an undo, and the status after it, tell what is ahead and behind then,
// and not what the round before had to tell.
func TestUndoCounts(t *testing.T) {
	for _, c := range []struct {
		name          string
		setup         func(*fakeRepo)
		ahead, behind int
	}{
		{"pulled", func(f *fakeRepo) { f.theirs(); f.theirs() }, 0, 2},
		{"merged and pushed", func(f *fakeRepo) { f.ours(); f.theirs() }, 0, 2},
		{"merged, and the push refused", func(f *fakeRepo) {
			f.ours()
			f.theirs()
			f.fail["Push"] = failing(repo.Rejected)
		}, 1, 1},
	} {
		f := newFake(t)
		c.setup(f)
		s := f.syncer()
		s.Round(t.Context(), Request{})
		undo, err := s.Undo(t.Context(), "")
		if err != nil {
			t.Fatal(err)
		}
		if undo.Ahead != c.ahead || undo.Behind != c.behind {
			t.Errorf("%s: the undo tells %d ahead, %d behind", c.name, undo.Ahead, undo.Behind)
		}
		st := s.Status(t.Context())[0]
		if st.State != Idle || st.Ahead != c.ahead || st.Behind != c.behind || !strings.HasPrefix(st.Message, undo.Message) || !strings.HasSuffix(st.Message, "`airside sync` takes what came in again") {
			t.Errorf("%s: status %+v", c.name, st)
		}
	}
}

// TestOwnDriver: lines that are airside itself, and what they ask of it.
func TestOwnDriver(t *testing.T) {
	usual := merge.TextOptions{Algorithm: merge.Myers, Level: merge.ZealousAlnum, MarkerSize: 7}
	with := func(change func(*merge.FileOptions)) *merge.FileOptions {
		o := merge.FileOptions{TextOptions: usual, Path: "a.go"}
		change(&o)
		return &o
	}
	for line, want := range map[string]*merge.FileOptions{
		"airside merge-file --second-look --path %P %A %O %B -L ours -L base -L theirs": with(func(o *merge.FileOptions) {
			o.SecondLook, o.Ours, o.Base, o.Theirs = true, "ours", "base", "theirs"
		}),
		"airside merge-file --second-look --path %P --marker-size=%L %A %O %B": with(func(o *merge.FileOptions) { o.SecondLook, o.MarkerSize = true, 9 }),
		"/usr/local/bin/airside merge-file -q --diff3 %A %O %B":                with(func(o *merge.FileOptions) { o.Style = merge.StyleDiff3 }),
		`C:\bin\airside.exe merge-file --union --marker-size 20 %A %O %B`:      with(func(o *merge.FileOptions) { o.Favor, o.MarkerSize = merge.FavorUnion, 20 }),
		"airside merge-file %O %A %B":                                          nil,
		"airside merge-file -p %A %O %B":                                       nil,
		"airside merge-file %A %O %B && touch x":                               nil,
		"airside merge-file %A %O %B; touch x":                                 nil,
		"airside merge-file -L $(touch) %A %O %B":                              nil,
		"airside merge-file -L %P %A %O %B":                                    nil,
		"airside merge-file --marker-size=x %A %O %B":                          nil,
		"airside merge-file --path":                                            nil,
		"airside sync":                                                         nil,
		"mergiraf merge --git %O %A %B":                                        nil,
		"notairside merge-file %A %O %B":                                       nil,
		"":                                                                     nil,
	} {
		got, ok := ownDriver(line, "a.go", 9)
		if ok != (want != nil) || ok && got != *want {
			t.Errorf("%s: %+v, %v", line, got, ok)
		}
	}
}

// TestWaitIsOver: when a round has waited for something, how it ended is told even if
// that is as it was before.
func TestWaitIsOver(t *testing.T) {
	f := newFake(t)
	w := &waiter{}
	late, end, slow := make(chan time.Time, 1), make(chan bool), false
	s := f.syncer(func(p *parts) {
		p.waits = w
		p.probe = func(context.Context, repo.Upstream) verdict {
			if slow {
				defer w.begin("a program")()
				late <- time.Time{}
				<-end
			}
			return verdict{state: reachable}
		}
	})
	s.clock = &slowClock{late: late}
	ctx, cancel := context.WithCancel(t.Context())
	heard, over := make(chan []Result), make(chan error)
	go func() { over <- s.Watch(ctx, func(results []Result) { heard <- results }) }()
	first := (<-heard)[0]
	slow = true // the round is over, and the next begins when it is poked
	s.Poke()
	if got := (<-heard)[0]; got.State != Busy || !strings.HasPrefix(got.Message, "waiting for a program since ") {
		t.Errorf("heard %+v", got)
	}
	end <- true
	if got := (<-heard)[0]; got.State != first.State || got.Message != first.Message {
		t.Errorf("heard %+v, not %+v", got, first)
	}
	cancel()
	if err := <-over; err != nil {
		t.Error(err)
	}
}

// slowClock ends no wait but the one after which a wait is told.
type slowClock struct {
	realClock
	late chan time.Time
}

func (c *slowClock) After(d time.Duration) <-chan time.Time {
	if d == tellAfter {
		return c.late
	}
	return nil
}

// TestRetryIsNobody: a round that tries a password again takes nothing that the user has
// undone; one that the user asks for does.
func TestRetryIsNobody(t *testing.T) {
	f := newFake(t)
	before := f.refs[main]
	f.theirs()
	s := f.syncer()
	if r := s.Round(t.Context(), Request{})[0]; r.Pulled != 1 {
		t.Fatalf("%+v", r)
	}
	if _, err := s.Undo(t.Context(), ""); err != nil {
		t.Fatal(err)
	}
	if r := s.Round(t.Context(), Request{Retry: true})[0]; r.Pulled != 0 || f.refs[main] != before {
		t.Errorf("%+v", r)
	}
	if r := s.Round(t.Context(), Request{User: true})[0]; r.Pulled != 1 {
		t.Errorf("%+v", r)
	}
}
