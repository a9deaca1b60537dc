package history

import (
	"context"
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/airside-ls/airside/gitsync/object"
)

// graph is a history in memory; commit n has the hash of n.
type graph struct {
	commits map[object.Hash]object.Commit
	read    int
}

func hash(n int) (h object.Hash) {
	binary.BigEndian.PutUint32(h[16:], uint32(n))
	return h
}

func (g *graph) Commit(h object.Hash) (object.Commit, error) {
	g.read++
	c, ok := g.commits[h]
	if !ok {
		return c, object.ErrNotFound
	}
	return c, nil
}
func (g *graph) Tree(object.Hash) ([]object.TreeEntry, error) { return nil, object.ErrNotFound }
func (g *graph) Blob(object.Hash) ([]byte, error)             { return nil, object.ErrNotFound }
func (g *graph) BlobSize(object.Hash) (int64, error)          { return 0, object.ErrNotFound }

// add makes commit n at the given second.
func (g *graph) add(n int, second int64, parents ...int) {
	c := object.Commit{Hash: hash(n), Committer: object.Signature{When: time.Unix(second, 0)}}
	for _, p := range parents {
		c.Parents = append(c.Parents, hash(p))
	}
	if g.commits == nil {
		g.commits = map[object.Hash]object.Commit{}
	}
	g.commits[c.Hash] = c
}

func (g *graph) ancestors(h object.Hash) map[object.Hash]bool {
	seen, todo := map[object.Hash]bool{}, []object.Hash{h}
	for len(todo) > 0 {
		h, todo = todo[0], todo[1:]
		if !seen[h] {
			seen[h] = true
			todo = append(todo, g.commits[h].Parents...)
		}
	}
	return seen
}

// bases by definition: common ancestors that no other common ancestor reaches.
func (g *graph) bases(a, b object.Hash) []object.Hash {
	ofA, ofB := g.ancestors(a), g.ancestors(b)
	var best []object.Hash
	for h := range ofA {
		if !ofB[h] {
			continue
		}
		below := false
		for other := range ofA {
			below = below || other != h && ofB[other] && g.ancestors(other)[h]
		}
		if !below {
			best = append(best, h)
		}
	}
	return sorted(best)
}

func sorted(h []object.Hash) []object.Hash {
	slices.SortFunc(h, func(a, b object.Hash) int { return slices.Compare(a[:], b[:]) })
	return h
}

// TestRandom compares with the definitions, on histories whose clocks are
// right, coarse (many equal dates) or arbitrary.
func TestRandom(t *testing.T) {
	ctx := context.Background()
	for seed := range uint64(600) {
		rnd := rand.New(rand.NewPCG(seed, 1))
		g := &graph{}
		size := 2 + rnd.IntN(24)
		for n := range size {
			var parents []int
			for range rnd.IntN(4) { // none: another root; three: an octopus
				if n > 0 {
					parents = append(parents, max(0, n-1-rnd.IntN(6)))
				}
			}
			date := int64(n)
			switch seed % 3 {
			case 1:
				date = int64(n / 4)
			case 2:
				date = rnd.Int64N(100)
			}
			slices.Sort(parents)
			g.add(n, date, slices.Compact(parents)...)
		}
		for range 30 {
			a, b := hash(rnd.IntN(size)), hash(rnd.IntN(size))
			got, err := Bases(ctx, g, a, b)
			if want := g.bases(a, b); err != nil || !slices.Equal(sorted(got), want) {
				t.Fatalf("seed %d: bases of %s and %s: %v, %v; want %v", seed, a, b, got, err, want)
			}
			if is, err := IsAncestor(ctx, g, a, b); err != nil || is != g.ancestors(b)[a] {
				t.Fatalf("seed %d: %s ancestor of %s: %v, %v", seed, a, b, is, err)
			}
			if seed%3 == 2 {
				continue // counts need clocks that are right
			}
			ahead, behind, err := AheadBehind(ctx, g, a, b)
			wantAhead, wantBehind := g.only(a, b), g.only(b, a)
			if err != nil || ahead != wantAhead || behind != wantBehind {
				t.Fatalf("seed %d: %s against %s: %d ahead, %d behind, %v; want %d, %d", seed, a, b, ahead, behind, err, wantAhead, wantBehind)
			}
		}
	}
}

func (g *graph) only(a, b object.Hash) (n int) {
	ofB := g.ancestors(b)
	for h := range g.ancestors(a) {
		if !ofB[h] {
			n++
		}
	}
	return n
}

// TestReadsNearTheTips: a long history before the parting costs nothing, and
// neither does one that a shallow clone does not have.
func TestReadsNearTheTips(t *testing.T) {
	g := &graph{}
	for n := 100; n <= 20_000; n++ { // 99 is missing: shallow
		g.add(n, int64(n), n-1)
	}
	g.add(20_001, 20_001, 20_000)
	g.add(20_002, 20_002, 20_000)
	got, err := Bases(context.Background(), g, hash(20_001), hash(20_002))
	if err != nil || !slices.Equal(got, []object.Hash{hash(20_000)}) {
		t.Fatal(got, err)
	}
	if g.read > 10 {
		t.Errorf("%d commits read", g.read)
	}
}

// cut makes the history end at commit n, as it does in a shallow clone.
func (g *graph) cut(n int) {
	c := g.commits[hash(n)]
	c.Cut, c.Parents = true, nil
	g.commits[hash(n)] = c
}

// TestReach: what a shallow clone can tell of two commits, and whether more history
// might say otherwise. The graph is 1-2-3-4, 5 on 3, 6 on 1, 7 a merge of 5 and 6.
func TestReach(t *testing.T) {
	for _, c := range []struct {
		cut         []int
		a, b        int
		common, end bool
	}{
		{nil, 4, 5, true, false},
		{[]int{3}, 4, 5, true, false}, // 3 itself is here, which is enough
		{[]int{4}, 4, 5, false, true},
		{[]int{4, 5}, 4, 5, false, true},
		{[]int{4}, 4, 4, true, false},
		{[]int{3, 6}, 4, 7, true, true}, // behind 6 may be what is nearer
		{[]int{2}, 4, 6, false, true},
		{[]int{1}, 4, 6, true, false},
		{[]int{2}, 4, 8, false, true}, // 8 stands for itself
		{nil, 4, 8, false, false},
	} {
		g := &graph{}
		g.add(1, 1)
		g.add(2, 2, 1)
		g.add(3, 3, 2)
		g.add(4, 4, 3)
		g.add(5, 5, 3)
		g.add(6, 6, 1)
		g.add(7, 7, 5, 6)
		g.add(8, 8)
		for _, n := range c.cut {
			g.cut(n)
		}
		for _, tips := range [][2]int{{c.a, c.b}, {c.b, c.a}} {
			common, end, err := Reach(context.Background(), g, hash(tips[0]), hash(tips[1]))
			if err != nil || common != c.common || end != c.end {
				t.Errorf("cut at %v: %v: common %v, cut %v, %v", c.cut, tips, common, end, err)
			}
		}
	}
}

func TestErrors(t *testing.T) {
	g := &graph{}
	g.add(2, 2, 1) // 1 is missing
	g.add(3, 3)
	if _, err := Bases(context.Background(), g, hash(2), hash(3)); !errors.Is(err, object.ErrNotFound) {
		t.Error(err)
	}
	g.add(1, 1)
	if got, err := Bases(context.Background(), g, hash(2), hash(3)); err != nil || len(got) != 0 {
		t.Error("unrelated:", got, err)
	}
	cancelled, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Bases(cancelled, g, hash(2), hash(3)); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
