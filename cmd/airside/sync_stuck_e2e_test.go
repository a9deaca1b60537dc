//go:build e2e

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/airside-ls/airside/lsp/ext"
)

const tenLines = "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n"

// file writes one below the team's folder.
func (m *team) file(name, text string, mode os.FileMode) string {
	m.t.Helper()
	path := filepath.Join(m.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		m.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		m.t.Fatal(err)
	}
	return path
}

// part has both sides change a file, at its two ends.
func (m *team) part(one, two, name string) {
	m.t.Helper()
	m.commit(one, map[string]string{name: "theirs" + strings.TrimPrefix(tenLines, "1")})
	m.git(one, "push", "-q", "origin", "HEAD")
	m.commit(two, map[string]string{name: strings.TrimSuffix(tenLines, "10\n") + "ours\n"})
}

// noDriverLeft: of what a merge driver was given nothing is left.
func (m *team) noDriverLeft(dir string) {
	m.t.Helper()
	if _, err := os.Lstat(filepath.Join(dir, ".git", "airside", "driver")); err == nil {
		m.t.Error("the files of a merge driver are left behind")
	}
	if got := m.git(dir, "status", "--porcelain"); got != "" {
		m.t.Errorf("status %s", got)
	}
}

// TestE2EMergeDrivers: drivers that the user has configured merge, those that a
// repository names do not run, and what a driver has parked goes on once that is another.
func TestE2EMergeDrivers(t *testing.T) {
	const name = "a file.txt"
	for _, c := range []struct {
		name string
		run  func(t *testing.T, m *team, one, two string)
	}{
		{"README's own, for all files", func(t *testing.T, m *team, one, two string) {
			m.git(two, "config", "--global", "merge.airside.driver", "airside merge-file --second-look --path %P %A %O %B -L ours -L base -L theirs")
			m.file("config/git/attributes", "* merge=airside\n", 0o644)
			m.part(one, two, name)
			if r := m.must(0, two); r.State != "IDLE" || !r.Merged || m.read(two, name) != "theirs\n2\n3\n4\n5\n6\n7\n8\n9\nours\n" {
				t.Errorf("%+v, %q", r, m.read(two, name))
			}
		}},
		{"README's own, and lines in conflict", func(t *testing.T, m *team, one, two string) {
			m.git(two, "config", "--global", "merge.airside.driver", "airside merge-file --second-look --path %P %A %O %B -L ours -L base -L theirs")
			m.file("config/git/attributes", "* merge=airside\n", 0o644)
			m.commit(one, map[string]string{name: "theirs\n"})
			m.git(one, "push", "-q", "origin", "HEAD")
			m.commit(two, map[string]string{name: "ours\n"})
			if r := m.must(3, two); len(r.Conflicts) != 1 || r.Conflicts[0].Kind != "content" {
				t.Errorf("%+v", r)
			}
		}},
		{"the user's program", func(t *testing.T, m *team, one, two string) {
			t.Setenv("AIRSIDE_OPENAI_KEY", "secret")
			log := filepath.Join(m.dir, "log")
			driver := m.file("driver", "#!/bin/sh\n(pwd; echo \"$@\"; env | grep AIRSIDE_; cat \"$2\" \"$3\") >"+log+"\ncat \"$4\" >>\"$3\"\n", 0o755)
			m.git(two, "config", "--global", "merge.mine.driver", driver+" %P %O %A %B %L")
			m.commit(one, map[string]string{".gitattributes": "*.txt merge=mine\n"})
			m.git(one, "push", "-q", "origin", "HEAD")
			m.must(0, two)
			m.part(one, two, name)
			if r := m.must(0, two); r.State != "IDLE" || !r.Merged {
				t.Errorf("%+v", r)
			}
			ours, theirs := strings.TrimSuffix(tenLines, "10\n")+"ours\n", "theirs"+strings.TrimPrefix(tenLines, "1")
			if got := m.read(two, name); got != ours+theirs {
				t.Errorf("merged: %q", got)
			}
			got, _ := os.ReadFile(log)
			want := two + "\n" + name + " .git/airside/driver/base .git/airside/driver/ours .git/airside/driver/theirs 7\n" + tenLines + ours
			if string(got) != want {
				t.Errorf("the driver was told\n%s\nwant\n%s", got, want)
			}
		}},
		{"one that the repository names", func(t *testing.T, m *team, one, two string) {
			m.git(two, "config", "merge.evil.driver", "touch "+filepath.Join(m.dir, "ran"))
			m.git(two, "config", "merge.default", "evil")
			m.part(one, two, name)
			if r := m.must(3, two); len(r.Conflicts) != 1 || r.Conflicts[0].Kind != "merge driver" || !strings.Contains(r.Message, "the repository's own configuration names its merge driver evil, which only git runs") {
				t.Errorf("%+v", r)
			}
			// Also beside one of the same name that is the user's.
			m.git(two, "config", "--global", "merge.evil.driver", "true")
			m.must(3, two)
			if _, err := os.Lstat(filepath.Join(m.dir, "ran")); err == nil {
				t.Fatal("what the repository names has run")
			}
			m.git(two, "config", "--unset", "merge.default")
			if r := m.must(0, two); r.State != "IDLE" || !r.Merged {
				t.Errorf("still parked when the driver is gone: %+v", r)
			}
		}},
		{"one that is not installed yet", func(t *testing.T, m *team, one, two string) {
			m.git(two, "config", "--global", "merge.late.driver", "late-merger %A %B")
			m.git(two, "config", "--global", "merge.default", "late")
			m.part(one, two, name)
			for range 2 {
				if r := m.must(3, two); !strings.Contains(r.Message, "the merge driver late does not run") || !strings.Contains(r.Message, "not found") {
					t.Errorf("%+v", r)
				}
			}
			bin := m.file("bin/late-merger", "#!/bin/sh\ncat \"$2\" >>\"$1\"\n", 0o755)
			t.Setenv("PATH", filepath.Dir(bin)+":"+os.Getenv("PATH"))
			if r := m.must(0, two); r.State != "IDLE" || !r.Merged {
				t.Errorf("%+v", r)
			}
		}},
		{"one that leaves conflicts", func(t *testing.T, m *team, one, two string) {
			m.git(two, "config", "--global", "merge.no.driver", "echo too hard >&2; echo mine >%A; exit 1")
			m.git(two, "config", "--global", "merge.default", "no")
			m.part(one, two, name)
			if r := m.must(3, two); !strings.Contains(r.Message, "the merge driver no leaves conflicts: too hard: `airside sync resolve`") {
				t.Errorf("%+v", r)
			}
			m.noDriverLeft(two)
			m.must(0, two, "resolve")
			if m.read(two, name) != "mine\n" {
				t.Errorf("resolve: %q", m.read(two, name))
			}
			m.git(two, "merge", "--abort")
		}},
		{"one that does not end", func(t *testing.T, m *team, one, two string) {
			t.Setenv("AIRSIDE_SYNC_HOOKSECONDS", "1")
			m.git(two, "config", "--global", "merge.slow.driver", "sleep 300; true %A")
			m.git(two, "config", "--global", "merge.default", "slow")
			m.part(one, two, name)
			if r := m.must(3, two); !strings.Contains(r.Message, "the merge driver slow was not done after 1s and was ended: sync.hookSeconds gives it longer") {
				t.Errorf("%+v", r)
			}
		}},
		{"another one for common ancestors", func(t *testing.T, m *team, one, two string) {
			m.git(two, "config", "--global", "merge.outer.driver", "cat %B >>%A")
			m.git(two, "config", "--global", "merge.outer.recursive", "inner")
			m.git(two, "config", "--global", "merge.inner.driver", "touch "+filepath.Join(m.dir, "inner")+"; cat %B >>%A")
			m.git(two, "config", "--global", "merge.default", "outer")
			m.cross(one, two, map[string]string{name: "theirs" + strings.TrimPrefix(tenLines, "1")}, map[string]string{name: strings.TrimSuffix(tenLines, "10\n") + "ours\n"},
				map[string]string{name: "x\n"}, map[string]string{name: "y\n"})
			if r := m.must(0, two); r.State != "IDLE" || !r.Merged || m.read(two, name) != "y\nx\n" {
				t.Errorf("%+v, %q", r, m.read(two, name))
			}
			if _, err := os.Lstat(filepath.Join(m.dir, "inner")); err != nil {
				t.Error(err)
			}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := newTeam(t, map[string]string{name: tenLines})
			one, two := m.clone("one"), m.clone("two")
			m.must(0, two, "enable")
			c.run(t, m, one, two)
			m.noDriverLeft(two)
			m.whole(two)
		})
	}
}

