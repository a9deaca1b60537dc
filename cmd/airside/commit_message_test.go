package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	gogit "github.com/go-git/go-git/v5"
	gitobject "github.com/go-git/go-git/v5/plumbing/object"
)

// stagedFolder is a repository with one commit, and a change that is staged.
func stagedFolder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	r, err := gogit.PlainInit(dir, false)
	if err != nil {
		t.Fatal(err)
	}
	w, err := r.Worktree()
	if err != nil {
		t.Fatal(err)
	}
	put := func(text string) {
		if err := os.WriteFile(filepath.Join(dir, "store.go"), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Add("store.go"); err != nil {
			t.Fatal(err)
		}
	}
	put("package store\n")
	if _, err := w.Commit("Begin the store", &gogit.CommitOptions{Author: &gitobject.Signature{Name: "n", Email: "e", When: time.Unix(1e9, 0)}}); err != nil {
		t.Fatal(err)
	}
	put("package store\n\n// Load reads.\nfunc Load() int { return 1 }\n")
	return dir
}

func TestCommitMessage(t *testing.T) {
	dir := stagedFolder(t)
	code, out, errs := airside(t, "", nil, "commit-message", "-C", dir, "--rules-only")
	if code != 0 || out != "Add Load\n" || errs != "" {
		t.Errorf("code %d, %q, %s", code, out, errs)
	}
	// The model in the binary does not chat, and says so.
	code, out, errs = airside(t, "", []string{"AIRSIDE_BACKEND=builtin"}, "commit-message", "-C", dir, "--json")
	var got map[string]any
	if err := json.Unmarshal([]byte(out), &got); err != nil || code != 0 {
		t.Fatalf("code %d, %q, %s", code, out, errs)
	}
	for name, want := range map[string]any{"subject": "Add Load", "scope": "staged", "files": 1.0, "verb": "add", "object": "Load", "no_model": "the model completes code and does not chat"} {
		if got[name] != want {
			t.Errorf("%s is %v, want %v", name, got[name], want)
		}
	}
	if code, _, errs := airside(t, "", nil, "commit-message", "-C", t.TempDir()); code != 1 || errs == "" {
		t.Errorf("without a repository code %d, %s", code, errs)
	}
	if code, _, _ := airside(t, "", nil, "commit-message", "--hook", "--json"); code != 2 {
		t.Errorf("both --hook and --json: code %d", code)
	}
}

// TestCommitMessageHook: what the hook runs puts the message before git's comments, leaves
// one alone that is there, and fails for nothing.
func TestCommitMessageHook(t *testing.T) {
	dir := stagedFolder(t)
	file := filepath.Join(dir, ".git", "COMMIT_EDITMSG")
	for text, want := range map[string]string{
		"\n# Please enter\n": "Add Load\n\n# Please enter\n",
		"mine\n# Please\n":   "mine\n# Please\n",
		"\n# x\n# ------------------------ >8 ------------------------\n+code\n": "Add Load\n\n# x\n# ------------------------ >8 ------------------------\n+code\n",
	} {
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if code, out, errs := airside(t, "", []string{"AIRSIDE_BACKEND=builtin"}, "commit-message", "-C", dir, "--into", file); code != 0 || out != "" || errs != "" {
			t.Errorf("code %d, %q, %q", code, out, errs)
		}
		if got, err := os.ReadFile(file); err != nil || string(got) != want {
			t.Errorf("%q became %q, want %q, %v", text, got, want, err)
		}
	}
	for _, args := range [][]string{{"-C", t.TempDir(), "--into", file}, {"-C", dir, "--into", filepath.Join(dir, "missing")}} {
		if code, out, errs := airside(t, "", nil, append([]string{"commit-message"}, args...)...); code != 0 || out != "" || errs != "" {
			t.Errorf("%v: code %d, %q, %q", args, code, out, errs)
		}
	}
	if code, out, _ := airside(t, "", nil, "commit-message", "--hook"); code != 0 || !strings.HasPrefix(out, "#!/bin/sh\n") || !strings.HasSuffix(out, "exit 0\n") {
		t.Errorf("code %d, %s", code, out)
	}
}
