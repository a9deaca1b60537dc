//go:build unix

package wire

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/airside-ls/airside/gitsync/repo/program"
)

// TestHungProgramsAreKilled: a credential helper or a hook that hangs, and what it
// has started, are gone once its time is over, though they ignore being told to end.
func TestHungProgramsAreKilled(t *testing.T) {
	for name, run := range map[string]func(ctx context.Context, r *Wire, name string) error{
		"credential helper": func(ctx context.Context, r *Wire, name string) error {
			r.program.Git = name // whose child the helper is
			_, err := (&dialer{wire: r}).gitCredential(ctx, "fill", "host=x\n")
			return err
		},
		"hook": func(ctx context.Context, r *Wire, name string) error {
			_, err := r.program.Hook(ctx, name, nil)
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			pipe, file := filepath.Join(dir, "pipe"), filepath.Join(dir, "program")
			if err := syscall.Mkfifo(pipe, 0o600); err != nil {
				t.Skip(err)
			}
			script := "#!/bin/sh\ntrap '' TERM INT HUP\n(trap '' TERM INT HUP; sleep 1000; sleep 1000) &\necho $$ $! >'" + pipe + "'\nwait\nsleep 1000\n"
			if err := os.WriteFile(file, []byte(script), 0o700); err != nil {
				t.Fatal(err)
			}
			said, err := os.OpenFile(pipe, os.O_RDWR, 0)
			if err != nil {
				t.Fatal(err)
			}
			defer said.Close()
			ctx, over := context.WithCancel(t.Context())
			ended := make(chan error, 1)
			go func() { ended <- run(ctx, &Wire{program: &program.Runner{Dir: dir, Environ: os.Environ()}}, file) }()
			line, err := bufio.NewReader(said).ReadString('\n')
			if err != nil {
				t.Fatal(err)
			}
			over()
			if err := <-ended; err == nil {
				t.Error("it ended well")
			}
			for _, word := range strings.Fields(line) {
				var pid int
				fmt.Sscan(word, &pid)
				for until := time.Now().Add(20 * time.Second); lives(pid); runtime.Gosched() {
					if time.Now().After(until) {
						t.Fatalf("process %d lives on", pid)
					}
				}
			}
		})
	}
}

// lives reports a process that is there and no zombie.
func lives(pid int) bool {
	if syscall.Kill(pid, 0) != nil {
		return false
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	_, behind, _ := strings.Cut(string(stat), ") ")
	return err != nil && !os.IsNotExist(err) || err == nil && !strings.HasPrefix(behind, "Z")
}
