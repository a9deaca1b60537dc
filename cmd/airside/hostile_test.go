//go:build unix

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/airside-ls/airside/gitsync/consent"
	"github.com/airside-ls/airside/gitsync/hostile"
	"github.com/airside-ls/airside/lsp/lsptest"
)

// realServer is airside serve as an editor has it, with nothing of this machine's
// user in reach. stop ends it as editors do.
func realServer(t *testing.T, state string, client lsptest.Options, more ...string) (editor *lsptest.Editor, stop func()) {
	t.Helper()
	home := t.TempDir()
	t.Setenv("XDG_CONFIG_HOME", filepath.Join(home, "config"))
	t.Setenv("XDG_CACHE_HOME", filepath.Join(home, "cache"))
	environ := []string{
		"HOME=" + home, "XDG_STATE_HOME=" + state, "PATH=" + os.Getenv("PATH"), "GIT_CONFIG_NOSYSTEM=1",
		"AIRSIDE_OLLAMA_URL=http://127.0.0.1:1", "AIRSIDE_LLAMACPP_URL=http://127.0.0.1:1", "AIRSIDE_BACKEND=builtin",
	}
	environ = append(environ, more...)
	clientEnd, serverEnd := lsptest.Pipe()
	served := make(chan int, 1)
	var said bytes.Buffer
	go func() {
		served <- run(context.Background(), []string{"serve"}, stdio{in: serverEnd, out: serverEnd, err: &said}, environ)
	}()
	editor = lsptest.Start(t, clientEnd, client)
	editor.Initialize()
	return editor, func() {
		editor.Shutdown()
		editor.Exit()
		select {
		case code := <-served:
			if code != 0 {
				t.Errorf("exit code %d: %s", code, said.String())
			}
		case <-time.After(lsptest.Patience):
			t.Error("the server outlives exit")
		}
	}
}

// hostileFolder names a host as well, which is not to be asked.
func hostileFolder(t *testing.T) *hostile.Folder {
	t.Helper()
	host := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		t.Error("a host that the folder names was asked")
	}))
	t.Cleanup(host.Close)
	return hostile.Make(t, t.TempDir(), host.Listener.Addr().String())
}

// TestHostileFolder opens a folder whose every file is a trap, as nobody's, as the
// user's that an editor trusts, and as one that the user trusts; without an opt-in
// each time. Nothing that the folder names runs, and nothing is written elsewhere.
func TestHostileFolder(t *testing.T) {
	for name, test := range map[string]struct {
		client  lsptest.Options
		trust   bool
		threads int // that are shown: 1 is that the repository was opened
	}{
		"untrusted by the editor":  {lsptest.Options{Untrusted: true}, false, 0},
		"trusted by nobody":        {lsptest.Options{Silent: true}, false, 0},
		"trusted by the editor":    {lsptest.Options{}, false, 1},
		"trusted by airside trust": {lsptest.Options{Silent: true}, true, 1},
	} {
		t.Run(name, func(t *testing.T) {
			folder := hostileFolder(t)
			if len(folder.Traps) < 40 {
				t.Fatalf("%d traps", len(folder.Traps))
			}
			state := filepath.Join(t.TempDir(), "state")
			if test.trust {
				if _, err := consent.Open(filepath.Join(state, "airside"), nil).Trust(folder.Dir); err != nil {
					t.Fatal(err)
				}
			}
			test.client.Folders = []string{folder.Dir}
			editor, stop := realServer(t, state, test.client)
			file := lsptest.FileURI(filepath.Join(folder.Dir, "load.go"))
			text := "package load\n\nfunc load() error {\n\treturn \n}\n"
			editor.Open(file, "go", text)
			if _, err := editor.InlineCompletion(file, strings.Index(text, "return ")+7, false, nil).Wait(); err != nil {
				t.Error(err)
			}
			editor.Save(file)
			result, err := editor.Request("workspace/executeCommand", map[string]any{"command": "airside.comment.list"}).Wait()
			if err != nil {
				t.Fatal(err)
			}
			var list struct {
				Threads []json.RawMessage `json:"threads"`
			}
			if err := json.Unmarshal(result, &list); err != nil || len(list.Threads) != test.threads {
				t.Errorf("threads: %s, %v", result, err)
			}
			stop()
			folder.Check()
			if _, err := os.Lstat(filepath.Join(folder.Dir, ".git", "airside", "actor-0.json")); err == nil {
				t.Error("something was written into .git")
			}
			t.Logf("%d traps, %d went off", len(folder.Traps), len(folder.Ran()))
		})
	}
}

// TestHostileReview: a review of somebody's partial clone asks no remote for what is
// missing, and says so, with git and whether or not the user trusts the folder.
func TestHostileReview(t *testing.T) {
	for _, trust := range []bool{false, true} {
		folder := hostileFolder(t)
		folder.WithoutPipes()
		state := filepath.Join(t.TempDir(), "state")
		if trust {
			if _, err := consent.Open(filepath.Join(state, "airside"), nil).Trust(folder.Dir); err != nil {
				t.Fatal(err)
			}
		}
		environ := []string{"HOME=" + t.TempDir(), "XDG_STATE_HOME=" + state, "PATH=" + os.Getenv("PATH"), "GIT_CONFIG_NOSYSTEM=1"}
		for _, scope := range []string{"--staged", "--rules-only"} {
			code, out, errOut := airside(t, "", environ, "review", "-C", folder.Dir, scope, "--rules-only", "--json")
			if code != 0 || !strings.Contains(out+errOut, "opted in") {
				t.Errorf("trusted %v, %s: code %d, %q, %q", trust, scope, code, out, errOut)
			}
		}
		folder.Check()
	}
}

