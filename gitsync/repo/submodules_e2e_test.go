//go:build e2e

package repo

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/airside-ls/airside/gitsync/repo/repotest"
)

// TestE2ESubmodules: what is here and what is not; a hook's GIT_DIR leads nowhere else,
// and the HEAD of a submodule stays on its branch.
func TestE2ESubmodules(t *testing.T) {
	g := repotest.NewRealGit(t)
	program, err := exec.LookPath("git")
	if err != nil {
		t.Fatal(err)
	}
	tip := g.Hash(g.Ours, "HEAD").String()
	g.Git(g.Ours, "clone", "-q", ".", "here")
	for path, commit := range map[string]string{"here": tip, "gone": tip} {
		g.Git(g.Ours, "update-index", "--add", "--cacheinfo", "160000,"+commit+","+path)
	}
	look := func() map[string]Submodule {
		t.Helper()
		list, err := Submodules(t.Context(), g.Ours, Options{Git: program, Environ: append([]string{"GIT_DIR=/nowhere"}, g.Env...)})
		if err != nil {
			t.Fatal(err)
		}
		found := map[string]Submodule{}
		for _, s := range list {
			found[s.Path] = s
		}
		return found
	}
	if found := look(); len(found) != 0 {
		t.Errorf("without .gitmodules: %+v", found)
	}
	if err := os.WriteFile(filepath.Join(g.Ours, ".gitmodules"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if found := look(); !found["here"].Initialized || !found["here"].Has || found["gone"].Initialized || len(found) != 2 {
		t.Errorf("%+v", found)
	}
	head := g.Git(filepath.Join(g.Ours, "here"), "symbolic-ref", "HEAD")
	newer := g.Commit(g.Ours, "new.txt", "new\n").String()
	g.Git(g.Ours, "update-index", "--cacheinfo", "160000,"+newer+",here")
	if found := look(); !found["here"].Initialized || found["here"].Has {
		t.Errorf("%+v", found)
	}
	if now := g.Git(filepath.Join(g.Ours, "here"), "symbolic-ref", "HEAD"); now != head {
		t.Errorf("HEAD was at %s, and is at %s", head, now)
	}
}
