// Idle measures what airside costs while nobody does anything: the share of
// one processor and the wake-ups a second of the server, and of every process
// that it starts, in a repository that has opted in to sync. Once its remote is
// in reach, once it is not. See make bench-idle.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/airside-ls/airside/lsp/lsptest"
)

func main() {
	program := flag.String("airside", "airside", "the binary")
	settle := flag.Duration("settle", 150*time.Second, "how long to wait before measuring")
	window := flag.Duration("for", 5*time.Minute, "how long to measure")
	each := flag.Duration("each", 0, "tell the figures of each such part of it, too")
	pause := flag.Duration("stop", 0, "wait that long before the servers are ended, to look at them")
	flag.Parse()
	path, err := filepath.Abs(*program)
	if err != nil {
		fail(err)
	}
	work, err := os.MkdirTemp("", "airside-idle-")
	if err != nil {
		fail(err)
	}
	defer os.RemoveAll(work)

	daemon, port, err := remote(work)
	if err != nil {
		fail(err)
	}
	defer daemon.end()
	places := []struct{ name, url string }{
		{"in reach", fmt.Sprintf("git://127.0.0.1:%d/remote.git", port)},
		{"out of reach", fmt.Sprintf("git://127.0.0.1:%d/remote.git", closedPort())},
	}
	var wait sync.WaitGroup
	for _, p := range places {
		s, err := start(path, filepath.Join(work, strings.ReplaceAll(p.name, " ", "-")), filepath.Join(work, "remote.git"), p.url)
		if err != nil {
			fail(err)
		}
		defer s.end()
		fmt.Printf("%-12s pid %d\n", p.name, s.cmd.Process.Pid)
		wait.Go(func() { measure(p.name, s.cmd.Process.Pid, *settle, *window, *each) })
	}
	wait.Wait()
	time.Sleep(*pause)
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "bench/idle:", err)
	os.Exit(1)
}

// measure prints what the processes cost from after settle on, for the window.
func measure(name string, pid int, settle, window, each time.Duration) {
	time.Sleep(settle)
	first, start := costOf(pid), time.Now()
	last, at := first, start
	for each > 0 && time.Since(start)+each < window {
		time.Sleep(each)
		now := costOf(pid)
		now.since(last).print("  "+name, time.Since(at))
		last, at = now, time.Now()
	}
	time.Sleep(time.Until(start.Add(window)))
	costOf(pid).since(first).print(name, time.Since(start))
}

// cost is what processes have used: processor time, those that ended included,
// and how often their threads went off a processor.
type cost struct {
	cpu       time.Duration
	voluntary int // a thread waited: each was a wake-up
	preempted int
	processes int
}

func (c cost) since(before cost) cost {
	return cost{c.cpu - before.cpu, c.voluntary - before.voluntary, c.preempted - before.preempted, c.processes}
}

func (c cost) print(name string, d time.Duration) {
	fmt.Printf("%-14s %7.4f %% of a processor, %6.2f wake-ups a second (%.2f preempted), %d processes, %v\n", name,
		100*c.cpu.Seconds()/d.Seconds(), float64(c.voluntary)/d.Seconds(), float64(c.preempted)/d.Seconds(), c.processes, d.Round(time.Second))
}

// costOf adds up a process and what it started (proc(5)).
func costOf(pid int) (c cost) {
	c.processes = 1
	tasks, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*", pid))
	for _, task := range tasks {
		var ran int64 // schedstat is in nanoseconds, stat in hundredths of a second
		if text, err := os.ReadFile(filepath.Join(task, "schedstat")); err == nil {
			fmt.Sscan(string(text), &ran)
		}
		c.cpu += time.Duration(ran)
		text, _ := os.ReadFile(filepath.Join(task, "status"))
		for line := range strings.Lines(string(text)) {
			name, value, _ := strings.Cut(line, ":")
			n, _ := strconv.Atoi(strings.TrimSpace(value))
			switch name {
			case "voluntary_ctxt_switches":
				c.voluntary += n
			case "nonvoluntary_ctxt_switches":
				c.preempted += n
			}
		}
		children, _ := os.ReadFile(filepath.Join(task, "children"))
		for _, child := range strings.Fields(string(children)) {
			id, _ := strconv.Atoi(child)
			of := costOf(id)
			c.cpu += of.cpu
			c.voluntary += of.voluntary
			c.preempted += of.preempted
			c.processes += of.processes
		}
	}
	if text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid)); err == nil {
		// After the name: state is field 3, cutime and cstime are 16 and 17.
		if f := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:])); len(f) > 14 {
			user, _ := strconv.Atoi(f[13])
			system, _ := strconv.Atoi(f[14])
			c.cpu += time.Duration(user+system) * time.Second / 100
		}
	}
	return c
}

