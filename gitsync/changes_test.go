package gitsync

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	gogit "github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/plumbing"
	gitobject "github.com/go-git/go-git/v5/plumbing/object"

	"github.com/airside-ls/airside/gitsync/consent"
	"github.com/airside-ls/airside/gitsync/repo"
)

// changedRepo is a repository made by go-git, without the git binary.
type changedRepo struct {
	t   *testing.T
	dir string
	git *gogit.Repository
}

func newChangedRepo(t *testing.T) *changedRepo {
	t.Helper()
	t.Setenv("HOME", t.TempDir()) // no settings of this machine's user
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	git, err := gogit.PlainInit(dir, false)
	if err != nil {
		t.Fatal(err)
	}
	return &changedRepo{t, dir, git}
}

func (c *changedRepo) must(err error) {
	c.t.Helper()
	if err != nil {
		c.t.Fatal(err)
	}
}

// put writes a file of the work tree; an empty text takes it away.
func (c *changedRepo) put(name, text string) {
	c.t.Helper()
	path := filepath.Join(c.dir, name)
	if text == "" {
		c.must(os.Remove(path))
		return
	}
	c.must(os.MkdirAll(filepath.Dir(path), 0o755))
	c.must(os.WriteFile(path, []byte(text), 0o644))
}

func (c *changedRepo) add(name string) {
	c.t.Helper()
	w, err := c.git.Worktree()
	c.must(err)
	if _, err := os.Lstat(filepath.Join(c.dir, name)); err != nil {
		_, err = w.Remove(name)
		c.must(err)
		return
	}
	_, err = w.Add(name)
	c.must(err)
}

func (c *changedRepo) commit() plumbing.Hash { c.t.Helper(); return c.commitAs("x", 0) }

// commitAs commits with a subject, some seconds after the first commit.
func (c *changedRepo) commitAs(subject string, second int64) plumbing.Hash {
	c.t.Helper()
	w, err := c.git.Worktree()
	c.must(err)
	h, err := w.Commit(subject, &gogit.CommitOptions{Author: &gitobject.Signature{Name: "n", Email: "e", When: time.Unix(1e9+second, 0)}})
	c.must(err)
	return h
}

func (c *changedRepo) changes(q ChangesRequest) string {
	c.t.Helper()
	set, err := Changes(c.t.Context(), c.dir, repo.Options{Environ: os.Environ()}, q)
	if err != nil {
		return "error: " + err.Error() + "\n"
	}
	return describeChanges(set)
}

