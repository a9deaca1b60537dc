//go:build unix

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	gogit "github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/config"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/object"

	"github.com/airside-ls/airside/gitsync/consent"
	"github.com/airside-ls/airside/lsp/lsptest"
)

// killers are texts, by file name, that have a grammar's C die.
var killers = map[string]string{
	"a.sh": "echo {\U000F02A2\n",
	"a.rb": "x = <<" + strings.Repeat("A", 256) + "\nfoo\n" + strings.Repeat("A", 256) + "\n",
}

// startable returns a command that runs this program as airside in dir, with no
// model to be found but the one that is built in.
func startable(t *testing.T, dir string, args ...string) *exec.Cmd {
	c := exec.CommandContext(t.Context(), os.Args[0], args...)
	c.Dir = dir
	c.Env = []string{"TEST_SERVE=1", "HOME=" + t.TempDir(), "AIRSIDE_BACKEND=builtin", "PATH=" + os.Getenv("PATH")}
	return c
}

// TestKillersInCommands: a text that has a parser die fails no command.
func TestKillersInCommands(t *testing.T) {
	for name, text := range killers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			for file, content := range map[string]string{name: text, "ours-" + name: "1\n" + text, "theirs-" + name: text + "2\n"} {
				if err := os.WriteFile(filepath.Join(dir, file), []byte(content), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			out, err := startable(t, dir, "complete", "--json", name+":1:2").CombinedOutput()
			if err != nil || !bytes.Contains(out, []byte("the parser died on this text twice")) {
				t.Errorf("complete: %v\n%s", err, out)
			}
			out, err = startable(t, dir, "merge-file", "-p", "ours-"+name, name, "theirs-"+name).CombinedOutput()
			if want := "1\n" + text + "2\n"; err != nil || string(out) != want && !strings.Contains(string(out), "<<<<<<<") {
				t.Errorf("merge-file: %v\n%s", err, out)
			}
		})
	}
}

// TestKillersInServer: nor does one stop the server, which goes on to parse the
// rest.
func TestKillersInServer(t *testing.T) {
	dir := t.TempDir()
	cmd := startable(t, dir, "serve")
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	editor := lsptest.Start(t, childPipe{stdout, stdin}, lsptest.Options{Encodings: []string{"utf-8"}})
	editor.Initialize()
	languages := map[string]string{"a.sh": "shellscript", "a.rb": "ruby"}
	for range 2 {
		for name, text := range killers {
			uri := "file://" + filepath.Join(dir, name)
			editor.Open(uri, languages[name], text)
			editor.Change(uri, 0, 0, "x\n")
			if _, err := editor.InlineCompletion(uri, 1, true, nil).Wait(); err != nil {
				t.Fatal(err)
			}
			editor.CloseDocument(uri)
		}
	}
	editor.Shutdown()
	editor.Exit()
	if err := cmd.Wait(); err != nil && context.Cause(t.Context()) == nil {
		t.Errorf("the server ended with %v", err)
	}
}

// TestCompleteReadsFilesAlone: a pipe is not waited for, a device not read.
func TestCompleteReadsFilesAlone(t *testing.T) {
	dir := t.TempDir()
	pipe := filepath.Join(dir, "pipe.go")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Skip(err)
	}
	for _, file := range []string{pipe, "/dev/zero", dir} {
		out, err := startable(t, dir, "complete", file+":1:1").CombinedOutput()
		if err == nil || !bytes.Contains(out, []byte("no regular file")) {
			t.Errorf("%s: %v\n%s", file, err, out)
		}
	}
	zero, err := os.Open("/dev/zero")
	if err != nil {
		t.Skip(err)
	}
	defer zero.Close()
	endless := startable(t, dir, "complete", "--stdin", "a.go:1:1")
	endless.Stdin = zero
	if out, err := endless.CombinedOutput(); err == nil || !bytes.Contains(out, []byte("too large")) {
		t.Errorf("%v\n%s", err, out)
	}
}

// TestSignalEndsWhatWaits: SIGTERM ends a command whose input never comes.
func TestSignalEndsWhatWaits(t *testing.T) {
	waiting := startable(t, t.TempDir(), "complete", "--stdin", "a.go:1:1")
	in, err := waiting.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	if err := waiting.Start(); err != nil {
		t.Fatal(err)
	}
	if err := waiting.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := waiting.Wait(); err == nil {
		t.Error("it ended well")
	}
}

// TestServeNobody: an input without a client is told as that.
func TestServeNobody(t *testing.T) {
	out, err := startable(t, t.TempDir(), "serve").CombinedOutput() // of /dev/null
	if err == nil || bytes.Contains(out, []byte("terminal")) || !bytes.Contains(out, []byte("standard input ended before anything was said")) || bytes.Count(out, []byte("\n")) != 1 {
		t.Errorf("%v\n%s", err, out)
	}
}

