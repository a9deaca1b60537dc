package lock

import (
	"bufio"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/airside-ls/airside/gitsync/durable"
	"github.com/airside-ls/airside/gitsync/repo/layout"
)

// TestMain is also the process that works with a repository: with a folder and perhaps
// a lock as arguments it stands there, has that open, and ends with its input.
func TestMain(m *testing.M) {
	if at := os.Getenv("LOCK_TEST_WORKS_IN"); at != "" {
		if err := os.Chdir(at); err != nil {
			panic(err)
		}
		if lock := os.Getenv("LOCK_TEST_HAS_OPEN"); lock != "" {
			f, err := os.Open(lock)
			if err != nil {
				panic(err)
			}
			defer f.Close()
		}
		os.Stdout.WriteString("ready\n")
		io.Copy(io.Discard, os.Stdin)
		return
	}
	os.Exit(m.Run())
}

// world is a repository with a lock in it.
type world struct {
	t     *testing.T
	locks *Locks
	lock  string
}

func newWorld(t *testing.T) *world {
	dir := t.TempDir()
	at := layout.Layout{Git: filepath.Join(dir, ".git"), Common: filepath.Join(dir, ".git"), Work: dir}
	if err := os.Mkdir(at.Git, 0o700); err != nil {
		t.Fatal(err)
	}
	w := &world{t, &Locks{FS: durable.Beneath(dir), Log: slog.New(slog.DiscardHandler), Dir: filepath.Join(at.Git, "airside"), At: at}, filepath.Join(at.Git, "index.lock")}
	return w
}

func (w *world) leave() {
	w.t.Helper()
	if err := os.WriteFile(w.lock, []byte("DIRC, half of it"), 0o600); err != nil {
		w.t.Fatal(err)
	}
}

// process starts one called name that stands in the work tree; end ends it.
func (w *world) process(name, open string) (pid int, end func()) {
	w.t.Helper()
	own, err := os.Executable()
	if err != nil {
		w.t.Fatal(err)
	}
	program := filepath.Join(w.t.TempDir(), name)
	if err := os.Symlink(own, program); err != nil {
		w.t.Fatal(err)
	}
	cmd := exec.Command(program)
	cmd.Env = append(os.Environ(), "LOCK_TEST_WORKS_IN="+w.locks.At.Work, "LOCK_TEST_HAS_OPEN="+open)
	in, err := cmd.StdinPipe()
	if err != nil {
		w.t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		w.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		w.t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "ready\n" {
		w.t.Fatalf("%q, %v", line, err)
	}
	return cmd.Process.Pid, func() { in.Close(); cmd.Wait() }
}

func (w *world) child() *Child {
	w.t.Helper()
	c, err := w.locks.Child()
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}

// removed holds whether the lock is taken away.
func (w *world) removed(want bool, when string) {
	w.t.Helper()
	if got := w.locks.RemoveOwn(w.lock); got != want || layout.Exists(w.lock) == want {
		w.t.Errorf("%s: the lock is taken away %v, want %v", when, got, want)
	}
}

// TestLockOfAKilledGit: the lock of a git that airside had started, and that was killed,
// is taken away; that of anybody who may live is not.
func TestLockOfAKilledGit(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("processes are told apart on Linux and macOS, and there a git anywhere counts")
	}
	t.Run("nobody's", func(t *testing.T) {
		w := newWorld(t)
		w.leave()
		w.removed(false, "without a record")
		if err := os.MkdirAll(w.locks.Dir, 0o700); err != nil {
			t.Fatal(err)
		}
		for _, words := range []string{"", "airside-git", "airside-git 1 - 1 - - 0\n", "airside-git -1 a -1 a " + hostName() + " 0\n", strings.Repeat("x", 1<<17)} {
			if err := os.WriteFile(filepath.Join(w.locks.Dir, childPrefix+"ABC"), []byte(words), 0o600); err != nil {
				t.Fatal(err)
			}
			w.removed(false, "with a record that says nothing")
		}
	})
	t.Run("killed", func(t *testing.T) {
		w := newWorld(t)
		c := w.child()
		pid, end := w.process("worker", "")
		c.Started(pid)
		w.leave()
		w.removed(false, "while the git lives")
		end()
		c.Ended(true)
		old := time.Now().Add(-time.Hour)
		if err := os.Chtimes(w.lock, old, old); err != nil {
			t.Fatal(err)
		}
		w.removed(false, "older than the git")
		if err := os.Chtimes(w.lock, time.Now(), time.Now()); err != nil {
			t.Fatal(err)
		}
		_, endOther := w.process("git-commit", "")
		w.removed(false, "while another git works there")
		endOther()
		_, endOther = w.process("editor", w.lock)
		w.removed(false, "while somebody has it open")
		endOther()
		w.removed(true, "with nobody left")
		w.locks.ForgetDead()
		if n := len(w.locks.children()); n != 0 {
			t.Errorf("%d records are left", n)
		}
	})
	t.Run("ended well", func(t *testing.T) {
		w := newWorld(t)
		c := w.child()
		pid, end := w.process("worker", "")
		c.Started(pid)
		end()
		c.Ended(false)
		w.leave()
		w.removed(false, "though it left none")
	})
	// airside died between the record and the start, or right behind it: then its own
	// end counts, and who else works there is to be seen.
	t.Run("killed with airside", func(t *testing.T) {
		w := newWorld(t)
		c := w.child()
		w.leave()
		w.removed(false, "while airside lives")
		pid, end := w.process("airside", "")
		c.owns.parent = pid
		c.owns.parentStart, _ = startOf(pid)
		c.Started(0)
		_, endGit := w.process("git", "")
		end()
		w.removed(false, "while its git lives")
		endGit()
		w.removed(true, "with both gone")
	})
}
