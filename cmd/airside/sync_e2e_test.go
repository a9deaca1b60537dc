//go:build e2e

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/airside-ls/airside/completion"
	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/model/modeltest"
	"github.com/airside-ls/airside/lsp"
	"github.com/airside-ls/airside/lsp/ext"
	"github.com/airside-ls/airside/lsp/lsptest"
	"github.com/airside-ls/airside/lsp/workspace"
)

// team is a bare repository and its clones, with the real git.
type team struct {
	t      *testing.T
	dir    string
	origin string
}

func newTeam(t *testing.T, files map[string]string) *team {
	t.Helper()
	dir := t.TempDir()
	for name, value := range map[string]string{
		"HOME": dir, "XDG_CONFIG_HOME": filepath.Join(dir, "config"), "GIT_CONFIG_NOSYSTEM": "1",
		"GIT_AUTHOR_NAME": "A", "GIT_AUTHOR_EMAIL": "a@example.org", "GIT_COMMITTER_NAME": "A", "GIT_COMMITTER_EMAIL": "a@example.org",
	} {
		t.Setenv(name, value)
	}
	team := &team{t: t, dir: dir, origin: filepath.Join(dir, "origin.git")}
	team.git(dir, "init", "-q", "--bare", "-b", "main", team.origin)
	first := team.clone("first")
	team.commit(first, files)
	team.git(first, "push", "-q", "-u", "origin", "main")
	return team
}

func (m *team) git(dir string, args ...string) string {
	m.t.Helper()
	c := exec.Command("git", args...)
	c.Dir = dir
	out, err := c.CombinedOutput()
	if err != nil {
		m.t.Fatalf("git %v: %v\n%s", args, err, out)
	}
	return strings.TrimSpace(string(out))
}

func (m *team) clone(name string) string {
	m.t.Helper()
	dir := filepath.Join(m.dir, name)
	m.git(m.dir, "clone", "-q", "file://"+m.origin, dir)
	return dir
}

func (m *team) commit(dir string, files map[string]string) {
	m.t.Helper()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			m.t.Fatal(err)
		}
	}
	m.git(dir, "add", "-A")
	m.git(dir, "commit", "-q", "-m", "a change")
}

// sync runs "airside sync" in a clone.
func (m *team) sync(dir string, args ...string) (code int, stdout, stderr string) {
	m.t.Helper()
	var out, errOut bytes.Buffer
	std := stdio{in: io.NopCloser(strings.NewReader("")), out: closer{&out}, err: &errOut}
	code = run(m.t.Context(), append([]string{"sync", "-C", dir}, args...), std, os.Environ())
	return code, out.String(), errOut.String()
}

// must is sync --json with the exit code that it should have.
func (m *team) must(want int, dir string, args ...string) ext.SyncResult {
	m.t.Helper()
	code, out, errOut := m.sync(dir, append(args, "--json")...)
	var result ext.SyncResult
	if err := json.Unmarshal([]byte(out), &result); err != nil || code != want {
		m.t.Fatalf("sync %v in %s: code %d, want %d: %v\n%s%s", args, filepath.Base(dir), code, want, err, out, errOut)
	}
	return result
}

// whole: no clone has lost or broken an object, and none is in the midst of
// something.
func (m *team) whole(dirs ...string) {
	m.t.Helper()
	for _, dir := range dirs {
		m.git(dir, "fsck", "--strict", "--no-dangling")
	}
}

func (m *team) read(dir, name string) string {
	m.t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		m.t.Fatal(err)
	}
	return string(data)
}

