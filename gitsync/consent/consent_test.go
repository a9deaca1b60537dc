package consent

import (
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

func mkdir(t *testing.T, path string) string {
	t.Helper()
	if err := os.MkdirAll(path, 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

// replaced has something else, made meanwhile, take a folder's place.
func replaced(t *testing.T, path string) {
	t.Helper()
	other := mkdir(t, path+".other")
	if err := os.RemoveAll(path); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(other, path); err != nil {
		t.Fatal(err)
	}
}

func TestSyncIsTheUsersOwnWord(t *testing.T) {
	work := t.TempDir()
	git := mkdir(t, filepath.Join(work, "r", ".git"))
	b := Open(filepath.Join(t.TempDir(), "state"), nil)
	is := func(want Sync) {
		t.Helper()
		got, err := b.Sync(git)
		if err != nil || got.Enabled != want.Enabled || got.Replaced != want.Replaced || !slices.Equal(got.Branches, want.Branches) {
			t.Errorf("got %+v, %v; want %+v", got, err, want)
		}
	}
	is(Sync{})
	if err := b.SetSync(git, Sync{Enabled: true, Branches: []string{"main"}}); err != nil {
		t.Fatal(err)
	}
	is(Sync{Enabled: true, Branches: []string{"main"}})
	link := filepath.Join(work, "link")
	if err := os.Symlink(filepath.Join(work, "r"), link); err != nil {
		t.Fatal(err)
	}
	if got, err := b.Sync(filepath.Join(link, ".git")); err != nil || !got.Enabled {
		t.Errorf("by another name: %+v, %v", got, err)
	}
	if runtime.GOOS != "windows" {
		replaced(t, git)
		is(Sync{Replaced: true})
	}
	for _, damaged := range []string{"{", "{}", "null", "[]", ""} {
		if err := os.WriteFile(b.SyncFile(git), []byte(damaged), 0o600); err != nil {
			t.Fatal(err)
		}
		if got, err := b.Sync(git); err == nil || got.Enabled || !strings.Contains(err.Error(), "cannot be read") {
			t.Errorf("a damaged answer, %q: %+v, %v", damaged, got, err)
		}
	}
	if err := b.SetSync(git, Sync{Enabled: true}); err != nil {
		t.Fatal(err)
	}
	is(Sync{Enabled: true})
}

func TestTrust(t *testing.T) {
	work := t.TempDir()
	notes := mkdir(t, filepath.Join(work, "notes"))
	mkdir(t, filepath.Join(notes, "deep", "down"))
	cloned := mkdir(t, filepath.Join(notes, "cloned"))
	mkdir(t, filepath.Join(cloned, ".git"))
	sub := mkdir(t, filepath.Join(cloned, "sub"))
	b := Open(t.TempDir(), nil)
	trusted := func(folder string, want bool) {
		t.Helper()
		if got, err := b.Trusted(folder); err != nil || got != want {
			t.Errorf("%s: trusted %v, %v; want %v", folder, got, err, want)
		}
	}
	trusted(notes, false)
	trusted(filepath.Join(work, "nowhere"), false)
	trusted("notes", false)
	if root, err := b.Trust(notes); err != nil || root != notes {
		t.Fatalf("%s, %v", root, err)
	}
	trusted(notes, true)
	trusted(filepath.Join(notes, "deep", "down"), true)
	trusted(filepath.Join(notes, "new", "file.go"), true)
	trusted(work, false)
	t.Chdir(work)
	trusted("notes", false) // by which folder would be chance
	trusted(cloned, false)  // a repository within came on its own
	trusted(sub, false)
	if root, err := b.Trust(sub); err != nil || root != cloned {
		t.Fatalf("%s, %v", root, err)
	}
	trusted(sub, true)
	if list, err := b.TrustedFolders(); err != nil || !slices.Equal(list, []string{notes, cloned}) && !slices.Equal(list, []string{cloned, notes}) {
		t.Errorf("%v, %v", list, err)
	}
	if runtime.GOOS != "windows" {
		replaced(t, filepath.Join(cloned, ".git"))
		trusted(cloned, false) // another repository has come in its place
		mkdir(t, filepath.Join(notes, ".git"))
		trusted(notes, false) // and one where none was
		trusted(filepath.Join(notes, "deep"), false)
	}
	if root, found, err := b.Distrust(notes); root != notes || !found || err != nil {
		t.Errorf("%s, %v, %v", root, found, err)
	}
	if _, found, err := b.Distrust(notes); found || err != nil {
		t.Errorf("again: %v, %v", found, err)
	}
	if b.Asked(cloned) || b.SetAsked(cloned) != nil || !b.Asked(sub) {
		t.Error("asked once is asked")
	}
}

// TestNoFolder: without a folder of the user's nothing is allowed, nor kept.
func TestNoFolder(t *testing.T) {
	b := Open("", nil)
	dir := t.TempDir()
	if ok, err := b.Trusted(dir); ok || err != nil {
		t.Error(ok, err)
	}
	if _, err := b.Trust(dir); err != ErrNoFolder {
		t.Error(err)
	}
	if s, err := b.Sync(dir); s.Enabled || err != nil {
		t.Error(s, err)
	}
	if err := b.SetSync(dir, Sync{}); err != ErrNoFolder {
		t.Error(err)
	}
}

// TestKeptForItsOwner: nobody else reads what the user said, and a link in the
// place of an answer is not written through.
func TestKeptForItsOwner(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no modes there")
	}
	dir, git := filepath.Join(t.TempDir(), "airside"), t.TempDir()
	b := Open(dir, nil)
	victim := filepath.Join(t.TempDir(), "victim")
	if err := os.WriteFile(victim, []byte("mine"), 0o644); err != nil {
		t.Fatal(err)
	}
	file := b.SyncFile(git)
	mkdir(t, filepath.Dir(file))
	for _, name := range []string{file, file + ".airside-tmp"} {
		if err := os.Symlink(victim, name); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.SetSync(git, Sync{Enabled: true}); err != nil {
		t.Fatal(err)
	}
	if data, _ := os.ReadFile(victim); string(data) != "mine" {
		t.Errorf("the victim has %q", data)
	}
	info, err := os.Lstat(file)
	if err != nil || info.Mode() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if info, err := os.Lstat(filepath.Dir(file)); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}

// TestSame: what tells a folder from one that comes in its place.
func TestSame(t *testing.T) {
	f := Folder{Path: "/a", Owner: 1, Inode: 2, Born: 3}
	for _, c := range []struct {
		now  Folder
		want bool
	}{
		{f, true},
		{Folder{"/b", 1, 2, 3}, false}, {Folder{"/a", 9, 2, 3}, false}, {Folder{"/a", 1, 9, 3}, false},
		{Folder{"/a", 1, 2, 9}, false}, // inodes are used again
		{Folder{"/a", 1, 2, 0}, true},  // a file system that does not tell
	} {
		if f.same(c.now) != c.want || c.now.same(f) != c.want {
			t.Errorf("%+v: want %v", c.now, c.want)
		}
	}
}

// TestAnswersOfOthers: an answer counts for the folder that it names, as that is, and
// for no other.
func TestAnswersOfOthers(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("folders have no inodes there")
	}
	work := t.TempDir()
	one, two := mkdir(t, filepath.Join(work, "one")), mkdir(t, filepath.Join(work, "two"))
	b := Open(t.TempDir(), nil)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	if _, err := b.Trust(one); err != nil {
		t.Fatal(err)
	}
	must(b.SetAsked(one))
	for _, git := range []string{one, two} {
		must(b.SetSync(git, Sync{Enabled: true}))
	}
	must(b.SetSync(two, Sync{}))
	// Under another's name.
	for _, kind := range []string{kindTrust, kindAsked} {
		data, err := os.ReadFile(b.file(kind, one))
		must(err)
		must(os.WriteFile(b.file(kind, two), data, 0o600))
	}
	if ok, err := b.Trusted(two); ok || err != nil || b.Asked(two) || !b.Asked(one) {
		t.Errorf("another's answer: trusted %v, %v, asked %v", ok, err, b.Asked(two))
	}
	must(os.Remove(b.file(kindTrust, two)))
	// What a crash has left beside an answer is none, and no trouble.
	must(os.WriteFile(b.file(kindTrust, one)+".X.airside-tmp", []byte("{"), 0o600))
	lists := func(want ...string) {
		t.Helper()
		synced, err1 := b.Synced()
		trusted, err2 := b.TrustedFolders()
		if err1 != nil || err2 != nil || !slices.Equal(synced, want) || !slices.Equal(trusted, want) || b.Asked(one) != (len(want) > 0) {
			t.Errorf("synced %v, %v; trusted %v, %v; asked %v; want %v", synced, err1, trusted, err2, b.Asked(one), want)
		}
	}
	lists(one)
	replaced(t, one)
	lists()
	must(os.Remove(one))
	if root, found, err := b.Distrust(one); root != one || !found || err != nil {
		t.Errorf("a folder that is gone: %s, %v, %v", root, found, err)
	}
}
