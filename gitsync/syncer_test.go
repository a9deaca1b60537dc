package gitsync

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/airside-ls/airside/gitsync/history"
	"github.com/airside-ls/airside/gitsync/object"
	"github.com/airside-ls/airside/gitsync/repo"
)

func probes(state string) func(*parts) {
	return func(p *parts) {
		p.probe = func(context.Context, repo.Upstream) verdict { return verdict{state, "the test says " + state} }
	}
}

func mergesTo(m mergeOutcome, err error) func(*parts) {
	return func(p *parts) {
		p.merge = func(context.Context, object.Reader, object.Hash, object.Hash, labels) (mergeOutcome, error) {
			return m, err
		}
	}
}

var conflicting = mergesTo(mergeOutcome{conflicts: []Conflict{{"f", "content"}}, bases: []object.Hash{{3}}}, nil)

// rounds are scenarios: what is the case, and the way through the states.
var rounds = []struct {
	name  string
	setup func(*fakeRepo)
	parts func(*parts)
	user  bool
	retry bool
	times int    // rounds; 0 is one, the last one counts
	path  string // states, from the first after IDLE on
}{
	{name: "nothing new", path: "PROBE FETCH COMPARE EQUAL IDLE"},
	{name: "unborn", setup: func(f *fakeRepo) { delete(f.refs, main) }, path: "IDLE"},
	{name: "somebody is at work", setup: func(f *fakeRepo) { f.fail["Busy"] = failing(repo.Busy) }, path: "BUSY"},
	{name: "offline", parts: probes(reachOffline), path: "PROBE OFFLINE"},
	{name: "portal", parts: probes(reachPortal), path: "PROBE PORTAL"},
	{name: "probe wants credentials", parts: probes(reachAuth), path: "PROBE AUTH"},
	{name: "probe is refused", parts: probes(reachRefused), path: "PROBE REJECTED"},
	{name: "no password", setup: func(f *fakeRepo) { f.fail["Advertise"] = failing(repo.Auth) }, path: "PROBE FETCH AUTH"},
	{name: "no password waits for the user", setup: func(f *fakeRepo) { f.fail["Advertise"] = failing(repo.Auth) }, times: 2, path: "AUTH"},
	{name: "no password, and the user asks", setup: func(f *fakeRepo) { f.fail["Advertise"] = failing(repo.Auth) }, times: 2, user: true, path: "PROBE FETCH AUTH"},
	{name: "no password, and it is tried again", setup: func(f *fakeRepo) { f.fail["Advertise"] = failing(repo.Auth) }, times: 2, retry: true, path: "PROBE FETCH AUTH"},
	{name: "fetch refused", setup: func(f *fakeRepo) { f.fail["Advertise"] = failing(repo.Rejected) }, path: "PROBE FETCH REJECTED"},
	{name: "connection breaks", setup: func(f *fakeRepo) { f.theirs(); f.fail["Fetch"] = failing(repo.Network) }, path: "PROBE FETCH BACKOFF"},
	{name: "the remote lies", setup: func(f *fakeRepo) { f.theirs(); f.fail["Fetch"] = failing(repo.Protocol) }, path: "PROBE FETCH BACKOFF"},
	{name: "full disk", setup: func(f *fakeRepo) { f.theirs(); f.fail["Fetch"] = failing(repo.Disk) }, path: "PROBE FETCH BUSY"},
	{name: "never there", setup: func(f *fakeRepo) {
		for _, name := range []string{seenMain, "refs/remotes/origin/main"} {
			delete(f.refs, name)
		}
		delete(f.there, main)
	}, path: "PROBE FETCH AHEAD PUSH IDLE"},
	{name: "deleted there", setup: func(f *fakeRepo) { delete(f.there, main) }, path: "PROBE FETCH IDLE"},
	{name: "rewound there", setup: func(f *fakeRepo) { f.refs[seenMain] = f.ours() }, path: "PROBE FETCH REWOUND"},
	{name: "rewritten there", setup: func(f *fakeRepo) { f.there[main] = f.commit("rewritten") }, path: "PROBE FETCH REWOUND"},
	{name: "deleted there, and git fetch --prune has run here", setup: func(f *fakeRepo) {
		delete(f.there, main)
		delete(f.refs, "refs/remotes/origin/main")
	}, path: "PROBE FETCH IDLE"},
	{name: "deleted there before the first sync", setup: func(f *fakeRepo) {
		delete(f.there, main)
		delete(f.refs, seenMain)
	}, path: "PROBE FETCH IDLE"},
	{name: "what was seen is not here any more", setup: func(f *fakeRepo) {
		tip := f.theirs()
		lost := f.commits[tip]
		f.refs[seenMain] = tip
		delete(f.commits, tip)
		f.before = func(method string) {
			if method == "Fetch" {
				f.commits[tip] = lost
			}
		}
	}, path: "PROBE FETCH COMPARE BEHIND IDLE"},
	{name: "shallow, and what parted is within reach", setup: func(f *fakeRepo) { f.ends(f.refs[main]); f.ours(); f.theirs() }, path: "PROBE FETCH COMPARE DIVERGED PUSH IDLE"},
	{name: "shallow, and what parted is not within reach", setup: func(f *fakeRepo) { f.theirs(); f.ours(); f.ends(f.theirs()) }, path: "PROBE FETCH COMPARE DIVERGED PUSH IDLE"},
	{name: "shallow, and more history does not come", setup: func(f *fakeRepo) {
		f.theirs()
		f.ends(f.theirs())
		f.fail["Deepen"] = failing(repo.Network)
	}, path: "PROBE FETCH BACKOFF"},
	{name: "shallow, and the remote has no more", setup: func(f *fakeRepo) {
		f.theirs()
		f.ends(f.theirs())
		f.fail["Deepen"] = failing(repo.Unsupported)
	}, path: "PROBE FETCH BUSY"},
	{name: "shallow, and rewritten there", setup: func(f *fakeRepo) {
		f.ends(f.ours())
		f.refs[seenMain] = f.refs[main]
		f.there[main] = f.commit("rewritten")
		f.ends(f.there[main])
	}, path: "PROBE FETCH REWOUND"},
	{name: "behind, and what a partial clone lacks does not come", setup: func(f *fakeRepo) { f.theirs(); f.fail["Bring"] = failing(repo.Network) }, path: "PROBE FETCH COMPARE BEHIND BACKOFF"},
	{name: "diverged, and what a partial clone lacks does not come", setup: func(f *fakeRepo) {
		f.ours()
		f.theirs()
		f.fail["Bring"] = failing(repo.Network)
	}, path: "PROBE FETCH COMPARE DIVERGED BACKOFF"},
	{name: "the remote has not taken what it said it took", setup: func(f *fakeRepo) {
		f.ours()
		f.onPush = func(f *fakeRepo, u repo.PushUpdate) { f.after = func(string) { f.there[u.Ref] = u.Old } }
	}, times: 2, path: "PROBE FETCH REJECTED"},
	{name: "a name that is not UTF-8", setup: func(f *fakeRepo) {
		f.head = "m\xff"
		f.refs["refs/heads/m\xff"] = f.refs[main]
	}, path: "BUSY"},
	{name: "follows a branch here", setup: func(f *fakeRepo) { f.follows = &repo.Upstream{Remote: ".", Ref: main} }, path: "IDLE"},
	{name: "follows nothing", setup: func(f *fakeRepo) { f.follows = &repo.Upstream{} }, path: "IDLE"},
	{name: "a fetch is interrupted", setup: func(f *fakeRepo) { f.theirs(); f.fail["Fetch"] = context.Canceled }, path: "PROBE FETCH BACKOFF"},
	{name: "rewritten by ourselves", setup: func(f *fakeRepo) {
		old := f.refs[main]
		f.refs[main] = f.commit("rewritten")
		f.there[main], f.refs[seenMain] = f.refs[main], old
	}, path: "PROBE FETCH COMPARE EQUAL IDLE"},
	{name: "ahead", setup: func(f *fakeRepo) { f.ours() }, path: "PROBE FETCH COMPARE AHEAD PUSH IDLE"},
	{name: "behind", setup: func(f *fakeRepo) { f.theirs() }, path: "PROBE FETCH COMPARE BEHIND IDLE"},
	{name: "behind, with open changes", setup: func(f *fakeRepo) { f.theirs(); f.dirty = []string{"f"} }, path: "PROBE FETCH COMPARE BEHIND BUSY"},
	{name: "ahead, with open changes", setup: func(f *fakeRepo) { f.ours(); f.dirty = []string{"f"} }, path: "PROBE FETCH COMPARE AHEAD PUSH IDLE"},
	{name: "objects are gone", setup: func(f *fakeRepo) { f.ours(); f.fail["Objects"] = failing(repo.Failed) }, path: "PROBE FETCH COMPARE BUSY"},
	{name: "always moved meanwhile", setup: func(f *fakeRepo) { f.theirs(); f.fail["FastForward"] = failing(repo.Moved) },
		path: "PROBE FETCH COMPARE" + strings.Repeat(" BEHIND COMPARE", 6) + " BACKOFF"},
	{name: "diverged", setup: func(f *fakeRepo) { f.ours(); f.theirs() }, path: "PROBE FETCH COMPARE DIVERGED PUSH IDLE"},
	{name: "diverged, with open changes", setup: func(f *fakeRepo) { f.ours(); f.theirs(); f.dirty = []string{"f"} }, path: "PROBE FETCH COMPARE DIVERGED BUSY"},
	{name: "diverged, and a change comes up while they are merged", setup: func(f *fakeRepo) {
		f.ours()
		f.theirs()
		f.before = func(method string) {
			if method == "WriteObjects" {
				f.dirty = []string{"f"}
			}
		}
	}, path: "PROBE FETCH COMPARE DIVERGED BUSY"},
	{name: "conflict, with open changes", setup: func(f *fakeRepo) { f.ours(); f.theirs(); f.dirty = []string{"f"} }, parts: conflicting, path: "PROBE FETCH COMPARE DIVERGED BUSY"},
	{name: "diverged, without a name", setup: func(f *fakeRepo) { f.ours(); f.theirs(); f.fail["Identity"] = failing(repo.Failed) }, path: "PROBE FETCH COMPARE DIVERGED BUSY"},
	{name: "diverged, moved meanwhile", setup: func(f *fakeRepo) {
		f.ours()
		f.theirs()
		f.before = func(method string) {
			if f.before = nil; method != "FastForward" {
				f.before = nil
			}
		}
		f.fail["FastForward"] = failing(repo.Moved)
		f.after = func(method string) {
			if method == "FastForward" {
				delete(f.fail, "FastForward")
			}
		}
	}, path: "PROBE FETCH COMPARE DIVERGED COMPARE DIVERGED PUSH IDLE"},
	{name: "conflict", setup: func(f *fakeRepo) { f.ours(); f.theirs() }, parts: conflicting, path: "PROBE FETCH COMPARE DIVERGED CONFLICT"},
	{name: "conflict, again", setup: func(f *fakeRepo) { f.ours(); f.theirs() }, parts: conflicting, times: 3, path: "PROBE FETCH COMPARE DIVERGED CONFLICT"},
	{name: "unrelated", setup: func(f *fakeRepo) { f.ours(); f.theirs() }, parts: mergesTo(mergeOutcome{unrelated: true}, nil), path: "PROBE FETCH COMPARE DIVERGED BUSY"},
	{name: "merge hooks", setup: func(f *fakeRepo) { f.ours(); f.theirs(); f.hooks = []string{"commit-msg"} }, path: "PROBE FETCH COMPARE DIVERGED CONFLICT"},
	{name: "merge fails", setup: func(f *fakeRepo) { f.ours(); f.theirs() }, parts: mergesTo(mergeOutcome{}, errors.New("no")), path: "PROBE FETCH COMPARE DIVERGED BUSY"},
	{name: "push refused", setup: func(f *fakeRepo) { f.ours(); f.fail["Push"] = failing(repo.Rejected) }, path: "PROBE FETCH COMPARE AHEAD PUSH REJECTED"},
	{name: "push refused waits for the user", setup: func(f *fakeRepo) { f.ours(); f.fail["Push"] = failing(repo.Rejected) }, times: 2, path: "PROBE FETCH COMPARE AHEAD REJECTED"},
	{name: "pre-push hook", setup: func(f *fakeRepo) { f.ours(); f.fail["Push"] = failing(repo.Hook) }, path: "PROBE FETCH COMPARE AHEAD PUSH REJECTED"},
	{name: "push without credentials", setup: func(f *fakeRepo) { f.ours(); f.fail["Push"] = failing(repo.Auth) }, path: "PROBE FETCH COMPARE AHEAD PUSH AUTH"},
	{name: "push breaks off", setup: func(f *fakeRepo) { f.ours(); f.fail["Push"] = failing(repo.Network) }, path: "PROBE FETCH COMPARE AHEAD PUSH BACKOFF"},
	{name: "push fails here", setup: func(f *fakeRepo) { f.ours(); f.fail["Push"] = failing(repo.Disk) }, path: "PROBE FETCH COMPARE AHEAD PUSH BUSY"},
	{name: "overtaken once", setup: func(f *fakeRepo) {
		f.ours()
		f.onPush = func(f *fakeRepo, u repo.PushUpdate) { f.onPush = nil; f.theirs() }
	}, path: "PROBE FETCH COMPARE AHEAD PUSH FETCH COMPARE DIVERGED PUSH IDLE"},
	{name: "overtaken again and again", setup: func(f *fakeRepo) {
		f.ours()
		f.onPush = func(f *fakeRepo, u repo.PushUpdate) { f.theirs() }
	}, path: "PROBE FETCH COMPARE AHEAD PUSH FETCH COMPARE DIVERGED PUSH FETCH COMPARE DIVERGED PUSH FETCH BACKOFF"},
}