// TestE2ESync: two clones part and meet; a conflict is parked, resolved with
// plain git, and gone.
func TestE2ESync(t *testing.T) {
	m := newTeam(t, map[string]string{"a": "1\n2\n3\n", "b": "b\n"})
	one, two := m.clone("one"), m.clone("two")
	if code, _, errOut := m.sync(one); code != 1 || !strings.Contains(errOut, "airside sync enable") {
		t.Errorf("not opted in: code %d, %s", code, errOut)
	}
	m.must(0, one, "enable")
	m.must(0, two, "enable")

	m.commit(one, map[string]string{"a": "one\n2\n3\n"})
	if r := m.must(0, one); r.State != "IDLE" || r.Pushed != 1 || r.Branch != "main" {
		t.Errorf("push: %+v", r)
	}
	m.commit(two, map[string]string{"b": "two\n"})
	if r := m.must(0, two); r.State != "IDLE" || !r.Merged || r.Pulled != 1 || r.Pushed != 2 || r.Operation == "" {
		t.Errorf("merge: %+v", r)
	}
	if r := m.must(0, one); r.Pulled != 2 || m.read(one, "b") != "two\n" {
		t.Errorf("pull: %+v", r)
	}

	m.commit(one, map[string]string{"a": "one\nours\n3\n"})
	m.must(0, one)
	m.commit(two, map[string]string{"a": "one\ntheirs\n3\n"})
	r := m.must(3, two)
	if r.State != "CONFLICT" || len(r.Conflicts) != 1 || r.Conflicts[0].Path != "a" {
		t.Fatalf("conflict: %+v", r)
	}
	if got := m.git(two, "status", "--porcelain"); got != "" || m.read(two, "a") != "one\ntheirs\n3\n" {
		t.Errorf("a parked conflict moved the work tree: %s", got)
	}
	if code, out, _ := m.sync(two, "status"); code != 3 || !strings.Contains(out, "CONFLICT") {
		t.Errorf("status: code %d, %s", code, out)
	}
	if code, out, errOut := m.sync(two, "resolve"); code != 0 {
		t.Fatalf("resolve: %d %s%s", code, out, errOut)
	}
	if got := m.git(two, "status", "--porcelain"); got != "UU a" {
		t.Errorf("resolve: %s", got)
	}
	m.commit(two, map[string]string{"a": "one\nboth\n3\n"})
	if r := m.must(0, two); r.State != "IDLE" || r.Pushed == 0 {
		t.Errorf("after the merge: %+v", r)
	}
	m.must(0, one)
	if m.read(one, "a") != "one\nboth\n3\n" {
		t.Errorf("the clones did not meet: %q", m.read(one, "a"))
	}
	if code, out, _ := m.sync(one, "log"); code != 0 || strings.Count(out, "\n") < 4 || !strings.Contains(out, "just now") {
		t.Errorf("log: code %d\n%s", code, out)
	}
	m.whole(one, two, m.origin)
}

// TestE2ESyncProposal: two independent additions to one place are parked with the
// merge by structure that is taken on demand, pushed, or undone.
func TestE2ESyncProposal(t *testing.T) {
	const base = "package p\n\nimport (\n\t\"a\"\n)\n"
	with := func(element string) string { return strings.Replace(base, "\"a\"", "\"a\"\n\t"+element, 1) }
	m := newTeam(t, map[string]string{"p.go": base})
	one, two := m.clone("one"), m.clone("two")
	m.must(0, one, "enable")
	m.must(0, two, "enable")
	m.commit(one, map[string]string{"p.go": with(`"b"`)})
	m.must(0, one)
	m.commit(two, map[string]string{"p.go": with(`"c"`)})
	r := m.must(3, two)
	if r.State != "CONFLICT" || !strings.Contains(r.Message, "airside sync resolve --proposal") {
		t.Fatalf("%+v", r)
	}
	parked := m.git(two, "rev-parse", "HEAD")
	if r := m.must(0, two, "resolve", "--proposal"); r.State != "IDLE" || !r.Merged || r.Operation == "" {
		t.Errorf("%+v", r)
	}
	merged := m.read(two, "p.go")
	for _, element := range []string{`"a"`, `"b"`, `"c"`} {
		if strings.Count(merged, element) != 1 {
			t.Errorf("merged: %s", merged)
		}
	}
	if got := m.git(two, "status", "--porcelain"); got != "" {
		t.Errorf("status %s", got)
	}
	m.must(0, two, "undo")
	if m.git(two, "rev-parse", "HEAD") != parked || m.read(two, "p.go") != with(`"c"`) {
		t.Error("undo did not bring back what was parked")
	}
	if code, _, errOut := m.sync(two, "resolve", "--proposal"); code != 1 || errOut == "" {
		t.Errorf("without a conflict: code %d, %q", code, errOut)
	}
	m.must(3, two) // parked anew, with a proposal
	m.must(0, two, "resolve", "--proposal")
	if r := m.must(0, two); r.State != "IDLE" || r.Pushed != 2 {
		t.Errorf("push: %+v", r)
	}
	m.must(0, one)
	if m.read(one, "p.go") != merged {
		t.Errorf("the clones did not meet: %q", m.read(one, "p.go"))
	}
	m.whole(one, two, m.origin)
}

