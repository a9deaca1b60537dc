//go:build e2e

package e2e

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

const seven = "one\ntwo\nthree\nfour\nfive\nsix\nseven\n"

func replaced(line, with string) string {
	return strings.Replace(seven, line+"\n", with+"\n", 1)
}

// TestE2ESituations are the ways in which syncing has cost people their work.
// Numbers are those of the list of data-loss situations; what a situation asks
// for beyond "nothing is lost and the repository is whole" (clone.check, which
// runs after each) stands here. 9 is in package lsp, 24 in TestE2ECrash.
func TestE2ESituations(t *testing.T) {
	for _, s := range situations {
		t.Run(s.name, func(t *testing.T) {
			w, a, b := newWorld(t)
			s.run(t, w, a, b)
		})
	}
}

var situations = []struct {
	name string
	run  func(t *testing.T, w *world, a, b *clone)
}{
	{"01 untracked file in the way", func(t *testing.T, w *world, a, b *clone) {
		b.publish("add x", "x", "theirs\n")
		a.write("x", "mine, never added\n")
		a.unmoved(func() { a.wants("BUSY") })
	}},
	{"02 ignored file in the way", func(t *testing.T, w *world, a, b *clone) {
		b.write("build.log", "theirs\n")
		b.git("add", "-f", "build.log")
		b.publish("add an ignored file")
		a.write("build.log", "mine, ignored\n")
		a.unmoved(func() { a.wants("BUSY") })
	}},
	{"03 untracked directory blocks a file", func(t *testing.T, w *world, a, b *clone) {
		b.publish("add d", "d", "a file\n")
		a.write("d/mine", "in a directory\n")
		a.unmoved(func() { a.wants("BUSY") })
	}},
	{"04 staged-only edit", func(t *testing.T, w *world, a, b *clone) {
		b.publish("change g", "g", "theirs\n")
		a.write("f", replaced("one", "staged"))
		a.git("add", "f")
		a.write("f", seven)
		a.unmoved(func() { a.wants("BUSY") })
	}},
	{"05 unstaged edit, then commit", func(t *testing.T, w *world, a, b *clone) {
		b.publish("change g", "g", "theirs\n")
		a.write("f", replaced("one", "mine"))
		a.unmoved(func() { a.wants("BUSY") })
		a.commit("mine")
		if r := a.wants("IDLE"); !r.Merged || r.Pushed == 0 {
			t.Errorf("not merged and pushed: %+v", r)
		}
		if a.read("g") != "theirs\n" || a.read("f") != replaced("one", "mine") {
			t.Error("the merge lost a side")
		}
	}},
	{"06 untracked and ignored files stay", func(t *testing.T, w *world, a, b *clone) {
		b.publish("change g", "g", "theirs\n")
		a.write("notes", "untracked\n")
		a.write("x.log", "ignored\n")
		a.wants("IDLE")
		if a.read("g") != "theirs\n" || a.read("notes") != "untracked\n" || a.read("x.log") != "ignored\n" {
			t.Error("a file is not what it should be")
		}
	}},
	{"07 nested repository", func(t *testing.T, w *world, a, b *clone) {
		w.runGit(a.dir, nil, "init", "-q", "nested")
		a.write("nested/file", "of another repository\n")
		b.publish("change g", "g", "theirs\n")
		a.wants("IDLE|BUSY")
		if a.read("nested/file") != "of another repository\n" {
			t.Error("the nested repository was touched")
		}
	}},
	{"08 same-size edit with its time restored", func(t *testing.T, w *world, a, b *clone) {
		b.publish("change f", "f", replaced("two", "TWO!"))
		info, err := os.Stat(a.path("f"))
		must(t, err)
		a.write("f", replaced("one", "eno"))
		must(t, os.Chtimes(a.path("f"), info.ModTime(), info.ModTime()))
		a.unmoved(func() { a.wants("BUSY") })
	}},
	{"10 file saved in mid-merge", func(t *testing.T, w *world, a, b *clone) {
		b.publish("change f", "f", replaced("two", "TWO"))
		saved := replaced("one", "saved just now")
		a.wrote[blobHash([]byte(saved))] = "f"
		a.wrapGit(fmt.Sprintf(`case " $* " in *" merge "*|*" read-tree "*) [ -e '%s/done' ] || { touch '%s/done'; printf '%s' > '%s/f'; } ;; esac`,
			w.dir, w.dir, strings.ReplaceAll(saved, "\n", `\n`), a.dir))
		a.sync()
		if a.read("f") != saved {
			t.Errorf("f holds %q", a.read("f"))
		}
	}},
	{"11 autocrlf and eol=crlf", func(t *testing.T, w *world, a, b *clone) {
		b.publish("attributes", ".gitattributes", "*.txt text eol=crlf\n", "n.txt", "1\n2\n3\n4\n5\n6\n7\n8\n9\n")
		a.wants("IDLE")
		if got := a.read("n.txt"); !strings.Contains(got, "1\r\n") {
			t.Errorf("n.txt holds %q", got)
		}
		b.wants("IDLE")
		b.publish("theirs", "n.txt", "1\r\n2\r\n3\r\n4\r\n5\r\n6\r\n7\r\n8\r\nnine\r\n")
		a.commit("mine", "n.txt", "one\r\n2\r\n3\r\n4\r\n5\r\n6\r\n7\r\n8\r\n9\r\n")
		if a.wants("IDLE|CONFLICT").State == "IDLE" {
			if got := a.git("cat-file", "-p", "HEAD:n.txt"); strings.Contains(got, "\r") || !strings.HasPrefix(got, "one\n") || !strings.HasSuffix(got, "nine") {
				t.Errorf("merged: %q", got)
			}
		}
		if s := a.git("status", "--porcelain"); s != "" {
			t.Errorf("status %q", s)
		}
		// Its blobs differ from what was typed: what git normalizes is not lost.
		a.wrote, b.wrote = map[string]string{}, map[string]string{}
	}},
	{"12 clean and smudge filters", func(t *testing.T, w *world, a, b *clone) {
		for _, c := range []*clone{a, b} {
			c.git("config", "filter.shout.clean", "tr A-Z a-z")
			c.git("config", "filter.shout.smudge", "tr a-z A-Z")
		}
		b.publish("filtered", ".gitattributes", "*.loud filter=shout\n", "n.loud", "HELLO\n")
		a.wants("IDLE|BUSY")
		if head := a.git("rev-parse", "HEAD"); head == b.git("rev-parse", "HEAD") && a.read("n.loud") != "HELLO\n" {
			t.Errorf("n.loud holds %q", a.read("n.loud"))
		}
		if s := a.git("status", "--porcelain"); s != "" {
			t.Errorf("status %q", s)
		}
		delete(b.wrote, blobHash([]byte("HELLO\n")))
	}},
	{"13 fileMode=false", func(t *testing.T, w *world, a, b *clone) {
		a.git("config", "core.fileMode", "false")
		must(t, os.Chmod(a.path("f"), 0o755))
		b.publish("change f", "f", replaced("two", "TWO"))
		a.wants("IDLE")
		if mode := a.git("ls-files", "-s", "f")[:6]; mode != "100644" {
			t.Errorf("mode %s", mode)
		}
	}},
	{"14 symlink, file and directory change places", func(t *testing.T, w *world, a, b *clone) {
		b.publish("before", "l", "a file\n", "d/x", "in d\n", "p", "plain\n")
		a.wants("IDLE")
		for _, name := range []string{"l", "d", "p"} {
			must(t, os.RemoveAll(b.path(name)))
		}
		must(t, os.Symlink("f", b.path("l")))
		b.publish("after", "d", "now a file\n", "p/q", "now in a directory\n")
		a.wants("IDLE")
		if target, _ := os.Readlink(a.path("l")); target != "f" || a.read("d") != "now a file\n" || a.read("p/q") != "now in a directory\n" {
			t.Error("the types are not theirs")
		}
	}},
	{"14 symlink in the way of a directory", func(t *testing.T, w *world, a, b *clone) {
		outside := t.TempDir()
		must(t, os.Symlink(outside, a.path("d")))
		b.publish("add d/x", "d/x", "theirs\n")
		a.unmoved(func() { a.wants("BUSY") })
		if list, _ := os.ReadDir(outside); len(list) > 0 {
			t.Error("something was written through a symlink")
		}
	}},
	{"15 names that differ by case or normal form", func(t *testing.T, w *world, a, b *clone) {
		b.publish("case", "Readme", "1\n", "caf\u00e9", "nfc\n")
		a.wants("IDLE")
		b.git("mv", "Readme", "README")
		b.publish("renamed")
		a.commit("mine", "readme", "2\n", "cafe\u0301", "nfd\n")
		a.wants("IDLE|CONFLICT")
	}},
	{"16 submodule, dirty and unpushed", func(t *testing.T, w *world, a, b *clone) {
		w.runGit(w.dir, nil, "init", "-q", "sub")
		sub := w.adopt(filepath.Join(w.dir, "sub"), "sub")
		sub.commit("sub", "s", "1\n")
		b.git("submodule", "add", "-q", sub.dir, "mod")
		b.publish("with a submodule")
		a.wants("IDLE|BUSY")
		a.tryGit(a.dir, nil, "submodule", "update", "--init", "-q")
		a.write("mod/s", "dirty in the submodule\n")
		b.publish("change g", "g", "theirs\n")
		a.wants("IDLE|BUSY")
		if a.read("mod/s") != "dirty in the submodule\n" {
			t.Error("the submodule was touched")
		}
	}},
	{"17 sparse checkout", func(t *testing.T, w *world, a, b *clone) {
		b.publish("dirs", "x/1", "1\n", "y/2", "2\n")
		a.git("pull", "-q")
		a.git("sparse-checkout", "set", "x")
		b.publish("more", "x/3", "3\n")
		a.commit("mine", "x/1", "mine\n")
		if r := a.wants("IDLE"); !r.Merged || a.read("x/3") != "3\n" {
			t.Errorf("%+v", r)
		}
		if _, err := os.Stat(a.path("y")); err == nil || a.git("sparse-checkout", "list") != "x" || a.git("status", "--porcelain") != "" {
			t.Error("the checkout is no longer sparse")
		}
	}},
	{"18 assume-unchanged, skip-worktree, intent-to-add", func(t *testing.T, w *world, a, b *clone) {
		a.git("update-index", "--assume-unchanged", "f")
		a.write("f", replaced("one", "assumed unchanged"))
		a.git("update-index", "--skip-worktree", "g")
		a.write("g", "skipped\n")
		a.write("n", "intended\n")
		a.git("add", "-N", "n")
		b.publish("theirs", "f", replaced("one", "theirs"), "g", "theirs\n", "n", "theirs\n")
		a.unmoved(func() { a.wants("BUSY") })
	}},
	{"19 merge in progress", func(t *testing.T, w *world, a, b *clone) {
		a.git("branch", "side")
		a.commit("mine", "f", replaced("one", "mine"))
		a.git("checkout", "-q", "side")
		a.commit("side", "f", replaced("one", "side"))
		a.git("checkout", "-q", "main")
		a.tryGit(a.dir, nil, "merge", "side")
		b.publish("theirs", "g", "theirs\n")
		a.unmoved(func() { a.wants("BUSY") })
		if _, err := os.Stat(a.path(".git/MERGE_HEAD")); err != nil {
			t.Error(err)
		}
	}},
	{"19 rebase in progress", func(t *testing.T, w *world, a, b *clone) {
		a.git("checkout", "-q", "-b", "side")
		a.commit("side", "f", replaced("one", "side"))
		a.git("checkout", "-q", "main")
		a.commit("mine", "f", replaced("one", "mine"))
		a.tryGit(a.dir, nil, "rebase", "side")
		b.publish("theirs", "g", "theirs\n")
		a.unmoved(func() { refuses(t, a, "rebase") })
	}},
	{"19 cherry-pick in progress", func(t *testing.T, w *world, a, b *clone) {
		a.git("checkout", "-q", "-b", "side")
		a.commit("side", "f", replaced("one", "side"))
		a.git("checkout", "-q", "main")
		a.commit("mine", "f", replaced("one", "mine"))
		a.tryGit(a.dir, nil, "cherry-pick", "side")
		b.publish("theirs", "g", "theirs\n")
		a.unmoved(func() { a.wants("BUSY") })
	}},
	{"20 conflicted index", func(t *testing.T, w *world, a, b *clone) {
		a.git("branch", "side")
		a.commit("mine", "f", replaced("one", "mine"))
		a.git("checkout", "-q", "side")
		a.commit("side", "f", replaced("one", "side"))
		a.git("checkout", "-q", "main")
		a.tryGit(a.dir, nil, "merge", "side")
		must(t, os.Remove(a.path(".git/MERGE_HEAD")))
		a.unmoved(func() { a.wants("BUSY") })
	}},
	{"21 index.lock held", func(t *testing.T, w *world, a, b *clone) {
		b.publish("theirs", "g", "theirs\n")
		lock := a.path(".git/index.lock")
		must(t, os.WriteFile(lock, nil, 0o644))
		a.unmoved(func() { a.wants("BUSY") })
		if _, err := os.Stat(lock); err != nil {
			t.Error("somebody else's lock was removed")
		}
		must(t, os.Remove(lock))
		a.wants("IDLE")
	}},
	{"22 ref lock held", func(t *testing.T, w *world, a, b *clone) {
		b.publish("theirs", "g", "theirs\n")
		lock := a.path(".git/refs/heads/main.lock")
		must(t, os.WriteFile(lock, nil, 0o644))
		head := a.git("rev-parse", "HEAD")
		a.wants("BUSY")
		if a.git("rev-parse", "HEAD") != head {
			t.Error("the branch moved under a lock")
		}
		must(t, os.Remove(lock))
		a.wants("IDLE")
	}},
	{"22 racing commits", func(t *testing.T, w *world, a, b *clone) {
		var done atomic.Bool
		var all sync.WaitGroup
		commits := 0
		all.Go(func() {
			for !done.Load() {
				commits++
				name := fmt.Sprint("n", commits)
				a.write(name, name+"\n")
				a.tryGit(a.dir, nil, "add", name)
				a.tryGit(a.dir, nil, "commit", "-q", "-m", name)
			}
		})
		for i := range 5 {
			b.publish("theirs", "g", fmt.Sprint(i, "\n"))
			a.sync()
			b.git("pull", "-q", "--no-rebase", "--no-edit")
		}
		done.Store(true)
		all.Wait()
		a.git("add", "-A")
		a.tryGit(a.dir, nil, "commit", "-q", "-m", "the last")
		converged(a, b)
	}},
	{"23 concurrent gc", func(t *testing.T, w *world, a, b *clone) {
		var done atomic.Bool
		var all sync.WaitGroup
		for _, dir := range []string{a.dir, b.dir, w.remote} {
			all.Go(func() {
				for !done.Load() {
					w.tryGit(dir, nil, "gc", "-q")
				}
			})
		}
		for i := range 4 {
			a.commitBesideGC("a", "f", replaced("one", fmt.Sprint("a", i)))
			b.commitBesideGC("b", "g", fmt.Sprint("b", i, "\n"))
			a.sync()
			b.sync()
		}
		done.Store(true)
		all.Wait()
		converged(a, b)
	}},
	{"25 full disk", func(t *testing.T, w *world, a, b *clone) { fullDisk(t, w, b) }},
	{"25 read-only disk", func(t *testing.T, w *world, a, b *clone) {
		dir := filepath.Join(w.dir, "ro")
		must(t, os.Mkdir(dir, 0o755))
		mount(t, "--bind", dir, dir)
		c := w.clone("ro/c")
		c.airside("sync", "enable")
		b.publish("theirs", "g", "theirs\n")
		remount(t, dir, "ro")
		c.unmoved(func() { refuses(t, c, "read-only") })
		remount(t, dir, "rw")
		c.wants("IDLE")
	}},
	{"26 empty ref file", func(t *testing.T, w *world, a, b *clone) {
		a.git("pack-refs", "--all")
		a.commit("mine", "f", replaced("one", "mine"))
		tip := a.git("rev-parse", "HEAD")
		ref := a.path(".git/refs/heads/main")
		must(t, os.Truncate(ref, 0))
		b.publish("theirs", "g", "theirs\n")
		refuses(t, a, "refs/heads/main")
		if data, _ := os.ReadFile(ref); len(data) > 0 {
			t.Errorf("the ref was written: %q", data)
		}
		must(t, os.WriteFile(ref, []byte(tip+"\n"), 0o644))
		a.wants("IDLE")
	}},
	{"27 remote rewound", func(t *testing.T, w *world, a, b *clone) {
		b.publish("theirs", "g", "theirs\n")
		a.wants("IDLE")
		b.git("reset", "-q", "--hard", "HEAD~1")
		b.wrote = map[string]string{} // thrown away by its own author
		b.git("push", "-q", "-f", "origin", "main")
		a.unmoved(func() { a.wants("REWOUND") })
		if a.read("g") != "theirs\n" {
			t.Error("a rewind was followed")
		}
		if tip := w.runGit(w.remote, nil, "rev-parse", "main"); tip != b.git("rev-parse", "HEAD") {
			t.Error("the rewind was undone at the remote")
		}
	}},
	{"27 remote rewritten", func(t *testing.T, w *world, a, b *clone) {
		b.publish("theirs", "g", "theirs\n")
		a.wants("IDLE")
		b.git("commit", "-q", "--amend", "-m", "rewritten")
		b.git("push", "-q", "-f", "origin", "main")
		a.unmoved(func() { a.wants("REWOUND") })
	}},
	{"28 remote branch deleted", func(t *testing.T, w *world, a, b *clone) {
		a.git("checkout", "-q", "-b", "topic")
		a.commit("topic", "t", "topic\n")
		a.git("push", "-q", "-u", "origin", "topic")
		a.wants("IDLE")
		w.runGit(w.remote, nil, "branch", "-D", "topic")
		a.unmoved(func() { a.sync() })
		if out := w.runGit(w.remote, nil, "branch", "--list", "topic"); out != "" {
			t.Error("a deleted branch was pushed again")
		}
	}},
	{"29 push accepted, reply lost", func(t *testing.T, w *world, a, b *clone) {
		w.hook(w.remote, "post-receive", "rm -f \"$0\"; kill -9 $PPID")
		a.commit("mine", "f", replaced("one", "mine"))
		a.sync()
		a.wants("IDLE")
		if tip := w.runGit(w.remote, nil, "rev-parse", "main"); tip != a.git("rev-parse", "HEAD") {
			t.Error("not pushed")
		}
	}},
	{"30 push race", func(t *testing.T, w *world, a, b *clone) {
		b.commit("theirs", "g", "theirs\n")
		w.hook(a.path(".git"), "pre-push", fmt.Sprintf("rm -f \"$0\"; unset GIT_DIR; git -C '%s' push -q origin main", b.dir))
		a.commit("mine", "f", replaced("one", "mine"))
		if r := a.wants("IDLE"); !r.Merged {
			t.Errorf("%+v", r)
		}
		b.wants("IDLE")
		if a.git("rev-parse", "HEAD") != b.git("rev-parse", "HEAD") {
			t.Error("the clones differ")
		}
	}},
	{"31 push rejected by a hook there", func(t *testing.T, w *world, a, b *clone) {
		w.hook(w.remote, "pre-receive", "echo quota of this team is used up >&2; exit 1")
		a.commit("mine", "f", replaced("one", "mine"))
		if r := a.wants("REJECTED"); !strings.Contains(r.Message, "quota of this team is used up") && !strings.Contains(r.Message, "hook declined") {
			t.Errorf("message %q", r.Message)
		}
	}},
	{"31 push rejected by a hook here", func(t *testing.T, w *world, a, b *clone) {
		w.hook(a.path(".git"), "pre-push", "echo tests fail >&2; exit 1")
		a.commit("mine", "f", replaced("one", "mine"))
		if r := a.wants("REJECTED"); !strings.Contains(r.Message, "tests fail") {
			t.Errorf("message %q", r.Message)
		}
		if tip := w.runGit(w.remote, nil, "rev-parse", "main"); tip == a.git("rev-parse", "HEAD") {
			t.Error("pushed against the hook")
		}
	}},
	{"32 network drops in mid-pack", func(t *testing.T, w *world, a, b *clone) {
		url, limit := droppingDaemon(t, w)
		a.git("remote", "set-url", "origin", url)
		a.wants("IDLE")
		noise := make([]byte, 1<<20)
		for i, x := 0, uint32(1); i < len(noise); i++ {
			x = x*1664525 + 1013904223
			noise[i] = byte(x >> 24)
		}
		b.publish("large", "large", string(noise))
		limit.Store(200 << 10)
		a.unmoved(func() { a.wants("BACKOFF|OFFLINE") })
		if left, _ := filepath.Glob(a.path(".git/objects/pack/*tmp*")); len(left) > 0 {
			t.Errorf("left behind: %v", left)
		}
		limit.Store(0)
		a.wants("IDLE")
		if a.read("large") != string(noise) {
			t.Error("not the file that was pushed")
		}
	}},
	{"33 captive portal", func(t *testing.T, w *world, a, b *clone) {
		portal := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			io.WriteString(w, "<html>Please accept our terms</html>")
		}))
		defer portal.Close()
		a.git("remote", "set-url", "origin", portal.URL+"/repo.git")
		a.unmoved(func() { a.wants("PORTAL") })
	}},
	{"33 SSH black hole", func(t *testing.T, w *world, a, b *clone) {
		hole, err := net.Listen("tcp", "127.0.0.1:0")
		must(t, err)
		defer hole.Close()
		a.git("remote", "set-url", "origin", fmt.Sprintf("ssh://git@%s/repo.git", hole.Addr()))
		within(t, 30*time.Second, func() { a.unmoved(func() { a.wants("OFFLINE") }) })
	}},
	{"34 criss-cross history", func(t *testing.T, w *world, a, b *clone) {
		a.commit("a1", "f", replaced("one", "ONE"))
		b.commit("b1", "f", replaced("seven", "SEVEN"))
		a.git("push", "-q", "origin", "HEAD:refs/heads/pa")
		b.git("push", "-q", "origin", "HEAD:refs/heads/pb")
		a.git("fetch", "-q")
		b.git("fetch", "-q")
		a.git("merge", "-q", "--no-edit", "origin/pb")
		b.git("merge", "-q", "--no-edit", "origin/pa")
		a.commit("a2", "f", "ONE\ntwo\nTHREE\nfour\nfive\nsix\nSEVEN\n")
		b.commit("b2", "f", "ONE\ntwo\nthree\nfour\nFIVE\nsix\nSEVEN\n")
		a.wants("IDLE")
		b.wants("IDLE")
		if b.read("f") != "ONE\ntwo\nTHREE\nfour\nFIVE\nsix\nSEVEN\n" {
			t.Errorf("merged: %q", b.read("f"))
		}
	}},
	{"34 unrelated history", func(t *testing.T, w *world, a, b *clone) {
		a.git("checkout", "-q", "--orphan", "other")
		a.commit("unrelated", "z", "z\n")
		a.git("branch", "-M", "main")
		a.git("branch", "-q", "--set-upstream-to=origin/main")
		a.unmoved(func() { a.wants("CONFLICT|BUSY|REJECTED") })
	}},
	{"34 shallow history", func(t *testing.T, w *world, a, b *clone) {
		for i := range 3 {
			b.publish("more", "g", fmt.Sprint(i, "\n"))
		}
		c := w.clone("shallow", "--depth", "1", "--no-local")
		c.git("remote", "set-url", "origin", "file://"+w.remote)
		c.airside("sync", "enable")
		b.publish("more", "g", "last\n")
		c.commit("mine", "f", replaced("one", "mine"))
		if r := c.wants("IDLE"); !r.Merged || r.Pushed == 0 || c.read("g") != "last\n" {
			t.Errorf("%+v", r)
		}
	}},
	{"35 modify/delete", func(t *testing.T, w *world, a, b *clone) {
		b.git("rm", "-q", "f")
		b.publish("deleted")
		a.commit("mine", "f", replaced("one", "mine"))
		conflicts(t, a, "f modify/delete")
	}},
	{"35 add/add", func(t *testing.T, w *world, a, b *clone) {
		b.publish("theirs", "n", "theirs\n")
		a.commit("mine", "n", "mine\n")
		conflicts(t, a, "n add/add")
	}},
	{"35 rename/rename", func(t *testing.T, w *world, a, b *clone) {
		b.git("mv", "f", "theirs")
		b.publish("renamed")
		a.git("mv", "f", "mine")
		a.commit("renamed")
		if r := a.wants("CONFLICT"); !strings.Contains(r.conflicts(), "rename/rename") {
			t.Errorf("conflicts %s", r.conflicts())
		}
	}},
	{"36 binary, no final newline, invalid UTF-8", func(t *testing.T, w *world, a, b *clone) {
		b.publish("base", "bin", "\x00\x01\x02base", "nonl", "1\n2\n3\n4\n5", "latin", "caf\xe9\n2\n3\n4\n5\n")
		a.wants("IDLE")
		b.publish("theirs", "bin", "\x00\x01\x02theirs", "nonl", "1\n2\n3\n4\nfive", "latin", "caf\xe9\n2\n3\n4\nf\xfcnf\n")
		a.commit("mine", "nonl", "one\n2\n3\n4\n5", "latin", "th\xe9\n2\n3\n4\n5\n")
		a.wants("IDLE")
		if a.read("nonl") != "one\n2\n3\n4\nfive" || a.read("latin") != "th\xe9\n2\n3\n4\nf\xfcnf\n" || a.read("bin") != "\x00\x01\x02theirs" {
			t.Error("merged wrongly")
		}
		b.wants("IDLE")
		b.publish("theirs", "bin", "\x00theirs again")
		a.commit("mine", "bin", "\x00mine")
		conflicts(t, a, "bin binary")
	}},
	{"37 alternates", func(t *testing.T, w *world, a, b *clone) {
		c := w.clone("shared", "-s")
		c.airside("sync", "enable")
		b.publish("theirs", "g", "theirs\n")
		c.commit("mine", "f", replaced("one", "mine"))
		if r := c.wants("IDLE"); !r.Merged {
			t.Errorf("%+v", r)
		}
	}},
	{"37 linked work tree", func(t *testing.T, w *world, a, b *clone) {
		a.git("push", "-q", "origin", "main:linked")
		a.git("fetch", "-q")
		dir := filepath.Join(w.dir, "linked")
		a.git("worktree", "add", "-q", "-b", "linked", dir, "origin/linked")
		c := &clone{world: w, dir: dir, wrote: map[string]string{}}
		w.clones = append(w.clones, c)
		b.git("checkout", "-q", "-b", "linked")
		b.publish("theirs", "g", "theirs\n")
		c.commit("mine", "f", replaced("one", "mine"))
		if r := c.wants("IDLE"); !r.Merged || r.Branch != "linked" || c.read("g") != "theirs\n" {
			t.Errorf("%+v", r)
		}
	}},
	{"37 SHA-256", func(t *testing.T, w *world, a, b *clone) {
		dir := filepath.Join(w.dir, "sha256")
		w.runGit(w.dir, nil, "init", "-q", "--object-format=sha256", dir)
		c := w.adopt(dir, "c")
		c.commit("first", "f", "f\n")
		c.unmoved(func() { refuses(t, c, "sha256|SHA-256") })
		c.wrote = map[string]string{} // check knows SHA-1 only
		w.clones = w.clones[:len(w.clones)-1]
	}},
	{"38 detached HEAD", func(t *testing.T, w *world, a, b *clone) {
		a.git("checkout", "-q", "--detach")
		a.commit("on no branch", "f", replaced("one", "detached"))
		a.write("later", "not committed\n")
		a.unmoved(func() { a.sync() })
		a.git("branch", "kept")
	}},
	{"38 unborn HEAD", func(t *testing.T, w *world, a, b *clone) {
		a.git("checkout", "-q", "--orphan", "unborn")
		a.unmoved(func() { a.sync() })
	}},
	{"39 branch checked out elsewhere", func(t *testing.T, w *world, a, b *clone) {
		dir := filepath.Join(w.dir, "elsewhere")
		a.git("worktree", "add", "-q", "-b", "side", dir)
		c := &clone{world: w, dir: dir, wrote: map[string]string{}}
		w.clones = append(w.clones, c)
		c.write("f", replaced("two", "dirty elsewhere"))
		a.airside("sync", "enable", "main", "side")
		a.git("push", "-q", "-u", "origin", "side")
		b.git("fetch", "-q")
		b.git("checkout", "-q", "side")
		b.publish("theirs", "f", replaced("two", "theirs"))
		c.unmoved(func() { a.sync() })
	}},
	{"40 clock skew", func(t *testing.T, w *world, a, b *clone) {
		date := func(c *clone, when string) {
			c.runGit(c.dir, []string{"GIT_COMMITTER_DATE=" + when, "GIT_AUTHOR_DATE=" + when}, "commit", "-q", "-a", "-m", when)
		}
		b.write("g", "from the future\n")
		date(b, "2040-01-01T00:00:00Z")
		b.write("g", "from the past\n")
		date(b, "1980-01-01T00:00:00Z")
		b.git("push", "-q")
		a.write("f", replaced("one", "past"))
		date(a, "1975-01-01T00:00:00Z")
		if r := a.wants("IDLE"); !r.Merged {
			t.Errorf("%+v", r)
		}
		b.wants("IDLE")
	}},
	{"41 globally ignored secret", func(t *testing.T, w *world, a, b *clone) {
		ignore := filepath.Join(w.dir, "ignore")
		must(t, os.WriteFile(ignore, []byte("secret.env\n"), 0o644))
		a.git("config", "core.excludesFile", ignore)
		a.write("secret.env", "PASSWORD=hunter2\n")
		a.commit("mine", "f", replaced("one", "mine"))
		b.publish("theirs", "g", "theirs\n")
		a.wants("IDLE")
		secret := blobHash([]byte("PASSWORD=hunter2\n"))
		for _, dir := range []string{w.remote, a.dir} {
			if out, err := w.tryGit(dir, nil, "cat-file", "-t", secret); err == nil {
				t.Errorf("the secret is a %s in %s", out, filepath.Base(dir))
			}
		}
	}},
	{"42 review refs", reviewRefs},
	{"nothing of airside's own is pushed", func(t *testing.T, w *world, a, b *clone) {
		b.publish("theirs", "g", "theirs\n")
		a.write("untracked", "mine alone\n")
		a.commit("mine", "f", replaced("one", "mine"))
		a.write("untracked2", "mine alone\n")
		a.wants("IDLE")
		if out := w.runGit(w.remote, nil, "for-each-ref", "--format=%(refname)"); out != "refs/heads/main" {
			t.Errorf("refs there: %s", out)
		}
	}},
	{"hostile names", func(t *testing.T, w *world, a, b *clone) {
		// Made without git's own checks: a tree with ".git" and "..".
		blob := b.git("hash-object", "-w", "f")
		for _, name := range []string{".git", "..", ".GIT", "git~1", ".g\u200cit"} {
			tree, err := treeOf(b, fmt.Sprintf("100644 blob %s\t%s", blob, name))
			must(t, err)
			commit := b.git("commit-tree", "-p", "main", "-m", "hostile", tree)
			b.git("push", "-q", "-f", "origin", commit+":refs/heads/hostile")
			a.git("checkout", "-q", "-B", "hostile", "main")
			a.git("config", "branch.hostile.remote", "origin")
			a.git("config", "branch.hostile.merge", "refs/heads/hostile")
			a.commit("mine", "f", replaced("one", "mine "+name))
			a.unmoved(func() {
				if r := a.sync(); r.State == "IDLE" {
					t.Errorf("%q was merged", name)
				}
			})
		}
		a.git("for-each-ref")
		// The hostile tree itself is what fsck complains of.
		a.wrote = map[string]string{}
		b.wrote = map[string]string{}
		w.clones = nil
	}},
}

