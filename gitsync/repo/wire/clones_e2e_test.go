//go:build e2e

package wire

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/airside-ls/airside/gitsync/object"
)

// ways are how a remote is reached: by a folder, ssh, and http.
var ways = map[string]func(g *realGit) string{
	"file": func(g *realGit) string { return "file://" + g.Bare },
	"ssh":  func(g *realGit) string { return g.sshServer() },
	"http": func(g *realGit) string { return g.webServer("") },
}

// cloned has our half in a clone of a remote with six commits, made by git with the
// arguments.
func (g *realGit) cloned(url string, args ...string) {
	g.T.Helper()
	for i := range 5 {
		g.Commit(g.Two, fmt.Sprintf("d%d/n.txt", i), strings.Repeat("x", i+1))
	}
	g.Git(g.Two, "push", "-q", "origin", "main")
	g.Git(g.Bare, "config", "uploadpack.allowFilter", "true")
	os.RemoveAll(g.Ours)
	g.Git(g.Dir, append(append([]string{"clone", "-q"}, args...), "file://"+g.Bare, g.Ours)...)
	g.Git(g.Ours, "remote", "set-url", "origin", url)
	g.up.URL = url
	g.reopen()
}

// reopen has our half in what stands in the folder now, with the programs that it had.
func (g *realGit) reopen() {
	run := *g.repo.program
	g.repo = over(g.T, g.Ours, nil, &run)
}

// TestE2EDeepen: a shallow clone reaches as far back as is asked, and no further, and
// git finds it whole.
func TestE2EDeepen(t *testing.T) {
	for way, url := range ways {
		t.Run(way, func(t *testing.T) {
			g := newRealGit(t)
			g.cloned(url(g), "--depth=1")
			ctx := context.Background()
			wantKind(t, g.repo.Deepen(ctx, g.up, []object.Hash{g.Hash(g.Ours, "HEAD")}, 2, func(string) {}), "")
			if got := g.Git(g.Ours, "rev-list", "--count", "HEAD"); got != "2" {
				t.Errorf("%s commits, want 2", got)
			}
			g.Check()
			// The remote goes on meanwhile.
			g.Commit(g.Two, "more.txt", "more\n")
			g.Git(g.Two, "push", "-q", "origin", "main")
			tip := g.Hash(g.Two, "HEAD")
			wantKind(t, g.repo.Fetch(ctx, g.up, []object.Hash{tip}, nil), "")
			if got := g.Git(g.Ours, "rev-list", "--count", tip.String()); got != "3" {
				t.Errorf("%s commits after a fetch, want 3", got)
			}
			g.Git(g.Ours, "update-ref", "refs/remotes/origin/main", tip.String())
			wantKind(t, g.repo.Deepen(ctx, g.up, []object.Hash{tip}, AllDepth, nil), "")
			if got := g.Git(g.Ours, "rev-list", "--count", tip.String()); got != "7" || g.Git(g.Ours, "rev-parse", "--is-shallow-repository") != "false" {
				t.Errorf("%s commits, want all 7", got)
			}
			g.Check()
		})
	}
}

// TestE2EBring: a partial clone fetches without what its filter leaves out, gets that
// once it is asked for, all at once, and pushes; git finds it as one of its own.
func TestE2EBring(t *testing.T) {
	for way, url := range ways {
		for _, filter := range []string{"blob:none", "tree:0"} {
			t.Run(way+" "+filter, func(t *testing.T) {
				g := newRealGit(t)
				g.cloned(url(g), "--filter="+filter, "--no-checkout")
				ctx := context.Background()
				g.Commit(g.Two, "d1/n.txt", "theirs\n")
				g.Commit(g.Two, "new/n.txt", "new\n")
				g.Git(g.Two, "push", "-q", "origin", "main")
				tip := g.Hash(g.Two, "HEAD")
				blob := g.Hash(g.Two, "HEAD:d1/n.txt")
				wantKind(t, g.repo.Fetch(ctx, g.up, []object.Hash{tip}, nil), "")
				tree := g.Hash(g.Two, "HEAD^{tree}")
				missing := len(g.repo.objects.Missing([]object.Hash{tree, blob}))
				if want := map[string]int{"blob:none": 1, "tree:0": 2}[filter]; missing != want {
					t.Errorf("%d are missing, want %d", missing, want)
				}
				g.Check()
				wantKind(t, g.repo.Bring(ctx, []object.Hash{tree, blob, g.Hash(g.Two, "HEAD:new/n.txt"), object.Zero}), "")
				if left := g.repo.objects.Missing([]object.Hash{tree, blob, g.Hash(g.Two, "HEAD:new"), g.Hash(g.Two, "HEAD:new/n.txt")}); len(left) > 0 {
					t.Errorf("missing: %v", left)
				}
				if ssh := g.repo.program.Environ.Get("GIT_SSH_COMMAND"); ssh != "" {
					g.Env = append(g.Env, "GIT_SSH_COMMAND="+ssh)
				}
				g.Git(g.Ours, "checkout", "-q", tip.String())
				mine := g.Commit(g.Ours, "d2/mine.txt", "mine\n")
				wantKind(t, g.repo.Push(ctx, g.up, []PushUpdate{{Ref: "refs/heads/main", Old: tip, New: mine}}, nil), "")
				g.Git(g.Bare, "fsck", "--strict")
				g.Check()
			})
		}
	}
}

// TestE2EBringsNothing: a whole clone is asked nothing, and what is gone for good is
// said in plain words.
func TestE2EBringsNothing(t *testing.T) {
	g := newRealGit(t)
	g.cloned("file://" + g.Bare)
	gone, err := object.ParseHash(strings.Repeat("12", 20))
	if err != nil {
		t.Fatal(err)
	}
	wantKind(t, g.repo.Bring(context.Background(), []object.Hash{gone}), "")
	g = newRealGit(t)
	g.cloned("file://"+g.Bare, "--filter=blob:none")
	err = g.repo.Bring(context.Background(), []object.Hash{gone})
	if err == nil || !strings.Contains(err.Error(), "origin") {
		t.Errorf("error %v", err)
	}
}
