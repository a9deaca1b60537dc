package gitsync

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/airside-ls/airside/completion/syntax"
	"github.com/airside-ls/airside/gitsync/journal"
	"github.com/airside-ls/airside/gitsync/merge"
	"github.com/airside-ls/airside/gitsync/object"
	"github.com/airside-ls/airside/gitsync/repo"
)

// under are the refs whose names begin so.
func (f *fakeRepo) under(prefix string) (list []object.Hash) {
	refs, _ := f.Refs(prefix)
	for _, ref := range refs {
		list = append(list, ref.Hash)
	}
	return list
}

// dies runs do, which ends at the first change by that method.
func (f *fakeRepo) dies(method string, do func()) {
	type killed struct{}
	f.before = func(m string) {
		if m == method {
			panic(killed{})
		}
	}
	defer func() {
		f.before = nil
		if p := recover(); p != any(killed{}) {
			f.t.Errorf("it did not come to %s: %v", method, p)
		}
	}()
	do()
}

// watched holds what every change is held to: the repository's lock is taken, and
// the journal has it as the step that is to be taken.
func (f *fakeRepo) watched(s *Syncer) {
	f.before = func(method string) {
		if method == "Fetch" || method == "WriteObjects" { // objects alone: nothing moves
			return
		}
		if l, err := journal.Acquire(s.fs, s.dir("lock")); !errors.Is(err, journal.ErrLocked) {
			l.Release()
			f.t.Errorf("%s without the lock", method)
		}
		log, err := s.Log()
		if err != nil || len(log) == 0 || !log[0].Ended.IsZero() || len(log[0].Steps) == 0 || log[0].Steps[len(log[0].Steps)-1].Done {
			f.t.Errorf("%s is not written down: %+v, %v", method, log, err)
		}
	}
}

// TestWrittenDownFirst: whatever a round, an undo or a resolution moves is written
// down before, and done under the lock.
func TestWrittenDownFirst(t *testing.T) {
	f := newFake(t)
	f.fresh = []string{"new"}
	f.ours()
	f.theirs()
	s := f.syncer()
	f.watched(s)
	must := func(r Result, err error) {
		t.Helper()
		if err != nil || r.Operation == "" {
			t.Errorf("%+v, %v", r, err)
		}
	}
	must(s.Round(t.Context(), Request{})[0], nil)
	must(s.Undo(t.Context(), ""))
	f.ours()
	f.theirs()
	s = f.syncer(conflicting)
	must(s.Round(t.Context(), Request{User: true})[0], nil)
	must(s.Resolve(t.Context(), ""))
	log, err := s.Log()
	if err != nil || len(log) != 4 {
		t.Fatalf("%+v, %v", log, err)
	}
	for _, op := range log {
		if len(op.Steps) < 2 || slices.ContainsFunc(op.Steps, func(s journal.Step) bool { return !s.Done }) {
			t.Errorf("%s: %+v", op.Kind, op.Steps)
		}
	}
}

// TestKeepsWork: a snapshot holds what is in the work tree beside the branch before
// it moves, also when it is nothing but files that git does not track.
func TestKeepsWork(t *testing.T) {
	for _, fresh := range []bool{true, false} {
		f := newFake(t)
		if fresh {
			f.fresh = []string{"new"}
		}
		f.theirs()
		s := f.syncer()
		kept := func(r Result, err error) {
			t.Helper()
			if has := len(f.under("refs/airside/wip/"+r.Operation)) == 1; err != nil || has != fresh {
				t.Errorf("untracked files %v, kept %v: %+v, %v", fresh, has, r, err)
			}
		}
		kept(s.Round(t.Context(), Request{})[0], nil)
		kept(s.Undo(t.Context(), ""))
		f.ours()
		f.theirs()
		s = f.syncer(conflicting)
		s.Round(t.Context(), Request{User: true})
		kept(s.Resolve(t.Context(), ""))
	}
}

