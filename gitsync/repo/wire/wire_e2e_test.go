//go:build e2e

package wire

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/airside-ls/airside/gitsync/object"
	"github.com/airside-ls/airside/gitsync/repo/fault"
	"github.com/airside-ls/airside/gitsync/repo/program"
	"github.com/airside-ls/airside/gitsync/repo/refs"
	"github.com/airside-ls/airside/gitsync/repo/repotest"
)

// realGit has our half in a clone of the real git's.
type realGit struct {
	*repotest.RealGit
	repo *Wire
	up   refs.Upstream
}

func newRealGit(t *testing.T) *realGit {
	t.Helper()
	real := repotest.NewRealGit(t)
	g := &realGit{RealGit: real, up: refs.Upstream{Remote: "origin", URL: real.Bare, Ref: "refs/heads/main"}}
	g.open("")
	return g
}

// open opens our half with git, and with ssh where that is given.
func (g *realGit) open(ssh string, environ ...string) {
	g.T.Helper()
	git, err := exec.LookPath("git")
	if err != nil {
		g.T.Fatal(err)
	}
	g.repo = over(g.T, g.Ours, nil, &program.Runner{Git: git, SSH: ssh, Environ: append(g.Env, environ...)})
}

// roundTrip lists, fetches a commit made elsewhere, pushes one of ours, and is
// refused when somebody else was faster.
func (g *realGit) roundTrip() {
	t := g.T
	t.Helper()
	ctx := context.Background()
	refs, err := g.repo.Advertise(ctx, g.up)
	wantKind(t, err, "")
	old := refs["refs/heads/main"]
	if old != g.Hash(g.Bare, "main") {
		t.Fatalf("main is %v", old)
	}
	for i := range 3 {
		g.Commit(g.Two, "dir/b.txt", strings.Repeat("two\n", i+1))
	}
	theirs := g.Hash(g.Two, "HEAD")
	g.Git(g.Two, "push", "-q", "origin", "main")
	wantKind(t, g.repo.Fetch(ctx, g.up, []object.Hash{theirs}, nil), "")
	g.Git(g.Ours, "cat-file", "-e", theirs.String()+":dir/b.txt")
	g.Check()
	g.Git(g.Ours, "merge", "-q", "--ff-only", theirs.String())
	mine := g.Commit(g.Ours, "c/d.txt", "three\n")
	wantKind(t, g.repo.Push(ctx, g.up, []PushUpdate{{Ref: "refs/heads/main", Old: theirs, New: mine}}, func(string) {}), "")
	if got := g.Hash(g.Bare, "main"); got != mine {
		t.Fatalf("the remote has %v, want %v", got, mine)
	}
	g.Git(g.Bare, "fsck", "--strict")
	// Somebody else is faster.
	g.Git(g.Two, "pull", "-q", "--ff-only", "origin", "main")
	g.Commit(g.Two, "e.txt", "four\n")
	g.Git(g.Two, "push", "-q", "origin", "main")
	late := g.Commit(g.Ours, "f.txt", "five\n")
	err = g.repo.Push(ctx, g.up, []PushUpdate{{Ref: "refs/heads/main", Old: mine, New: late}}, nil)
	wantKind(t, err, fault.NonFastForward)
	err = g.repo.Push(ctx, g.up, []PushUpdate{{Ref: "refs/airside/actors/x", New: late}}, nil)
	wantKind(t, err, "")
}

func TestE2EFile(t *testing.T) {
	g := newRealGit(t)
	g.roundTrip()
}

// TestE2ELies: what TestFetchLies does, with git to check the packs.
func TestE2ELies(t *testing.T) {
	git, err := exec.LookPath("git")
	if err != nil {
		t.Fatal(err)
	}
	fetchLies(t, git)
}

// TestE2EShallow: a shallow clone fetches and pushes, and stays shallow.
func TestE2EShallow(t *testing.T) {
	g := newRealGit(t)
	for i := range 5 {
		g.Commit(g.Two, "n.txt", strings.Repeat("x", i+1))
	}
	g.Git(g.Two, "push", "-q", "origin", "main")
	os.RemoveAll(g.Ours)
	g.Git(g.Dir, "clone", "-q", "--depth=2", "file://"+g.Bare, g.Ours)
	g.open("")
	g.roundTrip()
	if got := g.Git(g.Ours, "rev-parse", "--is-shallow-repository"); got != "true" {
		t.Errorf("shallow: %s", got)
	}
}

// TestE2EAlternates: a clone that borrows another's objects.
func TestE2EAlternates(t *testing.T) {
	g := newRealGit(t)
	os.RemoveAll(g.Ours)
	g.Git(g.Dir, "clone", "-q", "-s", g.Bare, g.Ours)
	g.open("")
	g.roundTrip()
}

// TestE2EEmpty: the first push into an empty repository.
func TestE2EEmpty(t *testing.T) {
	g := newRealGit(t)
	empty := filepath.Join(g.Dir, "empty.git")
	g.Git(g.Dir, "init", "-q", "--bare", empty)
	up := refs.Upstream{Remote: "origin", URL: empty, Ref: "refs/heads/main"}
	refs, err := g.repo.Advertise(context.Background(), up)
	if wantKind(t, err, ""); len(refs) != 0 {
		t.Errorf("refs: %v", refs)
	}
	mine := g.Hash(g.Ours, "HEAD")
	wantKind(t, g.repo.Push(context.Background(), up, []PushUpdate{{Ref: "refs/heads/main", New: mine}}, nil), "")
	if g.Hash(empty, "main") != mine {
		t.Error("not there")
	}
}

// TestE2EWithoutGit: our half does without the git binary.
func TestE2EWithoutGit(t *testing.T) {
	g := newRealGit(t)
	g.up.URL = g.webServer("")
	g.repo = over(t, g.Ours, nil, &program.Runner{Environ: g.Env})
	g.roundTrip()
}
