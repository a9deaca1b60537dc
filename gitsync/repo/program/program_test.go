package program

import (
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/airside-ls/airside/gitsync/repo/fault"
)

// TestFilterTrouble: what git says when a filter does not run, by its version.
func TestFilterTrouble(t *testing.T) {
	for said, want := range map[string]string{
		"git-lfs filter-process: 1: git-lfs: not found\nfatal: the remote end hung up unexpectedly\nfatal: a.bin: clean filter 'lfs' failed\n": "Git LFS, which .gitattributes asks for, does not run: install it",
		"git-lfs filter-process: line 1: git-lfs: command not found\nfatal: packet write with format failed\n":                                 "Git LFS, which .gitattributes asks for, does not run: install it",
		"crypt-clean: 1: crypt: not found\nerror: external filter 'crypt-clean' failed 127\nfatal: a: clean filter 'crypt' failed\n":           "the filter 'crypt' that .gitattributes asks for does not run: crypt is not found",
		"error: external filter 'false' failed 1\nfatal: a: clean filter 'x' failed\n":                                                         "the filter 'x' that .gitattributes asks for failed: error: external filter",
		"fatal: not a git repository\n": "fatal: not a git repository",
	} {
		if got := GitError([]string{"status"}, said, errors.New("exit status 128")); !strings.HasPrefix(got.Message, "git status: "+want) {
			t.Errorf("%q: %s", said, got.Message)
		}
	}
}

// TestOverwritten: what git would overwrite is named, and what to do.
func TestOverwritten(t *testing.T) {
	const sorry = "Please commit your changes or stash them before you merge.\nAborting\n"
	const local, untracked = "error: Your local changes to the following files would be overwritten by merge:\n", "error: The following untracked working tree files would be "
	for said, want := range map[string]string{
		local + "\tnotes.txt\n" + sorry:                                                                    "notes.txt has changes that git merge would overwrite: commit or stash them",
		local + "\ta b\n\tc\n\td/e\n" + sorry:                                                              "a b and 2 more have changes that git merge would overwrite: commit or stash them",
		"warning: x\n" + local + "\t\x1b[2Jred\n" + sorry:                                                  "[2Jred has changes that git merge would overwrite: commit or stash them",
		untracked + "overwritten by merge:\n\tx\n" + sorry:                                                 "x is in the way of git merge, and git does not track what is there: move or add it",
		untracked + "removed by merge:\n\tx\n\ty\n" + sorry:                                                "x and 1 more are in the way of git merge, and git does not track what is there: move or add it",
		"error: Updating the following directories would lose untracked files in them:\n\td\n\nAborting\n": "d is in the way of git merge, and git does not track what is there: move or add it",
		"error: Untracked working tree file 'x' would be overwritten by merge.\nfatal: y\n":                "git merge: error: Untracked working tree file 'x' would be overwritten by merge.",
	} {
		got := GitError([]string{"-c", "x=y", "merge", "z"}, said, errors.New("exit status 1"))
		if got.Message != want || got.Kind != fault.Dirty {
			t.Errorf("%q: %s, %s\nwant %s", said, got.Kind, got.Message, want)
		}
	}
}

// TestChildrenAreNotTold: keys of models' servers are no hook's business.
func TestChildrenAreNotTold(t *testing.T) {
	r := &Runner{Environ: []string{"AIRSIDE_OPENAI_KEY=secret", "airside_x=1", "PATH=/bin"}}
	for _, kv := range r.Command(t.Context(), Call{}, "true").Env {
		if strings.Contains(strings.ToUpper(kv), "AIRSIDE_") {
			t.Errorf("told: %s", kv)
		}
	}
}

// TestFetchesUnasked: git contacts no remote for what a partial clone misses, unless that
// is what it is started for.
func TestFetchesUnasked(t *testing.T) {
	r := &Runner{Environ: []string{"PATH=/bin"}}
	for _, c := range []Call{{}, {Write: true}, {Fetches: true}} {
		if got := slices.Contains(r.Command(t.Context(), c, "true").Env, "GIT_NO_LAZY_FETCH=1"); got == c.Fetches {
			t.Errorf("%+v: kept from fetching: %v", c, got)
		}
	}
}

// TestComplaintsAreBounded: however a child's words are copied, few are kept.
func TestComplaintsAreBounded(t *testing.T) {
	var c Complaints
	n, err := io.Copy(&c, strings.NewReader(strings.Repeat("x", 1<<20)))
	if n != 1<<20 || err != nil || len(c.String()) != MaxStderr {
		t.Errorf("copied %d, %v, kept %d", n, err, len(c.String()))
	}
}