// remote is a repository with one commit, and a git daemon that serves it.
func remote(work string) (*process, int, error) {
	bare, first := filepath.Join(work, "remote.git"), filepath.Join(work, "first")
	for _, args := range [][]string{
		{"init", "-q", "--bare", "-b", "main", bare},
		{"init", "-q", "-b", "main", first},
		{"-C", first, "remote", "add", "origin", bare},
	} {
		if err := git(work, args...); err != nil {
			return nil, 0, err
		}
	}
	if err := os.WriteFile(filepath.Join(first, "main.go"), []byte(source), 0o644); err != nil {
		return nil, 0, err
	}
	for _, args := range [][]string{{"add", "-A"}, {"commit", "-q", "-m", "first"}, {"push", "-q", "origin", "main"}} {
		if err := git(work, append([]string{"-C", first}, args...)...); err != nil {
			return nil, 0, err
		}
	}
	port := closedPort()
	cmd := exec.Command("git", "daemon", "--reuseaddr", "--listen=127.0.0.1", fmt.Sprint("--port=", port),
		"--export-all", "--enable=receive-pack", "--base-path="+work, work)
	if err := cmd.Start(); err != nil {
		return nil, 0, err
	}
	return &process{cmd: cmd}, port, nil
}

const source = "package main\n\nimport \"fmt\"\n\nfunc main() {\n\tfmt.Println(\"idle\")\n}\n"

// closedPort is one that nobody listens at.
func closedPort() int {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fail(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

func environ(home string) []string {
	return []string{"HOME=" + home, "PATH=" + os.Getenv("PATH"), "GIT_CONFIG_NOSYSTEM=1", "GIT_TERMINAL_PROMPT=0", "LC_ALL=C.UTF-8",
		"GIT_AUTHOR_NAME=idle", "GIT_AUTHOR_EMAIL=idle@example.org", "GIT_COMMITTER_NAME=idle", "GIT_COMMITTER_EMAIL=idle@example.org"}
}

func git(home string, args ...string) error {
	cmd := exec.Command("git", args...)
	cmd.Env = environ(home)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("git %s: %w: %s", strings.Join(args, " "), err, out)
	}
	return nil
}

type process struct {
	cmd *exec.Cmd
	in  io.WriteCloser
}

func (p *process) end() {
	if p.in != nil {
		p.in.Close()
	} else {
		p.cmd.Process.Signal(syscall.SIGTERM) // killed, git would leave its git-daemon behind
	}
	p.cmd.Wait()
}

// start has an editor open a clone that is opted in, complete once, and say no
// more.
func start(airside, home, bare, url string) (*process, error) {
	clone := filepath.Join(home, "clone")
	if err := os.MkdirAll(home, 0o755); err != nil {
		return nil, err
	}
	if err := git(home, "clone", "-q", bare, clone); err != nil {
		return nil, err
	}
	if err := git(home, "-C", clone, "remote", "set-url", "origin", url); err != nil {
		return nil, err
	}
	opt := exec.Command(airside, "sync", "enable")
	opt.Dir, opt.Env = clone, environ(home)
	if out, err := opt.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("airside sync enable: %w: %s", err, out)
	}

	cmd := exec.Command(airside, "serve")
	cmd.Dir, cmd.Env, cmd.Stderr = clone, environ(home), os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	answers := make(chan int, 10)
	go answerAll(in, out, answers)
	file := "file://" + filepath.Join(clone, "main.go")
	say(in, map[string]any{"id": 1, "method": "initialize", "params": map[string]any{
		"processId": os.Getpid(), "rootUri": "file://" + clone,
		"workspaceFolders": []any{map[string]any{"uri": "file://" + clone, "name": "clone"}},
		"capabilities": map[string]any{
			"workspace":    map[string]any{"configuration": true, "workspaceFolders": true},
			"textDocument": map[string]any{"inlineCompletion": map[string]any{}},
			"experimental": map[string]any{"airsideStatus": true},
		},
	}})
	<-answers
	say(in, map[string]any{"method": "initialized", "params": map[string]any{}})
	say(in, map[string]any{"method": "textDocument/didOpen", "params": map[string]any{"textDocument": map[string]any{
		"uri": file, "languageId": "go", "version": 1, "text": source}}})
	say(in, map[string]any{"id": 2, "method": "textDocument/inlineCompletion", "params": map[string]any{
		"textDocument": map[string]any{"uri": file}, "position": map[string]any{"line": 5, "character": 1}, "context": map[string]any{"triggerKind": 1}}})
	<-answers
	return &process{cmd, in}, nil
}

var saying sync.Mutex

func say(w io.Writer, message map[string]any) {
	message["jsonrpc"] = "2.0"
	body, err := json.Marshal(message)
	if err != nil {
		fail(err)
	}
	saying.Lock()
	defer saying.Unlock()
	w.Write(lsptest.Frame(body))
}

// answerAll reads what the server says, and answers what it asks with nothing.
func answerAll(w io.Writer, r io.Reader, answers chan<- int) {
	for b := bufio.NewReader(r); ; {
		body, err := lsptest.ReadFrame(b)
		if err != nil {
			return
		}
		var m struct {
			ID     json.RawMessage
			Method string
		}
		if json.Unmarshal(body, &m) != nil {
			continue
		}
		switch {
		case m.Method == "" && len(m.ID) > 0:
			answers <- 1
		case m.Method == "workspace/configuration":
			say(w, map[string]any{"id": m.ID, "result": []any{nil}})
		case len(m.ID) > 0:
			say(w, map[string]any{"id": m.ID, "result": nil})
		}
	}
}