// TestTransitions walks each scenario's way, and every line of the table is on
// one of them.
func TestTransitions(t *testing.T) {
	reached := map[transition]bool{}
	for _, tt := range rounds {
		t.Run(tt.name, func(t *testing.T) {
			f := newFake(t)
			if tt.setup != nil {
				tt.setup(f)
			}
			s := f.syncer()
			if tt.parts != nil {
				s = f.syncer(tt.parts)
			}
			before := f.everything()
			var path []string
			s.trace = func(tr transition) {
				reached[tr] = true
				path = append(path, string(tr.to))
			}
			var results []Result
			for range max(1, tt.times) {
				path = nil
				results = s.Round(t.Context(), Request{User: tt.user, Retry: tt.retry})
			}
			if got := strings.Join(path, " "); got != tt.path {
				t.Errorf("went  %s\nwants %s\n%+v", got, tt.path, results)
			}
			if len(results) != 1 || results[0].State != Idle && results[0].Message == "" {
				t.Errorf("results %+v", results)
			}
			f.holds(t, s, before)
		})
	}
	// An undo's remote tip waits until it moves.
	t.Run("undone", func(t *testing.T) {
		f := newFake(t)
		f.theirs()
		s := f.syncer()
		s.Round(t.Context(), Request{})
		if _, err := s.Undo(t.Context(), ""); err != nil {
			t.Fatal(err)
		}
		s.trace = func(tr transition) { reached[tr] = true }
		if r := s.Round(t.Context(), Request{})[0]; r.State != Idle || r.Pulled != 0 {
			t.Errorf("%+v", r)
		}
		f.theirs()
		if r := s.Round(t.Context(), Request{})[0]; r.Pulled != 2 {
			t.Errorf("the remote moved: %+v", r)
		}
	})
	for _, tr := range transitions {
		if !reached[tr] {
			t.Errorf("no scenario goes from %s on %q to %s", tr.from, tr.on, tr.to)
		}
	}
}

