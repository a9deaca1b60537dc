//go:build e2e

package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// kinds are clones that have a part of the history, of the objects or of the files:
// how git is told to make one, and what is done once the user's commits are in it.
var kinds = []struct {
	name   string
	clone  []string
	narrow [][]string // git's commands
	lender bool       // the clone borrows from one that borrows
}{
	{name: "depth 1", clone: []string{"--depth=1"}},
	{name: "depth 2", clone: []string{"--depth=2"}},
	{name: "depth 3", clone: []string{"--depth=3"}},
	{name: "without files", clone: []string{"--filter=blob:none"}},
	{name: "without folders", clone: []string{"--filter=tree:0"}},
	{name: "shallow and without files", clone: []string{"--filter=blob:none", "--depth=1"}},
	{name: "borrower of a borrower", lender: true},
	{name: "sparse, folders", narrow: [][]string{{"sparse-checkout", "set", "--cone", "x"}}},
	{name: "sparse, patterns", narrow: [][]string{{"sparse-checkout", "set", "--no-cone", "/*", "!/y/", "!*.skip"}}},
	{name: "sparse index", narrow: [][]string{{"sparse-checkout", "set", "--cone", "--sparse-index", "x"}}},
	{name: "sparse and without files", clone: []string{"--filter=blob:none"}, narrow: [][]string{{"sparse-checkout", "set", "--cone", "x"}}},
	{name: "sparse and without folders", clone: []string{"--filter=tree:0"}, narrow: [][]string{{"sparse-checkout", "set", "--cone", "x"}}},
}

// lines are of a file with a word in the place of one of them.
func linesWith(n int, word string) string {
	list := strings.Split(strings.TrimSuffix(seven, "\n"), "\n")
	if n > 0 {
		list[n-1] = word
	}
	return strings.Join(list, "\n") + "\n"
}

// clonesWorld has a remote that serves filters, with some history, and somebody with
// an ordinary clone.
func clonesWorld(t *testing.T) (w *world, b *clone) {
	t.Helper()
	w = emptyWorld(t)
	w.runGit(w.remote, nil, "config", "uploadpack.allowFilter", "true")
	b = w.clone("b")
	b.commit("first", "f", seven, "x/1", seven, "x/deep/er", seven, "y/2", seven, "y/deep/er", seven, "z/3", "z\n", "x/old.skip", "skip\n", ".gitignore", "*.log\n")
	for i := range 5 {
		b.commit(fmt.Sprint("more ", i), "f", linesWith(7, fmt.Sprint("more ", i)), "z/3", fmt.Sprint("z", i, "\n"))
	}
	b.git("push", "-q", "-u", "origin", "main")
	return w, b
}

// TestE2EClones: every kind of clone syncs as a whole one does, and comes out as if git
// had done it: the same tree, index, files and status, and as sparse as before.
func TestE2EClones(t *testing.T) {
	for _, kind := range kinds {
		t.Run(kind.name, func(t *testing.T) {
			for _, step := range cloneSteps {
				t.Run(step.name, func(t *testing.T) {
					w, b := clonesWorld(t)
					from := "file://" + w.remote
					if kind.lender {
						w.runGit(w.dir, nil, "clone", "-q", "-s", "--bare", w.remote, filepath.Join(w.dir, "lender.git"))
						from = filepath.Join(w.dir, "lender.git")
					}
					both := map[string]*clone{}
					for _, name := range []string{"airside", "git"} {
						dir := filepath.Join(w.dir, name)
						args := []string{"clone", "-q"}
						if kind.lender {
							args = append(args, "-s")
						}
						w.runGit(w.dir, nil, slices.Concat(args, kind.clone, []string{from, dir})...)
						c := w.adopt(dir, "a")
						c.git("remote", "set-url", "origin", "file://"+w.remote)
						if step.mine != nil {
							c.commit("mine", step.mine...)
						}
						for _, args := range kind.narrow {
							c.git(args...)
						}
						both[name] = c
					}
					a, g := both["airside"], both["git"]
					a.airside("sync", "enable")
					if step.theirs != nil {
						step.theirs(b)
					}
					patterns, _ := a.tryGit(a.dir, nil, "sparse-checkout", "list")
					step.run(t, a, g)
					alike(t, a, g)
					if now, _ := a.tryGit(a.dir, nil, "sparse-checkout", "list"); now != patterns {
						t.Errorf("sparse patterns:\n%s\nwere:\n%s", now, patterns)
					}
					for _, what := range []string{"--is-shallow-repository"} {
						if is, be := a.git("rev-parse", what), g.git("rev-parse", what); is != be {
							t.Errorf("%s: %s, with git %s", what, is, be)
						}
					}
				})
			}
		})
	}
}

