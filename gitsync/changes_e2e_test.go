//go:build e2e

package gitsync

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/airside-ls/airside/gitsync/repo"
)

// TestE2EChanges makes random changes with the real git, and has it and airside
// alone say the same of them.
func TestE2EChanges(t *testing.T) {
	program, err := exec.LookPath("git")
	if err != nil {
		t.Fatal("git is not installed")
	}
	random := rand.New(rand.NewPCG(3, 4))
	for round := range 12 {
		c := newChangedRepo(t)
		env := append(os.Environ(), "GIT_CONFIG_NOSYSTEM=1", "GIT_AUTHOR_NAME=A", "GIT_AUTHOR_EMAIL=a@e", "GIT_COMMITTER_NAME=A", "GIT_COMMITTER_EMAIL=a@e")
		git := func(args ...string) string {
			t.Helper()
			cmd := exec.Command(program, args...)
			cmd.Dir, cmd.Env = c.dir, env
			out, err := cmd.CombinedOutput()
			if err != nil {
				t.Fatalf("git %v: %v\n%s", args, err, out)
			}
			return string(out)
		}
		text := func() string {
			var b strings.Builder
			for range 3 + random.IntN(30) {
				fmt.Fprintf(&b, "line %d\n", random.IntN(40))
			}
			return b.String()
		}
		names := []string{"a.go", "b.go", "dir/c.go", "dir/deep/d e.go", "ü.go", "f.go"}
		for _, name := range names[:4+random.IntN(3)] {
			c.put(name, text())
		}
		git("add", "-A")
		git("commit", "-q", "-m", "one")
		edit := func(n int) {
			for range n {
				name := names[random.IntN(len(names))]
				_, err := os.Lstat(filepath.Join(c.dir, name))
				switch random.IntN(6) {
				case 0:
					if err == nil {
						c.put(name, "")
					}
				case 1:
					git("add", "-A")
				case 2:
					if err == nil {
						os.Rename(filepath.Join(c.dir, name), filepath.Join(c.dir, "moved "+fmt.Sprint(random.IntN(3))))
					}
				default:
					old, _ := os.ReadFile(filepath.Join(c.dir, name))
					lines := strings.SplitAfter(string(old)+"end\n", "\n")
					i := random.IntN(len(lines))
					c.put(name, strings.Join(slices.Insert(lines, i, "new\n"), ""))
				}
			}
		}
		edit(4)
		git("add", "-A")
		git("commit", "-q", "--allow-empty", "-m", "two")
		edit(8)

		for _, q := range []ChangesRequest{
			{Scope: Uncommitted}, {Scope: Staged}, {Scope: Branch, Base: "HEAD~1"}, {Scope: Branch, Base: "HEAD~1", ToWorkTree: true}, {Scope: Uncommitted, Paths: []string{"dir"}},
		} {
			byGit, err := Changes(t.Context(), c.dir, repo.Options{Git: program, Environ: env}, q)
			if err != nil {
				t.Fatal(err)
			}
			alone, err := Changes(t.Context(), c.dir, repo.Options{Environ: env}, q)
			if err != nil {
				t.Fatal(err)
			}
			if a, b := describeChanges(byGit), describeChanges(alone); a != b {
				t.Errorf("round %d, %+v: with git\n%s\nwithout\n%s", round, q, a, b)
			}
			for _, f := range byGit.Files {
				if f.Skipped == "" && applied(f) != string(f.New) {
					t.Errorf("%s: the hunks do not lead from old to new", f.Path)
				}
			}
			args := map[string][]string{
				string(Staged) + "false": {"diff", "--cached", "--name-only", "-z", "--no-renames"},
				string(Branch) + "false": {"diff", "--name-only", "-z", "--no-renames", "HEAD~1", "HEAD"},
			}[string(q.Scope)+fmt.Sprint(q.ToWorkTree)]
			if args == nil {
				continue
			}
			want := strings.Split(strings.TrimSuffix(git(args...), "\x00"), "\x00")
			var got []string
			for _, f := range byGit.Files {
				got = append(got, f.Path)
				if f.OldPath != "" {
					got = append(got, f.OldPath)
				}
			}
			slices.Sort(got)
			slices.Sort(want)
			if strings.Join(got, "\n") != strings.Join(want, "\n") {
				t.Errorf("round %d, %+v: got %q, git says %q", round, q, got, want)
			}
		}
	}
}

