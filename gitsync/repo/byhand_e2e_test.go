//go:build e2e

package repo

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/airside-ls/airside/gitsync/durable"
	"github.com/airside-ls/airside/gitsync/object"
	"github.com/airside-ls/airside/gitsync/repo/fault"
	"github.com/airside-ls/airside/gitsync/repo/repotest"
)

// TestE2EMoveByHand moves a checked-out branch by airside's own updater, and has
// the real git judge the outcome.
func TestE2EMoveByHand(t *testing.T) {
	tests := []struct {
		name   string
		change func(t *testing.T, g *repotest.RealGit) // in the clone, before the move
		kind   Kind                                    // "" is a move
	}{
		{name: "clean", change: func(*testing.T, *repotest.RealGit) {}},
		{name: "untracked elsewhere", change: func(t *testing.T, g *repotest.RealGit) { put(t, g, "notes", "mine\n") }},
		{name: "changed file", change: func(t *testing.T, g *repotest.RealGit) { put(t, g, "a.txt", "mine\n") }, kind: Dirty},
		{name: "untracked in the way", change: func(t *testing.T, g *repotest.RealGit) { put(t, g, "new/file", "mine\n") }, kind: Dirty},
		{name: "staged", change: func(t *testing.T, g *repotest.RealGit) {
			put(t, g, "a.txt", "mine\n")
			g.Git(g.Ours, "add", "a.txt")
		}, kind: Dirty},
		{name: "index locked", change: func(t *testing.T, g *repotest.RealGit) { put(t, g, ".git/index.lock", "") }, kind: Busy},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			g := repotest.NewRealGit(t)
			old := g.Hash(g.Ours, "HEAD")
			put2 := func(name, text string) object.Hash { return g.Commit(g.Two, name, text) }
			put2("new/file", "theirs\n")
			put2("a.txt", "theirs\n")
			tip := put2("b.txt", "theirs\n")
			g.Git(g.Two, "push", "-q", "origin", "main")
			g.Git(g.Ours, "fetch", "-q")
			tt.change(t, g)
			before := g.Git(g.Ours, "status", "--porcelain")
			r, err := Open(g.Ours, Options{Environ: g.Env, FS: durable.OS})
			if err != nil {
				t.Fatal(err)
			}
			err = r.FastForward(t.Context(), "main", old, tip, "test")
			if tt.kind != "" {
				if fault.KindOf(err) != tt.kind {
					t.Errorf("error %v, want kind %s", err, tt.kind)
				}
				os.Remove(filepath.Join(g.Ours, ".git", "index.lock"))
				if g.Hash(g.Ours, "HEAD") != old || g.Git(g.Ours, "status", "--porcelain") != before {
					t.Errorf("something moved: %s", g.Git(g.Ours, "status", "--porcelain"))
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if s := g.Git(g.Ours, "status", "--porcelain"); s != before || g.Hash(g.Ours, "HEAD") != tip {
				t.Errorf("status %q", s)
			}
			g.Check()
		})
	}
}

func put(t *testing.T, g *repotest.RealGit, name, text string) {
	t.Helper()
	path := filepath.Join(g.Ours, filepath.FromSlash(name))
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
	g := repotest.NewRealGit(t)
	a := g.Hash(g.Ours, "HEAD")
	b := g.Commit(g.Ours, "b.txt", "b\n")
	program, err := exec.LookPath("git")
	if err != nil {
		t.Fatal(err)
	}
	r, err := Open(g.Ours, Options{Git: program, Environ: g.Env})
	if err != nil {
		t.Fatal(err)
	}
	const name = "refs/heads/raced"
	g.Git(g.Ours, "update-ref", name, a.String())
	flip := map[object.Hash]object.Hash{a: b, b: a}
	var all sync.WaitGroup
	moves := make([]int, 2)
	for i, update := range []func(old, new object.Hash) error{
		func(old, new object.Hash) error {
			return r.UpdateRef(RefUpdate{Name: name, Old: old, New: new, Reason: "raced"})
		},
		func(old, new object.Hash) error {
			cmd := exec.Command(program, "update-ref", name, new.String(), old.String())
			cmd.Dir, cmd.Env = g.Ours, g.Env
			return cmd.Run()
		},
	} {
		all.Go(func() {
			for range 150 {
				now, err := r.Ref(name)
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
	if now := g.Hash(g.Ours, name); now != want {
		t.Errorf("after %v moves the ref is %s, not %s: an update was lost", moves, now.Short(), want.Short())
	}
	if log := g.Git(g.Ours, "reflog", "show", "raced"); strings.Count(log, "\n")+1 < moves[0]+moves[1] {
		t.Errorf("%v moves, the reflog has %d lines", moves, strings.Count(log, "\n")+1)
	}
	t.Logf("moves %v", moves)
}
