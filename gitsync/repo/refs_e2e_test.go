//go:build e2e

package repo

import (
	"os/exec"
	"strings"
	"sync"
	"testing"

	"github.com/airside-ls/airside/gitsync/object"
	"github.com/airside-ls/airside/gitsync/repo/repotest"
)

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