// alike holds that two clones have the same tree, index and files.
func alike(t *testing.T, a, g *clone) {
	t.Helper()
	for _, what := range [][]string{{"rev-parse", "HEAD^{tree}"}, {"ls-files", "-s", "-t"}, {"status", "--porcelain", "--untracked-files=all"}} {
		if is, want := a.git(what...), g.git(what...); is != want {
			t.Errorf("git %s:\n%s\nwith git alone:\n%s", strings.Join(what, " "), is, want)
		}
	}
	is, want := a.files(), g.files()
	for name := range is {
		if want[name] == "" {
			t.Errorf("%s is in the work tree, with git alone it is not", name)
		}
	}
	for name := range want {
		if is[name] == "" {
			t.Errorf("%s is not in the work tree, with git alone it is", name)
		}
	}
}

var cloneSteps = []struct {
	name   string
	mine   []string // files of a commit that is not pushed
	theirs func(b *clone)
	run    func(t *testing.T, a, g *clone)
}{
	{
		name: "fast-forward",
		theirs: func(b *clone) {
			b.git("rm", "-q", "z/3")
			b.publish("theirs", "x/1", linesWith(1, "theirs"), "y/2", linesWith(1, "theirs"), "y/new", "new\n", "x/new", "new\n", "more/4", "4\n")
		},
		run: func(t *testing.T, a, g *clone) {
			g.git("pull", "-q", "--ff-only")
			if r := a.wants("IDLE"); r.Pulled != 1 {
				t.Errorf("%+v", r)
			}
		},
	},
	{
		name: "merge and push",
		mine: []string{"x/1", linesWith(1, "mine"), "y/2", linesWith(1, "mine"), "x/mine", "mine\n"},
		theirs: func(b *clone) {
			b.git("mv", "x/deep/er", "x/deep/est")
			b.publish("theirs", "x/1", linesWith(7, "theirs"), "y/2", linesWith(7, "theirs"), "y/new", "new\n", "y/deep/er", linesWith(3, "theirs"))
		},
		run: func(t *testing.T, a, g *clone) {
			g.git("fetch", "-q")
			g.git("merge", "-q", "--no-edit", "origin/main")
			if r := a.wants("IDLE"); !r.Merged || r.Pushed == 0 {
				t.Errorf("%+v", r)
			}
			if there := a.runGit(a.remote, nil, "rev-parse", "main"); there != a.git("rev-parse", "HEAD") {
				t.Errorf("the remote has %s", there)
			}
		},
	},
	{
		name: "conflict",
		mine: []string{"x/1", linesWith(4, "mine"), "y/2", linesWith(4, "mine")},
		theirs: func(b *clone) {
			b.publish("theirs", "x/1", linesWith(4, "theirs"), "y/2", linesWith(4, "theirs"), "y/new", "new\n")
		},
		run: func(t *testing.T, a, g *clone) {
			a.unmoved(func() {
				if r := a.wants("CONFLICT"); r.conflicts() != "x/1 content, y/2 content" {
					t.Errorf("%+v", r)
				}
			})
			a.airside("sync", "resolve")
			g.git("fetch", "-q")
			g.tryGit(g.dir, nil, "merge", "-q", "--no-commit", "origin/main")
			alike(t, a, g)
			for _, c := range []*clone{a, g} {
				c.write("x/1", linesWith(4, "both"))
				c.write("y/2", linesWith(4, "both"))
				c.git("add", "--sparse", "x/1", "y/2")
				c.git("commit", "-q", "-m", "both")
			}
			if r := a.wants("IDLE"); r.Pushed == 0 {
				t.Errorf("%+v", r)
			}
		},
	},
	{
		name: "push",
		mine: []string{"x/1", linesWith(1, "mine"), "y/mine", "mine\n"},
		run: func(t *testing.T, a, g *clone) {
			if r := a.wants("IDLE"); r.Pushed == 0 || r.Merged {
				t.Errorf("%+v", r)
			}
			if there := a.runGit(a.remote, nil, "rev-parse", "main"); there != a.git("rev-parse", "HEAD") {
				t.Errorf("the remote has %s", there)
			}
			a.runGit(a.remote, nil, "fsck", "--strict")
		},
	},
	{
		name:   "a file of the user's is in the way",
		theirs: func(b *clone) { b.publish("theirs", "x/new", "theirs\n", "y/new", "theirs\n") },
		run: func(t *testing.T, a, g *clone) {
			for _, c := range []*clone{a, g} {
				c.write("y/new", "mine, never added\n")
			}
			a.unmoved(func() { a.wants("BUSY") })
		},
	},
	{
		name:   "files that git does not track stay",
		theirs: func(b *clone) { b.publish("theirs", "x/1", linesWith(1, "theirs"), "y/2", linesWith(1, "theirs")) },
		run: func(t *testing.T, a, g *clone) {
			for _, c := range []*clone{a, g} {
				c.write("x/notes", "mine, never added\n")
				c.write("y/notes", "mine, never added\n")
			}
			g.git("pull", "-q", "--ff-only")
			a.wants("IDLE")
		},
	},
	{
		name: "back again",
		theirs: func(b *clone) {
			b.publish("theirs", "x/1", linesWith(1, "theirs"), "y/2", linesWith(1, "theirs"), "y/new", "new\n")
		},
		run: func(t *testing.T, a, g *clone) {
			a.wants("IDLE")
			a.airside("sync", "undo")
		},
	},
}

