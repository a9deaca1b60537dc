package repotest

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/airside-ls/airside/gitsync/object"
)

// RealGit is a folder with a bare remote, a clone of it, and a second clone that
// moves the remote, made by the git on the PATH.
type RealGit struct {
	T                    *testing.T
	Dir, Bare, Ours, Two string
	Env                  []string
}

// NewRealGit makes one, with one commit on main.
func NewRealGit(t *testing.T) *RealGit {
	t.Helper()
	dir := t.TempDir()
	g := &RealGit{T: t, Dir: dir, Bare: filepath.Join(dir, "remote.git"), Ours: filepath.Join(dir, "ours"), Two: filepath.Join(dir, "two")}
	g.Env = []string{"HOME=" + dir, "PATH=" + os.Getenv("PATH"), "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=" + filepath.Join(dir, "gitconfig"),
		"GIT_AUTHOR_NAME=A", "GIT_AUTHOR_EMAIL=a@b", "GIT_COMMITTER_NAME=A", "GIT_COMMITTER_EMAIL=a@b"}
	g.Git(dir, "init", "-q", "--bare", "-b", "main", g.Bare)
	g.Git(dir, "init", "-q", "-b", "main", g.Two)
	g.Git(g.Two, "remote", "add", "origin", g.Bare)
	g.Commit(g.Two, "a.txt", "one\n")
	g.Git(g.Two, "push", "-q", "origin", "main")
	g.Git(dir, "clone", "-q", g.Bare, g.Ours)
	return g
}

// Git runs it in a folder and returns what it printed.
func (g *RealGit) Git(dir string, args ...string) string {
	g.T.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir, cmd.Env = dir, g.Env
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		g.T.Fatalf("git %s: %v: %s", strings.Join(args, " "), err, stderr.String())
	}
	return strings.TrimSpace(string(out))
}

// Commit commits a file of a work tree.
func (g *RealGit) Commit(dir, file, content string) object.Hash {
	g.T.Helper()
	name := filepath.Join(dir, file)
	os.MkdirAll(filepath.Dir(name), 0o755)
	if err := os.WriteFile(name, []byte(content), 0o644); err != nil {
		g.T.Fatal(err)
	}
	g.Git(dir, "add", "-A")
	g.Git(dir, "commit", "-q", "-m", file)
	return g.Hash(dir, "HEAD")
}

// Hash is what a revision names.
func (g *RealGit) Hash(dir, rev string) object.Hash {
	g.T.Helper()
	h, err := object.ParseHash(g.Git(dir, "rev-parse", rev))
	if err != nil {
		g.T.Fatal(err)
	}
	return h
}

// Check fails unless git finds the repository sound and nothing is left in
// quarantine.
func (g *RealGit) Check() {
	g.T.Helper()
	g.Git(g.Ours, "fsck", "--full", "--no-dangling", "--connectivity-only")
	NoLeftovers(g.T, filepath.Join(g.Ours, ".git", "objects"))
}
