//go:build unix

package main

import (
	"bufio"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
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

// exitWithin is the promise, and what a loaded machine may add to it.
const exitWithin = 2*time.Second + 3*time.Second

// hung is a server whose work does not end.
type hung struct {
	t       *testing.T
	dir     string   // the workspace's folder
	environ []string // of the server
	pipe    string   // a line comes out of it when a program hangs, with processes
	host    *httptest.Server
	asked   chan string // paths that host is asked for, which it never answers
	options lsptest.Options
	editor  *lsptest.Editor
	server  *exec.Cmd
}

func newHung(t *testing.T) *hung {
	h := &hung{t: t, dir: t.TempDir(), asked: make(chan string, 100)}
	ended := make(chan struct{})
	h.host = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/locked/info/refs" {
			w.Header().Set("WWW-Authenticate", `Basic realm="x"`)
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		h.asked <- r.URL.Path
		<-ended
	}))
	t.Cleanup(func() { close(ended); h.host.Close() })
	h.pipe = filepath.Join(t.TempDir(), "pipe")
	h.must(syscall.Mkfifo(h.pipe, 0o600))
	return h
}

func (h *hung) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

// repository makes one with a commit that its remote lacks, which takes part in
// sync.
func (h *hung) repository(remote string) {
	git, err := gogit.PlainInit(h.dir, false)
	h.must(err)
	h.must(git.Storer.SetReference(plumbing.NewSymbolicReference("HEAD", "refs/heads/main")))
	_, err = git.CreateRemote(&config.RemoteConfig{Name: "origin", URLs: []string{remote}})
	h.must(err)
	c, err := git.Config()
	h.must(err)
	c.Branches["main"] = &config.Branch{Name: "main", Remote: "origin", Merge: "refs/heads/main"}
	c.User.Name, c.User.Email = "A", "a@example.org"
	h.must(git.SetConfig(c))
	h.write("a.go", "package a\n")
	work, err := git.Worktree()
	h.must(err)
	_, err = work.Add("a.go")
	h.must(err)
	_, err = work.Commit("one", &gogit.CommitOptions{Author: &object.Signature{Name: "A", Email: "a@example.org", When: time.Unix(1e9, 0)}})
	h.must(err)
	state := h.t.TempDir()
	h.environ = append(h.environ, "XDG_STATE_HOME="+state, "GIT_CONFIG_NOSYSTEM=1")
	book := consent.Open(filepath.Join(state, "airside"), nil)
	h.must(book.SetSync(filepath.Join(h.dir, ".git"), consent.Sync{Enabled: true}))
	_, err = book.Trust(h.dir)
	h.must(err)
}

func (h *hung) write(name, text string) {
	path := filepath.Join(h.dir, filepath.FromSlash(name))
	h.must(os.MkdirAll(filepath.Dir(path), 0o755))
	h.must(os.WriteFile(path, []byte(text), 0o644))
}

// hangs is a program that never ends, nor does what it starts.
func (h *hung) hangs(path, otherwise string) {
	h.must(os.MkdirAll(filepath.Dir(path), 0o755))
	h.must(os.WriteFile(path, fmt.Appendf(nil, "#!/bin/sh\ntrap '' TERM INT HUP\n%s\nsleep 1000 &\necho $$ $! $* >'%s'\nwait\nsleep 1000\n", otherwise, h.pipe), 0o755))
}

// git puts such a program in git's place, for the arguments that match alone.
func (h *hung) git(pattern string) {
	bin := h.t.TempDir()
	git, err := exec.LookPath("git")
	if err != nil {
		h.t.Skip("there is no git")
	}
	h.hangs(filepath.Join(bin, "git"), "case \"$*\" in "+pattern+") ;; *) exec "+git+" \"$@\";; esac")
	h.environ = append(h.environ, "PATH="+bin+string(os.PathListSeparator)+os.Getenv("PATH"))
}

// awaitHanging are the processes of the program that hangs now.
func (h *hung) awaitHanging() (pids []int) {
	h.t.Helper()
	pipe, err := os.OpenFile(h.pipe, os.O_RDWR, 0)
	h.must(err)
	defer pipe.Close()
	pipe.SetDeadline(time.Now().Add(lsptest.Patience))
	line, err := bufio.NewReader(pipe).ReadString('\n')
	h.must(err)
	for _, word := range strings.Fields(line) {
		var pid int
		fmt.Sscan(word, &pid)
		pids = append(pids, pid)
	}
	return pids
}

func (h *hung) start() {
	h.server = startable(h.t, h.dir, "serve")
	h.server.Env = append(h.server.Env, h.environ...)
	stdin, err := h.server.StdinPipe()
	h.must(err)
	stdout, err := h.server.StdoutPipe()
	h.must(err)
	h.must(h.server.Start())
	h.options.Folders = []string{h.dir}
	h.editor = lsptest.Start(h.t, childPipe{stdout, stdin}, h.options)
	h.editor.Initialize()
}

// sync asks for one, and does not wait for it.
func (h *hung) sync() {
	h.editor.Request("workspace/executeCommand", map[string]any{"command": "airside.sync.now"})
}

