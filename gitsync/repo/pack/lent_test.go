package pack

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/airside-ls/airside/gitsync/object"
	"github.com/airside-ls/airside/gitsync/repo/repotest"
)

// lends has objects borrow from a folder, by the text that names it.
func lends(t *testing.T, objects, to string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Join(objects, "info"), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(objects, "info", "alternates"), []byte("# of others\n"+to+"\n"), 0o666); err != nil {
		t.Fatal(err)
	}
}

// TestBorrowers: objects are found that a borrower's lender borrows itself, by absolute
// and relative paths, in a folder of any name, in a circle, and beside one that is gone.
func TestBorrowers(t *testing.T) {
	for name, c := range map[string]struct{ first, second func(dir string) string }{
		"absolute":                {func(dir string) string { return dir }, func(dir string) string { return dir }},
		"relative":                {func(dir string) string { return "../../../b/.git/objects" }, func(dir string) string { return "../../../c/pool" }},
		"beside one that is gone": {func(dir string) string { return "/nowhere/objects\n" + dir }, func(dir string) string { return dir + "\n/nowhere/else" }},
	} {
		t.Run(name, func(t *testing.T) {
			a, b, lender := repotest.New(t), repotest.New(t), repotest.New(t)
			dir := t.TempDir()
			at := func(r *repotest.Repo, name string) string {
				to := filepath.Join(dir, name)
				if err := os.Rename(r.Dir, to); err != nil {
					t.Fatal(err)
				}
				os.Mkdir(r.Dir, 0o777)
				r.Dir = to
				return filepath.Join(to, ".git", "objects")
			}
			far := lender.Commit(map[string]string{"far.txt": "far\n"}, lender.Base)
			mine, near := at(a, "a"), at(b, "b")
			pool := filepath.Join(dir, "c", "pool") // a folder of objects need not have that name
			if err := os.Rename(at(lender, "c"), pool); err != nil {
				t.Fatal(err)
			}
			lends(t, mine, c.first(near))
			lends(t, near, c.second(pool)+"\n"+mine)
			d := open(t, a)
			objects, err := d.Objects()
			if err != nil {
				t.Fatal(err)
			}
			commit, err := objects.Commit(object.Hash(far))
			if err != nil {
				t.Fatal(err)
			}
			entries, err := objects.Tree(commit.Tree)
			if err != nil || len(entries) != 1 {
				t.Fatal(entries, err)
			}
			if size, err := objects.BlobSize(entries[0].Hash); err != nil || size != 4 {
				t.Errorf("size %d, %v", size, err)
			}
			if text, err := objects.Blob(entries[0].Hash); err != nil || string(text) != "far\n" {
				t.Errorf("%q, %v", text, err)
			}
			s, err := d.Transfer()
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			if !s.has(far) || s.has(plumbing.NewHash("12")) {
				t.Error("what is borrowed and what is not are mixed up")
			}
			if Folder(filepath.Join(a.Dir, ".git")).HasEncodedObject(far) != nil {
				t.Error("a server without git does not find it")
			}
			if left := d.Missing([]object.Hash{object.Hash(far), {1}, object.Zero}); len(left) != 1 || left[0] != (object.Hash{1}) {
				t.Errorf("missing: %v", left)
			}
		})
	}
}

// TestEnds: a commit at which a shallow clone ends has no parents, and says so.
func TestEnds(t *testing.T) {
	r := repotest.New(t)
	tip := r.Commit(map[string]string{"a.txt": "two\n"}, r.Base)
	next := r.Commit(map[string]string{"a.txt": "three\n"}, tip)
	if err := os.WriteFile(filepath.Join(r.Dir, ".git", "shallow"), []byte(tip.String()+"\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	d := open(t, r)
	objects, err := d.Objects()
	if err != nil {
		t.Fatal(err)
	}
	if c, err := objects.Commit(object.Hash(tip)); err != nil || !c.Cut || len(c.Parents) != 0 {
		t.Errorf("%+v, %v", c, err)
	}
	if c, err := objects.Commit(object.Hash(next)); err != nil || c.Cut || len(c.Parents) != 1 {
		t.Errorf("%+v, %v", c, err)
	}
	if !d.IsShallow() {
		t.Error("it is not shallow")
	}
}
