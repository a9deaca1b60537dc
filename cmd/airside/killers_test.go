//go:build unix

package main

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

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