// TestE2ESyncProposalInPart: what can be settled is so in the merge that is started, and
// only what is left has markers; files that are settled are so in the index, too.
func TestE2ESyncProposalInPart(t *testing.T) {
	text := func(value, element string) string {
		return "package p\n\nimport (\n\t\"a\"\n" + element + ")\n\nfunc f() int {\n\ta.A()\n\treturn " + value + "\n}\n"
	}
	m := newTeam(t, map[string]string{"p.go": text("1", ""), "list.md": "- a\n", "same": "1\n"})
	one, two := m.clone("one"), m.clone("two")
	m.must(0, one, "enable")
	m.must(0, two, "enable")
	m.commit(one, map[string]string{"p.go": text("2", "\t\"b\"\n"), "list.md": "- a\n- b\n"})
	m.must(0, one)
	m.commit(two, map[string]string{"p.go": text("3", "\t\"c\"\n"), "list.md": "- a\n- c\n"})
	r := m.must(3, two)
	if !strings.Contains(r.Message, "of 3 conflicts 2 can be merged by structure (1 of 2 in p.go, all in list.md)") {
		t.Fatalf("%+v", r)
	}
	m.sync(two, "resolve", "--proposal")
	// What was committed first stands first; within a second that is chance.
	if got := m.read(two, "list.md"); got != "- a\n- b\n- c\n" && got != "- a\n- c\n- b\n" {
		t.Errorf("list.md: %q", got)
	}
	got := m.read(two, "p.go")
	if !strings.Contains(got, "\t\"b\"\n") || !strings.Contains(got, "\t\"c\"\n") || strings.Count(got, "<<<<<<<") != 1 || strings.Count(got, "return") != 2 {
		t.Errorf("p.go: %s", got)
	}
	if got := m.git(two, "status", "--porcelain"); !strings.Contains(got, "UU p.go") || !strings.Contains(got, "M  list.md") {
		t.Errorf("status:\n%s", got)
	}
	m.git(two, "merge", "--abort")
	if m.read(two, "p.go") != text("3", "\t\"c\"\n") || m.git(two, "status", "--porcelain") != "" {
		t.Error("giving it up did not bring back what was there")
	}
}

// TestE2ESyncUndo: what came in goes out again, and is not fetched the next
// minute.
func TestE2ESyncUndo(t *testing.T) {
	m := newTeam(t, map[string]string{"a": "1\n"})
	one, two := m.clone("one"), m.clone("two")
	m.must(0, one, "enable")
	m.must(0, two, "enable")
	m.commit(one, map[string]string{"a": "2\n"})
	m.must(0, one)
	m.must(0, two)
	if m.read(two, "a") != "2\n" {
		t.Fatal("not pulled")
	}
	m.must(0, two, "undo")
	if m.read(two, "a") != "1\n" {
		t.Errorf("undo left %q", m.read(two, "a"))
	}
	m.whole(two)
}

// TestE2ESyncOffline: a remote that is not there is a state.
func TestE2ESyncOffline(t *testing.T) {
	m := newTeam(t, map[string]string{"a": "1\n"})
	one := m.clone("one")
	m.must(0, one, "enable")
	m.commit(one, map[string]string{"a": "2\n"})
	if err := os.Rename(m.origin, m.origin+".away"); err != nil {
		t.Fatal(err)
	}
	if r := m.must(0, one); r.State != "OFFLINE" {
		t.Errorf("%+v", r)
	}
	if err := os.Rename(m.origin+".away", m.origin); err != nil {
		t.Fatal(err)
	}
	if r := m.must(0, one); r.State != "IDLE" || r.Pushed != 1 {
		t.Errorf("%+v", r)
	}
}

