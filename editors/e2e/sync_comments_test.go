//go:build e2e

package e2e

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/http/cgi"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// commentList is what `airside comments list --json` prints.
type commentList struct {
	Threads []struct {
		ID        string `json:"id"`
		Path      string `json:"path"`
		StartLine int    `json:"start_line"`
		Outdated  bool   `json:"outdated"`
		Resolved  bool   `json:"resolved"`
		Comments  []struct {
			ID       string `json:"id"`
			Author   string `json:"author"`
			Body     string `json:"body"`
			Verified bool   `json:"verified"`
			Claim    string `json:"claim"`
			Redacted bool   `json:"redacted"`
		} `json:"comments"`
	} `json:"threads"`
	Skipped []struct {
		Where  string `json:"where"`
		Reason string `json:"reason"`
		Count  int    `json:"count"`
	} `json:"skipped"`
}

func (c *clone) comments() (list commentList) {
	c.t.Helper()
	if err := json.Unmarshal([]byte(c.airside("comments", "list", "--all", "--json")), &list); err != nil {
		c.t.Fatal(err)
	}
	return list
}

// sees is all threads in short: "f:2 a: text; b: text (resolved)".
func (c *clone) sees() string {
	c.t.Helper()
	var lines []string
	for _, t := range c.comments().Threads {
		var said []string
		for _, one := range t.Comments {
			text := one.Author + ": " + one.Body
			if one.Verified {
				text = "✓" + text
			}
			if one.Redacted {
				text += "(redacted)"
			}
			said = append(said, text)
		}
		line := fmt.Sprintf("%s:%d %s", t.Path, t.StartLine, strings.Join(said, "; "))
		if t.Resolved {
			line += " (resolved)"
		}
		if t.Outdated {
			line += " (outdated)"
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

func (c *clone) wantsSeen(want string) {
	c.t.Helper()
	if got := c.sees(); got != want {
		c.t.Errorf("%s sees\n%s\nwant\n%s", filepath.Base(c.dir), got, want)
	}
}

// skipped are the reasons why something was not taken in.
func (c *clone) skipped() string {
	var lines []string
	for _, s := range c.comments().Skipped {
		lines = append(lines, fmt.Sprintf("%s: %s (%d)", s.Where, s.Reason, s.Count))
	}
	return strings.Join(lines, "\n")
}

// say comments on a place and returns the thread's ID.
func (c *clone) say(place, text string) string {
	c.t.Helper()
	var receipt struct{ Thread string }
	if err := json.Unmarshal([]byte(c.airside("comments", "--json", "add", place, "-m", text)), &receipt); err != nil {
		c.t.Fatal(err)
	}
	return receipt.Thread
}

// webRemote serves the world's remote by git's own http-backend.
func webRemote(t *testing.T, w *world) string {
	t.Helper()
	w.runGit(w.remote, nil, "config", "http.receivepack", "true")
	server := httptest.NewServer(&cgi.Handler{
		Path: filepath.Join(w.runGit(w.dir, nil, "--exec-path"), "git-http-backend"), Root: "/",
		Env: append([]string{"GIT_PROJECT_ROOT=" + w.dir, "GIT_HTTP_EXPORT_ALL=1"}, w.env...),
	})
	t.Cleanup(server.Close)
	return server.URL + "/remote.git"
}

// TestE2ESyncComments: review comments of real clones, with the real git.
func TestE2ESyncComments(t *testing.T) {
	for _, s := range commentStories {
		t.Run(s.name, func(t *testing.T) {
			w, a, b := newWorld(t)
			s.run(t, w, a, b)
		})
	}
}

var commentStories = []struct {
	name string
	run  func(t *testing.T, w *world, a, b *clone)
}{
	{"two clones over a file", talk},
	{"two clones over smart HTTP", func(t *testing.T, w *world, a, b *clone) {
		url := webRemote(t, w)
		for _, c := range []*clone{a, b} {
			c.git("remote", "set-url", "origin", url)
		}
		talk(t, w, a, b)
	}},
	{"a host whose hook refuses other refs", func(t *testing.T, w *world, a, b *clone) {
		w.hook(w.remote, "update", `case "$1" in refs/heads/*) ;; *) echo "only branches here" >&2; exit 1 ;; esac`)
		asBranches(t, w, a, b)
	}},
	{"a host that hides other refs", func(t *testing.T, w *world, a, b *clone) {
		w.runGit(w.remote, nil, "config", "transfer.hideRefs", "refs/airside")
		asBranches(t, w, a, b)
	}},
	{"a host that takes other refs and shows them to nobody", func(t *testing.T, w *world, a, b *clone) {
		w.runGit(w.remote, nil, "config", "uploadpack.hideRefs", "refs/airside")
		asBranches(t, w, a, b)
	}},
	{"a host that takes no comments", func(t *testing.T, w *world, a, b *clone) {
		w.hook(w.remote, "update", `case "$1" in refs/heads/main) ;; *) echo "main alone" >&2; exit 1 ;; esac`)
		a.say("f:2", "here only")
		a.commit("mine", "f", replaced("one", "mine"))
		if r := a.wants("IDLE"); r.Pushed != 1 {
			t.Errorf("the branch was held up: %+v", r)
		}
		if out := a.airside("sync"); !strings.Contains(out, "your comments were not sent") || !strings.Contains(out, "main alone") {
			t.Errorf("told %s", out)
		}
		a.wantsSeen("f:2 a: here only")
	}},
	{"a work tree in mid-merge", func(t *testing.T, w *world, a, b *clone) {
		a.git("checkout", "-q", "-b", "side")
		a.commit("side", "f", replaced("one", "side"))
		a.git("checkout", "-q", "main")
		a.commit("mine", "f", replaced("one", "mine"))
		a.tryGit(a.dir, nil, "merge", "side")
		a.say("f:7", "in mid-merge")
		a.wants("BUSY")
		b.wants("IDLE")
		b.wantsSeen("f:3 a: in mid-merge")
		a.git("merge", "--abort")
	}},
	{"many processes at once", func(t *testing.T, w *world, a, b *clone) {
		const writers = 8
		var wait sync.WaitGroup
		for i := range writers {
			wait.Go(func() {
				if out, err := a.command("comments", "add", "f:3", "-m", fmt.Sprint("number ", i)).CombinedOutput(); err != nil {
					t.Errorf("%v: %s", err, out)
				}
			})
		}
		wait.Wait()
		if got := strings.Count(a.sees(), "number"); got != writers {
			t.Errorf("%d of %d are there", got, writers)
		}
		a.wants("IDLE")
		b.wants("IDLE")
		if a.sees() != b.sees() {
			t.Errorf("b sees\n%s", b.sees())
		}
	}},
	{"signatures", signatures},
	{"offline and not opted in", func(t *testing.T, w *world, a, b *clone) {
		a.airside("sync", "disable")
		a.git("remote", "set-url", "origin", "http://127.0.0.1:1/nowhere")
		cmd := a.command("comments", "add", "f:1", "-m", "on a plane")
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		must(t, cmd.Run())
		if !strings.Contains(stderr.String(), "airside sync enable") {
			t.Errorf("said %q", stderr.String())
		}
		out, err := a.command("comments", "add", "f:2", "-m", "again").CombinedOutput()
		if err != nil || strings.Contains(string(out), "sync enable") {
			t.Errorf("said twice: %v %s", err, out)
		}
		if got := w.runGit(w.remote, nil, "for-each-ref", "refs/airside"); got != "" {
			t.Errorf("there: %s", got)
		}
	}},
}

// talk is a conversation across renames and edits.
func talk(t *testing.T, w *world, a, b *clone) {
	id := a.say("f:2-3", "why two and three?")
	a.wants("IDLE")
	b.wants("IDLE")
	b.wantsSeen("f:2 a: why two and three?")
	b.airside("comments", "reply", id[:8], "-m", "why not?\nReally.")
	b.git("mv", "f", "h")
	b.publish("renamed and changed", "h", "zero\n"+replaced("seven", "VII"))
	b.wants("IDLE")
	a.wants("IDLE")
	const talked = "h:3 a: why two and three?; b: why not?\nReally."
	a.wantsSeen(talked)
	a.airside("comments", "resolve", id[:8])
	a.airside("comments", "edit", id, "-m", "why 2 and 3?")
	a.wants("IDLE")
	b.wants("IDLE")
	b.wantsSeen("h:3 a: why 2 and 3?; b: why not?\nReally. (resolved)")
	out, err := b.command("comments", "redact", id).CombinedOutput()
	if err == nil || !strings.Contains(string(out), "only there it can be changed") {
		t.Errorf("b redacted a's: %v %s", err, out)
	}
	b.airside("comments", "reopen", id[:8])
	a.airside("comments", "redact", id[:8])
	for range 2 {
		a.wants("IDLE")
		b.wants("IDLE")
	}
	a.wantsSeen("h:3 a: (redacted); b: why not?\nReally.")
	b.wantsSeen(a.sees())
	a.wants("IDLE")
	if refs := w.runGit(w.remote, nil, "for-each-ref", "--format=%(refname)", "refs/airside/"); strings.Count(refs, "refs/airside/actors/") != 2 || strings.Count(refs, "\n") != 1 {
		t.Errorf("refs there: %s", refs)
	}
}

// asBranches is talk where only branches are taken.
func asBranches(t *testing.T, w *world, a, b *clone) {
	id := a.say("f:2", "as a branch")
	a.wants("IDLE")
	a.say("f:3", "and another")
	a.wants("IDLE")
	b.wants("IDLE")
	b.wantsSeen("f:2 a: as a branch\nf:3 a: and another")
	b.airside("comments", "reply", id, "-m", "so they do")
	b.wants("IDLE")
	a.wants("IDLE")
	a.wantsSeen("f:2 a: as a branch; b: so they do\nf:3 a: and another")
	if refs := w.runGit(w.remote, nil, "for-each-ref", "--format=%(refname)", "refs/heads/airside/threads/"); strings.Count(refs+"\n", "\n") != 2 {
		t.Errorf("branches there: %s", refs)
	}
}

// signatures: verified where git knows the key, a claim where it does not, and
// nobody speaks in another's name.
func signatures(t *testing.T, w *world, a, b *clone) {
	key := func(c *clone, name string) string {
		path := filepath.Join(w.dir, name)
		out, err := exec.Command("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", path).CombinedOutput()
		if err != nil {
			t.Fatalf("ssh-keygen: %v\n%s", err, out)
		}
		c.git("config", "gpg.format", "ssh")
		c.git("config", "user.signingKey", path+".pub")
		c.git("config", "commit.gpgSign", "true")
		public, err := os.ReadFile(path + ".pub")
		must(t, err)
		return string(public)
	}
	keyA, keyB := key(a, "key-a"), key(b, "key-b")
	allowed := filepath.Join(w.dir, "allowed")
	must(t, os.WriteFile(allowed, []byte("a@example.org "+keyA+"b@example.org "+keyB), 0o644))
	a.say("f:2", "signed")
	a.wants("IDLE")
	b.wants("IDLE") // so that b's come after it
	b.say("f:3", "mine")
	b.git("config", "user.name", "a")
	b.git("config", "user.email", "a@example.org")
	b.say("f:4", "forged")
	for range 2 {
		a.wants("IDLE")
		b.wants("IDLE")
	}
	a.wantsSeen("f:2 a: signed\nf:3 b: mine\nf:4 a: forged") // no keys are known here yet
	a.git("config", "gpg.ssh.allowedSignersFile", allowed)
	a.wantsSeen("f:2 ✓a: signed\nf:3 ✓b: mine\nf:4 a: forged")
	list := a.comments()
	if claim := list.Threads[2].Comments[0].Claim; !strings.Contains(claim, "signed by b@example.org, not by a@example.org") {
		t.Errorf("forged: %q", claim)
	}
	// Somebody writes under a's operations without a's key: those a has signed
	// stay verified.
	actor := strings.TrimPrefix(a.git("for-each-ref", "--format=%(refname)", "refs/airside/actors/"), "refs/airside/actors/")
	hostile(b, actor, "refs/airside/actors/"+actor, comment(actor, "a", "in a's ref", 50))
	a.wants("IDLE")
	if got := a.sees(); !strings.Contains(got, "✓a: signed") || !strings.Contains(got, "f:1 a: in a's ref") {
		t.Errorf("a sees\n%s", got)
	}
	// A key that is gone keeps nobody from speaking.
	must(t, os.Remove(filepath.Join(w.dir, "key-a")))
	out, err := a.command("comments", "add", "f:5", "-m", "without the key").CombinedOutput()
	if err != nil || !strings.Contains(string(out), "could not be signed") {
		t.Errorf("%v: %s", err, out)
	}
}

// operation is a line of an actor's file.
func operation(content string) string {
	return fmt.Sprintf("{\"id\":\"%x\",%s\n", sha256.Sum256([]byte(content)), content[1:])
}

func comment(actor, author, body string, lamport int) string {
	text, _ := json.Marshal(body)
	return operation(fmt.Sprintf(`{"v":1,"actor":"%s","author":{"name":"%s","email":"%s@example.org"},"lamport":%d,"time":"2026-11-25T12:00:00Z","type":"comment","body":%s,"anchor":{"blob":"%s","path":"f","range":{"start":1,"end":1},"quote":"one","contextHash":""}}`,
		actor, author, author, lamport, text, blobHash([]byte(seven))))
}

// hostile adds lines to what an actor has said, by plumbing, and pushes them.
func hostile(c *clone, actor, ref string, lines ...string) {
	c.t.Helper()
	had := ""
	var parents []string
	if out, err := c.tryGit(c.dir, nil, "fetch", "-q", "origin", ref); err == nil {
		parents = []string{"-p", c.git("rev-parse", "FETCH_HEAD")}
		had = c.git("cat-file", "-p", "FETCH_HEAD:reviews/000000.ndjson") + "\n"
	} else if !strings.Contains(out, "couldn't find") {
		c.t.Fatal(out)
	}
	object := func(args []string, input string) string {
		cmd := exec.Command("git", args...)
		cmd.Dir, cmd.Env, cmd.Stdin = c.dir, c.env, strings.NewReader(input)
		out, err := cmd.Output()
		must(c.t, err)
		return strings.TrimSpace(string(out))
	}
	blob := object([]string{"hash-object", "-w", "--stdin"}, had+strings.Join(lines, ""))
	tree := object([]string{"mktree"}, "100644 blob "+blob+"\t000000.ndjson\n")
	top := object([]string{"mktree"}, "040000 tree "+tree+"\treviews\n")
	commit := object(append([]string{"-c", "commit.gpgSign=false", "commit-tree", "-m", "hostile", top}, parents...), "")
	c.git("push", "-q", "-f", "origin", commit+":"+ref)
}

// reviewRefs is situation 42: two devices, a rewind, an unknown operation,
// hostile text.
func reviewRefs(t *testing.T, w *world, a, b *clone) {
	a.say("f:2", "first")
	a.wants("IDLE")
	b.say("f:3", "from b")
	b.wants("IDLE")
	a.wants("IDLE")

	// Two devices: a copy of the whole clone writes in the same actor's name.
	must(t, exec.Command("cp", "-a", a.dir, filepath.Join(w.dir, "device")).Run())
	device := w.adopt(filepath.Join(w.dir, "device"), "a")
	device.airside("sync", "enable") // the opt-in is of one clone, and no copy has it
	device.say("f:4", "from the device")
	a.say("f:5", "from the desk")
	device.wants("IDLE")
	a.wants("IDLE")
	for _, c := range []*clone{device, b, a} {
		c.wants("IDLE")
	}
	both := []string{"f:2 a: first", "f:3 b: from b", "f:4 a: from the device", "f:5 a: from the desk"}
	for _, c := range []*clone{a, b, device} {
		for _, want := range both {
			if !strings.Contains(c.sees(), want) {
				t.Errorf("%s does not see %s:\n%s", filepath.Base(c.dir), want, c.sees())
			}
		}
	}

	// A rewind: b's ref is put back at the remote, and then rewritten.
	theirs := b.git("for-each-ref", "--format=%(refname)", "refs/airside/actors/")
	b.say("f:6", "later")
	b.wants("IDLE")
	a.wants("IDLE")
	w.runGit(w.remote, nil, "update-ref", theirs, b.git("rev-parse", theirs+"~1"))
	a.wants("IDLE")
	if got := a.skipped(); !strings.Contains(got, "what was seen is kept") {
		t.Errorf("of the rewind: %s", got)
	}
	if got := a.sees(); !strings.Contains(got, "f:6 b: later") {
		t.Errorf("the rewind was followed:\n%s", got)
	}
	b.wants("IDLE") // puts it forward again
	a.wants("IDLE")
	if got := a.skipped(); got != "" {
		t.Errorf("after the rewind: %s", got)
	}
	seen := a.sees()

	// Unknown operations are kept, hostile ones skipped with a reason, and all
	// others shown.
	const mallory = "00000000000bad00"
	hostile(b, mallory, "refs/airside/actors/"+mallory,
		operation(`{"v":1,"actor":"`+mallory+`","lamport":3,"time":"2026-11-25T12:00:00Z","type":"vote","mood":"fine"}`),
		operation(`{"v":7,"anything":["at","all"]}`),
		"not JSON\n", operation(`{"v":1,"actor":[`), strings.Replace(comment(mallory, "m", "changed", 4), "changed", "altered", 1),
		comment(mallory, "m", "from the future", 9007199254740991),
		comment(mallory, "m", strings.Repeat("enormous ", 20000), 5),
		comment("0000000000000a11", "a", "as another actor", 6),
		comment(mallory, "m", "\x1b[31mred\x1b]0;title\a \u202egnirts\u202c b\bell\a", 7))
	for _, name := range []string{"not-an-actor", mallory + "/deeper", mallory + "-zzzzzz"} {
		b.tryGit(b.dir, nil, "push", "-q", "origin", "HEAD:refs/airside/actors/"+name)
	}
	blob := b.git("hash-object", "-w", "f")
	b.git("push", "-q", "origin", blob+":refs/airside/actors/00000000000b10b0")
	a.wants("IDLE")
	got := a.sees()
	if !strings.HasPrefix(got, seen) || !strings.Contains(got, "f:1 m: red gnirts bell") || strings.ContainsAny(got, "\x1b\a\b\u202e") {
		t.Errorf("a sees\n%q\nbefore\n%q", got, seen)
	}
	told := a.skipped()
	for _, want := range []string{"type \"vote\"", "version 7", "does not begin with its ID", "not JSON", "not that of its content", "clock is too far ahead", "are the most", "another actor's", "is no actor's", "00000000000b10b0: its comments at origin were refused"} {
		if !strings.Contains(told, want) {
			t.Errorf("no word of %q in\n%s", want, told)
		}
	}
	if kept := a.git("cat-file", "-p", "refs/airside/threads/origin/"+mallory+":reviews/000000.ndjson"); !strings.Contains(kept, `"mood":"fine"`) {
		t.Error("the unknown operation was not kept")
	}
	// What is said next is not drawn into the future.
	a.say("f:7", "still here")
	if line := a.git("log", "-1", "-p", "--format=", a.git("for-each-ref", "--format=%(refname)", "--sort=-committerdate", "--count=1", "refs/airside/actors/")); strings.Contains(line, "900719925474") {
		t.Errorf("the clock followed: %s", line)
	}
	out, err := a.command("comments", "list").CombinedOutput()
	if err != nil || bytes.ContainsAny(out, "\x1b\a\b") {
		t.Errorf("%v: %q", err, out)
	}
}
