// Package repotest makes repositories for tests: by go-git, and by the real git.
package repotest

import (
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"

	gogit "github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/plumbing"
)

// Maker writes objects into a storage, each commit a second after the last.
type Maker struct {
	T  *testing.T
	To interface {
		SetEncodedObject(plumbing.EncodedObject) (plumbing.Hash, error)
	}
	Made []plumbing.Hash
	Tick int
}

func (m *Maker) Write(kind plumbing.ObjectType, data string) plumbing.Hash {
	m.T.Helper()
	o := &plumbing.MemoryObject{}
	o.SetType(kind)
	o.Write([]byte(data))
	h, err := m.To.SetEncodedObject(o)
	if err != nil {
		m.T.Fatal(err)
	}
	m.Made = append(m.Made, h)
	return h
}

// tree writes the files (path to content) with the folders they are in.
func (m *Maker) Tree(files map[string]string) plumbing.Hash {
	m.T.Helper()
	lines := map[string]string{} // sort key to entry
	below := map[string]map[string]string{}
	for path, content := range files {
		dir, rest, ok := strings.Cut(path, "/")
		if !ok {
			h := m.Write(plumbing.BlobObject, content)
			lines[path] = "100644 " + path + "\x00" + string(h[:])
			continue
		}
		if below[dir] == nil {
			below[dir] = map[string]string{}
		}
		below[dir][rest] = content
	}
	for dir, files := range below {
		h := m.Tree(files)
		lines[dir+"/"] = "40000 " + dir + "\x00" + string(h[:])
	}
	keys := make([]string, 0, len(lines))
	for k := range lines {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	var data strings.Builder
	for _, k := range keys {
		data.WriteString(lines[k])
	}
	return m.Write(plumbing.TreeObject, data.String())
}

func (m *Maker) Commit(files map[string]string, parents ...plumbing.Hash) plumbing.Hash {
	m.T.Helper()
	var text strings.Builder
	fmt.Fprintf(&text, "tree %s\n", m.Tree(files))
	for _, p := range parents {
		fmt.Fprintf(&text, "parent %s\n", p)
	}
	m.Tick++
	fmt.Fprintf(&text, "author A <a@b> %[1]d +0000\ncommitter A <a@b> %[1]d +0000\n\nm\n", 1700000000+m.Tick)
	return m.Write(plumbing.CommitObject, text.String())
}

// Repo is a repository made without the git binary, with one commit on main.
type Repo struct {
	Maker
	Dir  string // its work tree
	Git  *gogit.Repository
	Base plumbing.Hash
}

// New makes one.
func New(t *testing.T) *Repo {
	t.Helper()
	dir := t.TempDir()
	git, err := gogit.PlainInit(dir, false)
	if err != nil {
		t.Fatal(err)
	}
	r := &Repo{Maker: Maker{T: t, To: git.Storer}, Dir: dir, Git: git}
	r.Base = r.Commit(map[string]string{"a.txt": "one\n", "dir/deep/b.txt": "two\n", "dir/c.txt": "three\n"})
	r.Set("refs/heads/main", r.Base)
	return r
}

// Environ is one in which nothing but the repository's own configuration counts.
func (r *Repo) Environ() []string { return []string{"HOME=" + r.Dir, "GIT_CONFIG_NOSYSTEM=1"} }

// Set points a ref somewhere.
func (r *Repo) Set(name string, h plumbing.Hash) {
	r.T.Helper()
	if err := r.Git.Storer.SetReference(plumbing.NewHashReference(plumbing.ReferenceName(name), h)); err != nil {
		r.T.Fatal(err)
	}
}

// Files lists everything under .git.
func (r *Repo) Files() string {
	var list []string
	filepath.Walk(filepath.Join(r.Dir, ".git"), func(path string, info os.FileInfo, err error) error {
		if err == nil && !info.IsDir() {
			list = append(list, fmt.Sprint(path, info.Size()))
		}
		return err
	})
	return strings.Join(list, "\n")
}

// Configure appends to the repository's config.
func (r *Repo) Configure(text string) {
	r.T.Helper()
	f, err := os.OpenFile(filepath.Join(r.Dir, ".git", "config"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		r.T.Fatal(err)
	}
	defer f.Close()
	fmt.Fprintln(f, text)
}

// NoLeftovers holds that no quarantine and no lock of a pack is in a folder of objects.
func NoLeftovers(t *testing.T, objects string) {
	t.Helper()
	for _, pattern := range []string{"tmp_*", "pack/tmp_*", "pack/*.keep"} {
		if left, _ := filepath.Glob(filepath.Join(objects, pattern)); len(left) > 0 {
			t.Errorf("left behind: %v", left)
		}
	}
}
