package refs

import (
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/airside-ls/airside/gitsync/durable"
	"github.com/airside-ls/airside/gitsync/durable/durabletest"
	"github.com/airside-ls/airside/gitsync/object"
	"github.com/airside-ls/airside/gitsync/repo/config"
	"github.com/airside-ls/airside/gitsync/repo/fault"
	"github.com/airside-ls/airside/gitsync/repo/layout"
	"github.com/airside-ls/airside/gitsync/repo/lock"
	"github.com/airside-ls/airside/gitsync/repo/pack"
	"github.com/airside-ls/airside/gitsync/repo/program"
	"github.com/airside-ls/airside/gitsync/repo/repotest"
)

// world is a repository with two commits, one, which main is at, and two; a tag's
// packed and a loose ref; and refs that are none.
type world struct {
	*Store
	t              *testing.T
	made           *repotest.Repo
	disk           *disk
	one, two, blob object.Hash
}

// disk notes which folders were synced after which files were renamed, and fails
// when it is told to.
type disk struct {
	durable.FS
	renamed, synced []string
	full            bool
}

func (d *disk) Rename(old, new string) error {
	if d.full {
		return fs.ErrPermission
	}
	d.renamed = append(d.renamed, filepath.Dir(new))
	return d.FS.Rename(old, new)
}

func (d *disk) SyncDir(name string) error {
	d.synced = append(d.synced, name)
	return d.FS.SyncDir(name)
}

func newWorld(t *testing.T) *world {
	t.Helper()
	made := repotest.New(t)
	at, err := layout.Find(made.Dir)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, made: made, disk: &disk{FS: durabletest.Volatile(durable.Beneath(at.Git))}, one: object.Hash(made.Base)}
	w.two = object.Hash(made.Commit(nil, made.Base))
	w.blob = object.Hash(made.Write(plumbing.BlobObject, "text"))
	log := slog.New(slog.DiscardHandler)
	locks := &lock.Locks{FS: w.disk, Log: log, Dir: filepath.Join(at.Common, "airside")}
	c := config.FromFiles(at, made.Environ())
	w.Store = New(at, w.disk, c, pack.New(at, w.disk, log, &program.Runner{}, ""), locks)
	w.write("refs/heads/loose", w.two.String()+"\n")
	w.write("packed-refs", "# pack-refs with: peeled fully-peeled sorted \n"+
		w.one.String()+" refs/heads/loose\n"+
		w.one.String()+" refs/heads/packed\n"+
		w.one.String()+" refs/heads/packed-too\n"+
		w.two.String()+" refs/tags/first\n^"+w.one.String()+"\n"+
		w.two.String()+" refs/tags/second\n^"+w.one.String()+"\n")
	return w
}

func (w *world) write(name, text string) {
	w.t.Helper()
	path := filepath.Join(w.made.Dir, ".git", filepath.FromSlash(name))
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o644)); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) read(name string) string {
	data, _ := os.ReadFile(filepath.Join(w.made.Dir, ".git", filepath.FromSlash(name)))
	return string(data)
}