// TestMergeCommit: ours is the first parent, the commit has a ref before the branch
// goes there, and git's own ref of the remote moves along.
func TestMergeCommit(t *testing.T) {
	f := newFake(t)
	ours, theirs := f.ours(), f.theirs()
	s := f.syncer()
	f.before = func(method string) {
		if method == "FastForward" && len(f.under("refs/airside/merge/")) != 1 {
			t.Error("a garbage collection could take the merge now")
		}
	}
	if r := s.Round(t.Context(), Request{})[0]; r.State != Idle || !r.Merged {
		t.Fatalf("%+v", r)
	}
	tip := f.refs[main]
	if c := f.commits[tip]; !slices.Equal(c.Parents, []object.Hash{ours, theirs}) || c.Message != "Merge main of origin\n" {
		t.Errorf("%+v", c)
	}
	for _, name := range []string{seenMain, "refs/remotes/origin/main"} {
		if f.refs[name] != tip {
			t.Errorf("%s is %s, not %s", name, f.refs[name].Short(), tip.Short())
		}
	}
}

// TestHalfMoved: what a move has written before the branch moved is put back, by the
// round itself where it failed, else by whoever comes next; but only while the branch
// is the one that is checked out. Such a move is nothing to be undone.
func TestHalfMoved(t *testing.T) {
	for name, c := range map[string]struct {
		then  func(f *fakeRepo)
		taken bool
	}{
		"the next round":        {nil, true},
		"another branch by now": {func(f *fakeRepo) { f.head = "other"; f.refs["refs/heads/other"] = f.refs[main] }, false},
		"a commit by now":       {func(f *fakeRepo) { f.ours() }, false},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t)
			was, theirs := f.refs[main], f.theirs()
			f.dies("FastForward", func() { f.syncer().Round(t.Context(), Request{}) })
			if c.then != nil {
				c.then(f)
			}
			if _, err := f.syncer().Undo(t.Context(), ""); err == nil || err.Error() != errNoOperation.Error() {
				t.Errorf("undone: %v", err)
			}
			if want := was.Short() + " " + theirs.Short(); c.taken != slices.Equal(f.halves, []string{want}) || !c.taken && len(f.halves) > 0 {
				t.Errorf("put back %v, of %s", f.halves, want)
			}
		})
	}
	f := newFake(t)
	was, theirs := f.refs[main], f.theirs()
	f.fail["FastForward"] = failing(repo.Disk)
	if r := f.syncer().Round(t.Context(), Request{})[0]; r.State != Busy || !slices.Equal(f.halves, []string{was.Short() + " " + theirs.Short()}) {
		t.Errorf("a full disk: %+v, put back %v", r, f.halves)
	}
	if len(f.under("refs/airside/keep/")) > 0 {
		t.Error("nothing moved, and yet something is kept")
	}
}

// TestWaitsForTheSameOnly: what waits for the user does so as long as nothing has
// changed.
func TestWaitsForTheSameOnly(t *testing.T) {
	tries := func(f *fakeRepo, s *Syncer, method string) (n int) {
		f.before = func(m string) {
			if m == method {
				n++
			}
		}
		s.Round(t.Context(), Request{})
		return n
	}
	f := newFake(t)
	s := f.syncer()
	first := f.ours()
	f.ours()
	f.fail["Push"] = failing(repo.Rejected)
	if n := tries(f, s, "Push") + tries(f, s, "Push"); n != 1 {
		t.Errorf("refused once, tried %d times", n)
	}
	f.there[main] = first // somebody has pushed a part of it
	if n := tries(f, s, "Push"); n != 1 {
		t.Errorf("the remote moved: %d tries", n)
	}
	f.ours()
	if n := tries(f, s, "Push"); n != 1 {
		t.Errorf("another commit: %d tries", n)
	}

	f = newFake(t)
	s = f.syncer()
	f.fail["Advertise"] = failing(repo.Auth)
	s.Round(t.Context(), Request{})
	delete(f.fail, "Advertise")
	if r := s.Round(t.Context(), Request{})[0]; r.State != Auth {
		t.Errorf("nothing new: %+v", r)
	}
	f.ours()
	if r := s.Round(t.Context(), Request{})[0]; r.State != Idle || r.Pushed != 1 {
		t.Errorf("another commit: %+v", r)
	}
}

