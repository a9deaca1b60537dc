//go:build e2e

package e2e

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

var crashStride = flag.Int("crash-stride", 7, "every how manieth system call is crashed at; 1 is each")

// crashCalls are the system calls by which a sync changes or tells something.
var crashCalls = []string{
	"write", "fsync", "renameat,renameat2,rename", "unlinkat,unlink", "mkdirat,mkdir", "ftruncate", "linkat,link", "connect", "pwrite64", "chmod,fchmod,fchmodat",
}

// TestE2ECrash kills a sync at its system calls, one run per call, airside and
// the git that it starts alike. Whatever the moment, nothing is lost, and the
// syncs after it finish the work.
func TestE2ECrash(t *testing.T) {
	if _, err := exec.LookPath("strace"); err != nil {
		t.Fatal("strace is needed to stop a program at a system call: ", err)
	}
	w, a, b := newWorld(t)
	b.publish("theirs", "g", "theirs\n", "new/file", "new\n", "f", replaced("seven", "SEVEN"))
	a.commit("mine", "f", replaced("one", "ONE"), "mine", "mine\n")
	a.write("untracked", "of nobody's interest\n")
	template := filepath.Join(t.TempDir(), "template")
	must(t, exec.Command("cp", "-a", w.dir, template).Run())
	kills, runs := 0, 0
	crash := func(calls string, at int, moved bool) (killed bool) {
		restore(t, template, a)
		killed = crashAt(t, a, calls, at, "sync", "--json")
		runs++
		if killed {
			kills++
		}
		if moved {
			movesOn(t, a)
		}
		if recovers(t, a, fmt.Sprintf("%s %d, moved on %v", calls, at, moved)); t.Failed() {
			t.FailNow()
		}
		return killed
	}
	for _, calls := range crashCalls {
		for _, moved := range []bool{false, true} {
			for at := 1; crash(calls, at, moved); at += *crashStride {
			}
		}
	}
	t.Logf("%d kills in %d runs, 0 lost", kills, runs)
	if kills < 50 / *crashStride {
		t.Errorf("only %d kills: does strace inject?", kills)
	}
}

// restore puts a copy of the world's clone and of its remote in their place. The
// opt-in is of one clone, and no copy has it: the copy is opted in as its user would.
func restore(t *testing.T, template string, c *clone) {
	t.Helper()
	for _, dir := range []string{c.dir, c.remote} {
		must(t, os.RemoveAll(dir))
		must(t, exec.Command("cp", "-a", filepath.Join(template, filepath.Base(dir)), dir).Run())
	}
	c.airside("sync", "enable")
}

// movesOn has somebody push while the clone is down: what it fetches next is not
// what it was about to.
func movesOn(t *testing.T, a *clone) {
	t.Helper()
	for _, lock := range locks { // of a killed receive-pack
		os.Remove(filepath.Join(a.remote, lock))
	}
	c := a.runGit(a.remote, nil, "-c", "user.name=B", "-c", "user.email=b@example.com", "commit-tree", "-p", "main", "-m", "later", "main^{tree}")
	a.runGit(a.remote, nil, "update-ref", "refs/heads/main", c)
}

// crashAt runs airside so that each thread of it and each git is killed at its
// at-th call, and tells whether one was.
func crashAt(t *testing.T, c *clone, calls string, at int, command ...string) (killed bool) {
	t.Helper()
	log := filepath.Join(c.world.dir, "strace.log")
	cmd := c.command(command...)
	args := append([]string{"strace", "-f", "-qq", "-o", log, "-e", "trace=" + calls,
		"-e", fmt.Sprintf("inject=%s:signal=KILL:when=%d", calls, at)}, cmd.Args...)
	strace := exec.Command(args[0], args[1:]...)
	strace.Dir, strace.Env = cmd.Dir, cmd.Env
	strace.Run() // ends when the last process has
	data, err := os.ReadFile(log)
	must(t, err)
	return strings.Contains(string(data), "killed by SIGKILL")
}

// locks are what a killed git leaves behind in a repository.
var locks = []string{"index.lock", "refs/heads/main.lock", "HEAD.lock", "config.lock"}

// recovers holds that nothing is lost now, and that syncing goes on to the end.
func recovers(t *testing.T, a *clone, when string) {
	t.Helper()
	a.check()
	var last syncResult
	for range 4 {
		cmd := a.command("sync", "--json")
		out, _ := cmd.CombinedOutput()
		last = syncResult{State: string(out)}
		if strings.Contains(string(out), `"IDLE"`) {
			break
		}
		// What a killed receive-pack leaves at the remote is the remote's to remove;
		// what one of airside's own leaves here goes by itself.
		for _, lock := range locks {
			if strings.Contains(string(out), filepath.Base(lock)) {
				os.Remove(filepath.Join(a.remote, lock))
			}
		}
	}
	if !strings.Contains(last.State, `"IDLE"`) {
		status, _ := a.tryGit(a.dir, nil, "status", "--short")
		t.Errorf("%s: it does not get to IDLE: %s\n%s", when, last.State, status)
	}
	a.check()
	if a.read("g") != "theirs\n" || a.read("f") != strings.Replace(replaced("one", "ONE"), "seven\n", "SEVEN\n", 1) || a.read("mine") != "mine\n" || a.read("untracked") != "of nobody's interest\n" {
		t.Errorf("%s: the work tree is not the merge", when)
	}
	if s := a.git("status", "--porcelain"); s != "?? untracked" {
		t.Errorf("%s: status %q", when, s)
	}
	if tip := a.runGit(a.remote, nil, "rev-parse", "main"); tip != a.git("rev-parse", "HEAD") {
		t.Errorf("%s: the remote is not where the clone is", when)
	}
}
