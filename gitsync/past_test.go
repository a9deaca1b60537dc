package gitsync

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/airside-ls/airside/gitsync/repo"
)

func TestReadPast(t *testing.T) {
	c := newChangedRepo(t)
	past, err := ReadPast(t.Context(), c.dir, repo.Options{Environ: os.Environ()}, 3)
	if err != nil || len(past.Commits) != 0 {
		t.Fatalf("of a new repository %+v, %v", past, err)
	}
	for i := range 5 {
		c.put("a", fmt.Sprint(i))
		c.add("a")
		c.commitAs(fmt.Sprintf("commit %d\n\nbody", i), int64(i))
	}
	past, err = ReadPast(t.Context(), c.dir, repo.Options{Environ: os.Environ()}, 3)
	if err != nil || len(past.Commits) != 3 || past.Branch == "" || past.WorkDir != c.dir {
		t.Fatalf("%+v, %v", past, err)
	}
	if first := past.Commits[0]; first.Author != "n" || first.Email != "e" || !strings.HasPrefix(first.Message, "commit 4\n\nbody") {
		t.Errorf("first is %+v", first)
	}
}

// TestChangesOfManyFiles: where texts are bounded, files past the bound are listed and not
// read, and those that were moved are told by their content's name alone.
func TestChangesOfManyFiles(t *testing.T) {
	c := newChangedRepo(t)
	for i := range 600 {
		c.put(fmt.Sprintf("old/%d.txt", i), fmt.Sprintf("%d\n%s", i, strings.Repeat("x", 500)))
	}
	w, err := c.git.Worktree()
	c.must(err)
	_, err = w.Add("old")
	c.must(err)
	c.commit()
	c.must(os.Rename(c.dir+"/old", c.dir+"/new"))
	c.put("new/0.txt", "another")
	c.must(w.AddGlob("."))
	set, err := Changes(t.Context(), c.dir, repo.Options{Environ: os.Environ()}, ChangesRequest{Scope: Staged, MaxText: 100_000})
	c.must(err)
	moved, unread := 0, 0
	for _, f := range set.Files {
		if f.OldPath == strings.Replace(f.Path, "new/", "old/", 1) {
			moved++
		}
		if strings.Contains(f.Skipped, "was not read") {
			unread++
		}
	}
	if len(set.Files) != 601 || moved != 599 || unread < 150 {
		t.Errorf("%d files, %d moved, %d unread", len(set.Files), moved, unread)
	}
}