// TestOtherBranches: which are synced, and that a file which is not saved in the
// editor is of the checked-out one.
func TestOtherBranches(t *testing.T) {
	f := newFake(t)
	for _, name := range []string{"feature/a", "feature/b", "x"} {
		f.refs["refs/heads/"+name] = f.refs[main]
	}
	s := f.syncer()
	f.head = "feature/b"
	for _, c := range []struct{ patterns, asked, want string }{
		{"", "", "feature/b"},
		{"feature/*", "", "feature/b feature/a"},
		{"main x", "", "main x"},
		{"feature/*", "x main", "main x"},
	} {
		if err := s.Enable(strings.Fields(c.patterns)); err != nil {
			t.Fatal(err)
		}
		if got, err := s.branches(strings.Fields(c.asked)); err != nil || strings.Join(got, " ") != c.want {
			t.Errorf("%+v: %v, %v", c, got, err)
		}
	}
	f.theirs()
	s.opts.OpenDirty = func() []string { return []string{f.dir + "/x.go"} }
	if r := s.Round(t.Context(), Request{Branches: []string{"main"}})[0]; r.Branch != "main" || r.Pulled != 1 {
		t.Errorf("%+v", r)
	}
}

// TestNotOverTheUsersWork: undo and resolve move nothing while there are open changes,
// and resolve settles only the conflict that was found.
func TestNotOverTheUsersWork(t *testing.T) {
	f := newFake(t)
	f.theirs()
	s := f.syncer()
	s.Round(t.Context(), Request{})
	tip := f.refs[main]
	f.dirty = []string{"f"}
	if _, err := s.Undo(t.Context(), ""); kindOf(err) != repo.Dirty || f.refs[main] != tip {
		t.Errorf("undo over open changes: %v", err)
	}
	f.dirty = nil
	f.ours()
	f.theirs()
	s = f.syncer(conflicting)
	s.Round(t.Context(), Request{})
	f.before = func(method string) { t.Errorf("%s, and nothing was to be moved", method) }
	for want, change := range map[string]func(){
		"the test says " + string(repo.Dirty): func() { f.dirty = []string{"f"} },
		"is not checked out":                  func() { f.head = "other" },
		"has moved since":                     func() { f.ours() },
	} {
		head, dirty, at := f.head, f.dirty, f.refs[main]
		change()
		if _, err := s.Resolve(t.Context(), "main"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
		f.head, f.dirty, f.refs[main] = head, dirty, at
	}
}

// TestUndoFurtherBack: one undo after another goes further back, and not to and fro.
func TestUndoFurtherBack(t *testing.T) {
	f := newFake(t)
	s := f.syncer()
	tips := []object.Hash{f.refs[main]}
	for range 3 {
		f.theirs()
		s.Round(t.Context(), Request{User: true})
		tips = append(tips, f.refs[main])
	}
	for _, want := range []object.Hash{tips[2], tips[1], tips[0]} {
		if r, err := s.Undo(t.Context(), ""); err != nil || f.refs[main] != want {
			t.Errorf("%+v, %v: main is %s, not %s", r, err, f.refs[main].Short(), want.Short())
		}
	}
	if _, err := s.Undo(t.Context(), ""); err == nil {
		t.Error("further back than all")
	}
}

// TestLooksAgain: a parked merge is tried again when either side has moved, and what
// was undone is taken again when the user asks.
func TestLooksAgain(t *testing.T) {
	f := newFake(t)
	f.ours()
	f.theirs()
	merges := 0
	s := f.syncer(func(p *parts) {
		p.merge = func(context.Context, object.Reader, object.Hash, object.Hash, labels) (mergeOutcome, error) {
			merges++
			return mergeOutcome{conflicts: []Conflict{{"f", "content"}}, bases: []object.Hash{{3}}}, nil
		}
	})
	for _, c := range []struct {
		move func() object.Hash
		want int
	}{{nil, 1}, {nil, 1}, {f.theirs, 2}, {nil, 2}, {f.ours, 3}} {
		if c.move != nil {
			c.move()
		}
		if st := s.Status(t.Context())[0]; len(st.Conflicts) > 0 != (merges > 0 && c.want < 3) {
			t.Errorf("before merge %d the status is %+v", c.want, st)
		}
		if r := s.Round(t.Context(), Request{})[0]; r.State != Conflicted || merges != c.want {
			t.Errorf("%d merges, not %d: %+v", merges, c.want, r)
		}
	}

	f = newFake(t)
	f.theirs()
	s = f.syncer()
	s.Round(t.Context(), Request{})
	if _, err := s.Undo(t.Context(), ""); err != nil {
		t.Fatal(err)
	}
	if r := s.Round(t.Context(), Request{})[0]; r.Pulled != 0 {
		t.Errorf("taken again by itself: %+v", r)
	}
	if r := s.Round(t.Context(), Request{User: true})[0]; r.Pulled != 1 {
		t.Errorf("the user asked: %+v", r)
	}
}

// TestBesideAFetch: somebody else's git fetch in the same moment is no trouble.
func TestBesideAFetch(t *testing.T) {
	f := newFake(t)
	f.theirs()
	updates := 0
	f.before = func(method string) {
		if method == "UpdateRef" {
			if updates++; updates == 2 { // the first is airside's own note
				f.refs["refs/remotes/origin/main"] = f.commit("newer", f.there[main])
			}
		}
	}
	if r := f.syncer().Round(t.Context(), Request{})[0]; r.State != Idle || r.Pulled != 1 {
		t.Errorf("%+v", r)
	}
}

// TestLastSync: a round that did not bring both sides together is none.
func TestLastSync(t *testing.T) {
	f := newFake(t)
	s := f.syncer()
	f.theirs()
	f.dirty = []string{"f"}
	if r := s.Round(t.Context(), Request{})[0]; r.State != Busy || !r.LastSync.IsZero() {
		t.Errorf("%+v", r)
	}
	f.dirty = nil
	if r := s.Round(t.Context(), Request{})[0]; r.State != Idle || r.LastSync.IsZero() {
		t.Errorf("%+v", r)
	}
	now := time.Now()
	at := func(state State, seconds int) branchState {
		return branchState{State: state, LastSync: now.Add(time.Duration(seconds) * time.Second)}
	}
	for _, c := range []struct {
		before, after branchState
		want          bool
	}{
		{at(Idle, 0), at(Idle, 30), false}, {at(Idle, 0), at(Idle, 60), true}, {at(Idle, 0), at(Busy, 0), true},
	} {
		if got := worthSaving(c.before, c.after); got != c.want {
			t.Errorf("%+v then %+v: %v", c.before, c.after, got)
		}
	}
}

// TestRemoteName: only a plain name is a part of a ref; an address, or a name that
// could run into another remote's branches, stands there as a hash.
func TestRemoteName(t *testing.T) {
	for remote, plain := range map[string]bool{
		"origin": true, "up-stream.2": true, "a/b": false, "host:path": false, "../x": false, "https://h/x.git": false, "": false, "a..b": false, "x.lock": false,
	} {
		got := remoteName(remote)
		if plain != (got == remote) || !plain && (len(got) != 14 || !strings.HasPrefix(got, "url-")) {
			t.Errorf("%q: %q", remote, got)
		}
	}
}

// proposing is a merge whose one conflict can be settled by structure.
func proposing(kind string) mergeOutcome {
	text := func(imports ...string) []byte {
		return []byte("package p\n\nimport (\n\t\"" + strings.Join(imports, "\"\n\t\"") + "\"\n)\n")
	}
	blob := object.New(object.TypeBlob, text("fmt"))
	tree := object.NewTree([]object.TreeEntry{{Name: "f.go", Mode: object.ModeFile, Hash: blob.Hash}})
	return mergeOutcome{
		tree: tree.Hash, objects: []object.Object{blob, tree}, conflicts: []Conflict{{"f.go", kind}}, bases: []object.Hash{{3}},
		textual: []fileMerge{{path: "f.go", mode: object.ModeFile, base: text("fmt"), ours: text("fmt", "os"), theirs: text("fmt", "io")}},
	}
}

// TestProposal: a merge by structure is kept and not taken, unless the user says so;
// what lines have not to do with is never settled by it.
func TestProposal(t *testing.T) {
	diverged := func(kind string) (*fakeRepo, *Syncer) {
		f := newFake(t)
		f.ours()
		f.theirs()
		return f, f.syncer(mergesTo(proposing(kind), nil))
	}
	f, s := diverged("content")
	ours, theirs := f.refs[main], f.there[main]
	r := s.Round(t.Context(), Request{})[0]
	proposal := f.refs[proposalRef(r.Operation)]
	if r.State != Conflicted || fmt.Sprint(r.Conflicts) != "[{f.go content}]" || f.refs[main] != ours || !slices.Equal(f.commits[proposal].Parents, []object.Hash{ours, theirs}) {
		t.Fatalf("%+v, proposed %+v", r, f.commits[proposal])
	}
	f.dirty = []string{"f"}
	if _, err := s.TakeProposal(t.Context(), ""); kindOf(err) != repo.Dirty || f.refs[main] != ours {
		t.Errorf("over open changes: %v", err)
	}
	f.dirty = nil
	f.watched(s)
	if r, err := s.TakeProposal(t.Context(), ""); err != nil || !r.Merged || f.refs[main] != proposal || s.loadStates()["main"].Parked != nil {
		t.Errorf("%+v, %v", r, err)
	}
	f.before = nil
	if r := s.Round(t.Context(), Request{})[0]; r.State != Idle || f.there[main] != proposal {
		t.Errorf("%+v", r)
	}

	f, s = diverged("modify/delete")
	r = s.Round(t.Context(), Request{})[0]
	if _, err := s.TakeProposal(t.Context(), ""); err == nil || r.State != Conflicted || len(f.under(proposalRef(r.Operation))) > 0 {
		t.Errorf("%+v, %v", r, err)
	}

	f, s = diverged("content")
	s.opts.ApplySecondLook = true
	if r := s.Round(t.Context(), Request{})[0]; !r.Merged || !strings.Contains(f.commits[f.there[main]].Message, "by structure") {
		t.Errorf("%+v", r)
	}
}

// TestProposalInPart: where some conflicts can be settled and others not, the merge is
// started with those settled; where that fails, it has begun as git begins it.
func TestProposalInPart(t *testing.T) {
	f := newFake(t)
	f.ours()
	f.theirs()
	m := proposing("content")
	text := func(value, imports string) []byte {
		return []byte("package p\n\nimport (\n\t\"fmt\"\n" + imports + ")\n\nfunc f() int {\n\tfmt.Println()\n\treturn " + value + "\n}\n")
	}
	m.textual[0].base, m.textual[0].ours, m.textual[0].theirs = text("1", ""), text("2", "\t\"io\"\n"), text("3", "\t\"os\"\n")
	s := f.syncer(mergesTo(m, nil))
	s.opts.ApplySecondLook = true // of all or nothing: what is left is never taken unasked
	ours := f.refs[main]
	f.signs = true // not asked for what is no more than proposed
	r := s.Round(t.Context(), Request{})[0]
	if len(f.under(partRef(r.Operation))) != 1 || !f.refs[proposalRef(r.Operation)].IsZero() {
		t.Errorf("what is settled in part: %v", f.under("refs/airside/conflicts/"+r.Operation))
	}
	if r.State != Conflicted || f.refs[main] != ours || !strings.Contains(r.Message, "of 2 conflicts 1 can be merged by structure (1 of 2 in f.go): `airside sync resolve --proposal`") {
		t.Fatalf("%+v", r)
	}
	f.watched(s)
	var put bool
	f.before = func(method string) { put = put || method == "PutMerged" }
	if r, err := s.TakeProposal(t.Context(), ""); err != nil || r.State != Conflicted || !put || !strings.Contains(r.Message, "settled as far as proposed") || f.refs[main] != ours {
		t.Errorf("%+v, %v, put %v", r, err, put)
	}
	f.fail["PutMerged"] = failing(repo.Disk)
	if r, err := s.TakeProposal(t.Context(), ""); err != nil || !strings.Contains(r.Message, "only for some files") {
		t.Errorf("without its files: %+v, %v", r, err)
	}
	// A conflict is one, whether or not a part of it could be settled.
	f = newFake(t)
	f.ours()
	f.theirs()
	f.fail["Identity"] = failing(repo.Failed)
	s = f.syncer(mergesTo(m, nil))
	if r := s.Round(t.Context(), Request{})[0]; r.State != Conflicted || s.loadStates()["main"].Parked == nil || strings.Contains(r.Message, "--proposal") {
		t.Errorf("nobody's name: %+v", r)
	}
}

// TestProposalStopped: a round that ends while it looks a second time parks nothing, and
// proposes nothing: the next one begins again.
func TestProposalStopped(t *testing.T) {
	f := newFake(t)
	f.ours()
	f.theirs()
	stop := func() {}
	s := f.syncer(func(p *parts) {
		p.merge = func(context.Context, object.Reader, object.Hash, object.Hash, labels) (mergeOutcome, error) {
			stop()
			return proposing("content"), nil
		}
	})
	ours := f.refs[main]
	ctx, cancel := context.WithCancel(t.Context())
	stop = cancel
	r := s.Round(ctx, Request{})[0]
	if r.State != Busy || !strings.Contains(r.Message, "by structure was stopped") || f.refs[main] != ours || s.loadStates()["main"].Parked != nil {
		t.Errorf("%+v", r)
	}
	stop = func() {}
	if r := s.Round(t.Context(), Request{})[0]; r.State != Conflicted || s.loadStates()["main"].Parked == nil {
		t.Errorf("%+v", r)
	}
}

// TestLookAtSwapped: two clones, each with its own as ours, settle a conflict alike.
func TestLookAtSwapped(t *testing.T) {
	trees := syntax.NewCache(merge.LookLimits)
	defer trees.CloseAll()
	here := fileMerge{path: "a.md", base: []byte("- a\n"), ours: []byte("- a\n- b\n"), theirs: []byte("- a\n- c\n")}
	there := fileMerge{path: here.path, base: here.base, ours: here.theirs, theirs: here.ours}
	one, ok := lookAt(t.Context(), here, trees, false, merge.TextOptions{Algorithm: merge.Histogram}, nil)
	other, also := lookAt(t.Context(), there, trees, true, merge.TextOptions{Algorithm: merge.Histogram}, nil)
	if !ok || !also || string(one.Text) != string(other.Text) || one.Conflicts > 0 {
		t.Errorf("%v %q, %v %q", ok, one.Text, also, other.Text)
	}
}

// scripted is a clock that a test plays: what it shows, and which waits are over at
// once. The others never are.
type scripted struct {
	now  func() time.Time
	over func(time.Duration) bool
}

func (c scripted) Now() time.Time { return c.now() }
func (c scripted) After(d time.Duration) <-chan time.Time {
	if !c.over(d) {
		return nil
	}
	over := make(chan time.Time, 1)
	over <- time.Time{}
	return over
}

// TestWaitEnds: neither a clock that was set back nor a watcher of the network that
// has ended, nor bad luck with numbers, makes a wait for ever or none at all.
func TestWaitEnds(t *testing.T) {
	f := newFake(t)
	s := f.syncer()
	s.opts.Random = func() float64 { return 0 }
	if got := s.pause(5); got != time.Second {
		t.Errorf("a pause of %v", got)
	}

	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	now, looks := time.Now(), 0
	s.clock = scripted{func() time.Time { now = now.Add(-time.Hour); return now }, func(time.Duration) bool {
		if looks++; looks > 100 {
			cancel()
		}
		return true
	}}
	if s.wait(ctx, time.Minute, s.noticed(), nil, nil, nil); looks > 1 {
		t.Errorf("the clock went back: %d looks", looks)
	}

	hints, changes, asked := make(chan struct{}), make(chan struct{}), 0
	close(hints)
	s.clock = scripted{func() time.Time { asked++; return time.Time{} }, func(time.Duration) bool { return false }}
	done := make(chan bool)
	go func() { done <- s.wait(t.Context(), time.Minute, s.noticed(), hints, changes, nil) }()
	for range 3 {
		changes <- struct{}{}
	}
	s.Poke()
	if fresh := <-done; !fresh || asked > 6 { // at first, and for each of five reasons
		t.Errorf("fresh %v, the time was looked at %d times", fresh, asked)
	}
}

// TestRetries: what goes away by itself is tried again sooner than after the usual
// pause, and nothing else.
func TestRetries(t *testing.T) {
	for _, tr := range transitions {
		want := tr.to == Offline || tr.to == Portal || tr.to == Backoff
		if retries(tr.to) != want {
			t.Errorf("%s: %v", tr.to, !want)
		}
	}
}

// TestWatchRecovers: after one failure and a success the usual pause is back.
func TestWatchRecovers(t *testing.T) {
	f := newFake(t)
	f.changes = make(chan struct{}, 1)
	state := reachOffline
	s := f.syncer(func(p *parts) {
		p.probe = func(context.Context, repo.Upstream) verdict { return verdict{state, "the test says " + state} }
	})
	s.clock = scripted{time.Now, func(d time.Duration) bool { return d == settle }}
	paused, told := make(chan int, 10), make(chan State, 10)
	s.opts.Random = func() float64 { paused <- 1; return 1 }
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- s.Watch(ctx, func(r []Result) { told <- r[0].State }) }()
	if got := <-told; got != Offline {
		t.Errorf("first %s", got)
	}
	<-paused
	for _, want := range []State{Idle, Busy} { // two rounds, each told as another than before
		state = reachable
		if want == Busy {
			f.fail["Busy"] = failing(repo.Busy)
		}
		f.noted = f.noted.Add(time.Hour)
		f.changes <- struct{}{}
		if got := <-told; got != want {
			t.Errorf("then %s, not %s", got, want)
		}
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if len(paused) > 0 {
		t.Error("it goes on as if it failed")
	}
}

// TestRefusedMergeTouchesNothing: a merge that is asked for and does not begin, because
// something of the user's is in the way, is not taken back: what is in the way may look
// like what the merge would write. One that git began and did not end is.
func TestRefusedMergeTouchesNothing(t *testing.T) {
	for name, c := range map[string]struct {
		method string
		kind   repo.Kind
		taken  bool
	}{
		"in the way":                {"CanMerge", repo.Dirty, false},
		"in the way in that moment": {"StartMerge", repo.Dirty, false},
		"another git":               {"StartMerge", repo.Busy, false},
		"git was killed":            {"StartMerge", repo.Failed, true},
		"a full disk":               {"StartMerge", repo.Disk, true},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t)
			f.ours()
			f.theirs()
			s := f.syncer(conflicting)
			s.Round(t.Context(), Request{})
			f.fail[c.method] = failing(c.kind)
			if _, err := s.Resolve(t.Context(), ""); kindOf(err) != c.kind {
				t.Errorf("%v", err)
			}
			if c.taken != (len(f.halves) == 1) || len(f.halves) > 1 {
				t.Errorf("put back %q", f.halves)
			}
			if open, err := s.journal.Unfinished(); err != nil || len(open) > 0 {
				t.Errorf("%d operations are open, %v", len(open), err)
			}
		})
	}
}

// TestAddressesOfPromisors: what a partial clone is asked for what it lacks is told as a
// place that may be contacted.
func TestAddressesOfPromisors(t *testing.T) {
	f := newFake(t)
	f.promisors = []repo.Upstream{{Remote: "origin", URL: "there"}, {Remote: "big", URL: "elsewhere"}, {Remote: "odd", URL: "ext::x"}}
	s := f.syncer(func(p *parts) {
		p.place = func(_ context.Context, up repo.Upstream) (repo.Endpoint, error) {
			if up.Remote == "odd" {
				return repo.Endpoint{}, failing(repo.Unsupported)
			}
			return repo.Endpoint{Protocol: "https", Host: up.URL}, nil
		}
	})
	list, err := s.Addresses(t.Context())
	if err != nil || len(list) != 2 || list[0].Host != "elsewhere" || list[0].Remote != "big" || list[1].Host != "there" {
		t.Errorf("%+v, %v", list, err)
	}
}