// applied takes the old lines and puts the new ones in their place.
func applied(f ChangedFile) string {
	old, new := strings.SplitAfter(string(f.Old), "\n"), strings.SplitAfter(string(f.New), "\n")
	var b strings.Builder
	at := 0
	for _, h := range f.Hunks {
		from, to := h.OldStart-1, h.NewStart-1
		if h.OldLines == 0 {
			from++
		}
		if h.NewLines == 0 {
			to++
		}
		b.WriteString(strings.Join(old[at:from], ""))
		b.WriteString(strings.Join(new[to:to+h.NewLines], ""))
		at = from + h.OldLines
	}
	b.WriteString(strings.Join(old[at:], ""))
	return b.String()
}

// TestE2EChangesOfSubmodules: one that moved is named, and not looked into. A
// file with the line ends of Windows is not one that changed in every line.
func TestE2EChangesOfSubmodules(t *testing.T) {
	program, err := exec.LookPath("git")
	if err != nil {
		t.Fatal("git is not installed")
	}
	c := newChangedRepo(t)
	env := append(os.Environ(), "GIT_CONFIG_NOSYSTEM=1", "GIT_AUTHOR_NAME=A", "GIT_AUTHOR_EMAIL=a@e", "GIT_COMMITTER_NAME=A", "GIT_COMMITTER_EMAIL=a@e")
	git := func(dir string, args ...string) {
		t.Helper()
		cmd := exec.Command(program, append([]string{"-c", "protocol.file.allow=always"}, args...)...)
		cmd.Dir, cmd.Env = dir, env
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("git %v: %v\n%s", args, err, out)
		}
	}
	other := t.TempDir()
	git(other, "init", "-q", "-b", "main")
	git(other, "commit", "-q", "--allow-empty", "-m", "x")
	git(c.dir, "submodule", "--quiet", "add", other, "sub")
	c.put("a.txt", poem)
	git(c.dir, "add", "-A")
	git(c.dir, "commit", "-q", "-m", "one")
	git(c.dir, "config", "core.autocrlf", "true")
	c.put("a.txt", strings.ReplaceAll(poem, "\n", "\r\n"))
	git(filepath.Join(c.dir, "sub"), "commit", "-q", "--allow-empty", "-m", "y")
	c.put("b.txt", strings.ReplaceAll(poem, "\n", "\r\n"))
	check := func(scope Scope, want string) {
		t.Helper()
		set, err := Changes(t.Context(), c.dir, repo.Options{Git: program, Environ: env}, ChangesRequest{Scope: scope})
		if got := describeChanges(set); err != nil || got != want {
			t.Errorf("%s: %v, got\n%s\nwant\n%s", scope, err, got, want)
		}
	}
	check(Uncommitted, "a.txt: skipped, only its line ends changed\nb.txt: nothing, then 48 bytes -0,0+1,8\nsub [submodule]: skipped, a submodule\n")
	git(c.dir, "add", "sub")
	check(Staged, "sub [submodule]: skipped, a submodule\n")
}

// TestE2EChangesInAHook: what "git commit -a" is about to commit stands in an
// index of its own. One that is no business of this repository is not believed.
func TestE2EChangesInAHook(t *testing.T) {
	program, err := exec.LookPath("git")
	if err != nil {
		t.Fatal("git is not installed")
	}
	c := newChangedRepo(t)
	c.put("a.go", poem)
	c.add("a.go")
	c.commit()
	c.put("a.go", poem+"nine\n")
	for _, tt := range []struct{ index, want string }{
		{filepath.Join(c.dir, ".git", "index.lock"), "a.go: 40 bytes, then 45 bytes -8,0+9,1\n"},
		{".git/index.lock", "a.go: 40 bytes, then 45 bytes -8,0+9,1\n"},
		{filepath.Join(t.TempDir(), "index"), ""},
	} {
		env := append(os.Environ(), "GIT_CONFIG_NOSYSTEM=1", "GIT_INDEX_FILE="+tt.index)
		add := exec.Command(program, "add", "-A")
		add.Dir, add.Env = c.dir, env
		if out, err := add.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		for _, git := range []string{program, ""} {
			set, err := Changes(t.Context(), c.dir, repo.Options{Git: git, Environ: env}, ChangesRequest{Scope: Staged})
			if got := describeChanges(set); err != nil || got != tt.want {
				t.Errorf("%s by %q: %v, got %q", tt.index, git, err, got)
			}
		}
		os.Remove(filepath.Join(c.dir, ".git", "index.lock"))
	}
}
