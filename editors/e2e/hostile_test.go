//go:build e2e

package e2e

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	traps "github.com/airside-ls/airside/gitsync/hostile"
)

// hostileFolder names a host as well, which is not to be asked.
func hostileFolder(t *testing.T) *traps.Folder {
	t.Helper()
	host := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		t.Error("a host that the folder names was asked")
	}))
	t.Cleanup(host.Close)
	return traps.Make(t, folder(t), host.Listener.Addr().String())
}

// TestE2EHostileBites: the traps are some. The real git, asked for what airside
// asks it for in a repository that has opted in, sets them off.
func TestE2EHostileBites(t *testing.T) {
	asked := make(chan string, 100)
	host := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { asked <- r.URL.Path }))
	t.Cleanup(host.Close)
	f := traps.Make(t, folder(t), host.Listener.Addr().String())
	for _, name := range []string{"/.gitignore", "info/exclude", "info/attributes", "pipe", "/.mailmap", "objects/info/alternates", "/.gitmodules", "config.worktree", "info/sparse-checkout", "info/grafts"} {
		path := filepath.Join(f.Dir, ".git", name) // git waits for pipes, and reads /dev/zero to its end
		if name[0] == '/' {
			path = filepath.Join(f.Dir, name)
		}
		must(t, os.Remove(path))
	}
	for _, args := range [][]string{{"status", "--porcelain"}, {"log", "--all", "--format=%G?"}, {"diff"}, {"fetch", "origin"}, {"push", "--dry-run", "web"}, {"ls-files"}} {
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		cmd := exec.CommandContext(ctx, "git", append([]string{"-C", f.Dir}, args...)...)
		cmd.Env = append(cleanEnv(t.TempDir()), "PATH="+os.Getenv("PATH"), "GIT_CONFIG_NOSYSTEM=1", "http_proxy=http://127.0.0.1:1")
		out, err := cmd.CombinedOutput()
		t.Logf("git %v: %v %.200s", args, err, out)
	}
	ran := f.Ran()
	t.Logf("%d went off: %q; the host was asked %d times", len(ran), ran, len(asked))
	if len(ran) < 4 || len(asked) == 0 {
		t.Error("the traps are none")
	}
}

// TestE2EHostileNvim opens the folder in Neovim: as nobody's, and trusted, without
// an opt-in. Nothing that it names runs.
func TestE2EHostileNvim(t *testing.T) {
	for version, nvim := range neovims {
		t.Run(version, func(t *testing.T) {
			f := hostileFolder(t)
			must(t, os.WriteFile(filepath.Join(f.Dir, "load.go"), []byte(vscodeSource), 0o644))
			u := startReal(t, nvim, filepath.Join(f.Dir, "load.go"), errorsModel(t).env())
			u.waitReady()
			u.waitLua("that it says so", `require('airside.status').line():find('not trusted', 1, true)`)
			u.keys("9GA<C-v><Tab>if err")
			u.waitLua("ghost text", "require('airside').visible()")
			u.finish("<Tab><Esc>")
			u.command("silent write!")
			f.Check()
			u.trust()
			u.lua(`require('airside.compat').request(require('airside.client').get(), 'workspace/executeCommand',
				{ command = 'airside.comment.list' }, function(_, r) comments = r end, 0)`)
			u.waitLua("the comment of a repository that is open", "comments and #comments.threads == 1")
			u.quit()
			f.Check()
			t.Logf("%d traps, %d went off", len(f.Traps), len(f.Ran()))
		})
	}
}

// TestE2EVSCodeHostile does so in VS Code, whose own git is switched off: it runs
// what a trusted repository names.
func TestE2EVSCodeHostile(t *testing.T) {
	for name, flags := range map[string][]string{"untrusted": nil, "trusted": {allTrusted}} {
		t.Run(name, func(t *testing.T) {
			f := hostileFolder(t)
			for _, pipe := range []string{".gitignore", ".mailmap", "pipe.go"} { // which VS Code's search waits for
				must(t, os.Remove(filepath.Join(f.Dir, pipe)))
			}
			must(t, os.WriteFile(filepath.Join(f.Dir, "load.go"), []byte(vscodeSource), 0o644))
			settings := strings.Replace(vscodeSettings, "{", `{ "git.enabled": false,`, 1)
			c := startCodeServer(t, settings, vscodeModel(t).env(), flags...)
			c.world.Folders["hostile"] = f.Dir
			c.journeys("hostile")
			f.Check()
			t.Logf("%d traps, %d went off", len(f.Traps), len(f.Ran()))
		})
	}
}