// TestE2EShallowReachesBack: a clone whose history is too short to tell how two tips
// are related gets as much more of it as that takes.
func TestE2EShallowReachesBack(t *testing.T) {
	short := func(t *testing.T, more int) (w *world, a, b *clone) {
		w, b = clonesWorld(t)
		a = w.clone("a", "--depth=1", "--no-local")
		a.git("remote", "set-url", "origin", "file://"+w.remote)
		a.airside("sync", "enable")
		a.wants("IDLE")
		for i := range more {
			b.commit(fmt.Sprint("more ", i), "y/2", linesWith(7, fmt.Sprint(i)))
		}
		b.git("push", "-q")
		a.git("fetch", "-q", "--depth=1")
		return w, a, b
	}
	t.Run("merge", func(t *testing.T) {
		w, a, b := short(t, 70)
		a.commit("mine", "x/1", linesWith(1, "mine"))
		if r := a.wants("IDLE"); !r.Merged || r.Pushed == 0 {
			t.Errorf("%+v", r)
		}
		if a.read("y/2") != b.read("y/2") || a.read("x/1") != linesWith(1, "mine") {
			t.Error("the merge lost a side")
		}
		whole := w.clone("whole")
		if got := whole.git("rev-list", "--count", "HEAD"); got != "78" {
			t.Errorf("%s commits at the remote", got)
		}
	})
	t.Run("fast-forward", func(t *testing.T) {
		_, a, b := short(t, 3)
		if r := a.wants("IDLE"); r.Pulled != 3 {
			t.Errorf("%+v", r)
		}
		if a.git("rev-parse", "HEAD") != b.git("rev-parse", "HEAD") {
			t.Error("not where the remote is")
		}
	})
	t.Run("rewritten", func(t *testing.T) {
		_, a, b := short(t, 0)
		b.git("reset", "-q", "--hard", "HEAD~2")
		b.wrote = map[string]string{} // thrown away
		b.commit("other", "y/2", linesWith(2, "other"))
		b.git("push", "-q", "--force")
		a.git("fetch", "-q", "--depth=1")
		a.unmoved(func() { a.wants("REWOUND") })
		before, err := os.ReadFile(a.path(".git/shallow"))
		a.unmoved(func() { a.wants("REWOUND") })
		if after, e := os.ReadFile(a.path(".git/shallow")); string(after) != string(before) || (e == nil) != (err == nil) {
			t.Errorf("it ends at %q, then at %q", before, after)
		}
	})
	t.Run("unrelated", func(t *testing.T) {
		_, a, b := short(t, 1)
		a.git("checkout", "-q", "--orphan", "other")
		a.commit("unrelated", "unrelated", "z\n")
		a.git("branch", "-M", "main")
		a.git("branch", "-q", "--set-upstream-to=origin/main")
		b.publish("more", "f", "more\n")
		a.unmoved(func() { a.wants("BUSY|REWOUND") })
	})
}