// TestPushNotTaken: a remote that reports a push as taken and does not have it is told as
// that, not as one that was rewritten; the push goes out again when the user asks. Once the
// pushed tip was seen there, going back from it is a rewind.
func TestPushNotTaken(t *testing.T) {
	lies := func(f *fakeRepo, u repo.PushUpdate) {
		f.after = func(method string) {
			if method == "Push" {
				f.there[u.Ref], f.after = u.Old, nil
			}
		}
	}
	f := newFake(t)
	tip := f.ours()
	old := f.there[main]
	f.onPush = lies
	s := f.syncer()
	if r := s.Round(t.Context(), Request{})[0]; r.State != Idle || r.Pushed != 1 {
		t.Fatalf("%+v", r)
	}
	for range 2 {
		r := s.Round(t.Context(), Request{})[0]
		if r.State != Rejected || !strings.Contains(r.Message, "reported the push of main ("+tip.Short()+") as taken") || strings.Contains(r.Message, "rewritten") {
			t.Errorf("%+v", r)
		}
	}
	f.onPush = nil
	if r := s.Round(t.Context(), Request{User: true})[0]; r.State != Idle || r.Pushed != 1 || f.there[main] != tip {
		t.Errorf("%+v; the remote has %s", r, f.there[main].Short())
	}
	if r := s.Round(t.Context(), Request{})[0]; r.State != Idle {
		t.Errorf("%+v", r)
	}
	f.there[main] = old
	if r := s.Round(t.Context(), Request{})[0]; r.State != Rewound {
		t.Errorf("%+v", r)
	}
	f.holds(t, s, []object.Hash{tip})
}

