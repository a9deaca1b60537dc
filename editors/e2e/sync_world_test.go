//go:build e2e

package e2e

import (
	"bytes"
	"crypto/sha1"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// world is a bare repository and people's clones of it, worked on by the real
// git and the real airside. It remembers every text that somebody wrote.
type world struct {
	t      *testing.T
	dir    string
	remote string // its folder; clones may reach it in other ways
	env    []string
	clones []*clone
}

// clone is one person's repository.
type clone struct {
	*world
	dir   string
	wrote map[string]string // blob hash -> what it is, for messages
	extra []string          // added to the environment
}

// syncResult is what `airside sync --json` prints, by the contract.
type syncResult struct {
	State     string `json:"state"`
	Branch    string `json:"branch"`
	Ahead     int    `json:"ahead"`
	Behind    int    `json:"behind"`
	Pulled    int    `json:"pulled"`
	Pushed    int    `json:"pushed"`
	Merged    bool   `json:"merged"`
	Conflicts []struct {
		Path string `json:"path"`
		Kind string `json:"kind"`
	} `json:"conflicts"`
	Operation string `json:"operation"`
	Message   string `json:"message"`
	exit      int
}

func (r syncResult) conflicts() string {
	var list []string
	for _, c := range r.Conflicts {
		list = append(list, c.Path+" "+c.Kind)
	}
	slices.Sort(list)
	return strings.Join(list, ", ")
}

// newWorld has a remote with one commit on main and two clones, opted in.
func newWorld(t *testing.T) (w *world, a, b *clone) {
	t.Helper()
	w = emptyWorld(t)
	a = w.clone("a")
	a.commit("first", "f", "one\ntwo\nthree\nfour\nfive\nsix\nseven\n", "g", "g\n", ".gitignore", "*.log\n")
	a.git("push", "-q", "-u", "origin", "main")
	b = w.clone("b")
	a.airside("sync", "enable")
	b.airside("sync", "enable")
	return w, a, b
}

// state has an editor know what this world's user has opted in.
func (w *world) state() string { return "XDG_STATE_HOME=" + filepath.Join(w.dir, "home", "state") }

func emptyWorld(t *testing.T) *world {
	t.Helper()
	dir := folder(t)
	w := &world{t: t, dir: dir, remote: filepath.Join(dir, "remote.git")}
	home := filepath.Join(dir, "home")
	must(t, os.MkdirAll(home, 0o755))
	w.env = append(cleanEnv(home), "PATH="+os.Getenv("PATH"), "GIT_CONFIG_NOSYSTEM=1", "GIT_TERMINAL_PROMPT=0", "LC_ALL=C.UTF-8")
	must(t, os.WriteFile(filepath.Join(home, ".gitconfig"), []byte("[init]\n\tdefaultBranch = main\n[gc]\n\tauto = 0\n[protocol \"file\"]\n\tallow = always\n[advice]\n\tdetachedHead = false\n"), 0o644))
	w.runGit(dir, nil, "init", "-q", "--bare", w.remote)
	t.Cleanup(func() {
		for _, c := range w.clones {
			c.check()
		}
	})
	return w
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (w *world) clone(name string, args ...string) *clone {
	w.t.Helper()
	dir := filepath.Join(w.dir, name)
	w.runGit(w.dir, nil, append(append([]string{"clone", "-q"}, args...), w.remote, dir)...)
	return w.adopt(dir, name)
}

// adopt makes a repository that is there one of the world's.
func (w *world) adopt(dir, name string) *clone {
	c := &clone{world: w, dir: dir, wrote: map[string]string{}}
	c.git("config", "user.name", name)
	c.git("config", "user.email", name+"@example.org")
	w.clones = append(w.clones, c)
	return c
}

func (w *world) runGit(dir string, extra []string, args ...string) string {
	w.t.Helper()
	out, err := w.tryGit(dir, extra, args...)
	if err != nil {
		w.t.Fatalf("git %s in %s: %v\n%s", strings.Join(args, " "), filepath.Base(dir), err, out)
	}
	return out
}

func (w *world) tryGit(dir string, extra []string, args ...string) (string, error) {
	cmd := exec.Command("git", args...)
	cmd.Dir, cmd.Env = dir, append(slices.Clone(w.env), extra...)
	out, err := cmd.CombinedOutput()
	return strings.TrimRight(string(out), "\n"), err
}

func (c *clone) git(args ...string) string { c.t.Helper(); return c.runGit(c.dir, nil, args...) }

func (c *clone) path(name string) string { return filepath.Join(c.dir, name) }

// write puts a text where the user wants it, and remembers it.
func (c *clone) write(name, text string) {
	c.t.Helper()
	must(c.t, os.MkdirAll(filepath.Dir(c.path(name)), 0o755))
	must(c.t, os.WriteFile(c.path(name), []byte(text), 0o644))
	c.wrote[blobHash([]byte(text))] = name
}

func (c *clone) read(name string) string {
	c.t.Helper()
	data, err := os.ReadFile(c.path(name))
	if err != nil {
		c.t.Error(err)
	}
	return string(data)
}

// commit writes files (name, text, name, text, …) and commits all there is.
func (c *clone) commit(message string, files ...string) {
	c.t.Helper()
	for i := 0; i < len(files); i += 2 {
		c.write(files[i], files[i+1])
	}
	c.git("add", "-A")
	c.git("commit", "-q", "--allow-empty", "-m", message)
}

// commitBesideGC commits a file while git gc runs, which removes folders that are
// empty at the moment: git itself then fails now and then, and is asked again.
func (c *clone) commitBesideGC(message, file, text string) {
	c.t.Helper()
	c.write(file, text)
	eventually(c.t, "a commit beside git gc", func() bool {
		if _, err := c.tryGit(c.dir, nil, "add", "-A"); err != nil {
			return false
		}
		_, err := c.tryGit(c.dir, nil, "commit", "-q", "--allow-empty", "-m", message)
		return err == nil
	})
}

// publish commits and pushes by plain git.
func (c *clone) publish(message string, files ...string) {
	c.t.Helper()
	c.commit(message, files...)
	c.git("push", "-q", "origin", "HEAD")
}

// command is the real airside in this clone.
func (c *clone) command(args ...string) *exec.Cmd {
	cmd := exec.Command(program(c.t, "AIRSIDE_BINARY"), args...)
	cmd.Dir, cmd.Env = c.dir, append(slices.Clone(c.env), c.extra...)
	return cmd
}

func (c *clone) airside(args ...string) (stdout string) {
	c.t.Helper()
	cmd := c.command(args...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		c.t.Fatalf("airside %s: %v\n%s%s", strings.Join(args, " "), err, out, stderr.String())
	}
	return string(out)
}

// sync runs one round.
func (c *clone) sync(args ...string) (r syncResult) {
	c.t.Helper()
	cmd := c.command(append([]string{"sync", "--json"}, args...)...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		r.exit = exit.ExitCode()
	} else if err != nil {
		c.t.Fatal(err)
	}
	if err := json.Unmarshal(out, &r); err != nil {
		c.t.Fatalf("airside sync --json printed %q (exit %d): %v\n%s", out, r.exit, err, stderr.String())
	}
	c.t.Logf("%s: %s, pulled %d, pushed %d, merged %v, conflicts [%s]: %s", filepath.Base(c.dir), r.State, r.Pulled, r.Pushed, r.Merged, r.conflicts(), r.Message)
	return r
}

// wants runs a round that has to end in one of the states, separated by |.
func (c *clone) wants(states string) syncResult {
	c.t.Helper()
	r := c.sync()
	if !slices.Contains(strings.Split(states, "|"), r.State) {
		c.t.Errorf("%s ended in %s, not in %s: %s", filepath.Base(c.dir), r.State, states, r.Message)
	}
	if r.State != "IDLE" && r.Message == "" {
		c.t.Errorf("state %s has no message", r.State)
	}
	wantExit := 0
	if r.State == "CONFLICT" {
		wantExit = 3
	}
	if r.State == "IDLE" || r.State == "OFFLINE" || r.State == "CONFLICT" {
		if r.exit != wantExit {
			c.t.Errorf("state %s, exit %d", r.State, r.exit)
		}
	}
	return r
}

// unmoved runs f and holds that neither the branch nor a tracked or untracked
// file has changed.
func (c *clone) unmoved(f func()) {
	c.t.Helper()
	before := c.snapshot()
	f()
	if after := c.snapshot(); after != before {
		c.t.Errorf("something moved:\n%s\nwas:\n%s", after, before)
	}
}

// snapshot is HEAD, the index and every file, as one text.
func (c *clone) snapshot() string {
	var b strings.Builder
	head, _ := c.tryGit(c.dir, nil, "rev-parse", "HEAD")
	index, _ := c.tryGit(c.dir, nil, "ls-files", "-s")
	fmt.Fprintln(&b, head, index)
	for name, hash := range c.files() {
		fmt.Fprintln(&b, hash, name)
	}
	lines := strings.Split(b.String(), "\n")
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// files are the blobs of the work tree, nested repositories included.
func (c *clone) files() map[string]string {
	list := map[string]string{}
	filepath.WalkDir(c.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return nil
		}
		rel, _ := filepath.Rel(c.dir, path)
		switch {
		case rel == ".git" && d.IsDir():
			return fs.SkipDir
		case d.Type()&fs.ModeSymlink != 0:
			target, _ := os.Readlink(path)
			list[rel] = blobHash([]byte(target))
		case d.Type().IsRegular():
			data, _ := os.ReadFile(path)
			list[rel] = blobHash(data)
		}
		return nil
	})
	return list
}

func blobHash(data []byte) string {
	h := sha1.New()
	fmt.Fprintf(h, "blob %d\x00", len(data))
	h.Write(data)
	return fmt.Sprintf("%x", h.Sum(nil))
}

// check holds the invariant: every text that the user wrote is in the work
// tree, in the index, or reachable from a ref, and git finds the repository
// whole.
func (c *clone) check() {
	c.t.Helper()
	have := map[string]bool{}
	for _, hash := range c.files() {
		have[hash] = true
	}
	reachable, err := c.tryGit(c.dir, nil, "rev-list", "--objects", "--all")
	if err != nil {
		c.t.Errorf("rev-list in %s: %s", filepath.Base(c.dir), reachable)
	}
	index, _ := c.tryGit(c.dir, nil, "ls-files", "-s")
	for _, line := range strings.Split(reachable+"\n"+index, "\n") {
		for _, word := range strings.Fields(line) {
			have[word] = true
		}
	}
	for hash, name := range c.wrote {
		if !have[hash] {
			c.t.Errorf("LOST in %s: a text once in %s (%s)", filepath.Base(c.dir), name, hash)
		}
	}
	fsck, err := c.tryGit(c.dir, nil, "fsck", "--no-dangling", "--no-progress")
	if err != nil {
		c.t.Errorf("git fsck in %s: %v\n%s", filepath.Base(c.dir), err, fsck)
	}
}

// converged syncs the clones in turn until all have the same tip.
func converged(clones ...*clone) {
	c := clones[0]
	c.t.Helper()
	for range 4 {
		tips := map[string]bool{}
		for _, c := range clones {
			c.sync()
		}
		for _, c := range clones {
			tips[c.git("rev-parse", "HEAD")] = true
		}
		if len(tips) == 1 {
			return
		}
	}
	c.t.Errorf("the clones do not meet")
}

// wrapGit puts a program "git" before the real one: script runs first, with the
// arguments of the call.
func (c *clone) wrapGit(script string) {
	c.t.Helper()
	git, err := exec.LookPath("git")
	must(c.t, err)
	bin := filepath.Join(c.t.TempDir(), "bin")
	must(c.t, os.MkdirAll(bin, 0o755))
	text := "#!/bin/sh\n" + script + "\nexec " + git + " \"$@\"\n"
	must(c.t, os.WriteFile(filepath.Join(bin, "git"), []byte(text), 0o755))
	c.extra = append(c.extra, "PATH="+bin+":"+os.Getenv("PATH"))
}

func (w *world) hook(repository, name, script string) {
	w.t.Helper()
	dir := filepath.Join(repository, "hooks")
	must(w.t, os.MkdirAll(dir, 0o755))
	must(w.t, os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n"+script+"\n"), 0o755))
}

// within fails the test when f takes longer.
func within(t *testing.T, limit time.Duration, f func()) {
	t.Helper()
	start := time.Now()
	f()
	if took := time.Since(start); took > limit {
		t.Errorf("took %v, more than %v", took, limit)
	}
}
