package threads

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/airside-ls/airside/gitsync/durable"
	"github.com/airside-ls/airside/gitsync/durable/durabletest"
	"github.com/airside-ls/airside/gitsync/object"
	"github.com/airside-ls/airside/gitsync/repo"
)

// newRepo is an empty repository of somebody's, made by hand: unit tests start
// no git.
func newRepo(t testing.TB, who string) *repo.Repo {
	t.Helper()
	dir := t.TempDir()
	for _, d := range []string{"objects", "refs/heads"} {
		must(t, os.MkdirAll(filepath.Join(dir, ".git", d), 0o755))
	}
	must(t, os.WriteFile(filepath.Join(dir, ".git", "HEAD"), []byte("ref: refs/heads/main\n"), 0o644))
	config := "[core]\n\trepositoryformatversion = 0\n[user]\n\tname = " + who + "\n\temail = " + who + "@example.org\n"
	must(t, os.WriteFile(filepath.Join(dir, ".git", "config"), []byte(config), 0o644))
	r, err := repo.Open(dir, repo.Options{FS: durabletest.Volatile(durable.Beneath(dir))})
	must(t, err)
	return r
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// fixed is a clock that stands still.
func fixed() time.Time { return time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC) }

func newStore(t testing.TB, who string) (*Store, *repo.Repo) {
	r := newRepo(t, who)
	return NewStore(r, nil, fixed), r
}

// write puts a file into the work tree.
func write(t testing.TB, r *repo.Repo, name, text string) {
	t.Helper()
	path := filepath.Join(r.WorkDir(), name)
	must(t, os.MkdirAll(filepath.Dir(path), 0o755))
	must(t, os.WriteFile(path, []byte(text), 0o644))
}

// commit makes a commit of files (in one folder, name and text in turn) and
// moves main to it.
func commit(t testing.TB, r *repo.Repo, files ...string) object.Hash {
	t.Helper()
	var entries []object.TreeEntry
	var objects []object.Object
	for i := 0; i < len(files); i += 2 {
		blob := object.New(object.TypeBlob, []byte(files[i+1]))
		objects = append(objects, blob)
		entries = append(entries, object.TreeEntry{Name: files[i], Mode: object.ModeFile, Hash: blob.Hash})
	}
	tree := object.NewTree(entries)
	head, err := r.Head()
	must(t, err)
	who := object.Signature{Name: "a", Email: "a@example.org", When: fixed()}
	c := object.Commit{Tree: tree.Hash, Author: who, Committer: who, Message: "m\n"}
	if !head.Hash.IsZero() {
		c.Parents = []object.Hash{head.Hash}
	}
	o := r.CommitObject(c)
	must(t, r.WriteObjects(append(objects, tree, o)))
	must(t, r.UpdateRef(repo.RefUpdate{Name: "refs/heads/main", Old: head.Hash, New: o.Hash}))
	return o.Hash
}

// receive copies an actor's refs from one repository into another, as a fetch
// does.
func receive(t testing.TB, from, to *repo.Repo) {
	t.Helper()
	refs, err := from.Refs(OwnRefs)
	must(t, err)
	for _, ref := range refs {
		copyObjects(t, from, to, ref.Hash)
		name := FetchedRefs + "origin/" + filepath.Base(ref.Name)
		old, err := to.Ref(name)
		must(t, err)
		if old != ref.Hash {
			must(t, to.UpdateRef(repo.RefUpdate{Name: name, Old: old, New: ref.Hash}))
		}
	}
}

func copyObjects(t testing.TB, from, to *repo.Repo, commit object.Hash) {
	t.Helper()
	objects, err := from.Objects()
	must(t, err)
	c, err := objects.Commit(commit)
	must(t, err)
	for _, p := range c.Parents {
		copyObjects(t, from, to, p)
	}
	var list []object.Object
	var tree func(h object.Hash)
	tree = func(h object.Hash) {
		entries, err := objects.Tree(h)
		must(t, err)
		list = append(list, object.NewTree(entries))
		for _, e := range entries {
			if e.Mode == object.ModeDir {
				tree(e.Hash)
				continue
			}
			data, err := objects.Blob(e.Hash)
			must(t, err)
			list = append(list, object.New(object.TypeBlob, data))
		}
	}
	tree(c.Tree)
	must(t, to.WriteObjects(append(list, to.CommitObject(c))))
}