// TestHalfMovedStaysOpen: a move that failed and cannot be taken back yet (another git is at
// work, a lock is left) is not ended: the next round takes it back and goes on.
func TestHalfMovedStaysOpen(t *testing.T) {
	f := newFake(t)
	f.theirs()
	f.fail["FastForward"], f.fail["UndoHalfMove"] = failing(repo.Failed), failing(repo.Busy)
	s := f.syncer()
	before := f.everything()
	for range 2 { // neither by the round that failed nor by those that find it
		if r := s.Round(t.Context(), Request{})[0]; r.State != Busy {
			t.Errorf("%+v", r)
		}
		if open, err := s.journal.Unfinished(); err != nil || len(open) != 1 {
			t.Fatalf("%d operations are open, %v", len(open), err)
		} else if err := open[0].Leave(); err != nil {
			t.Error(err)
		}
	}
	delete(f.fail, "FastForward")
	delete(f.fail, "UndoHalfMove")
	if r := s.Round(t.Context(), Request{})[0]; r.State != Idle || r.Pulled != 1 {
		t.Errorf("%+v", r)
	}
	f.holds(t, s, before)
}

// everything is each commit that a ref has.
func (f *fakeRepo) everything() []object.Hash {
	var all []object.Hash
	for name, tip := range f.refs {
		if strings.HasPrefix(name, "refs/heads/") {
			all = append(all, tip)
		}
	}
	return all
}

