//go:build e2e

package gitsync

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/airside-ls/airside/gitsync/consent"
	"github.com/airside-ls/airside/gitsync/repo"
	"github.com/airside-ls/airside/gitsync/repo/repotest"
)

// TestE2ERefusedOnce: a real git serves a tree that would write into .git. It is sent
// once, however often the branch is looked at, and once more when the user asks; when the
// branch there is another one, sync goes on.
func TestE2ERefusedOnce(t *testing.T) {
	git, err := exec.LookPath("git")
	if err != nil {
		t.Fatal("git is not installed")
	}
	g := repotest.NewRealGit(t)
	sent := filepath.Join(g.Dir, "sent")
	hook := filepath.Join(g.Dir, "pack-hook")
	if err := os.WriteFile(hook, []byte("#!/bin/sh\necho x >>"+sent+"\nexec \"$@\"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	g.Git(g.Dir, "config", "--file", filepath.Join(g.Dir, "gitconfig"), "uploadpack.packObjectsHook", hook)

	blob := g.Git(g.Two, "rev-parse", "HEAD:a.txt")
	mktree := func(entry string) string {
		cmd := exec.Command(git, "mktree")
		cmd.Dir, cmd.Env, cmd.Stdin = g.Two, g.Env, strings.NewReader(entry)
		out, err := cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		return strings.TrimSpace(string(out))
	}
	evil := mktree(fmt.Sprintf("040000 tree %s\t.git\n", mktree(fmt.Sprintf("100644 blob %s\tconfig\n", blob))))
	first := g.Git(g.Two, "rev-parse", "HEAD")
	g.Git(g.Two, "push", "-q", "origin", g.Git(g.Two, "commit-tree", "-p", first, "-m", "evil", evil)+":refs/heads/main")

	s, err := Open(g.Ours, Options{Repo: repo.Options{Git: git, Environ: g.Env}, Consent: consent.Open(t.TempDir(), nil)})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Enable(nil); err != nil {
		t.Fatal(err)
	}
	packs := func() int {
		data, _ := os.ReadFile(sent)
		return strings.Count(string(data), "x")
	}
	for i, c := range []struct {
		user  bool
		packs int
	}{{false, 1}, {false, 1}, {false, 1}, {true, 2}, {false, 2}} {
		r := s.Round(t.Context(), Request{User: c.user})[0]
		if r.State != Rejected || !strings.Contains(r.Message, "refused for its content, and none of it was taken in: tell who runs it") || packs() != c.packs {
			t.Errorf("round %d: %d packs, want %d: %+v", i, packs(), c.packs, r)
		}
	}
	g.Check()
	g.Git(g.Two, "push", "-q", "-f", "origin", "HEAD:main")
	g.Commit(g.Two, "b.txt", "b\n")
	g.Git(g.Two, "push", "-q", "origin", "HEAD:main")
	if r := s.Round(t.Context(), Request{})[0]; r.State != Idle || r.Pulled != 1 {
		t.Errorf("%+v", r)
	}
}
