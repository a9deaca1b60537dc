//go:build e2e

package repo

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/airside-ls/airside/gitsync/durable"
	"github.com/airside-ls/airside/gitsync/object"
	"github.com/airside-ls/airside/gitsync/repo/fault"
	"github.com/airside-ls/airside/gitsync/repo/program"
)

// TestE2EMoveByHand moves a checked-out branch by airside's own updater, and has
// the real git judge the outcome.
func TestE2EMoveByHand(t *testing.T) {
	tests := []struct {
		name   string
		change func(t *testing.T, g *realGit) // in the clone, before the move
		kind   Kind                           // "" is a move
	}{
		{name: "clean", change: func(*testing.T, *realGit) {}},
		{name: "untracked elsewhere", change: func(t *testing.T, g *realGit) { put(t, g, "notes", "mine\n") }},
		{name: "changed file", change: func(t *testing.T, g *realGit) { put(t, g, "a.txt", "mine\n") }, kind: Dirty},
		{name: "untracked in the way", change: func(t *testing.T, g *realGit) { put(t, g, "new/file", "mine\n") }, kind: Dirty},
		{name: "staged", change: func(t *testing.T, g *realGit) {
			put(t, g, "a.txt", "mine\n")
			g.git(g.ours, "add", "a.txt")
		}, kind: Dirty},
		{name: "index locked", change: func(t *testing.T, g *realGit) { put(t, g, ".git/index.lock", "") }, kind: Busy},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			g := newRealGit(t)
			old := g.hash(g.ours, "HEAD")
			put2 := func(name, text string) object.Hash { return g.commit(g.two, name, text) }
			put2("new/file", "theirs\n")
			put2("a.txt", "theirs\n")
			tip := put2("b.txt", "theirs\n")
			g.git(g.two, "push", "-q", "origin", "main")
			g.git(g.ours, "fetch", "-q")
			tt.change(t, g)
			before := g.git(g.ours, "status", "--porcelain")
			r, err := Open(g.ours, Options{Environ: g.env, FS: durable.OS})
			if err != nil {
				t.Fatal(err)
			}
			err = r.FastForward(t.Context(), "main", old, tip, "test")
			if tt.kind != "" {
				if fault.KindOf(err) != tt.kind {
					t.Errorf("error %v, want kind %s", err, tt.kind)
				}
				os.Remove(filepath.Join(g.ours, ".git", "index.lock"))
				if g.hash(g.ours, "HEAD") != old || g.git(g.ours, "status", "--porcelain") != before {
					t.Errorf("something moved: %s", g.git(g.ours, "status", "--porcelain"))
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if s := g.git(g.ours, "status", "--porcelain"); s != before || g.hash(g.ours, "HEAD") != tip {
				t.Errorf("status %q", s)
			}
			g.check()
		})
	}
}

func put(t *testing.T, g *realGit, name, text string) {
	t.Helper()
	path := filepath.Join(g.ours, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestE2ERefsBesideGit: airside and the real git move one ref against each
// other; each success of either follows on what was there, so none is lost.
func TestE2ERefsBesideGit(t *testing.T) {
	g := newRealGit(t)
	a := g.hash(g.ours, "HEAD")
	b := g.commit(g.ours, "b.txt", "b\n")
	const name = "refs/heads/raced"
	g.git(g.ours, "update-ref", name, a.String())
	flip := map[object.Hash]object.Hash{a: b, b: a}
	var all sync.WaitGroup
	moves := make([]int, 2)
	for i, update := range []func(old, new object.Hash) error{
		func(old, new object.Hash) error {
			return g.repo.UpdateRef(RefUpdate{Name: name, Old: old, New: new, Reason: "raced"})
		},
		func(old, new object.Hash) error {
			_, err := g.repo.program.Run(t.Context(), program.Call{Write: true, Args: []string{"update-ref", name, new.String(), old.String()}})
			return err
		},
	} {
		all.Go(func() {
			for range 150 {
				now, err := g.repo.Ref(name)
				if err != nil {
					t.Error(err)
					return
				}
				if update(now, flip[now]) == nil {
					moves[i]++
				}
			}
		})
	}
	all.Wait()
	// Every move flips the ref: their number tells where it must be.
	want := []object.Hash{a, b}[(moves[0]+moves[1])%2]
	if now := g.hash(g.ours, name); now != want {
		t.Errorf("after %v moves the ref is %s, not %s: an update was lost", moves, now.Short(), want.Short())
	}
	if log := g.git(g.ours, "reflog", "show", "raced"); strings.Count(log, "\n")+1 < moves[0]+moves[1] {
		t.Errorf("%v moves, the reflog has %d lines", moves, strings.Count(log, "\n")+1)
	}
	t.Logf("moves %v", moves)
}
