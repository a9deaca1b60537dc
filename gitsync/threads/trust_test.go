package threads

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/airside-ls/airside/gitsync/object"
	"github.com/airside-ls/airside/gitsync/repo"
)

// signedRepo is a repository whose commits have the signatures that a test says.
type signedRepo struct {
	*repo.Repo
	signatures map[object.Hash]repo.Signature
	broken     map[object.Hash]bool
	asked      int
}

func (r *signedRepo) Signatures(_ context.Context, list []object.Hash) (map[object.Hash]repo.Signature, error) {
	found := map[object.Hash]repo.Signature{}
	for _, h := range list {
		r.asked++
		if r.broken[h] {
			return nil, errors.New("git cannot read it")
		}
		found[h] = r.signatures[h]
	}
	return found, nil
}

func TestTrustOfComments(t *testing.T) {
	ctx := context.Background()
	good := func(who string) repo.Signature { return repo.Signature{Signed: true, Good: true, Signer: who} }
	for _, c := range []struct {
		name  string
		signs []repo.Signature // of the commits of three comments
		bad   int              // the commit that git cannot read, from 1
		want  string           // who of the three is verified, or why not
	}{
		{"none", make([]repo.Signature, 3), 0, "not signed, not signed, not signed"},
		{"the last covers all", []repo.Signature{{}, {}, good("a@example.org")}, 0, "verified, verified, verified"},
		{"one below covers what was there", []repo.Signature{{}, good("A <a@example.org>"), {}}, 0, "verified, verified, not signed"},
		{"somebody else's", []repo.Signature{{}, {}, good("b@example.org")}, 0, "signed by b@example.org, signed by b@example.org, signed by b@example.org"},
		{"bad", []repo.Signature{{}, {}, {Signed: true, Why: "of nothing"}}, 0, "of nothing, of nothing, of nothing"},
		{"unreadable", make([]repo.Signature, 3), 3, "cannot be checked, cannot be checked, cannot be checked"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := &signedRepo{Repo: newRepo(t, "a"), signatures: map[object.Hash]repo.Signature{}, broken: map[object.Hash]bool{}}
			s := NewStore(r, nil, fixed)
			write(t, r.Repo, "x.go", code)
			for i := range 3 {
				_, err := s.Comment(ctx, Draft{Path: "x.go", Lines: Lines{1, 1}, Body: "b"})
				must(t, err)
				refs, err := r.Refs(OwnRefs)
				must(t, err)
				r.signatures[refs[0].Hash] = c.signs[i]
				r.broken[refs[0].Hash] = i+1 == c.bad
			}
			snap, err := s.Load(ctx)
			must(t, err)
			var got []string
			wants := strings.Split(c.want, ", ")
			for i, th := range snap.Threads {
				trust := snap.Trust(th.Comments[0])
				word := trust.Why
				if trust.Verified {
					word = "verified"
				}
				if strings.Contains(word, wants[i]) {
					word = wants[i]
				}
				got = append(got, word)
			}
			if strings.Join(got, ", ") != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
			asked := r.asked
			if _, err := s.Load(ctx); err != nil || r.asked != asked {
				t.Errorf("asked again: %d, %d, %v", asked, r.asked, err)
			}
		})
	}
}

// TestTrustOfChanges: what was changed is worth the signature of the change, and
// signatures are not looked for without end.
func TestTrustOfChanges(t *testing.T) {
	ctx := context.Background()
	r := &signedRepo{Repo: newRepo(t, "a"), signatures: map[object.Hash]repo.Signature{}, broken: map[object.Hash]bool{}}
	write(t, r.Repo, "x.go", code)
	s := NewStore(r, nil, fixed)
	sign := func() {
		t.Helper()
		refs, err := r.Refs(OwnRefs)
		must(t, err)
		r.signatures[refs[0].Hash] = repo.Signature{Signed: true, Good: true, Signer: "a@example.org"}
	}
	verified := func(want bool) {
		t.Helper()
		snap, err := s.Load(ctx)
		must(t, err)
		if got := snap.Trust(snap.Threads[0].Comments[0]); got.Verified != want {
			t.Errorf("%+v, want %v", got, want)
		}
	}
	first, err := s.Comment(ctx, Draft{Path: "x.go", Lines: Lines{1, 1}, Body: "b"})
	must(t, err)
	sign()
	verified(true)
	_, err = s.Edit(ctx, first.ID, "another")
	must(t, err)
	verified(false)
	_, err = s.Edit(ctx, first.ID, "and another")
	must(t, err)
	sign()
	verified(true)
	_, err = s.Redact(ctx, first.ID)
	must(t, err)
	verified(false)
	if _, err := s.Redact(ctx, first.ID); err == nil {
		t.Error("redacted twice")
	}
	for range signedWithin + 5 {
		_, err := s.Comment(ctx, Draft{Path: "x.go", Lines: Lines{1, 1}, Body: "b"})
		must(t, err)
	}
	r.asked = 0
	verified(false)
	if r.asked > signedWithin+1 {
		t.Errorf("%d commits were asked for", r.asked)
	}
}