func treeOf(c *clone, entry string) (string, error) {
	cmd := exec.Command("git", "mktree", "--missing")
	cmd.Dir, cmd.Env, cmd.Stdin = c.dir, c.env, strings.NewReader(entry+"\n")
	out, err := cmd.Output()
	return strings.TrimSpace(string(out)), err
}

// refuses holds that a round, or the command itself, fails with a message that
// has one of the words (separated by |) in it.
func refuses(t *testing.T, c *clone, words string) {
	t.Helper()
	cmd := c.command("sync", "--json")
	out, _ := cmd.CombinedOutput()
	t.Logf("%s", strings.TrimSpace(string(out)))
	for word := range strings.SplitSeq(words, "|") {
		if strings.Contains(string(out), word) {
			return
		}
	}
	t.Errorf("nothing of %q in %s", words, out)
}

// conflicts holds that the next round parks exactly these.
func conflicts(t *testing.T, c *clone, want string) {
	t.Helper()
	c.unmoved(func() {
		if r := c.wants("CONFLICT"); r.conflicts() != want {
			t.Errorf("conflicts %q, want %q", r.conflicts(), want)
		}
	})
}

// droppingDaemon serves the remote by git daemon behind a proxy that ends each
// connection after as many bytes to the client as limit says; 0 is no limit.
func droppingDaemon(t *testing.T, w *world) (url string, limit *atomic.Int64) {
	t.Helper()
	port := freePort(t)
	daemon := exec.Command("git", "daemon", "--reuseaddr", "--listen=127.0.0.1", fmt.Sprint("--port=", port),
		"--export-all", "--enable=receive-pack", "--base-path="+w.dir, w.dir)
	daemon.Env = w.env
	must(t, daemon.Start())
	t.Cleanup(func() { daemon.Process.Kill(); daemon.Wait() })
	address := fmt.Sprintf("127.0.0.1:%d", port)
	eventually(t, "git daemon", func() bool {
		conn, err := net.Dial("tcp", address)
		if err == nil {
			conn.Close()
		}
		return err == nil
	})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	t.Cleanup(func() { listener.Close() })
	limit = new(atomic.Int64)
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer client.Close()
				server, err := net.Dial("tcp", address)
				if err != nil {
					return
				}
				defer server.Close()
				go io.Copy(server, client)
				if n := limit.Load(); n > 0 {
					io.CopyN(client, server, n)
				} else {
					io.Copy(client, server)
				}
			}()
		}
	}()
	return fmt.Sprintf("git://%s/remote.git", listener.Addr()), limit
}