// TestUpdateRef: what moves a ref, and what must not; who is refused finds everything
// as it was.
func TestUpdateRef(t *testing.T) {
	for _, c := range []struct {
		name     string
		prepare  func(w *world)
		ref      string
		old, new string // "one", "two", "blob", "lost", or "" for none
		want     fault.Kind
	}{
		{"a new one", nil, "refs/heads/new", "", "one", ""},
		{"deeper", nil, "refs/airside/keep/x/feature/a", "", "one", ""},
		{"on", nil, "refs/heads/main", "one", "two", ""},
		{"a packed one", nil, "refs/heads/packed", "one", "two", ""},
		{"one that is loose and packed", nil, "refs/heads/loose", "two", "one", ""},
		{"deleted", nil, "refs/heads/main", "one", "", ""},
		{"a packed one deleted", nil, "refs/heads/packed", "one", "", ""},
		{"loose and packed, deleted", nil, "refs/heads/loose", "two", "", ""},
		{"a tag deleted", nil, "refs/tags/second", "two", "", ""},
		{"to a blob, as tags may", nil, "refs/tags/new", "", "blob", ""},
		{"where empty folders are", func(w *world) { os.MkdirAll(w.Path("refs/heads/new/deep"), 0o755) }, "refs/heads/new", "", "one", ""},

		{"moved meanwhile", nil, "refs/heads/main", "two", "one", fault.Moved},
		{"made meanwhile", nil, "refs/heads/main", "", "two", fault.Moved},
		{"gone meanwhile", nil, "refs/heads/none", "one", "two", fault.Moved},
		{"an older value that is packed", nil, "refs/heads/loose", "one", "two", fault.Moved},
		{"locked", func(w *world) { w.write("refs/heads/main.lock", "") }, "refs/heads/main", "one", "two", fault.Busy},
		{"packed-refs is locked", func(w *world) { w.write("packed-refs.lock", "") }, "refs/heads/packed", "one", "", fault.Busy},
		{"to what is not here", nil, "refs/heads/main", "one", "lost", fault.Failed},
		{"a branch to what is no commit", nil, "refs/heads/main", "one", "blob", fault.Failed},
		{"above another", nil, "refs/heads/packed/x", "", "one", fault.Failed},
		{"below another", func(w *world) { w.write("refs/heads/new/x", w.one.String()) }, "refs/heads/new", "", "one", fault.Failed},
		{"no ref", nil, "refs/heads/../../x", "", "one", fault.Failed},
		{"no ref at all", nil, "HEAD", "", "one", fault.Failed},
		{"called like a lock", nil, "refs/heads/x.lock", "", "one", fault.Failed},
		{"two dots", nil, "refs/heads/a..b", "", "one", fault.Failed},
		{"damaged", func(w *world) { w.write("refs/heads/packed", "") }, "refs/heads/packed", "one", "two", fault.Failed},
		{"symbolic", func(w *world) { w.write("refs/heads/packed", "ref: refs/heads/main\n") }, "refs/heads/packed", "one", "two", fault.Unsupported},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			if c.prepare != nil {
				c.prepare(w)
			}
			at := map[string]object.Hash{"one": w.one, "two": w.two, "blob": w.blob, "lost": {9}}
			before, packed := w.made.Files(), w.read("packed-refs")
			err := w.UpdateRef(Update{Name: c.ref, Old: at[c.old], New: at[c.new], Reason: "test"})
			if c.want != "" {
				if fault.KindOf(err) != c.want || err == nil || w.made.Files() != before || w.read("packed-refs") != packed {
					t.Errorf("%v, want %s; before\n%s\nnow\n%s", err, c.want, before, w.made.Files())
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if now, err := w.Ref(c.ref); err != nil || now != at[c.new] {
				t.Errorf("it is at %s, %v", now.Short(), err)
			}
			if strings.Contains(w.made.Files(), ".lock") || strings.Contains(w.made.Files(), "airside-tmp") {
				t.Errorf("left behind: %s", w.made.Files())
			}
			for _, dir := range w.disk.renamed {
				if !slices.Contains(w.disk.synced, dir) {
					t.Errorf("%s was not synced", dir)
				}
			}
			if log := w.read("logs/" + c.ref); strings.HasPrefix(c.ref, Heads) && c.new != "" && !strings.HasSuffix(log, "\ttest\n") || c.new == "" && log != "" {
				t.Errorf("reflog %q", log)
			}
			// Of the others each is as before, peeled lines too.
			for line := range strings.Lines(packed) {
				if _, name, _ := strings.Cut(strings.TrimSpace(line), " "); name != c.ref && !strings.HasPrefix(line, "^") && !strings.Contains(w.read("packed-refs"), line) {
					t.Errorf("%s is no longer in packed-refs", name)
				}
			}
			if now := w.read("packed-refs"); strings.Count(now, "refs/tags/") != strings.Count(now, "^") {
				t.Errorf("packed-refs: %s", now)
			}
		})
	}
}

// TestUpdateRefIf: what holds under the lock is asked under the lock.
func TestUpdateRefIf(t *testing.T) {
	w := newWorld(t)
	no := errors.New("no")
	err := w.UpdateRefIf(Update{Name: "refs/heads/main", Old: w.one, New: w.two}, func() error {
		if !layout.Exists(w.Path("refs/heads/main.lock")) {
			t.Error("it is not locked")
		}
		return no
	})
	if now, _ := w.Ref("refs/heads/main"); !errors.Is(err, no) || now != w.one {
		t.Errorf("%v, at %s", err, now.Short())
	}
}

// TestUpdateRefOnAFullDisk: the ref is as it was, and neither a lock nor what was to
// stand there is left.
func TestUpdateRefOnAFullDisk(t *testing.T) {
	w := newWorld(t)
	w.disk.full = true
	err := w.UpdateRef(Update{Name: "refs/heads/main", Old: w.one, New: w.two})
	now, _ := w.Ref("refs/heads/main")
	if files := w.made.Files(); err == nil || now != w.one || strings.Contains(files, ".lock") || strings.Contains(files, "airside-tmp") {
		t.Errorf("%v, at %s, left %s", err, now.Short(), files)
	}
}

// TestRefs: loose ones count for more than packed ones; peeled lines, symbolic refs
// and what is no ref are none; a symbolic link is not followed.
func TestRefs(t *testing.T) {
	w := newWorld(t)
	w.write("refs/remotes/origin/HEAD", "ref: refs/remotes/origin/main\n")
	w.write("refs/heads/x.lock", w.one.String())
	if err := os.Symlink(w.Path("refs/heads/main"), w.Path("refs/heads/link")); err != nil {
		t.Skip("no symbolic links here:", err)
	}
	list, err := w.Refs("refs/")
	var got []string
	for _, ref := range list {
		got = append(got, strings.TrimPrefix(ref.Name, "refs/")+map[object.Hash]string{w.one: "=one", w.two: "=two"}[ref.Hash])
	}
	if want := "heads/loose=two heads/main=one heads/packed=one heads/packed-too=one tags/first=two tags/second=two"; err != nil || strings.Join(got, " ") != want {
		t.Errorf("%v, %v, want %s", got, err, want)
	}
	if _, err := w.Ref("refs/heads/link"); fault.KindOf(err) != fault.Unsupported {
		t.Errorf("a link: %v", err)
	}
}