// cross has the two clones change files, each merge the other's change in its own way
// (thenOne, thenTwo), and what one has made pushed: two histories that cross.
func (m *team) cross(one, two string, byOne, byTwo, thenOne, thenTwo map[string]string) {
	m.t.Helper()
	m.commit(one, byOne)
	m.commit(two, byTwo)
	tips := map[string]string{one: m.git(one, "rev-parse", "HEAD"), two: m.git(two, "rev-parse", "HEAD")}
	for dir, other := range map[string]string{one: two, two: one} {
		m.git(dir, "fetch", "-q", other, tips[other])
		exec.Command("git", "-C", dir, "merge", "-q", "--no-commit", "-s", "ours", tips[other]).Run()
		then := thenOne
		if dir == two {
			then = thenTwo
		}
		m.commit(dir, then)
	}
	m.git(one, "push", "-q", "origin", "HEAD")
}

// TestE2ECrissCrossLook: where histories cross, the second look has its turn too.
func TestE2ECrissCrossLook(t *testing.T) {
	text := func(top, first, last, element string) map[string]string {
		return map[string]string{"p.go": "package p\n\n// " + top + "\n\nimport (\n\t\"a\"\n" + element + ")\n\n// " + first + "\n\nvar x = 1\n\nvar y = 2\n\n// " + last + "\n"}
	}
	m := newTeam(t, text("t", "f", "l", ""))
	one, two := m.clone("one"), m.clone("two")
	m.must(0, two, "enable")
	m.cross(one, two, text("t", "F", "l", ""), text("t", "f", "L", ""), text("T", "F", "L", "\t\"b\"\n"), text("t", "F", "L", "\t\"c\"\n"))
	if r := m.must(3, two); !strings.Contains(r.Message, "airside sync resolve --proposal") {
		t.Errorf("%+v", r)
	}
	if r := m.must(0, two, "resolve", "--proposal"); !r.Merged {
		t.Errorf("%+v", r)
	}
	if got := m.read(two, "p.go"); !strings.Contains(got, "// T\n") || !strings.Contains(got, `"b"`) || !strings.Contains(got, `"c"`) {
		t.Errorf("merged: %s", got)
	}
}