// TestHostileFiles puts what never ends, or never begins, in the place of each
// file that is read first; the server answers and ends all the same.
func TestHostileFiles(t *testing.T) {
	kinds := map[string]func(path string) error{
		"pipe": func(path string) error { return syscall.Mkfifo(path, 0o644) },
		"zero": func(path string) error { return os.Symlink("/dev/zero", path) },
		"loop": func(path string) error { return os.Symlink(filepath.Base(path), path) },
		"huge": func(path string) error { // without its blocks
			return errors.Join(os.WriteFile(path, nil, 0o644), os.Truncate(path, 1<<40))
		},
	}
	for _, name := range []string{
		".git/config", ".git/HEAD", ".git/index", ".git/packed-refs", ".git/shallow", ".git/commondir", ".git/refs/heads/main", ".git/info/exclude",
		".git/objects/info/alternates", ".git/airside/sync.json", ".git/airside/state.json", ".git/airside/comments.json", ".git", "load.go",
		".git/config.worktree", ".gitmodules", ".lfsconfig", ".gitattributes", ".git/worktrees", ".git/refs", ".git/objects/pack", ".git/airside",
	} {
		for kind, lay := range kinds {
			t.Run(name+" "+kind, func(t *testing.T) {
				folder := hostileFolder(t)
				path := filepath.Join(folder.Dir, filepath.FromSlash(name))
				if err := os.RemoveAll(path); err != nil {
					t.Fatal(err)
				}
				if err := lay(path); err != nil {
					t.Fatal(err)
				}
				editor, stop := realServer(t, t.TempDir(), lsptest.Options{Folders: []string{folder.Dir}})
				file := lsptest.FileURI(filepath.Join(folder.Dir, "load.go"))
				editor.Open(file, "go", "package load\n")
				editor.Save(file)
				for _, command := range []string{"airside.comment.list", "airside.sync.now"} {
					editor.Request("workspace/executeCommand", map[string]any{"command": command}).Wait()
				}
				stop()
				folder.Check()
			})
		}
	}
}

// TestHostileOptIn: what .git says of an opt-in is told, and counts for nothing.
func TestHostileOptIn(t *testing.T) {
	folder := hostileFolder(t)
	state := t.TempDir()
	for _, test := range []struct{ args, says string }{
		{"sync", "counts no more"},
		{"sync status", "counts no more"},
		{"sync enable ", "is no pattern"},
	} {
		args := append(strings.Split(test.args, " "), "-C", folder.Dir)
		code, out, errOut := airside(t, "", []string{"HOME=" + state, "XDG_STATE_HOME=" + state}, args...)
		if !strings.Contains(out+errOut, test.says) {
			t.Errorf("%s: code %d, %q, %q", test.args, code, out, errOut)
		}
	}
	folder.Check()
}

// TestRefusedIsSaid: of a repository that git refuses everything says just that.
func TestRefusedIsSaid(t *testing.T) {
	for name, test := range map[string]struct {
		config, environ, says string
	}{
		"a configuration":         {"[core]\n\tbare = false\n[remote", "", "bad config line 3 in file "},
		"another user's":          {"[core]\n\tbare = false\n", "GIT_TEST_ASSUME_DIFFERENT_OWNER=1", "detected dubious ownership in repository at '"},
		"one that is not touched": {"[core]\n\trepositoryformatversion = 1\n[extensions]\n\trefStorage = reftable\n", "", "reftable"},
	} {
		t.Run(name, func(t *testing.T) {
			folder := hostileFolder(t)
			if err := os.WriteFile(filepath.Join(folder.Dir, ".git", "config"), []byte(test.config), 0o644); err != nil {
				t.Fatal(err)
			}
			home := t.TempDir()
			environ := []string{"HOME=" + home, "XDG_STATE_HOME=" + home, "GIT_CONFIG_NOSYSTEM=1", test.environ}
			for _, command := range []string{"sync", "sync status", "sync enable", "sync log", "comments list", "review", "doctor"} {
				args := append(strings.Fields(command), "-C", folder.Dir)
				if command == "review" || command == "doctor" {
					t.Chdir(folder.Dir)
					args = args[:len(args)-2]
				}
				if _, out, errOut := airside(t, "", environ, args...); !strings.Contains(out+errOut, test.says) {
					t.Errorf("%s: %q, %q", command, out, errOut)
				}
			}
			editor, stop := realServer(t, home, lsptest.Options{Folders: []string{folder.Dir}, Status: true}, test.environ)
			for status := ""; !strings.Contains(status, test.says); {
				status = string(editor.Await("airside/status").Params)
			}
			stop()
			folder.Check()
		})
	}
}