func mount(t *testing.T, args ...string) {
	t.Helper()
	out, err := exec.Command("mount", args...).CombinedOutput()
	if err != nil {
		t.Fatalf("mount %v: %v\n%s", args, err, out)
	}
	dir := args[len(args)-1]
	t.Cleanup(func() { exec.Command("umount", "-l", dir).Run() })
}

func remount(t *testing.T, dir, how string) {
	t.Helper()
	if out, err := exec.Command("mount", "-o", "remount,bind,"+how, dir).CombinedOutput(); err != nil {
		t.Fatalf("remount: %v\n%s", err, out)
	}
}

// fullDisk syncs on a disk with less and less room until it works.
func fullDisk(t *testing.T, w *world, b *clone) {
	dir := filepath.Join(w.dir, "disk")
	must(t, os.Mkdir(dir, 0o755))
	mount(t, "-t", "tmpfs", "-o", "size=6m", "tmpfs", dir)
	c := w.clone("disk/c")
	w.clones = w.clones[:len(w.clones)-1] // its disk goes before the last check
	c.airside("sync", "enable")
	b.publish("theirs", "g", strings.Repeat("theirs\n", 20000), "h", strings.Repeat("more\n", 20000))
	c.commit("mine", "f", replaced("one", "mine"))
	filler := filepath.Join(dir, "filler")
	must(t, exec.Command("sh", "-c", "dd if=/dev/zero of="+filler+" bs=4096 2>/dev/null; true").Run())
	size, last := int64(0), []byte{}
	if info, err := os.Stat(filler); err == nil {
		size = info.Size()
	}
	for ; size >= 0; size -= 40 << 10 {
		must(t, os.Truncate(filler, size))
		cmd := c.command("sync", "--json")
		out, _ := cmd.CombinedOutput()
		last = out
		c.check()
		if strings.Contains(string(out), `"IDLE"`) {
			t.Logf("room for it with a filler of %d bytes", size)
			if c.read("g") == "g\n" || c.read("f") != replaced("one", "mine") {
				t.Error("merged wrongly")
			}
			return
		}
		if t.Failed() {
			t.Fatalf("after %s", out)
		}
	}
	t.Errorf("it never worked: %s", last)
}