// exits ends the server as editors do, and holds that it is gone in time, and
// what it has started with it.
func (h *hung) exits(with []int) {
	h.t.Helper()
	h.editor.Shutdown()
	began := time.Now()
	h.editor.Exit()
	if err := h.server.Wait(); err != nil {
		h.t.Errorf("the server ended with %v", err)
	}
	took := time.Since(began)
	h.t.Logf("gone %v after exit", took.Round(time.Millisecond))
	if took > exitWithin {
		h.t.Error("that is too long")
	}
	for _, pid := range with {
		for until := time.Now().Add(lsptest.Patience); alive(pid); runtime.Gosched() {
			if time.Now().After(until) {
				h.t.Errorf("process %d lives on", pid)
				syscall.Kill(pid, syscall.SIGKILL)
				break
			}
		}
	}
}

// alive reports a process that is there and no zombie, which some containers
// leave for ever.
func alive(pid int) bool {
	if syscall.Kill(pid, 0) != nil {
		return false
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	_, behind, _ := strings.Cut(string(stat), ") ")
	return err != nil && !errors.Is(err, os.ErrNotExist) || err == nil && !strings.HasPrefix(behind, "Z")
}

// TestExitInTime: whatever hangs, a server is gone two seconds after exit.
func TestExitInTime(t *testing.T) {
	open := func(h *hung) (file string) {
		file = lsptest.FileURI(filepath.Join(h.dir, "a.go"))
		h.editor.Open(file, "go", "package a\n\nfunc f() error {\n\treturn \n}\n")
		return file
	}
	for name, reach := range map[string]func(h *hung) (processes []int){
		"a configuration that is a pipe": func(h *hung) []int {
			h.repository("http://127.0.0.1:1/x")
			h.must(os.Remove(filepath.Join(h.dir, ".git", "config")))
			h.must(syscall.Mkfifo(filepath.Join(h.dir, ".git", "config"), 0o600))
			h.start()
			h.editor.Request("workspace/executeCommand", map[string]any{"command": "airside.comment.list"}).Wait()
			return nil
		},
		"an index that is a pipe": func(h *hung) []int {
			h.repository("http://127.0.0.1:1/x")
			h.must(os.Remove(filepath.Join(h.dir, ".git", "index")))
			h.must(syscall.Mkfifo(filepath.Join(h.dir, ".git", "index"), 0o600))
			h.start()
			h.editor.Request("workspace/executeCommand", map[string]any{"command": "airside.sync.now"}).Wait()
			return nil
		},
		"a backend": func(h *hung) []int {
			h.environ = append(h.environ, "AIRSIDE_BACKEND=openai", "AIRSIDE_OPENAI_URL="+h.host.URL, "AIRSIDE_OPENAI_MODEL=x")
			h.start()
			h.editor.InlineCompletion(open(h), 37, true, nil)
			<-h.asked
			return nil
		},
		"a remote": func(h *hung) []int {
			h.repository(h.host.URL + "/x")
			h.start()
			<-h.asked
			return nil
		},
		"git": func(h *hung) []int {
			h.repository(h.t.TempDir())
			h.git("*")
			h.start()
			h.sync()
			return h.awaitHanging()
		},
		"a credential helper": func(h *hung) []int {
			h.repository(h.host.URL + "/locked")
			h.git("*credential*")
			h.start()
			h.sync()
			return h.awaitHanging()
		},
		"a hook": func(h *hung) []int {
			remote := h.t.TempDir()
			_, err := gogit.PlainInit(remote, true)
			h.must(err)
			h.repository(remote)
			h.hangs(filepath.Join(h.dir, ".git", "hooks", "pre-push"), "")
			h.start()
			h.sync()
			return h.awaitHanging()
		},
		"the parser": func(h *hung) []int {
			h.start()
			file := open(h)
			h.editor.InlineCompletion(file, 37, true, nil).Wait()
			workers := childrenOf(h.t, h.server.Process.Pid)
			for _, pid := range workers {
				syscall.Kill(pid, syscall.SIGSTOP)
			}
			h.editor.Change(file, 0, 0, "// x\n")
			h.editor.InlineCompletion(file, 42, true, nil)
			return workers
		},
		"a parser that was killed": func(h *hung) []int {
			h.start()
			file := open(h)
			h.editor.InlineCompletion(file, 37, true, nil).Wait()
			for _, pid := range childrenOf(h.t, h.server.Process.Pid) {
				syscall.Kill(pid, syscall.SIGKILL)
			}
			h.editor.Change(file, 0, 0, "// x\n")
			h.editor.InlineCompletion(file, 42, true, nil)
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHung(t)
			h.exits(reach(h))
		})
	}
}

// childrenOf are the processes that one has started.
func childrenOf(t *testing.T, pid int) (list []int) {
	t.Helper()
	files, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	if err != nil || len(files) == 0 {
		t.Skip("children are not told here")
	}
	for _, file := range files {
		data, _ := os.ReadFile(file)
		for _, word := range strings.Fields(string(data)) {
			var child int
			fmt.Sscan(word, &child)
			list = append(list, child)
		}
	}
	if len(list) == 0 {
		t.Error("there is no process that parses")
	}
	return list
}
