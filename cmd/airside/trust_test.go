package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestTrust runs the subcommands one after the other in one user's folders.
func TestTrust(t *testing.T) {
	state, work := t.TempDir(), t.TempDir()
	sub := filepath.Join(work, "repo", "sub")
	for _, dir := range []string{sub, filepath.Join(work, "repo", ".git")} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	file := filepath.Join(work, "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	environ := []string{"XDG_STATE_HOME=" + state}
	for _, test := range []struct {
		args string
		code int
		out  string
		says string
	}{
		{args: "list", out: "No folder is trusted yet.\n"},
		{args: "list --json", out: `{"trusted":[]}` + "\n"},
		{args: "WORK/nowhere", code: 1, says: "no such file"},
		{args: "WORK/file", code: 1, says: "no folder"},
		{args: "a b", code: 2, says: "at most 1"},
		{args: "WORK/repo/sub", out: "✓ WORK/repo is trusted\n"},
		{args: "list", out: "WORK/repo\n"},
		{args: "list --json", out: `{"trusted":["WORK/repo"]}` + "\n"},
		{args: "remove WORK", out: "WORK was not trusted by itself; see `airside trust list`\n"},
		{args: "remove WORK/repo", out: "WORK/repo is trusted no more\n"},
		{args: "list", out: "No folder is trusted yet.\n"},
	} {
		args := append([]string{"trust"}, strings.Fields(strings.ReplaceAll(test.args, "WORK", work))...)
		code, out, errOut := airside(t, "", environ, args...)
		if code != test.code || out != strings.ReplaceAll(test.out, "WORK", work) || !strings.Contains(errOut, test.says) {
			t.Errorf("%s: code %d, %q, %q", test.args, code, out, errOut)
		}
	}
	if code, _, errOut := airside(t, "", nil, "trust", work); code != 1 || !strings.Contains(errOut, "XDG_STATE_HOME") {
		t.Errorf("without a folder of the user's: %d, %q", code, errOut)
	}
}
