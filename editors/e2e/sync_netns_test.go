//go:build e2e

package e2e

import (
	"bytes"
	"encoding/json"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestE2ELinkCut has the remote in one network namespace and the clone in
// another. The link between them is cut while a large pack comes in and while a
// watch goes on, and restored: the watch brings the rest by itself.
func TestE2ELinkCut(t *testing.T) {
	const there, here = "airside-there", "airside-here"
	ip := func(args ...string) {
		t.Helper()
		if out, err := exec.Command("ip", args...).CombinedOutput(); err != nil {
			t.Fatalf("ip %s: %v\n%s", strings.Join(args, " "), err, out)
		}
	}
	for _, ns := range []string{there, here} {
		exec.Command("ip", "netns", "del", ns).Run() // of a test that was killed
		ip("netns", "add", ns)
		t.Cleanup(func() { exec.Command("ip", "netns", "del", ns).Run() })
		ip("-n", ns, "link", "set", "lo", "up")
	}
	ip("link", "add", "airside0", "netns", there, "type", "veth", "peer", "name", "airside1", "netns", here)
	ip("-n", there, "addr", "add", "10.99.7.1/24", "dev", "airside0")
	ip("-n", here, "addr", "add", "10.99.7.2/24", "dev", "airside1")
	ip("-n", there, "link", "set", "airside0", "up")
	link := func(state string) { t.Helper(); ip("-n", here, "link", "set", "airside1", state) }
	link("up")

	w, a, b := newWorld(t)
	daemon := exec.Command("ip", "netns", "exec", there, "git", "daemon", "--reuseaddr", "--listen=10.99.7.1",
		"--export-all", "--enable=receive-pack", "--base-path="+w.dir, w.dir)
	daemon.Env = w.env
	must(t, daemon.Start())
	t.Cleanup(func() { daemon.Process.Kill(); daemon.Wait() })
	a.git("remote", "set-url", "origin", "git://10.99.7.1/remote.git")
	eventually(t, "git daemon", func() bool {
		cmd := exec.Command("ip", "netns", "exec", here, "git", "ls-remote", "git://10.99.7.1/remote.git")
		cmd.Env = w.env
		return cmd.Run() == nil
	})

	// The watch of a person who works, in the namespace that loses its link.
	watch := a.command("sync", "--watch", "--json")
	watch = &exec.Cmd{Path: mustPath(t, "ip"), Args: append([]string{"ip", "netns", "exec", here}, watch.Args...), Dir: watch.Dir, Env: watch.Env}
	out := &lockedBuffer{}
	watch.Stdout, watch.Stderr = out, out
	must(t, watch.Start())
	t.Cleanup(func() { watch.Process.Kill(); watch.Wait() })
	state := func(want string) func() bool {
		return func() bool {
			var last struct{ State string }
			lines := strings.Split(strings.TrimSpace(out.String()), "\n")
			json.Unmarshal([]byte(lines[len(lines)-1]), &last)
			return last.State == want
		}
	}
	eventually(t, "the first round", state("IDLE"))

	link("down")
	a.commit("in the air", "f", replaced("one", "in the air"))
	eventually(t, "offline", state("OFFLINE"))
	noise := make([]byte, 24<<20)
	for i, x := 0, uint32(1); i < len(noise); i++ {
		x = x*1664525 + 1013904223
		noise[i] = byte(x >> 24)
	}
	b.publish("large", "large", string(noise))

	link("up")
	// Cut again as soon as a part of the pack is there.
	cut := false
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline) && !cut; {
		sizes, _ := exec.Command("sh", "-c", "du -sb "+a.path(".git/objects")+" | cut -f1").Output()
		if n := len(strings.TrimSpace(string(sizes))); n >= 7 { // a megabyte and more
			link("down")
			cut = true
		}
	}
	t.Logf("cut in mid-transfer: %v; the watch said:\n%s", cut, out.String())
	link("up")
	eventually(t, "everything to be in step", func() bool {
		tip, _ := w.tryGit(w.remote, nil, "rev-parse", "main")
		mine, _ := a.tryGit(a.dir, nil, "rev-parse", "HEAD")
		return tip == mine && a.files()["large"] == blobHash(noise)
	})
	if a.read("f") != replaced("one", "in the air") {
		t.Error("the commit made in the air is not what it was")
	}
}

func mustPath(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	must(t, err)
	return path
}

// lockedBuffer takes what a program prints while it runs.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