// TestE2EDirectoryRenames: merge.directoryRenames is as git has it.
func TestE2EDirectoryRenames(t *testing.T) {
	for value, want := range map[string]struct {
		code int
		file string
	}{"conflict": {3, ""}, "true": {0, "new/c"}, "false": {0, "old/c"}} {
		t.Run(value, func(t *testing.T) {
			m := newTeam(t, map[string]string{"x": "x\n"})
			one, two := m.clone("one"), m.clone("two")
			m.must(0, two, "enable")
			for _, name := range []string{"a", "b"} {
				m.file("one/old/"+name, name+tenLines, 0o644)
			}
			m.commit(one, nil)
			m.git(one, "push", "-q", "origin", "HEAD")
			m.must(0, two)
			m.git(one, "mv", "old", "new")
			m.commit(one, nil)
			m.git(one, "push", "-q", "origin", "HEAD")
			m.file("two/old/c", "c"+tenLines, 0o644)
			m.commit(two, nil)
			m.git(two, "config", "merge.directoryRenames", value)
			git := m.git(two, "rev-parse", "HEAD")
			m.must(want.code, two)
			if want.file == "" {
				return
			}
			if m.read(two, want.file) != "c"+tenLines {
				t.Errorf("it is not at %s", want.file)
			}
			// The same tree as git's.
			tree := m.git(two, "rev-parse", "HEAD^{tree}")
			m.git(two, "checkout", "-q", "--detach", git)
			m.git(two, "merge", "-q", "--no-edit", m.git(one, "rev-parse", "HEAD"))
			if theirs := m.git(two, "rev-parse", "HEAD^{tree}"); tree != theirs {
				t.Errorf("tree %s, git's %s", tree, theirs)
			}
		})
	}
}

