//go:build e2e

package e2e

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var (
	histories   = flag.Int("histories", 8, "random histories to live through")
	historySeed = flag.Uint64("history-seed", 0, "the first seed; a failing one is printed")
)

// TestE2ESimulation lives through random histories of three to five people: they
// edit, commit, switch branches, lose the network, kill airside, run git beside
// it, and sync. Once the network stays, all converge, and nothing is lost.
func TestE2ESimulation(t *testing.T) {
	for i := range *histories {
		seed := *historySeed + uint64(i)
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			s := newSimulation(t, seed)
			s.live(50)
			s.settle()
			if t.Failed() {
				t.Logf("again by: AIRSIDE_BINARY=$PWD/airside go test -tags e2e ./editors/e2e -run E2ESimulation -histories 1 -history-seed %d\n%s", seed, strings.Join(s.story, "\n"))
			}
		})
	}
}

type simulation struct {
	t      *testing.T
	rnd    *rand.Rand
	w      *world
	people []*clone
	story  []string
	texts  int
}

func newSimulation(t *testing.T, seed uint64) *simulation {
	s := &simulation{t: t, rnd: rand.New(rand.NewPCG(seed, 7))}
	w, a, b := newWorld(t)
	s.w, s.people = w, []*clone{a, b}
	for i := range 1 + s.rnd.IntN(3) {
		c := w.clone(fmt.Sprint("c", i))
		c.airside("sync", "enable")
		s.people = append(s.people, c)
	}
	return s
}

func (s *simulation) tell(c *clone, format string, args ...any) {
	s.story = append(s.story, filepath.Base(c.dir)+": "+fmt.Sprintf(format, args...))
}

// live lets n things happen.
func (s *simulation) live(n int) {
	for range n {
		c := s.people[s.rnd.IntN(len(s.people))]
		switch s.rnd.IntN(14) {
		case 0, 1, 2:
			s.edit(c)
		case 3, 4, 5:
			s.edit(c)
			s.commit(c)
		case 6, 7, 8:
			s.sync(c)
		case 9:
			s.kill(c)
		case 10:
			s.network(c)
		case 11:
			s.git(c)
		case 12:
			s.branch(c)
		case 13:
			s.conflict(c)
		}
		if s.t.Failed() {
			return
		}
	}
}

// edit changes a line of one of a few files, adds one, or deletes one.
func (s *simulation) edit(c *clone) {
	s.texts++
	name := []string{"f", "g", "dir/h", fmt.Sprint("new", s.texts%7)}[s.rnd.IntN(4)]
	data, _ := os.ReadFile(c.path(name))
	lines := strings.SplitAfter(string(data), "\n")
	at := s.rnd.IntN(len(lines))
	text := fmt.Sprintf("%s %d of %s\n", name, s.texts, filepath.Base(c.dir))
	switch s.rnd.IntN(6) {
	case 0:
		if _, err := os.Stat(c.path(name)); err == nil && name != "f" {
			s.tell(c, "deletes %s", name)
			s.forget(c, name, data)
			must(s.t, os.Remove(c.path(name)))
			return
		}
	case 1, 2:
		lines[at] = text
	default:
		lines = append(lines[:at], append([]string{text}, lines[at:]...)...)
	}
	s.tell(c, "writes %s", name)
	s.forget(c, name, data)
	must(s.t, os.MkdirAll(filepath.Dir(c.path(name)), 0o755))
	c.write(name, strings.Join(lines, ""))
}

// forget has a text that its author replaces before it was committed count as
// thrown away.
func (s *simulation) forget(c *clone, name string, data []byte) {
	if committed, _ := c.tryGit(c.dir, nil, "rev-parse", "HEAD:"+name); committed != blobHash(data) {
		delete(c.wrote, blobHash(data))
	}
}

func (s *simulation) commit(c *clone) {
	out, err := c.tryGit(c.dir, nil, "add", "-A")
	if err == nil {
		out, err = c.tryGit(c.dir, nil, "commit", "-q", "-m", fmt.Sprint("work ", s.texts))
	}
	s.tell(c, "commits (%v)", err)
	if err != nil && !strings.Contains(out, "nothing") && !strings.Contains(out, "lock") && out != "" {
		s.tell(c, "%s", out)
	}
}