// holds checks what is true after every round: what branches had is behind some
// ref, no operation is open, and none of airside's own refs is at the remote.
func (f *fakeRepo) holds(t *testing.T, s *Syncer, tips []object.Hash) {
	t.Helper()
	for _, tip := range tips {
		found := tip.IsZero()
		for _, ref := range f.refs {
			ok, err := history.IsAncestor(t.Context(), f, tip, ref)
			found = found || ok && err == nil
		}
		if !found {
			t.Errorf("commit %s is lost", tip.Short())
		}
	}
	open, err := s.journal.Unfinished()
	if err != nil || len(open) > 0 {
		t.Errorf("open operations %v, %v", open, err)
	}
	for name := range f.there {
		if !strings.HasPrefix(name, "refs/heads/") {
			t.Errorf("%s was pushed", name)
		}
	}
	for name := range f.refs {
		if strings.HasPrefix(name, "refs/airside/merge/") {
			t.Errorf("%s is left behind", name)
		}
	}
}

// TestCrash kills a sync before and after each change of the repository, once
// per change; the next syncs settle it.
func TestCrash(t *testing.T) {
	type killed struct{}
	setups := map[string]func(*fakeRepo){
		"behind":   func(f *fakeRepo) { f.theirs() },
		"diverged": func(f *fakeRepo) { f.ours(); f.theirs() },
		"ahead":    func(f *fakeRepo) { f.ours() },
	}
	kills := 0
	for name, setup := range setups {
		for _, when := range []string{"before", "after"} {
			for at := 1; ; at++ {
				f := newFake(t)
				setup(f)
				s := f.syncer()
				tips := append(f.everything(), f.there[main])
				n := 0
				count := func(string) {
					if n++; n == at {
						panic(killed{})
					}
				}
				if when == "before" {
					f.before = count
				} else {
					f.after = count
				}
				died := func() (died bool) {
					defer func() {
						if p := recover(); p != nil {
							if _, ours := p.(killed); !ours {
								panic(p)
							}
							died = true
						}
					}()
					s.Round(t.Context(), Request{})
					return false
				}()
				if !died {
					break
				}
				kills++
				f.before, f.after = nil, nil
				again := f.syncer() // another process
				results := again.Round(t.Context(), Request{})
				if results[0].State != Idle || f.refs[main] != f.there[main] {
					t.Errorf("%s, %s change %d: %+v", name, when, at, results)
				}
				f.holds(t, again, tips)
			}
		}
	}
	if kills < 20 {
		t.Errorf("only %d kills", kills)
	}
	t.Logf("%d kills", kills)
}

