package main

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	gogit "github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/plumbing/object"

	"github.com/airside-ls/airside/completion/review"
	"github.com/airside-ls/airside/completion/review/diff"
	"github.com/airside-ls/airside/completion/review/rules"
	"github.com/airside-ls/airside/gitsync"
)

// TestReviewPrints what people see, without colours.
func TestReviewPrints(t *testing.T) {
	files, report := someReport()
	r := &reviewCommand{files: files, changes: gitsync.ChangeSet{Base: "main (0123456789)"}, now: func() time.Time { return time.Unix(12, 345e6) }, started: time.Unix(10, 0)}
	report.Skipped = []review.Skipped{{Path: "x\x1b[2J.bin", Reason: "a binary file"}, {Path: "a.go", Unit: "g", Reason: "no JSON"}}
	report.NoModel = "ollama is not reachable (1 of 2 parts were reviewed)\nand more"
	report.Units = 1
	var b strings.Builder
	for _, f := range report.Findings {
		b.WriteString(renderFinding(false, nil, string(files[0].New), f))
	}
	b.WriteString(r.summary(false, report))
	want := `d d/a#.go:2:8: error: It is too large.
 2 │     é := "große"
   │          ^~~~~~
   │ -     é := "große"
   │ +     é := "kleine"
   │ bug in f, by the model

d d/a#.go:3:2: hint: Later.
 3 │     if x {
   │     ^~~~~~
 4 │         y()
   │         ^~~
 5 │     }
   │     ^
   │ line 1: said here
   │ todo by a rule

skipped x\x1b[2J.bin: a binary file
skipped a.go (g): no JSON
! the model has not read all of it: ollama is not reachable (1 of 2 parts were reviewed)
1 error, 1 hint in 1 changed file since main (0123456789); 1 part read by some:7b (2.3s)
`
	if got := b.String(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if got := renderFinding(true, nil, string(files[0].New), report.Findings[0]); !strings.Contains(got, "\x1b[31m") {
		t.Errorf("no colour in %q", got)
	}
	quiet := &reviewCommand{changes: gitsync.ChangeSet{Base: "HEAD"}, now: time.Now}
	if got := quiet.summary(false, review.Report{}); got != "Nothing changed since HEAD.\n" {
		t.Errorf("%q", got)
	}
}

// TestReviewShowsNoSecret: a log of it is read by more people than the code.
func TestReviewShowsNoSecret(t *testing.T) {
	secret := "gh" + "p_" + strings.Repeat("aZ4kQ9", 6)
	text := "package a\n\nconst token = \"" + secret + "\" // of the bot\n"
	found := rules.Check(diff.File{Path: "a.go", New: []byte(text), Hunks: []diff.Hunk{{NewStart: 1, NewLines: 3}}}, nil)
	if len(found) != 1 {
		t.Fatalf("%+v", found)
	}
	got := renderFinding(false, nil, text, found[0])
	if strings.Contains(got, secret[12:]) || !strings.Contains(got, "const token = \"ghp_") {
		t.Error(got)
	}
}

// TestReviewJSON holds --json to the contract's names.
func TestReviewJSON(t *testing.T) {
	files, report := someReport()
	report.Skipped = []review.Skipped{{Path: "x\xff", Reason: "a binary file"}}
	r := &reviewCommand{files: files}
	data, err := json.Marshal(r.jsonReport(report))
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Findings []map[string]any `json:"findings"`
		Skipped  []map[string]any `json:"skipped"`
	}
	if err := json.Unmarshal(data, &got); err != nil || len(got.Findings) != 2 || len(got.Skipped) != 1 {
		t.Fatalf("%v in %s", err, data)
	}
	for _, name := range []string{"path", "start_line", "end_line", "severity", "category", "message", "quote", "fix"} {
		if _, ok := got.Findings[0][name]; !ok {
			t.Errorf("no %q in %s", name, data)
		}
	}
	f := got.Findings[0]
	if f["start_column"] != 8.0 || f["end_column"] != 15.0 || f["fix"] != `"kleine` || got.Findings[1]["fix"] != nil {
		t.Errorf("%s", data)
	}
	empty, _ := json.Marshal((&reviewCommand{}).jsonReport(review.Report{}))
	if !strings.Contains(string(empty), `"findings":[],"skipped":[]`) {
		t.Errorf("%s", empty)
	}
}

