package threads

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/airside-ls/airside/gitsync/history"
	"github.com/airside-ls/airside/gitsync/object"
	"github.com/airside-ls/airside/gitsync/repo"
)

func TestOffers(t *testing.T) {
	a, b := object.Hash{1}, object.Hash{2}
	listed := map[string]object.Hash{
		"HEAD": a, "refs/heads/main": a,
		OwnRefs + alice:                a,
		BranchRefs + alice:             b,
		OwnRefs + bob + "-0123ab":      b,
		OwnRefs + "../../heads/main":   a,
		OwnRefs + alice + "/deeper":    a,
		OwnRefs + alice + "-zz":        a,
		OwnRefs + strings.ToUpper(bob): a,
	}
	offers, skipped := Offers(listed)
	if len(offers) != 2 || offers[0].Name != alice || len(offers[0].Tips) != 2 || offers[1].Name != bob+"-0123ab" || len(skipped) != 4 {
		t.Errorf("%v\n%v", offers, skipped)
	}
	many := map[string]object.Hash{}
	for i := range maxActors + 5 {
		many[fmt.Sprintf("%s%016x", OwnRefs, i)] = a
	}
	if offers, skipped := Offers(many); len(offers) != maxActors || len(skipped) != 1 {
		t.Errorf("%d offers, %v", len(offers), skipped)
	}
}

// TestFollows: a ref only ever gains.
func TestFollows(t *testing.T) {
	ctx := context.Background()
	s, r := newStore(t, "alice")
	write(t, r, "x.go", code)
	var tips []object.Hash
	for i := range 3 {
		_, err := s.Comment(ctx, Draft{Path: "x.go", Lines: Lines{3, 3}, Body: fmt.Sprint(i)})
		must(t, err)
		refs, err := r.Refs(OwnRefs)
		must(t, err)
		tips = append(tips, refs[0].Hash)
	}
	objects, err := r.Objects()
	must(t, err)
	// A commit on top of the last that has what the first had.
	c, err := objects.Commit(tips[0])
	must(t, err)
	c.Parents = tips[2:]
	emptied := r.CommitObject(c)
	none := object.NewTree(nil)
	c.Tree = none.Hash
	bare := r.CommitObject(c)
	must(t, r.WriteObjects([]object.Object{emptied, none, bare}))
	for _, c := range []struct {
		name     string
		old, new object.Hash
		want     error
	}{
		{"the first", object.Zero, tips[0], nil},
		{"one more", tips[0], tips[1], nil},
		{"two more", tips[0], tips[2], nil},
		{"back", tips[2], tips[0], ErrRewritten},
		{"forward with less in it", tips[2], emptied.Hash, ErrRewritten},
		{"forward with nothing in it", tips[2], bare.Hash, ErrRewritten},
	} {
		if err := Follows(ctx, objects, history.IsAncestor, c.old, c.new); !errors.Is(err, c.want) || (err == nil) != (c.want == nil) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	if err := Follows(ctx, objects, history.IsAncestor, object.Zero, object.Hash{9}); err == nil {
		t.Error("a commit that is not there was followed")
	}
	if n := Count(objects, tips[2]); n != 3 {
		t.Errorf("%d operations", n)
	}
}

// TestFork: in another ref everything is as before, and goes on.
func TestFork(t *testing.T) {
	ctx := context.Background()
	s, r := newStore(t, "alice")
	write(t, r, "x.go", code)
	first, err := s.Comment(ctx, Draft{Path: "x.go", Lines: Lines{3, 3}, Body: "before"})
	must(t, err)
	name, err := s.Fork(s.actor().Ref)
	must(t, err)
	_, err = s.Edit(ctx, first.ID, "after")
	must(t, err)
	snap, err := s.Load(ctx)
	must(t, err)
	refs, err := r.Refs(OwnRefs)
	must(t, err)
	if len(refs) != 1 || refs[0].Name != OwnRefs+name || snap.Threads[0].Comments[0].Body != "after" {
		t.Errorf("%v, %+v", refs, snap.Threads)
	}
}

// TestReceive: what another clone has said is seen here, once.
func TestReceive(t *testing.T) {
	ctx := context.Background()
	a, ra := newStore(t, "alice")
	b, rb := newStore(t, "bob")
	for _, r := range []*repo.Repo{ra, rb} {
		write(t, r, "x.go", code)
		commit(t, r, "x.go", code)
	}
	id, err := a.Comment(ctx, Draft{Path: "x.go", Lines: Lines{4, 4}, Body: "minus?"})
	must(t, err)
	receive(t, ra, rb)
	_, err = b.Reply(ctx, id.ID, "yes")
	must(t, err)
	if _, err := b.Edit(ctx, id.ID, "plus"); err == nil {
		t.Error("bob changed what alice has said")
	}
	receive(t, rb, ra)
	receive(t, ra, rb)
	sa, err := a.Load(ctx)
	must(t, err)
	sb, err := b.Load(ctx)
	must(t, err)
	if dump(t, sa.State) != dump(t, sb.State) || line(sa.Threads[0]) != "minus?, yes" {
		t.Errorf("alice sees %s\nbob sees %s", dump(t, sa.State), dump(t, sb.State))
	}
}

func TestTrust(t *testing.T) {
	for signer, want := range map[string]bool{
		"a@example.org": true, "A@Example.org": true, "Alice <a@example.org>": true,
		"b@example.org": false, "a@example.org <b@example.org>": false, "": false, "a@example.org.evil": false,
		"x <a@example.org> <b@example.org>": false, "a <3 b <a@example.org>": true,
	} {
		if got := isAddressOf(signer, "a@example.org"); got != want {
			t.Errorf("%q: %v", signer, got)
		}
	}
	if isAddressOf("", "") || isAddressOf("x <>", "") {
		t.Error("nobody is somebody")
	}
}