// TestE2ESyncBrokenMerge: both sides parse, their merge as text does not.
func TestE2ESyncBrokenMerge(t *testing.T) {
	const base = "package p\n\nvar a = 1\n\nvar b = 2\n\nvar c = 3\n\nvar d = 4\n\nvar e = 5\n"
	m := newTeam(t, map[string]string{"p.go": base})
	one, two := m.clone("one"), m.clone("two")
	m.must(0, one, "enable")
	m.must(0, two, "enable")
	m.commit(one, map[string]string{"p.go": strings.Replace(base, "var c = 3", "/* c */\nvar c = 3", 1)})
	m.must(0, one)
	commented := strings.Replace(strings.Replace(base, "var a", "/*\nvar a", 1), "var e = 5\n", "var e = 5\n*/\n", 1)
	m.commit(two, map[string]string{"p.go": commented})
	if r := m.must(3, two); r.State != "CONFLICT" || len(r.Conflicts) != 1 || r.Conflicts[0].Path != "p.go" {
		t.Errorf("%+v", r)
	}
}

// TestE2ESyncServer: in an editor. What was pulled is told, and a file that is
// unsaved in the editor is not pulled over.
func TestE2ESyncServer(t *testing.T) {
	m := newTeam(t, map[string]string{"a": "1\n", "b": "1\n"})
	one, two := m.clone("one"), m.clone("two")
	m.must(0, one, "enable")
	m.must(0, two, "enable")

	engine := completion.New(completion.Options{Backends: []model.Backend{modeltest.NewFake("x")}})
	defer engine.Close()
	server := lsp.New(lsp.Options{Engine: engine, Workspace: workspace.Options{OpenRepository: func(folder string, s workspace.SyncSettings, h workspace.SyncHooks) (workspace.Syncer, error) {
		return openRepository(folder, os.Environ(), s, h, slog.New(slog.DiscardHandler))
	}}})
	server.SetSync(workspace.SyncSettings{Enabled: true, Interval: time.Hour})
	clientEnd, serverEnd := lsptest.Pipe()
	served := make(chan error, 1)
	go func() { served <- server.Serve(context.Background(), serverEnd) }()
	editor := lsptest.Start(t, clientEnd, lsptest.Options{Status: true, Folders: []string{two}})
	editor.Initialize()
	now := func() ext.SyncResult {
		t.Helper()
		raw, err := editor.Request("workspace/executeCommand", map[string]any{"command": "airside.sync.now"}).Wait()
		if err != nil {
			t.Fatal(err)
		}
		var result ext.SyncResult
		if err := json.Unmarshal(raw, &result); err != nil {
			t.Fatal(err)
		}
		return result
	}
	a := lsptest.FileURI(filepath.Join(two, "a"))
	editor.Open(a, "text", "1\n")
	m.commit(one, map[string]string{"a": "2\n"})
	m.must(0, one)
	now() // or the watcher was first
	if got := string(editor.Await("airside/filesChanged").Params); !strings.Contains(got, a) || m.read(two, "a") != "2\n" {
		t.Errorf("changed %s, a is %q", got, m.read(two, "a"))
	}
	editor.ChangeAll(a, "2\nunsaved\n")
	m.commit(one, map[string]string{"a": "3\n"})
	m.must(0, one)
	if r := now(); r.State != "BUSY" || m.read(two, "a") != "2\n" {
		t.Errorf("over an unsaved buffer: %+v, a is %q", r, m.read(two, "a"))
	}
	editor.ChangeAll(a, "2\n")
	if r := now(); r.State != "IDLE" || m.read(two, "a") != "3\n" {
		t.Errorf("after it was taken back: %+v, a is %q", r, m.read(two, "a"))
	}
	editor.Shutdown()
	editor.Exit()
	if err := <-served; err != nil {
		t.Errorf("Serve: %v", err)
	}
	m.whole(one, two, m.origin)
}