// killed is a repository with a file of each killer, which its remote, in the
// folder beside it, and it have changed differently: in other lines where apart,
// else in the same one. It takes part in sync. The last is the environment.
func killed(t *testing.T, apart bool) (dir string, environ []string) {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	top := t.TempDir()
	dir, remote := filepath.Join(top, "ours"), filepath.Join(top, "theirs")
	commit := func(dir, first, last string) {
		git, err := gogit.PlainOpen(dir)
		must(err)
		work, err := git.Worktree()
		must(err)
		for name, text := range killers {
			must(os.WriteFile(filepath.Join(dir, name), []byte(first+text+last), 0o644))
			_, err = work.Add(name)
			must(err)
		}
		_, err = work.Commit(first+last, &gogit.CommitOptions{Author: &object.Signature{Name: "A", Email: "a@example.org", When: time.Unix(1e9, 0)}})
		must(err)
	}
	git, err := gogit.PlainInit(remote, false)
	must(err)
	must(git.Storer.SetReference(plumbing.NewSymbolicReference("HEAD", "refs/heads/main")))
	commit(remote, "a = 0\n", "")
	must(os.CopyFS(dir, os.DirFS(remote)))
	git, err = gogit.PlainOpen(dir)
	must(err)
	head, err := git.Head()
	must(err)
	must(git.Storer.SetReference(plumbing.NewHashReference("refs/remotes/origin/main", head.Hash())))
	_, err = git.CreateRemote(&config.RemoteConfig{Name: "origin", URLs: []string{remote}})
	must(err)
	c, err := git.Config()
	must(err)
	c.Branches["main"] = &config.Branch{Name: "main", Remote: "origin", Merge: "refs/heads/main"}
	c.User.Name, c.User.Email = "A", "a@example.org"
	must(git.SetConfig(c))
	commit(dir, "a = 1\n", "")
	if apart {
		commit(remote, "a = 0\n", "b = 2\n")
	} else {
		commit(remote, "a = 2\n", "")
	}
	git, err = gogit.PlainOpen(remote)
	must(err)
	must(git.Storer.SetReference(plumbing.NewSymbolicReference("HEAD", "refs/heads/other"))) // so that main may be pushed to
	state := t.TempDir()
	book := consent.Open(filepath.Join(state, "airside"), nil)
	must(book.SetSync(filepath.Join(dir, ".git"), consent.Sync{Enabled: true}))
	_, err = book.Trust(dir)
	must(err)
	return dir, []string{"XDG_STATE_HOME=" + state, "GIT_CONFIG_NOSYSTEM=1"}
}

// TestKillersInSync: both sides of a merge have changed files that have a parser
// die. They are merged or parked, by the command and by a server in the background,
// which lives on; and their changes are reviewed.
func TestKillersInSync(t *testing.T) {
	for name, apart := range map[string]bool{"in other lines": true, "in the same line": false} {
		t.Run(name, func(t *testing.T) {
			settled := func(state string) bool { return state == "CONFLICT" || apart && state == "IDLE" }
			dir, environ := killed(t, apart)
			command := func(args ...string) (out string, code int) {
				c := startable(t, dir, args...)
				c.Env = append(c.Env, environ...)
				var errOut bytes.Buffer
				c.Stderr = &errOut
				data, err := c.Output()
				if c.ProcessState == nil || !c.ProcessState.Exited() || bytes.Contains(errOut.Bytes(), []byte("goroutine ")) {
					t.Errorf("%v: %v\n%s", args, err, errOut.String())
				}
				return string(data), c.ProcessState.ExitCode()
			}
			if out, code := command("review", "--json", "--base", "HEAD~1"); code != 0 && code != 3 || !strings.Contains(out, `"findings"`) {
				t.Errorf("review: code %d, %s", code, out)
			}
			var result struct{ State string }
			out, code := command("sync", "--json")
			if err := json.Unmarshal([]byte(out), &result); err != nil || !settled(result.State) || code != 0 && code != 3 {
				t.Errorf("sync: code %d, %s, %v", code, out, err)
			}

			h := newHung(t) // a server in another clone
			h.dir, h.environ = killed(t, apart)
			h.options.Status = true
			h.start()
			for synced := false; !synced; {
				var status struct {
					Sync struct{ State, LastSync string }
				}
				if err := json.Unmarshal(h.editor.Await("airside/status").Params, &status); err != nil {
					t.Fatal(err)
				}
				synced = status.Sync.State == "CONFLICT" || settled(status.Sync.State) && status.Sync.LastSync != ""
			}
			file := lsptest.FileURI(filepath.Join(h.dir, "a.sh"))
			h.editor.Open(file, "shellscript", "x\n"+killers["a.sh"])
			if _, err := h.editor.InlineCompletion(file, 1, true, nil).Wait(); err != nil {
				t.Error(err)
			}
			h.exits(nil)
		})
	}
}