// TestE2ESyncMessages: what was misleading once says what it is, and what to do.
func TestE2ESyncMessages(t *testing.T) {
	m := newTeam(t, map[string]string{"a": "1\n2\n3\n", "notes": "mine\n"})
	one, two := m.clone("one"), m.clone("two")
	m.must(0, one, "enable")
	m.must(0, two, "enable")

	if r := m.must(1, two, "--branch", "nosuch"); r.Branch != "nosuch" || r.Message != "there is no branch nosuch here: `git branch` lists them" {
		t.Errorf("unknown branch: %+v", r)
	}

	m.git(two, "update-index", "--assume-unchanged", "notes")
	m.file("two/notes", "changed, and not looked at\n", 0o644)
	m.commit(one, map[string]string{"notes": "theirs\n"})
	m.must(0, one)
	if r := m.must(1, two); r.State != "BUSY" || r.Message != "1 commit more at origin: notes has changes that git merge would overwrite: commit or stash them" && r.Message != "notes has changes that git merge would overwrite: commit or stash them" {
		t.Errorf("in the way: %+v", r)
	}
	m.git(two, "update-index", "--no-assume-unchanged", "notes")
	m.git(two, "checkout", "-q", "notes")
	m.must(0, two)

	m.commit(one, map[string]string{"a": "one\n2\n3\n"})
	m.must(0, one)
	m.commit(two, map[string]string{"a": "uno\n2\n3\n"})
	m.must(3, two)
	first := m.must(0, two, "resolve")
	if again := m.must(0, two, "resolve"); again.Message != first.Message || len(again.Conflicts) != 1 || !strings.Contains(again.Message, "the merge is in the work tree: settle it and commit") {
		t.Errorf("resolve twice: %+v, then %+v", first, again)
	}
	if r := m.must(3, two, "status"); r.Message != first.Message {
		t.Errorf("status: %+v", r)
	}
	m.commit(two, map[string]string{"a": "eins\n2\n3\n"})
	if code, _, errOut := m.sync(two, "resolve"); code != 1 || !strings.Contains(errOut, "committed already: `airside sync` pushes it") {
		t.Errorf("resolve after the commit: %d, %s", code, errOut)
	}
	m.must(0, two)
	m.whole(one, two, m.origin)
}

// TestE2EHookSleeps: status says what a sync waits for, and a setting bounds it.
func TestE2EHookSleeps(t *testing.T) {
	m := newTeam(t, map[string]string{"a": "1\n"})
	one := m.clone("one")
	m.must(0, one, "enable")
	fifos := map[string]string{}
	for _, name := range []string{"begun", "end"} {
		fifos[name] = filepath.Join(m.dir, name)
		if out, err := exec.Command("mkfifo", fifos[name]).CombinedOutput(); err != nil {
			t.Fatal(err, string(out))
		}
	}
	hook := m.file("one/.git/hooks/pre-push", "#!/bin/sh\necho x >"+fifos["begun"]+"\ncat "+fifos["end"]+"\n", 0o755)
	m.commit(one, map[string]string{"a": "2\n"})
	done := make(chan ext.SyncResult)
	go func() { done <- m.must(0, one) }()
	os.ReadFile(fifos["begun"])
	code, out, _ := m.sync(one, "status")
	if code != 0 || !strings.Contains(out, "BUSY") || !strings.Contains(out, "waiting for the pre-push hook since ") {
		t.Errorf("status: %d, %s", code, out)
	}
	os.WriteFile(fifos["end"], []byte("x"), 0)
	if r := <-done; r.State != "IDLE" || r.Pushed != 1 {
		t.Errorf("%+v", r)
	}
	if _, out, _ := m.sync(one, "status"); strings.Contains(out, "waiting") {
		t.Errorf("status: %s", out)
	}

	t.Setenv("AIRSIDE_SYNC_HOOKSECONDS", "1")
	if err := os.WriteFile(hook, []byte("#!/bin/sh\nsleep 300\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	m.commit(one, map[string]string{"a": "3\n"})
	if r := m.must(1, one); r.State != "REJECTED" || !strings.Contains(r.Message, "the pre-push hook was not done after 1s and was ended, so nothing was pushed: sync.hookSeconds gives it longer") {
		t.Errorf("%+v", r)
	}
}