// describeChanges has a line for each file: its path, texts by their length, its
// hunks, or why it was skipped.
func describeChanges(set ChangeSet) string {
	var b strings.Builder
	for _, f := range set.Files {
		b.WriteString(strings.ToValidUTF8(f.Path, "?"))
		if f.OldPath != "" {
			b.WriteString(" from " + f.OldPath)
		}
		for name, is := range map[string]bool{"binary": f.Binary, "submodule": f.Submodule, "mode": f.ModeOnly} {
			if is {
				b.WriteString(" [" + name + "]")
			}
		}
		if f.Skipped != "" {
			b.WriteString(": skipped, " + f.Skipped + "\n")
			continue
		}
		side := func(text []byte) string {
			if text == nil {
				return "nothing"
			}
			return fmt.Sprintf("%d bytes", len(text))
		}
		fmt.Fprintf(&b, ": %s, then %s", side(f.Old), side(f.New))
		for _, h := range f.Hunks {
			fmt.Fprintf(&b, " -%d,%d+%d,%d", h.OldStart, h.OldLines, h.NewStart, h.NewLines)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

const poem = "one\ntwo\nthree\nfour\nfive\nsix\nseven\neight\n"

// TestChanges makes one change of each kind.
func TestChanges(t *testing.T) {
	c := newChangedRepo(t)
	for name, text := range map[string]string{
		"edited.go": poem, "deleted.go": "gone\n", "dir/renamed.go": poem + "nine\n", "same.go": poem, "crlf.go": poem, "binary": "a\x00b", "mode.sh": "x\n",
		"large.go": strings.Repeat("x", maxChangedFile+1), "staged.go": poem, ".gitignore": "ignored\n", "link": "target\n", "lfs.bin": string(lfsPointer) + "v1\n", "latin.go": "caf\xe9\n",
	} {
		c.put(name, text)
		c.add(name)
	}
	for _, name := range []string{"none.go", "void.go"} {
		c.put(name, "x")
		c.must(os.Truncate(filepath.Join(c.dir, name), 0))
		c.add(name)
	}
	c.commit()

	if got := c.changes(ChangesRequest{Scope: Uncommitted}); got != "" {
		t.Errorf("nothing has changed:\n%s", got)
	}
	c.put("edited.go", strings.Replace(poem, "two", "2", 1)+"nine\n")
	c.put("none.go", "")
	c.put("deleted.go", "")
	c.put("dir/renamed.go", "")
	c.put("dir/new name.go", poem+"9\n")
	c.put("crlf.go", strings.ReplaceAll(poem, "\n", "\r\n"))
	c.put("binary", "a\x00c")
	c.must(os.Chmod(filepath.Join(c.dir, "mode.sh"), 0o755))
	c.put("large.go", strings.Repeat("y", maxChangedFile+1))
	c.put("staged.go", strings.Replace(poem, "one", "1", 1))
	c.add("staged.go")
	c.put("staged.go", strings.Replace(poem, "one", "eins", 1))
	c.put("ignored", "x\n")
	c.put("untracked.go", "a\nb\n")
	c.put("empty.go", "x")
	c.must(os.Truncate(filepath.Join(c.dir, "empty.go"), 0))
	c.must(os.Remove(filepath.Join(c.dir, "link")))
	c.must(os.Symlink("/etc/passwd", filepath.Join(c.dir, "link")))
	c.put("lfs.bin", "the real thing\n")
	c.put("latin.go", "caf\xe9 \xff\n")
	c.put("inner/.git/HEAD", "ref: refs/heads/main\n")
	c.put("inner/a.go", "x\n")

	want := `binary [binary]: skipped, a binary file
crlf.go: skipped, only its line ends changed
deleted.go: 5 bytes, then nothing -1,1+0,0
dir/new name.go from dir/renamed.go: 45 bytes, then 42 bytes -9,1+9,1
edited.go: 40 bytes, then 43 bytes -2,1+2,1 -8,0+9,1
empty.go: nothing, then 0 bytes
inner/: skipped, a repository of its own
large.go: skipped, 1.0 MB: larger than anything written by hand
latin.go: 5 bytes, then 7 bytes -1,1+1,1
lfs.bin: skipped, kept by git-lfs
link: skipped, a symbolic link
mode.sh [mode]: skipped, only its mode changed
none.go: 0 bytes, then nothing
staged.go: 40 bytes, then 41 bytes -1,1+1,1
untracked.go: nothing, then 4 bytes -0,0+1,2
`
	if got := c.changes(ChangesRequest{Scope: Uncommitted}); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if got, want := c.changes(ChangesRequest{Scope: Staged}), "staged.go: 40 bytes, then 38 bytes -1,1+1,1\n"; got != want {
		t.Errorf("staged: got\n%s\nwant\n%s", got, want)
	}
	for _, tt := range []struct{ paths, want string }{
		{"dir", "dir/new name.go from dir/renamed.go: 45 bytes, then 42 bytes -9,1+9,1\n"},
		{"dir/", "dir/new name.go from dir/renamed.go: 45 bytes, then 42 bytes -9,1+9,1\n"},
		{"untracked.go edited.go", "edited.go: 40 bytes, then 43 bytes -2,1+2,1 -8,0+9,1\nuntracked.go: nothing, then 4 bytes -0,0+1,2\n"},
		{"untracked", ""},
	} {
		if got := c.changes(ChangesRequest{Scope: Uncommitted, Paths: strings.Fields(tt.paths)}); got != tt.want {
			t.Errorf("%s: got\n%s\nwant\n%s", tt.paths, got, tt.want)
		}
	}
}

// TestChangesOfBuffers: what an editor shows goes before what is on the disk.
func TestChangesOfBuffers(t *testing.T) {
	c := newChangedRepo(t)
	c.put("a.go", poem)
	c.put("b.go", poem)
	c.add("a.go")
	c.add("b.go")
	c.commit()
	c.put("b.go", "changed\n")
	got := c.changes(ChangesRequest{Scope: Uncommitted, Overlay: map[string][]byte{
		"a.go": []byte(poem + "nine\n"), "b.go": []byte(poem), "never saved.go": []byte("x\n"),
	}})
	want := "a.go: 40 bytes, then 45 bytes -8,0+9,1\nnever saved.go: nothing, then 2 bytes -0,0+1,1\n"
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// TestChangesOfABranch goes by the merge base: what others did since is not the
// branch's.
func TestChangesOfABranch(t *testing.T) {
	c := newChangedRepo(t)
	c.put("a.go", poem)
	c.add("a.go")
	base := c.commit()
	ref := func(name string, h plumbing.Hash) {
		c.must(c.git.Storer.SetReference(plumbing.NewHashReference(plumbing.ReferenceName(name), h)))
	}
	c.put("theirs.go", "x\n")
	c.add("theirs.go")
	theirs := c.commit()
	w, err := c.git.Worktree()
	c.must(err)
	c.must(w.Reset(&gogit.ResetOptions{Commit: base, Mode: gogit.HardReset}))
	c.put("dir/ours.go", "y\n")
	c.add("dir/ours.go")
	c.put("a.go", poem+"nine\n")
	c.add("a.go")
	c.commit()
	c.put("a.go", poem+"nine\nten\n")
	ref("refs/remotes/origin/main", theirs)
	c.must(os.WriteFile(filepath.Join(c.dir, ".git", "config"), []byte("[core]\n\tbare = false\n[remote \"origin\"]\n\turl = /nowhere\n"), 0o644))

	committed := "a.go: 40 bytes, then 45 bytes -8,0+9,1\ndir/ours.go: nothing, then 2 bytes -0,0+1,1\n"
	for _, q := range []ChangesRequest{
		{Scope: Branch, Base: "origin/main"}, {Scope: Branch, Base: theirs.String()}, {Scope: Branch, Base: "HEAD~1"}, {Scope: Branch},
	} {
		if got := c.changes(q); got != committed {
			t.Errorf("%+v: got\n%s\nwant\n%s", q, got, committed)
		}
	}
	if got, want := c.changes(ChangesRequest{Scope: Branch, ToWorkTree: true}), "a.go: 40 bytes, then 49 bytes -8,0+9,2\ndir/ours.go: nothing, then 2 bytes -0,0+1,1\n"; got != want {
		t.Errorf("to the work tree: got\n%s\nwant\n%s", got, want)
	}
	for _, tt := range []struct{ base, want string }{
		{"nowhere", `error: "nowhere" names no commit here`}, {"--help", "names no commit"}, {"a\x00b", "names no commit"},
	} {
		if got := c.changes(ChangesRequest{Scope: Branch, Base: tt.base}); !strings.Contains(got, tt.want) {
			t.Errorf("%q: %s", tt.base, got)
		}
	}
	c.must(c.git.Storer.RemoveReference("refs/remotes/origin/main"))
	if got := c.changes(ChangesRequest{Scope: Branch}); !strings.Contains(got, "name what to compare with") {
		t.Error(got)
	}
}

// TestChangesBeforeTheFirstCommit: everything is new.
func TestChangesBeforeTheFirstCommit(t *testing.T) {
	c := newChangedRepo(t)
	c.put("a.go", "x\n")
	c.put("b.go", "y\n")
	c.add("b.go")
	if got, want := c.changes(ChangesRequest{Scope: Uncommitted}), "a.go: nothing, then 2 bytes -0,0+1,1\nb.go: nothing, then 2 bytes -0,0+1,1\n"; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if got, want := c.changes(ChangesRequest{Scope: Staged}), "b.go: nothing, then 2 bytes -0,0+1,1\n"; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if got := c.changes(ChangesRequest{Scope: Branch}); !strings.Contains(got, "nothing is committed here yet") {
		t.Error(got)
	}
}

func TestChangesStopped(t *testing.T) {
	c := newChangedRepo(t)
	c.put("a.go", "x\n")
	c.add("a.go")
	c.commit()
	c.put("a.go", "y\n")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Changes(ctx, c.dir, repo.Options{}, ChangesRequest{Scope: Uncommitted}); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	if _, err := Changes(t.Context(), t.TempDir(), repo.Options{}, ChangesRequest{Scope: Uncommitted}); err == nil || !strings.Contains(err.Error(), "no git repository") {
		t.Errorf("%v", err)
	}
}

func TestPathWithin(t *testing.T) {
	for _, tt := range []struct {
		file, name string
		ok         bool
	}{{"/w/a/b.go", "a/b.go", true}, {"/w", "", true}, {"/w/..a", "..a", true}, {"/x/a", "", false}, {"/", "", false}} {
		if name, ok := PathWithin("/w", tt.file); name != tt.name || ok != tt.ok {
			t.Errorf("%s: %q, %v", tt.file, name, ok)
		}
	}
}

// TestChangesUnasked: of a partial clone's remote nothing is fetched without the user's
// opt-in, and what is missing says so.
func TestChangesUnasked(t *testing.T) {
	c := newChangedRepo(t)
	c.put("a.go", "package a\n")
	c.add("a.go")
	c.commit()
	c.put("a.go", "package b\n")
	c.add("a.go")
	head, err := c.git.Head()
	c.must(err)
	commit, err := c.git.CommitObject(head.Hash())
	c.must(err)
	file, err := commit.File("a.go")
	c.must(err)
	name := file.Hash.String()
	c.must(os.Remove(filepath.Join(c.dir, ".git", "objects", name[:2], name[2:])))
	config, err := os.ReadFile(filepath.Join(c.dir, ".git", "config"))
	c.must(err)
	c.must(os.WriteFile(filepath.Join(c.dir, ".git", "config"), append(config, "[remote \"x\"]\n\turl = ssh://127.0.0.1:1/x\n\tpromisor = true\n"...), 0o644))

	book := consent.Open(t.TempDir(), nil)
	for _, test := range []struct {
		book *consent.Book
		says string
	}{{nil, "opted in"}, {book, "opted in"}, {book, "needs the git binary"}} {
		if test.says != "opted in" { // it may be asked, and cannot be without git
			c.must(book.SetSync(filepath.Join(c.dir, ".git"), consent.Sync{Enabled: true}))
		}
		set, err := Changes(t.Context(), c.dir, repo.Options{Environ: os.Environ()}, ChangesRequest{Scope: Staged, Consent: test.book})
		if err != nil || len(set.Files) != 1 || !strings.Contains(set.Files[0].Skipped, test.says) {
			t.Errorf("%+v, %v, want %q", set.Files, err, test.says)
		}
	}
}