// TestReviewUsage: wrong command lines exit with 2, and no repository with 1.
func TestReviewUsage(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, tt := range []struct {
		args string
		code int
		say  string
	}{
		{"--staged --base main", exitUsage, "exclude each other"},
		{"--branch --base main", exitUsage, "exclude each other"},
		{"--json --sarif", exitUsage, "exclude each other"},
		{"--base=", exitUsage, "no revision"},
		{"--no-such-flag", exitUsage, "unknown flag"},
		{"", exitFailed, "no git repository"},
	} {
		code, out, errOut := airside(t, "", nil, append([]string{"review"}, strings.Fields(tt.args)...)...)
		if code != tt.code || out != "" || !strings.Contains(errOut, tt.say) || strings.Count(errOut, "\n") != 1 {
			t.Errorf("%q: code %d, out %q, err %q", tt.args, code, out, errOut)
		}
	}
}

// TestReviewFiles: gitsync's values are completion's, field by field.
func TestReviewFiles(t *testing.T) {
	set := gitsync.ChangeSet{Files: []gitsync.ChangedFile{{
		Path: "a", OldPath: "b", Old: []byte("o"), New: []byte("n"), Binary: true, Submodule: true, ModeOnly: true, Skipped: "s",
		Hunks: []gitsync.ChangedLines{{OldStart: 1, OldLines: 2, NewStart: 3, NewLines: 4}},
	}}}
	got := reviewFiles(set)[0]
	want := diff.File{
		Path: "a", OldPath: "b", Old: []byte("o"), New: []byte("n"), Binary: true, Submodule: true, ModeOnly: true, Skipped: "s",
		Hunks: []diff.Hunk{{OldStart: 1, OldLines: 2, NewStart: 3, NewLines: 4}},
	}
	a, _ := json.Marshal(got)
	b, _ := json.Marshal(want)
	if string(a) != string(b) {
		t.Errorf("%s, want %s", a, b)
	}
}

// TestReviewOfThisFolder runs the whole command where there is a change.
func TestReviewOfThisFolder(t *testing.T) {
	t.Setenv("PATH", "") // without the git binary
	dir := t.TempDir()
	newRepository(t, dir, "a.go", "package a\n")
	if err := os.WriteFile(dir+"/a.go", []byte("package a\n\nfunc f() {\n<<<<<<< HEAD\n}\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		args, want string
		code       int
	}{
		{"--rules-only", "a.go:4:1: error:", exitFindings},
		{"", "only the rules have read this: airside-tiny", exitFindings},
		{"--json", `"cut_short":false`, exitFindings},
		{"--sarif", `"version": "2.1.0"`, exitFindings},
		{"--staged", "Nothing changed since HEAD.", 0},
		{"a.go", "1 error", exitFindings},
		{"--base HEAD", "Nothing changed since HEAD", 0},
	} {
		code, out, errOut := airside(t, "", nil, append([]string{"review", "-C", dir}, strings.Fields(tt.args)...)...)
		if code != tt.code || !strings.Contains(out, tt.want) || errOut != "" {
			t.Errorf("%q: code %d, out %q, err %q", tt.args, code, out, errOut)
		}
	}
	if err := os.WriteFile(dir+"/a.go", []byte("package a\n\nfunc f() {}\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	// A backend that is named is the one that is wanted.
	for args, want := range map[string]string{"": "! only the rules have read this: llamacpp is not reachable", "--json": "airside: llamacpp is not reachable"} {
		code, out, errOut := airside(t, "", []string{"AIRSIDE_BACKEND=llamacpp"}, append([]string{"review", "-C", dir}, strings.Fields(args)...)...)
		if code != exitFailed || strings.Count(out+errOut, want) != 1 || strings.Count(errOut, "\n") != strings.Count(errOut, want) {
			t.Errorf("%q: code %d, out %q, err %q", args, code, out, errOut)
		}
	}
	if code, _, errOut := airside(t, "", nil, "review", "-C", dir, "nowhere.go"); code != exitUsage || !strings.Contains(errOut, "no such file") {
		t.Errorf("code %d, %s", code, errOut)
	}
	if code, _, errOut := airside(t, "", nil, "review", "-C", dir, t.TempDir()); code != exitUsage || !strings.Contains(errOut, "outside") {
		t.Errorf("code %d, %s", code, errOut)
	}
}

// newRepository makes a repository of one commit with one file.
func newRepository(t *testing.T, dir, file, text string) {
	t.Helper()
	git, err := gogit.PlainInit(dir, false)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(dir+"/"+file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	w, err := git.Worktree()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Add(file); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Commit("one", &gogit.CommitOptions{Author: &object.Signature{Name: "n", Email: "e"}}); err != nil {
		t.Fatal(err)
	}
}