func (s *simulation) sync(c *clone) {
	cmd := c.command("sync", "--json")
	out, err := cmd.Output()
	s.tell(c, "syncs: %s (%v)", strings.TrimSpace(string(out)), err)
}

// kill ends a sync after a few milliseconds, with what it has started.
func (s *simulation) kill(c *clone) {
	cmd := c.command("sync")
	must(s.t, cmd.Start())
	after := time.Duration(s.rnd.IntN(120)) * time.Millisecond
	timer := time.AfterFunc(after, func() { cmd.Process.Kill() })
	err := cmd.Wait()
	timer.Stop()
	s.tell(c, "syncs and is killed after %v (%v)", after, err)
}

// network takes a person's network away, or gives it back.
func (s *simulation) network(c *clone) {
	url := c.git("remote", "get-url", "origin")
	if url == s.w.remote {
		c.git("remote", "set-url", "origin", filepath.Join(s.w.dir, "gone", "remote.git"))
	} else {
		c.git("remote", "set-url", "origin", s.w.remote)
	}
	s.tell(c, "network (was %s)", filepath.Base(filepath.Dir(url)))
}

// git is something that people run beside airside, while it syncs.
func (s *simulation) git(c *clone) {
	args := [][]string{
		{"gc", "-q"}, {"fetch", "-q"}, {"pack-refs", "--all"}, {"status"}, {"stash", "list"}, {"pull", "-q", "--ff-only"}, {"repack", "-adq"},
	}[s.rnd.IntN(7)]
	cmd := c.command("sync")
	must(s.t, cmd.Start())
	_, err := c.tryGit(c.dir, nil, args...)
	cmd.Wait()
	s.tell(c, "git %s beside a sync (%v)", strings.Join(args, " "), err)
}

// branch goes to a branch of one's own and back, which takes a clean work tree.
func (s *simulation) branch(c *clone) {
	name := "main"
	if c.git("rev-parse", "--abbrev-ref", "HEAD") == "main" {
		name = "own"
	}
	_, err := c.tryGit(c.dir, nil, "switch", "-q", name)
	if err != nil && name == "own" {
		_, err = c.tryGit(c.dir, nil, "switch", "-q", "-c", name)
	}
	s.tell(c, "goes to %s (%v)", name, err)
}

// conflict settles what is parked, by one side's text or by both.
func (s *simulation) conflict(c *clone) {
	if _, err := c.command("sync", "resolve").CombinedOutput(); err != nil {
		return
	}
	s.settleMerge(c)
}

func (s *simulation) settleMerge(c *clone) {
	if _, err := os.Stat(c.path(".git/MERGE_HEAD")); err != nil {
		return
	}
	// Files with markers are committed as they are: both sides are in them.
	c.tryGit(c.dir, nil, "add", "-A")
	_, err := c.tryGit(c.dir, nil, "commit", "-q", "--no-edit")
	s.tell(c, "settles a merge (%v)", err)
}

// settle gives everybody the network, has everything committed and synced until
// all have the same.
func (s *simulation) settle() {
	for _, c := range s.people {
		c.git("remote", "set-url", "origin", s.w.remote)
		for _, lock := range []string{"index.lock", "HEAD.lock", "refs/heads/main.lock", "refs/heads/own.lock"} {
			os.Remove(c.path(".git/" + lock)) // of a git that was killed, as its message tells
		}
		s.settleMerge(c)
		s.commit(c)
		if c.git("rev-parse", "--abbrev-ref", "HEAD") != "main" {
			c.git("switch", "-q", "main")
		}
	}
	for range 4 * len(s.people) {
		tips := map[string]bool{}
		for _, c := range s.people {
			s.sync(c)
			s.conflict(c)
			s.sync(c)
		}
		for _, c := range s.people {
			tips[c.git("rev-parse", "main")] = true
		}
		if len(tips) == 1 {
			return
		}
	}
	s.t.Errorf("they do not converge")
}
