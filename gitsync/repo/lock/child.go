package lock

import (
	"crypto/rand"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/airside-ls/airside/gitsync/durable"
	"github.com/airside-ls/airside/gitsync/repo/layout"
)

// Child is a git that airside starts to move the index or the work tree, on record
// from before its start until it has ended. One that is killed leaves its locks, which
// say nothing of whose they are: the record does (see [Locks.RemoveOwn]).
type Child struct {
	of   *Locks
	path string
	owns record
}

// record is what is kept of a Child: a line of childMark, the process, what tells it
// from a later one of the same number, the same of the airside that started it, the
// host, the moment, in nanoseconds since 1970, and the git directory of its work tree.
type record struct {
	pid         int // 0 until it has started
	start       string
	parent      int
	parentStart string
	host        string
	began       int64
	git         string
}

const (
	childMark   = "airside-git"
	childPrefix = "git."
	unknown     = "-" // when a process started
)

func (r record) String() string {
	return fmt.Sprintf("%s %d %s %d %s %s %d %q\n", childMark, r.pid, r.start, r.parent, r.parentStart, r.host, r.began, r.git)
}

// Child puts a git on record that is about to be started.
func (l *Locks) Child() (*Child, error) {
	own, _ := startOf(os.Getpid())
	c := &Child{of: l, path: filepath.Join(l.Dir, childPrefix+rand.Text()), owns: record{
		start: unknown, parent: os.Getpid(), parentStart: own, host: host(), began: time.Now().UnixNano(), git: l.At.Git,
	}}
	if err := durable.OwnDir(l.FS, l.Dir); err != nil {
		return nil, err
	}
	return c, durable.Create(l.FS, c.path, []byte(c.owns.String()), 0o600)
}

// Started takes in which process it became.
func (c *Child) Started(pid int) {
	c.owns.pid = pid
	c.owns.start, _ = startOf(pid)
	if err := durable.WriteFile(c.of.FS, c.path, []byte(c.owns.String()), 0o600); err != nil {
		c.of.Log.Warn("a git that was started could not be put on record", "path", c.path, "error", err)
	}
}

// Ended takes the record away. That of a git which was killed stays: it may have left
// locks.
func (c *Child) Ended(killed bool) {
	if killed {
		return
	}
	if err := c.of.FS.Remove(c.path); err != nil {
		c.of.Log.Warn("the record of a git that has ended is left behind", "path", c.path, "error", err)
	}
}

// ForgetDead removes the records of those that are dead, for who has seen that none of
// their locks is left in this work tree: later ones are not theirs.
func (l *Locks) ForgetDead() {
	for path, r := range l.children() {
		if r.dead() {
			l.FS.Remove(path)
		}
	}
}

// host is where processes have numbers of their own: a machine, and there a container.
func host() string { return hostName() + "/" + namespace() }

// children are the records of this work tree, by path.
func (l *Locks) children() map[string]record {
	found := map[string]record{}
	entries, _ := durable.ReadDir(l.Dir)
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), childPrefix) {
			continue
		}
		path := filepath.Join(l.Dir, e.Name())
		data, err := durable.ReadFile(path, layout.MaxPointer)
		if err != nil {
			continue
		}
		var r record
		var mark string
		if n, _ := fmt.Sscanf(string(data), "%s %d %s %d %s %s %d %q\n", &mark, &r.pid, &r.start, &r.parent, &r.parentStart, &r.host, &r.began, &r.git); n == 8 && mark == childMark && r.git == l.At.Git {
			found[path] = r
		}
	}
	return found
}

// dead tells whether it is known that neither the git nor, where the record does not
// say which process that became, the airside that would have started it lives.
func (r record) dead() bool {
	if r.host != host() || r.parent <= 0 || r.pid < 0 {
		return false
	}
	pid, started := r.pid, r.start
	if pid == 0 {
		pid, started = r.parent, r.parentStart
	}
	now, alive := startOf(pid)
	return started != unknown && (!alive || now != started)
}

// clockGrain is how much older than a record a lock may seem that was made behind it:
// file systems keep times in up to two seconds.
const clockGrain = 2 * time.Second

// leftByChild tells whether a lock is one that a git of airside's left when it was
// killed: it was made while one is on record that is dead, and nobody alive works
// with the repository or has the lock open.
func (l *Locks) leftByChild(path string) bool {
	info, err := os.Lstat(path)
	if err != nil || !info.Mode().IsRegular() {
		return false
	}
	for of, r := range l.children() {
		if !r.dead() || info.ModTime().Before(time.Unix(0, r.began).Add(-clockGrain)) {
			continue
		}
		if inUse(path, l.At) {
			return false
		}
		l.Log.Info("a lock that a killed git left is taken away", "path", path, slog.String("record", filepath.Base(of)))
		return true
	}
	return false
}