// TestUndo takes operations back and forth.
func TestUndo(t *testing.T) {
	f := newFake(t)
	s := f.syncer()
	if _, err := s.Undo(t.Context(), ""); err == nil {
		t.Error("something was undone")
	}
	first := f.refs[main]
	theirs := f.theirs()
	pull := s.Round(t.Context(), Request{})[0]
	undo, err := s.Undo(t.Context(), "")
	if err != nil || f.refs[main] != first || undo.Branch != "main" {
		t.Fatalf("%+v, %v", undo, err)
	}
	if _, err := s.Undo(t.Context(), pull.Operation); err == nil || !strings.Contains(err.Error(), "already") {
		t.Errorf("twice: %v", err)
	}
	if _, err := s.Undo(t.Context(), undo.Operation); err != nil || f.refs[main] != theirs {
		t.Errorf("undo of the undo: %v", err)
	}
	// With a commit on top it is left alone, and says how to get at it.
	f.ours()
	if _, err := s.Undo(t.Context(), pull.Operation); err == nil || !strings.Contains(err.Error(), first.String()) {
		t.Errorf("moved on: %v", err)
	}
	if _, err := s.Undo(t.Context(), "nonsense"); err == nil || !strings.Contains(err.Error(), "airside sync log") {
		t.Errorf("nonsense: %v", err)
	}
	f.holds(t, s, []object.Hash{first, theirs})
}

// TestKeepsOldTips: whatever moves a branch leaves a name on what the branch was,
// so that no garbage collection takes it: before a fast-forward, a merge, an undo
// and an undo of the undo.
func TestKeepsOldTips(t *testing.T) {
	for _, ahead := range []bool{false, true} {
		f := newFake(t)
		if ahead {
			f.ours()
		}
		f.theirs()
		s := f.syncer()
		was := f.refs[main]
		kept := func(op string) {
			t.Helper()
			if name := "refs/airside/keep/" + op + "/main"; f.refs[name] != was {
				t.Errorf("ahead %v: %s is %s, and main was %s", ahead, name, f.refs[name], was)
			}
			was = f.refs[main]
		}
		op := s.Round(t.Context(), Request{})[0].Operation
		kept(op)
		for range 2 {
			undo, err := s.Undo(t.Context(), op)
			if err != nil {
				t.Fatal(err)
			}
			op = undo.Operation
			kept(op)
		}
	}
}

// TestUndoOvertaken: a round that merged twice is taken back as one.
func TestUndoOvertaken(t *testing.T) {
	f := newFake(t)
	ours := f.ours()
	f.theirs()
	s := f.syncer()
	f.onPush = func(f *fakeRepo, u repo.PushUpdate) { f.onPush = nil; f.theirs() }
	if r := s.Round(t.Context(), Request{})[0]; r.State != Idle || !r.Merged {
		t.Fatalf("%+v", r)
	}
	if r, err := s.Undo(t.Context(), ""); err != nil || f.refs[main] != ours || !strings.Contains(r.Message, "pushed") {
		t.Errorf("%+v, %v", r, err)
	}
}

