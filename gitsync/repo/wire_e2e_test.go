//go:build e2e

package repo

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/airside-ls/airside/gitsync/object"
)

// realGit is a folder with a bare remote, a clone of it opened by this
// package, and a second clone that moves the remote.
type realGit struct {
	t                    *testing.T
	dir, bare, ours, two string
	env                  []string
	repo                 *Repo
	up                   Upstream
}

func newRealGit(t *testing.T) *realGit {
	t.Helper()
	dir := t.TempDir()
	g := &realGit{t: t, dir: dir, bare: filepath.Join(dir, "remote.git"), ours: filepath.Join(dir, "ours"), two: filepath.Join(dir, "two")}
	g.env = []string{"HOME=" + dir, "PATH=" + os.Getenv("PATH"), "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=" + filepath.Join(dir, "gitconfig"),
		"GIT_AUTHOR_NAME=A", "GIT_AUTHOR_EMAIL=a@b", "GIT_COMMITTER_NAME=A", "GIT_COMMITTER_EMAIL=a@b"}
	g.git(dir, "init", "-q", "--bare", "-b", "main", g.bare)
	g.git(dir, "init", "-q", "-b", "main", g.two)
	g.git(g.two, "remote", "add", "origin", g.bare)
	g.commit(g.two, "a.txt", "one\n")
	g.git(g.two, "push", "-q", "origin", "main")
	g.git(dir, "clone", "-q", g.bare, g.ours)
	g.up = Upstream{Remote: "origin", URL: g.bare, Ref: "refs/heads/main"}
	g.open(Options{})
	return g
}

func (g *realGit) open(o Options) {
	g.t.Helper()
	git, err := exec.LookPath("git")
	if err != nil {
		g.t.Fatal(err)
	}
	o.Git, o.Environ = git, append(g.env, o.Environ...)
	if g.repo, err = Open(g.ours, o); err != nil {
		g.t.Fatal(err)
	}
}

func (g *realGit) git(dir string, args ...string) string {
	g.t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir, cmd.Env = dir, g.env
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		g.t.Fatalf("git %s: %v: %s", strings.Join(args, " "), err, stderr.String())
	}
	return strings.TrimSpace(string(out))
}

func (g *realGit) commit(dir, file, content string) object.Hash {
	g.t.Helper()
	name := filepath.Join(dir, file)
	os.MkdirAll(filepath.Dir(name), 0o755)
	if err := os.WriteFile(name, []byte(content), 0o644); err != nil {
		g.t.Fatal(err)
	}
	g.git(dir, "add", "-A")
	g.git(dir, "commit", "-q", "-m", file)
	return g.hash(dir, "HEAD")
}

func (g *realGit) hash(dir, rev string) object.Hash {
	g.t.Helper()
	h, err := object.ParseHash(g.git(dir, "rev-parse", rev))
	if err != nil {
		g.t.Fatal(err)
	}
	return h
}

// check fails unless git finds the repository sound and nothing is left in
// quarantine.
func (g *realGit) check() {
	g.t.Helper()
	g.git(g.ours, "fsck", "--full", "--no-dangling", "--connectivity-only")
	noLeftovers(g.t, filepath.Join(g.ours, ".git", "objects"))
}

// roundTrip lists, fetches a commit made elsewhere, pushes one of ours, and is
// refused when somebody else was faster.
func (g *realGit) roundTrip() {
	t := g.t
	t.Helper()
	ctx := context.Background()
	refs, err := g.repo.Advertise(ctx, g.up)
	wantKind(t, err, "")
	old := refs["refs/heads/main"]
	if old != g.hash(g.bare, "main") {
		t.Fatalf("main is %v", old)
	}
	for i := range 3 {
		g.commit(g.two, "dir/b.txt", strings.Repeat("two\n", i+1))
	}
	theirs := g.hash(g.two, "HEAD")
	g.git(g.two, "push", "-q", "origin", "main")
	wantKind(t, g.repo.Fetch(ctx, g.up, []object.Hash{theirs}, nil), "")
	g.git(g.ours, "cat-file", "-e", theirs.String()+":dir/b.txt")
	g.check()
	g.git(g.ours, "merge", "-q", "--ff-only", theirs.String())
	mine := g.commit(g.ours, "c/d.txt", "three\n")
	wantKind(t, g.repo.Push(ctx, g.up, []PushUpdate{{Ref: "refs/heads/main", Old: theirs, New: mine}}, func(string) {}), "")
	if got := g.hash(g.bare, "main"); got != mine {
		t.Fatalf("the remote has %v, want %v", got, mine)
	}
	g.git(g.bare, "fsck", "--strict")
	// Somebody else is faster.
	g.git(g.two, "pull", "-q", "--ff-only", "origin", "main")
	g.commit(g.two, "e.txt", "four\n")
	g.git(g.two, "push", "-q", "origin", "main")
	late := g.commit(g.ours, "f.txt", "five\n")
	err = g.repo.Push(ctx, g.up, []PushUpdate{{Ref: "refs/heads/main", Old: mine, New: late}}, nil)
	wantKind(t, err, NonFastForward)
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
		g.commit(g.two, "n.txt", strings.Repeat("x", i+1))
	}
	g.git(g.two, "push", "-q", "origin", "main")
	os.RemoveAll(g.ours)
	g.git(g.dir, "clone", "-q", "--depth=2", "file://"+g.bare, g.ours)
	g.open(Options{})
	g.roundTrip()
	if got := g.git(g.ours, "rev-parse", "--is-shallow-repository"); got != "true" {
		t.Errorf("shallow: %s", got)
	}
}

// TestE2EAlternates: a clone that borrows another's objects.
func TestE2EAlternates(t *testing.T) {
	g := newRealGit(t)
	os.RemoveAll(g.ours)
	g.git(g.dir, "clone", "-q", "-s", g.bare, g.ours)
	g.open(Options{})
	g.roundTrip()
}

// TestE2EEmpty: the first push into an empty repository.
func TestE2EEmpty(t *testing.T) {
	g := newRealGit(t)
	empty := filepath.Join(g.dir, "empty.git")
	g.git(g.dir, "init", "-q", "--bare", empty)
	up := Upstream{Remote: "origin", URL: empty, Ref: "refs/heads/main"}
	refs, err := g.repo.Advertise(context.Background(), up)
	if wantKind(t, err, ""); len(refs) != 0 {
		t.Errorf("refs: %v", refs)
	}
	mine := g.hash(g.ours, "HEAD")
	wantKind(t, g.repo.Push(context.Background(), up, []PushUpdate{{Ref: "refs/heads/main", New: mine}}, nil), "")
	if g.hash(empty, "main") != mine {
		t.Error("not there")
	}
}

// TestE2EWithoutGit: our half does without the git binary.
func TestE2EWithoutGit(t *testing.T) {
	g := newRealGit(t)
	g.up.URL = g.webServer("")
	g.repo.program.Git = ""
	g.roundTrip()
}
