package main

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/airside-ls/airside/gitsync/threads"
)

// commentsIn runs "airside comments" in a repository that was made by hand:
// there is no git on the path.
func commentsIn(t *testing.T, dir, input string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	t.Setenv("PATH", "")
	var out, errOut bytes.Buffer
	std := stdio{in: io.NopCloser(strings.NewReader(input)), out: closer{&out}, err: &errOut}
	root := rootCommand(std, []string{"HOME=" + dir}, openRepository)
	code = execute(t.Context(), root, append([]string{"comments", "-C", dir}, args...), std)
	return code, out.String(), errOut.String()
}

func newCommentedDir(t *testing.T) string {
	dir := t.TempDir()
	for path, text := range map[string]string{
		".git/HEAD":       "ref: refs/heads/main\n",
		".git/config":     "[core]\n\trepositoryformatversion = 0\n[user]\n\tname = Alice\n\temail = alice@example.org\n",
		".git/objects/x/": "", ".git/refs/heads/": "",
		"lib/x.go": "package x\n\nfunc add(a, b int) int {\n\treturn a - b\n}\n",
	} {
		path = filepath.Join(dir, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if text == "" {
			os.MkdirAll(path, 0o755)
		} else if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

var commentID = regexp.MustCompile(`[0-9a-f]{8,64}`)

// TestComments: each subcommand, what it prints and ends with.
func TestComments(t *testing.T) {
	dir := newCommentedDir(t)
	id := ""
	for _, c := range []struct {
		args  string // ID is the first thread's
		input string
		code  int
		out   string // with IDs as ID
		says  string // part of stderr
	}{
		{args: "", out: "No open comments.\n"},
		{args: "list --all", out: "No comments.\n"},
		{args: "add lib/x.go:4 -m minus?", out: "✓ ID commented on lib/x.go:4\n", says: "airside sync enable"},
		{args: "reply ID", input: "it\nseems\n", out: "✓ ID replied\n"},
		{args: "list", out: "lib/x.go\n  4  return a - b\n     ID  Alice (claim)  just now\n     minus?\n       ID  Alice (claim)  just now\n       it\n       seems\n"},
		{args: "list lib", out: "lib/x.go\n  4  return a - b\n     ID  Alice (claim)  just now\n     minus?\n       ID  Alice (claim)  just now\n       it\n       seems\n"},
		{args: "list elsewhere", out: "No open comments.\n"},
		{args: "edit ID -m plus?", out: "✓ ID changed\n"},
		{args: "resolve ID", out: "✓ ID resolved\n"},
		{args: "resolve ID", code: 1, says: "is resolved already"},
		{args: "list", out: "No open comments.\n"},
		{args: "list -a", out: "lib/x.go\n  4  return a - b\n     ID  Alice (claim)  just now  edited\n     plus?\n       ID  Alice (claim)  just now\n       it\n       seems\n     ✓ resolved by Alice just now\n"},
		{args: "reopen ID", out: "✓ ID open again\n"},
		{args: "redact ID", out: "✓ ID redacted; who has it already keeps it in the history of their clone\n"},
		{args: "edit ID -m again", code: 1, says: "was redacted"},
		{args: "add lib/x.go:9 -m beyond", code: 1, says: "lib/x.go has no line 9: it has 5"},
		{args: "add lib/x.go:3-2 -m x", code: 2, says: "is not FILE:LINE"},
		{args: "add lib/x.go -m x", code: 2, says: "is not FILE:LINE"},
		{args: "add ../x.go:1 -m x", code: 1, says: "is not in the work tree"},
		{args: "add none.go:1 -m x", code: 1, says: "there is no file none.go"},
		{args: "add lib/x.go:1", input: " \n", code: 1, says: "no text, so nothing was said"},
		{args: "reply 0000 -m x", code: 1, says: "no comment here has an ID that begins with 0000"},
		{args: "reply x -m x", code: 1, says: "is no comment's ID"},
		{args: "reply", code: 2, says: "accepts 1 arg"},
		{args: "nonsense", code: 2, says: "unknown command"},
	} {
		args := strings.Fields(strings.ReplaceAll(c.args, "ID", id))
		code, out, says := commentsIn(t, dir, c.input, args...)
		if found := commentID.FindString(out); id == "" {
			id = found
		}
		if got := commentID.ReplaceAllString(out, "ID"); code != c.code || got != c.out || !strings.Contains(says, c.says) || c.says == "" && says != "" {
			t.Errorf("%s: %d\n%s%s\nwant %d\n%s%s", c.args, code, got, says, c.code, c.out, c.says)
		}
	}
	code, out, _ := commentsIn(t, dir, "", "list", "--json", "--all")
	var list threadListJSON
	if err := json.Unmarshal([]byte(out), &list); err != nil || code != 0 {
		t.Fatal(err, code)
	}
	one := list.Threads[0]
	if one.Path != "lib/x.go" || one.StartLine != 4 || one.Resolved || !one.Comments[0].Redacted || one.Comments[0].Body != "" || !one.Comments[1].Mine || list.Skipped == nil {
		t.Errorf("%s", out)
	}
	if code, _, says := commentsIn(t, t.TempDir(), "", "list"); code != 1 || !strings.Contains(says, "git repository") {
		t.Errorf("outside: %d %s", code, says)
	}
}

// TestRenderThreadsInColor: on a terminal, and with what others have sent.
func TestRenderThreadsInColor(t *testing.T) {
	now := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	view := threads.View{Threads: []threads.PlacedThread{{
		Thread: threads.Thread{
			Severity: "error", Source: &threads.Source{Model: "qwen"},
			Comments: []threads.Comment{{Author: threads.Author{Name: "b\x1bob"}, Time: now.Add(-3 * time.Hour), Body: "a\x1b[2Jb"}},
		},
		Location: threads.Location{Path: "x\u202e.go", Lines: threads.Lines{Start: 3, End: 5}, How: threads.FoundNoMore},
		Code:     "\tif a {", Trusts: []threads.Trust{{Verified: true, Signer: "b"}}, Shorts: []string{"0123abcd"},
	}}}
	want := "\x1b[1mx\\u202e.go\x1b[0m\n\x1b[2m  3-5\x1b[0m  if a {\n       \x1b[33m0123abcd\x1b[0m  \x1b[1mb\\x1bob\x1b[0m\x1b[32m ✓ verified\x1b[0m  \x1b[2m3 h ago\x1b[0m  \x1b[31merror\x1b[0m  \x1b[2mfound by qwen\x1b[0m  \x1b[33moutdated\x1b[0m\n       a\\x1b[2Jb\n"
	if got := renderThreads(true, nil, view, false, now); got != want {
		t.Errorf("%q\nwant\n%q", got, want)
	}
}