// TestResolve: what is parked is started, and after the user's merge sync goes on.
func TestResolve(t *testing.T) {
	f := newFake(t)
	ours, theirs := f.ours(), f.theirs()
	s := f.syncer(conflicting)
	if _, err := s.Resolve(t.Context(), ""); err == nil {
		t.Error("nothing was parked")
	}
	r := s.Round(t.Context(), Request{})[0]
	for side, want := range map[string]object.Hash{"ours": ours, "theirs": theirs, "base": {3}} {
		if got := f.refs["refs/airside/conflicts/"+r.Operation+"/"+side]; got != want {
			t.Errorf("%s is parked as %s", side, got)
		}
	}
	if st := s.Status(t.Context())[0]; st.State != Conflicted || len(st.Conflicts) != 1 || st.Ahead != 1 || st.Behind != 1 {
		t.Errorf("status %+v", st)
	}
	if r, err := s.Resolve(t.Context(), ""); err != nil || r.State != Conflicted || len(r.Conflicts) != 1 {
		t.Errorf("%+v, %v", r, err)
	}
	f.refs[main] = f.commit("the user's merge", ours, theirs)
	if r := s.Round(t.Context(), Request{})[0]; r.State != Idle || r.Pushed == 0 || f.there[main] != f.refs[main] {
		t.Errorf("%+v", r)
	}
	if st := s.Status(t.Context())[0]; st.State != Idle || len(st.Conflicts) > 0 || s.loadStates()["main"].Parked != nil {
		t.Errorf("status %+v", st)
	}
}

// TestUnsaved: a file that is dirty in the editor alone counts as changed.
func TestUnsaved(t *testing.T) {
	f := newFake(t)
	f.theirs()
	s := f.syncer()
	s.opts.OpenDirty = func() []string { return []string{"/elsewhere/x", f.dir + "/src/open.go"} }
	r := s.Round(t.Context(), Request{})[0]
	if r.State != Busy || !strings.Contains(r.Message, "src/open.go") || !strings.Contains(r.Message, "editor") {
		t.Errorf("%+v", r)
	}
	s.opts.OpenDirty = func() []string { return nil }
	if r := s.Round(t.Context(), Request{})[0]; r.Pulled != 1 {
		t.Errorf("%+v", r)
	}
}

// TestRegression: a text-clean merge that no longer parses is held back.
func TestRegression(t *testing.T) {
	f := newFake(t)
	f.ours()
	f.theirs()
	whole := []byte("package p\n")
	s := f.syncer(mergesTo(mergeOutcome{tree: object.Hash{2}, bases: []object.Hash{{3}}, textual: []fileMerge{{path: "f.go", ours: whole, theirs: whole, merged: append(whole, '}')}}}, nil))
	r := s.Round(t.Context(), Request{})[0]
	if r.State != Conflicted || fmt.Sprint(r.Conflicts) != "[{f.go syntax}]" {
		t.Errorf("%+v", r)
	}
}

