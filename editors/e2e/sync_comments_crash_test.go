//go:build e2e

package e2e

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestE2ECrashComments kills airside while it writes a comment, and while
// comments travel both ways. What was said before is there afterwards, what was
// being said wholly or not at all, and the next try works.
func TestE2ECrashComments(t *testing.T) {
	if _, err := exec.LookPath("strace"); err != nil {
		t.Fatal("strace is needed to stop a program at a system call: ", err)
	}
	w, a, b := newWorld(t)
	a.say("f:1", "before")
	a.wants("IDLE")
	b.say("f:2", "from b")
	b.wants("IDLE")
	template := filepath.Join(t.TempDir(), "template")
	must(t, exec.Command("cp", "-a", w.dir, template).Run())
	kills := 0
	for _, command := range []struct {
		name  string
		args  []string
		ready func() // before it is killed
	}{
		{"writing", []string{"comments", "add", "f:3", "-m", "said"}, func() {}},
		{"travelling", []string{"sync", "--json"}, func() { a.say("f:3", "said") }},
	} {
		for _, calls := range crashCalls {
			for at := 1; ; at += *crashStride {
				restore(t, template, a)
				command.ready()
				if !crashAt(t, a, calls, at, command.args...) {
					break
				}
				kills++
				meetAgain(t, w, a, fmt.Sprintf("%s, killed at %s %d", command.name, calls, at))
				if t.Failed() {
					t.FailNow()
				}
			}
		}
	}
	t.Logf("%d kills, 0 lost", kills)
	if kills < 30 / *crashStride {
		t.Errorf("only %d kills: does strace inject?", kills)
	}
}

func meetAgain(t *testing.T, w *world, a *clone, when string) {
	t.Helper()
	a.check()
	if got := a.sees(); !strings.Contains(got, "f:1 a: before") || strings.Count(got, "said") > 1 {
		t.Errorf("%s: a sees\n%s", when, got)
	}
	if !strings.Contains(a.sees(), "said") {
		a.say("f:3", "said")
	}
	for range 4 {
		a.sync()
		there := w.runGit(w.remote, nil, "for-each-ref", "--format=%(objectname)", "refs/airside/actors/")
		own := a.git("for-each-ref", "--format=%(objectname)", "refs/airside/actors/")
		if strings.Contains(there, own) && strings.Contains(a.sees(), "f:2 b: from b") {
			a.check()
			return
		}
	}
	t.Errorf("%s: comments do not travel any more; a sees\n%s", when, a.sees())
}
