package program

import (
	"errors"
	"io"
	"strings"
	"testing"
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

// TestChildrenAreNotTold: keys of models' servers are no hook's business.
func TestChildrenAreNotTold(t *testing.T) {
	r := &Runner{Environ: []string{"AIRSIDE_OPENAI_KEY=secret", "airside_x=1", "PATH=/bin"}}
	for _, kv := range r.Command(t.Context(), Call{}, "true").Env {
		if strings.Contains(strings.ToUpper(kv), "AIRSIDE_") {
			t.Errorf("told: %s", kv)
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