// TestWatch: failures wait longer and longer, what waits for the user does not
// knock, and a poke is heard.
func TestWatch(t *testing.T) {
	f := newFake(t)
	states := []string{reachOffline, reachOffline, reachable}
	s := f.syncer(func(p *parts) {
		p.probe = func(context.Context, repo.Upstream) verdict {
			state := states[0]
			states = slices.Clip(states[min(1, len(states)-1):])
			return verdict{state, "the test says " + state}
		}
	})
	if a, b, c := s.pause(0), s.pause(1), s.pause(30); a != time.Minute || b != 5*time.Second || c != 15*time.Minute {
		t.Errorf("pauses %v %v %v", a, b, c)
	}
	ctx, cancel := context.WithCancel(t.Context())
	heard := make(chan State, 10)
	done := make(chan error)
	go func() {
		done <- s.Watch(ctx, func(results []Result) { heard <- results[0].State })
	}()
	if got := <-heard; got != Offline {
		t.Errorf("first %s", got)
	}
	s.Poke() // still offline: no news
	for {
		s.Poke()
		select {
		case got := <-heard:
			if got != Idle {
				t.Errorf("then %s", got)
			}
		case <-time.After(time.Millisecond):
			continue
		}
		break
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// TestWatchHears: a commit that the system tells of is not waited for.
func TestWatchHears(t *testing.T) {
	f := newFake(t)
	f.changes = make(chan struct{}, 1)
	rounds := make(chan struct{}, 10)
	s := f.syncer(func(p *parts) {
		p.probe = func(context.Context, repo.Upstream) verdict {
			rounds <- struct{}{}
			return verdict{state: reachable}
		}
	})
	s.opts.Interval = time.Hour
	ctx, cancel := context.WithCancel(t.Context())
	told, done := make(chan struct{}, 10), make(chan error)
	go func() {
		done <- s.Watch(ctx, func([]Result) { told <- struct{}{} })
	}()
	<-rounds
	<-told // what was seen before the round is known by now
	f.noted = time.Now()
	f.changes <- struct{}{}
	<-rounds
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// TestCountsWithoutTheRemote: a round that does not come to the remote counts
// against what was seen of it last, or, before the first sync, what git has fetched.
func TestCountsWithoutTheRemote(t *testing.T) {
	for _, state := range []string{reachOffline, reachPortal, reachAuth, reachRefused} {
		for _, synced := range []bool{true, false} {
			f := newFake(t)
			if !synced {
				delete(f.refs, seenMain)
			}
			f.ours()
			s := f.syncer(probes(state))
			round, status := s.Round(t.Context(), Request{})[0], s.Status(t.Context())[0]
			if round.Ahead != 1 || round.Behind != 0 || status.Ahead != round.Ahead || status.State != round.State {
				t.Errorf("%s, synced before: %v: the round says %+v, the status %+v", state, synced, round, status)
			}
		}
	}
}

// TestExpire: old refs go when their commits are elsewhere, and only then.
func TestExpire(t *testing.T) {
	f := newFake(t)
	behind := f.refs[main]
	f.ours()
	s := f.syncer()
	old := "20200101T000000"
	op, err := s.journal.Begin(kindSync, "main", "origin")
	if err != nil {
		t.Fatal(err)
	}
	if err := op.End("IDLE", ""); err != nil {
		t.Fatal(err)
	}
	id := old + op.ID[len(old):]
	lost := f.commit("nowhere else")
	f.refs["refs/airside/keep/"+id+"/main"] = f.refs[main]
	f.refs["refs/airside/keep/"+id+"/other"] = lost
	f.refs["refs/airside/keep/"+id+"/behind"] = behind
	f.refs["refs/airside/keep/"+id+"/before"] = f.commit("on top of main", f.refs[main])
	f.refs["refs/airside/keep/"+op.ID+"/main"] = f.refs[main]
	// Snapshots: of what is committed by now, of what is not, and with a staged state
	// behind them.
	snapshot := func(name string, files byte, parents ...object.Hash) {
		c := object.Commit{Tree: object.Hash{files}, Parents: parents, Message: name}
		f.refs["refs/airside/wip/"+id+name] = f.CommitObject(c).Hash
	}
	snapshot("1", 1, f.refs[main])
	snapshot("2", 9, f.refs[main])
	snapshot("3", 1, f.refs[main], lost)
	s.Round(t.Context(), Request{})
	for name, want := range map[string]bool{
		"refs/airside/keep/" + id + "/main": false, "refs/airside/keep/" + id + "/other": true, "refs/airside/keep/" + op.ID + "/main": true, seenMain: true,
		"refs/airside/keep/" + id + "/behind": false, "refs/airside/keep/" + id + "/before": true,
		"refs/airside/wip/" + id + "1": false, "refs/airside/wip/" + id + "2": true, "refs/airside/wip/" + id + "3": true,
	} {
		if _, got := f.refs[name]; got != want {
			t.Errorf("%s: there %v, want %v (id %s)", name, got, want, op.ID)
		}
	}
}

// TestReachesBackOnce: all history of a tip is asked for once, and not in each round
// again, if it does not hold what was looked for.
func TestReachesBackOnce(t *testing.T) {
	f := newFake(t)
	f.ends(f.ours())
	f.refs[seenMain] = f.refs[main]
	f.there[main] = f.commit("rewritten")
	s := f.syncer()
	for range 3 {
		if r := s.Round(t.Context(), Request{})[0]; r.State != Rewound {
			t.Fatalf("%+v", r)
		}
	}
	if len(f.deepened) != len(depths) {
		t.Errorf("asked for %v", f.deepened)
	}
	f.theirs()
	s.Round(t.Context(), Request{})
	if len(f.deepened) != 2*len(depths) {
		t.Errorf("asked for %v after the remote moved", f.deepened)
	}
}
