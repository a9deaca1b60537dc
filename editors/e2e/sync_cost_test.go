//go:build e2e

package e2e

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// sshd is a real server on the loopback with keys of its own. What reaches it is
// counted: each connection, also one that asks for nothing.
type sshd struct {
	config string // the client's
	mu     sync.Mutex
	said   bytes.Buffer
}

func (s *sshd) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.said.Write(p)
}

// connections are those since the last call.
func (s *sshd) connections() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := strings.Count(s.said.String(), "Connection from ")
	s.said.Reset()
	return n
}

func startSSHD(t *testing.T) *sshd {
	t.Helper()
	const server = "/usr/sbin/sshd"
	if _, err := os.Stat(server); err != nil {
		t.Fatalf("needs %s (apt install openssh-server)", server)
	}
	os.MkdirAll("/run/sshd", 0o755)
	me, err := user.Current()
	must(t, err)
	dir := folder(t)
	must(t, os.Chmod(dir, 0o700))
	for _, key := range []string{"host", "user"} {
		out, err := exec.Command("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", filepath.Join(dir, key)).CombinedOutput()
		if err != nil {
			t.Fatalf("ssh-keygen: %v: %s", err, out)
		}
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	port := strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
	l.Close()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		must(t, os.WriteFile(path, []byte(text), 0o600))
		return path
	}
	config := write("sshd_config", "Port "+port+"\nListenAddress 127.0.0.1\nHostKey "+filepath.Join(dir, "host")+"\nAuthorizedKeysFile "+filepath.Join(dir, "user.pub")+
		"\nPermitRootLogin yes\nStrictModes no\nUsePAM no\nPasswordAuthentication no\nPidFile none\nLogLevel VERBOSE\nAcceptEnv GIT_PROTOCOL\n")
	hostKey, err := os.ReadFile(filepath.Join(dir, "host.pub"))
	must(t, err)
	known := write("known_hosts", "[127.0.0.1]:"+port+" "+string(hostKey))
	s := &sshd{config: write("config", "Host there\n HostName 127.0.0.1\n Port "+port+"\n User "+me.Username+"\n IdentityFile "+filepath.Join(dir, "user")+
		"\n IdentitiesOnly yes\n UserKnownHostsFile "+known+"\n")}
	cmd := exec.Command(server, "-D", "-e", "-f", config)
	cmd.Stderr = s
	must(t, cmd.Start())
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	eventually(t, "sshd listens", func() bool {
		conn, err := net.Dial("tcp", "127.0.0.1:"+port)
		if err == nil {
			conn.Close()
		}
		return err == nil
	})
	return s
}

// TestE2ESyncCost counts what a round over ssh costs: the connections that reach the
// server, next to those of git's own pull and push, and the programs that are started.
func TestE2ESyncCost(t *testing.T) {
	server := startSSHD(t)
	_, a, b := newWorld(t)
	bin, log := filepath.Join(a.world.dir, "bin"), filepath.Join(a.world.dir, "started")
	must(t, os.Mkdir(bin, 0o755))
	for name, args := range map[string]string{"git": "", "ssh": "-F " + server.config} {
		real, err := exec.LookPath(name)
		must(t, err)
		script := fmt.Sprintf("#!/bin/sh\necho %s \"$@\" >>%s\nexec %s %s \"$@\"\n", name, log, real, args)
		must(t, os.WriteFile(filepath.Join(bin, name), []byte(script), 0o755))
	}
	path := "PATH=" + bin + ":" + os.Getenv("PATH")
	a.extra = append(a.extra, path)
	a.git("remote", "set-url", "origin", "there:"+a.remote)
	a.wants("IDLE")
	started := func() []string {
		data, _ := os.ReadFile(log)
		os.Remove(log)
		return strings.Split(strings.TrimSpace(string(data)), "\n")
	}
	plain := func(args ...string) {
		t.Helper()
		if out, err := a.tryGit(a.dir, []string{path}, args...); err != nil {
			t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
		}
	}
	for _, c := range []struct {
		name     string
		prepare  func()
		git      [][]string // what git alone does for it
		programs int
	}{
		{"nothing new", func() {}, [][]string{{"fetch", "-q"}}, 2},
		{"fast-forward", func() { b.publish("theirs", "g", "theirs\n") }, [][]string{{"pull", "-q", "--ff-only"}}, 5},
		{"push", func() { a.commit("mine", "h", "mine\n") }, [][]string{{"fetch", "-q"}, {"push", "-q"}}, 5},
		{"merge and push", func() {
			b.git("pull", "-q")
			b.publish("theirs", "g", "theirs again\n")
			a.commit("mine", "h", "mine again\n")
		}, [][]string{{"pull", "-q", "--no-rebase", "--no-edit"}, {"push", "-q"}}, 5},
	} {
		c.prepare()
		a.git("tag", "-f", "before")
		before := a.runGit(a.remote, nil, "rev-parse", "main")
		server.connections()
		started()
		a.wants("IDLE")
		ours, programs := server.connections(), started()
		// The same once more, by git.
		a.runGit(a.remote, nil, "update-ref", "refs/heads/main", before)
		a.git("reset", "-q", "--hard", "before")
		a.git("update-ref", "refs/remotes/origin/main", a.git("merge-base", "before", before))
		for _, args := range c.git {
			plain(args...)
		}
		theirs := server.connections()
		t.Logf("%s: %d connections, git alone %d; %d programs:\n\t%s", c.name, ours, theirs, len(programs), strings.Join(programs, "\n\t"))
		if ours > theirs {
			t.Errorf("%s: %d connections, git alone takes %d", c.name, ours, theirs)
		}
		if len(programs) > c.programs {
			t.Errorf("%s: %d programs, more than %d", c.name, len(programs), c.programs)
		}
		a.tryGit(a.dir, nil, "update-ref", "refs/airside/remotes/origin/main", a.git("rev-parse", "HEAD"))
	}
	b.git("pull", "-q")
}
