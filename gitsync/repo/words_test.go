package repo

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestWithoutCredentials: what is meant as a URL, typed well or not.
func TestWithoutCredentials(t *testing.T) {
	for url, want := range map[string]string{
		"https://u:p@host/x.git":         "https://host/x.git",
		"https://token@host/x.git":       "https://host/x.git",
		"https://u:p/w@host/x":           "https://host/x",
		"https://u:p@w@host/x":           "https://host/x",
		"https://host/@scope/x":          "https://host/@scope/x",
		"https://host:8080/@scope/x":     "https://host:8080/@scope/x",
		"https://host/x?private_token=p": "https://host/x?***",
		"https://u:p@host/x?token=q":     "https://host/x?***",
		"HTTP://host/x#access_token=p":   "HTTP://host/x#***",
		"https://u:p?w@host/x":           "https://host/x",
		"ssh://git@host/x?y":             "ssh://git@host/x?y",
		"ssh://git:p@host/x":             "ssh://git@host/x",
		"git@github.com:a/b":             "git@github.com:a/b",
		"user:pw@host:path":              "user@host:path",
		"https:/u:p@host/x":              "https@host/x",
		"https//u:p@host/x":              "https//u@host/x",
		"/srv/a:b@c":                     "/srv/a:b@c",
		"./a:b@c":                        "./a:b@c",
		"../x":                           "../x",
		"git@github.com: no such thing.": "git@github.com: no such thing.",
	} {
		if got := WithoutCredentials(url); got != want {
			t.Errorf("%s: %s, want %s", url, got, want)
		}
	}
}

// TestFilterTrouble: what git says when a filter does not run, by its version.
func TestFilterTrouble(t *testing.T) {
	for said, want := range map[string]string{
		"git-lfs filter-process: 1: git-lfs: not found\nfatal: the remote end hung up unexpectedly\nfatal: a.bin: clean filter 'lfs' failed\n": "Git LFS, which .gitattributes asks for, does not run: install it",
		"git-lfs filter-process: line 1: git-lfs: command not found\nfatal: packet write with format failed\n":                                 "Git LFS, which .gitattributes asks for, does not run: install it",
		"crypt-clean: 1: crypt: not found\nerror: external filter 'crypt-clean' failed 127\nfatal: a: clean filter 'crypt' failed\n":           "the filter 'crypt' that .gitattributes asks for does not run: crypt is not found",
		"error: external filter 'false' failed 1\nfatal: a: clean filter 'x' failed\n":                                                         "the filter 'x' that .gitattributes asks for failed: error: external filter",
		"fatal: not a git repository\n": "fatal: not a git repository",
	} {
		if got := gitError([]string{"status"}, said, errors.New("exit status 128")); !strings.HasPrefix(got.Message, "git status: "+want) {
			t.Errorf("%q: %s", said, got.Message)
		}
	}
}

// TestChildrenAreNotTold: keys of models' servers are no hook's business.
func TestChildrenAreNotTold(t *testing.T) {
	dir := t.TempDir()
	for _, err := range []error{
		os.MkdirAll(filepath.Join(dir, ".git", "objects"), 0o755), os.MkdirAll(filepath.Join(dir, ".git", "refs"), 0o755),
		os.WriteFile(filepath.Join(dir, ".git", "HEAD"), []byte("ref: refs/heads/main\n"), 0o644),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	r, err := Open(dir, Options{Environ: []string{"HOME=" + dir, "AIRSIDE_OPENAI_KEY=secret", "airside_x=1", "PATH=/bin"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, kv := range r.childEnv(call{}) {
		if strings.Contains(strings.ToUpper(kv), "AIRSIDE_") {
			t.Errorf("told: %s", kv)
		}
	}
}
