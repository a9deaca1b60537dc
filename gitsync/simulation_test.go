package gitsync

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/airside-ls/airside/gitsync/history"
	"github.com/airside-ls/airside/gitsync/object"
	"github.com/airside-ls/airside/gitsync/repo"
)

var (
	histories   = flag.Int("histories", 100, "random histories to live through; the long test has 2000")
	historySeed = flag.Uint64("history-seed", 0, "the first seed; a failing one is printed")
)

// TestSimulation lives through random histories of three to five repositories
// in memory that share a remote: commits, disconnects, kills in the midst of a
// change, conflicts, undos, races. Once the network stays all converge, and
// every commit that a branch ever had is behind one at the end.
//
// The same with real repositories and the real git is TestE2ESimulation.
func TestSimulation(t *testing.T) {
	for i := range *histories {
		seed := *historySeed + uint64(i)
		if !t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) { simulate(t, seed) }) {
			t.Logf("again by: go test ./gitsync -run Simulation -histories 1 -history-seed %d", seed)
		}
	}
}

func simulate(t *testing.T, seed uint64) {
	type killed struct{}
	rnd := rand.New(rand.NewPCG(seed, 3))
	there := newFake(t)
	var people []*fakeRepo
	online := map[*fakeRepo]bool{}
	for range 3 + rnd.IntN(3) {
		f := newFake(t)
		f.there, f.commits = there.there, there.commits // the graph is one: fetching moves refs alone
		f.refs[main], f.refs[seenMain], f.refs["refs/remotes/origin/main"] = there.refs[main], there.refs[main], there.refs[main]
		people = append(people, f)
		online[f] = true
	}
	conflicts := false
	syncerOf := func(f *fakeRepo) *Syncer {
		return f.syncer(func(p *parts) {
			if !online[f] {
				probes(reachOffline)(p)
			}
			if conflicts {
				conflicting(p)
			}
		})
	}
	var made []object.Hash
	work := func(f *fakeRepo) { made = append(made, f.ours()) }
	for range 60 {
		f := people[rnd.IntN(len(people))]
		switch rnd.IntN(9) {
		case 0, 1, 2:
			work(f)
		case 3, 4:
			syncerOf(f).Round(t.Context(), Request{User: rnd.IntN(2) == 0})
		case 5:
			online[f] = !online[f]
		case 6: // killed before or after the n-th change
			n, count := 1+rnd.IntN(12), 0
			die := func(string) {
				if count++; count == n {
					panic(killed{})
				}
			}
			if rnd.IntN(2) == 0 {
				f.before = die
			} else {
				f.after = die
			}
			func() {
				defer func() {
					if p := recover(); p != nil && p != any(killed{}) {
						panic(p)
					}
				}()
				syncerOf(f).Round(t.Context(), Request{})
			}()
			f.before, f.after = nil, nil
		case 7: // somebody else is faster, or a commit comes in between
			other := people[rnd.IntN(len(people))]
			f.onPush = func(f *fakeRepo, u repo.PushUpdate) {
				f.onPush = nil
				if other != f {
					syncerOf(other).Round(t.Context(), Request{})
				}
				work(f)
			}
			conflicts = rnd.IntN(4) == 0
			syncerOf(f).Round(t.Context(), Request{})
			f.onPush, conflicts = nil, false
		case 8:
			if _, err := syncerOf(f).Undo(t.Context(), ""); err == nil && rnd.IntN(2) == 0 {
				work(f)
			}
		}
	}
	for _, f := range people {
		online[f] = true
	}
	for range 3 {
		for _, f := range people {
			s := syncerOf(f)
			s.Round(t.Context(), Request{User: true})
			f.holds(t, s, nil)
		}
	}
	var tips []string
	for _, f := range people {
		tips = append(tips, f.refs[main].Short())
	}
	if strings.Count(strings.Join(tips, " "), tips[0]) != len(tips) || people[0].refs[main] != there.there[main] {
		t.Errorf("they do not converge: %v, the remote has %s", tips, there.there[main].Short())
	}
	for _, c := range made {
		kept := false
		for _, f := range people {
			for _, tip := range f.refs {
				ok, err := history.IsAncestor(t.Context(), f, c, tip)
				kept = kept || ok && err == nil
			}
		}
		if !kept {
			t.Errorf("commit %s is lost", c.Short())
		}
	}
}
