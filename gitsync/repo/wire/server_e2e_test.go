//go:build e2e

package wire

import (
	"bytes"
	"context"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/cgi"
	"net/http/httptest"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/airside-ls/airside/gitsync/object"
	"github.com/airside-ls/airside/gitsync/repo/fault"
	"github.com/airside-ls/airside/gitsync/repo/layout"
	"github.com/airside-ls/airside/gitsync/repo/pack"
	"github.com/airside-ls/airside/gitsync/repo/program"
)

// webServer is git's own http-backend, with a password where one is given.
func (g *realGit) webServer(password string) string {
	g.T.Helper()
	backend := &cgi.Handler{
		Path: filepath.Join(g.Git(g.Dir, "--exec-path"), "git-http-backend"), Root: "/",
		Env: []string{"GIT_PROJECT_ROOT=" + g.Dir, "GIT_HTTP_EXPORT_ALL=1", "REMOTE_USER=a", "HOME=" + g.Dir},
	}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if _, p, _ := req.BasicAuth(); p != password {
			w.Header().Set("WWW-Authenticate", `Basic realm="test"`)
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		if req.ContentLength < 0 { // CGI needs to know it
			body, _ := io.ReadAll(req.Body)
			req.Body, req.ContentLength, req.TransferEncoding = io.NopCloser(bytes.NewReader(body)), int64(len(body)), nil
		}
		backend.ServeHTTP(w, req)
	}))
	g.T.Cleanup(s.Close)
	return s.URL + "/remote.git"
}

func TestE2EHTTP(t *testing.T) {
	g := newRealGit(t)
	g.up.URL = g.webServer("")
	g.roundTrip()
}

// helper makes git answer with the password, and notes what it is told.
func (g *realGit) helper(password string) (log string) {
	g.T.Helper()
	log = filepath.Join(g.Dir, "helper.log")
	script := filepath.Join(g.Dir, "helper")
	body := "#!/bin/sh\necho \"$1\" >>" + log + "\ncat >/dev/null\n[ \"$1\" = get ] && printf 'username=me\\npassword=" + password + "\\n'\nexit 0\n"
	if err := os.WriteFile(script, []byte(body), 0o755); err != nil {
		g.T.Fatal(err)
	}
	g.Git(g.Dir, "config", "--file", filepath.Join(g.Dir, "gitconfig"), "credential.helper", script)
	return log
}

func TestE2ECredentials(t *testing.T) {
	g := newRealGit(t)
	g.up.URL = g.webServer("s3cret")
	ctx := context.Background()
	_, err := g.repo.Advertise(ctx, g.up)
	wantKind(t, err, fault.Auth)
	log := g.helper("s3cret")
	g.roundTrip()
	said, _ := os.ReadFile(log)
	if !strings.Contains(string(said), "get\nstore\n") || strings.Contains(string(said), "erase") {
		t.Errorf("the helper heard %q", said)
	}
	g.helper("wrong-pass")
	_, err = g.repo.Advertise(ctx, g.up)
	wantKind(t, err, fault.Auth)
	if strings.Contains(err.Error(), "wrong-pass") {
		t.Errorf("the password is in the error: %v", err)
	}
	if said, _ = os.ReadFile(log); !strings.HasSuffix(string(said), "get\nerase\n") {
		t.Errorf("the helper heard %q", said)
	}
	up := g.up
	up.URL = strings.Replace(g.up.URL, "http://", "http://me:wrong-too@", 1)
	_, err = g.repo.Advertise(ctx, up)
	wantKind(t, err, fault.Auth)
	if strings.Contains(err.Error(), "wrong-too") {
		t.Errorf("the password is in the error: %v", err)
	}
}

// TestE2ENetrc: what ~/.netrc has is used before helpers are asked, and they are where it
// is refused; none of them is told of it.
func TestE2ENetrc(t *testing.T) {
	g := newRealGit(t)
	g.up.URL = g.webServer("s3cret")
	netrc := func(password string) {
		text := "machine elsewhere.example login me password no\nmachine 127.0.0.1 login me password " + password + "\n"
		if err := os.WriteFile(filepath.Join(g.Dir, ".netrc"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	netrc("s3cret")
	g.Git(g.Dir, "ls-remote", g.up.URL) // as git does
	g.roundTrip()
	netrc("wrong-pass")
	_, err := g.repo.Advertise(context.Background(), g.up)
	wantKind(t, err, fault.Auth)
	if !strings.Contains(err.Error(), "those in ~/.netrc are refused") || strings.Contains(err.Error(), "wrong-pass") {
		t.Error(err)
	}
	log := g.helper("s3cret")
	_, err = g.repo.Advertise(context.Background(), g.up)
	wantKind(t, err, "")
	if said, _ := os.ReadFile(log); string(said) != "get\nstore\n" {
		t.Errorf("the helper heard %q", said)
	}
}

func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// serve runs a server until the test ends, and waits for its port.
func (g *realGit) serve(port int, name string, args ...string) {
	g.T.Helper()
	cmd := exec.Command(name, args...)
	cmd.Env = g.Env
	var said program.Complaints
	cmd.Stderr = &said
	if err := cmd.Start(); err != nil {
		g.T.Fatal(err)
	}
	exited := make(chan struct{})
	go func() { cmd.Wait(); close(exited) }()
	g.T.Cleanup(func() { cmd.Process.Kill(); <-exited })
	for {
		conn, err := net.Dial("tcp", "127.0.0.1:"+strconv.Itoa(port))
		if err == nil {
			conn.Close()
			return
		}
		select {
		case <-exited:
			g.T.Fatalf("%s ended: %s", name, said.String())
		default:
		}
	}
}

func TestE2EDaemon(t *testing.T) {
	g := newRealGit(t)
	port := freePort(t)
	g.serve(port, filepath.Join(g.Git(g.Dir, "--exec-path"), "git-daemon"), "--listen=127.0.0.1", "--port="+strconv.Itoa(port),
		"--base-path="+g.Dir, "--export-all", "--enable=receive-pack", "--reuseaddr")
	g.up.URL = "git://127.0.0.1:" + strconv.Itoa(port) + "/remote.git"
	g.roundTrip()
}

// sshServer is a real sshd on the loopback with its own keys; the client's
// config is in the test's folder.
func (g *realGit) sshServer() (url string) {
	t := g.T
	t.Helper()
	const sshd = "/usr/sbin/sshd"
	if _, err := os.Stat(sshd); err != nil {
		t.Fatalf("needs %s (apt install openssh-server)", sshd)
	}
	os.MkdirAll("/run/sshd", 0o755)
	me, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(g.Dir, "ssh")
	os.Mkdir(dir, 0o700)
	for _, key := range []string{"host", "user", "stranger"} {
		if out, err := exec.Command("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", filepath.Join(dir, key)).CombinedOutput(); err != nil {
			t.Fatalf("ssh-keygen: %v: %s", err, out)
		}
	}
	port := freePort(t)
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	banner := write("banner", "BANNER: access denied to all others\n*******\n")
	config := write("sshd_config", "Port "+strconv.Itoa(port)+"\nListenAddress 127.0.0.1\nHostKey "+filepath.Join(dir, "host")+
		"\nAuthorizedKeysFile "+filepath.Join(dir, "user.pub")+"\nPermitRootLogin yes\nStrictModes no\nUsePAM no\nPasswordAuthentication no\nPidFile none\nAcceptEnv GIT_PROTOCOL\nBanner "+banner+"\n")
	hostKey, err := os.ReadFile(filepath.Join(dir, "host.pub"))
	if err != nil {
		t.Fatal(err)
	}
	known := write("known_hosts", "[127.0.0.1]:"+strconv.Itoa(port)+" "+string(hostKey))
	client := write("config", "Host there\n HostName 127.0.0.1\n Port "+strconv.Itoa(port)+"\n User "+me.Username+"\n IdentityFile "+filepath.Join(dir, "user")+
		"\nHost stranger\n HostName 127.0.0.1\n Port "+strconv.Itoa(port)+"\n User "+me.Username+"\n IdentityFile "+filepath.Join(dir, "stranger")+
		"\nHost *\n IdentitiesOnly yes\n UserKnownHostsFile "+known+"\n")
	g.serve(port, sshd, "-D", "-e", "-f", config)
	g.open("/usr/bin/ssh", "GIT_SSH_COMMAND=ssh -F "+client)
	return "there:" + g.Bare
}

func TestE2ESSH(t *testing.T) {
	g := newRealGit(t)
	g.up.URL = g.sshServer()
	g.roundTrip()
	ctx := context.Background()
	for name, c := range map[string]struct {
		url  string
		kind fault.Kind
	}{
		"wrong key":         {"stranger:" + g.Bare, fault.Auth},
		"no repository":     {"there:/nowhere/at/all.git", fault.Auth},
		"nobody listens":    {"ssh://127.0.0.1:1/x", fault.Network},
		"no such host":      {"nowhere.invalid:/x", fault.Network},
		"an option as host": {"ssh://-oProxyCommand=x/y", fault.Failed},
	} {
		up := g.up
		up.URL = c.url
		_, err := g.repo.Advertise(ctx, up)
		t.Log(name, ":", err)
		wantKind(t, err, c.kind)
	}
}

// TestE2EHostKey: a host whose key is unknown or another one, with a banner for everybody.
func TestE2EHostKey(t *testing.T) {
	g := newRealGit(t)
	g.up.URL = g.sshServer()
	dir := filepath.Join(g.Dir, "ssh")
	known := filepath.Join(dir, "known_hosts")
	right, err := os.ReadFile(known)
	if err != nil {
		t.Fatal(err)
	}
	other, err := os.ReadFile(filepath.Join(dir, "stranger.pub"))
	if err != nil {
		t.Fatal(err)
	}
	name, _, _ := strings.Cut(string(right), " ")
	for text, want := range map[string]string{
		"":                         "there:" + g.Bare + ": ssh does not know its host key yet: run `ssh there` once",
		name + " " + string(other): "there:" + g.Bare + ": its host key is not the one that you have in " + known + ":1, it shows SHA256:",
	} {
		if err := os.WriteFile(known, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := g.repo.Advertise(context.Background(), g.up)
		wantKind(t, err, fault.Auth)
		if !strings.HasPrefix(err.Error(), want) || strings.Contains(err.Error(), "@@@") {
			t.Errorf("%v\nwant %s", err, want)
		}
	}
	if err := os.WriteFile(known, right, 0o600); err != nil {
		t.Fatal(err)
	}
	up := g.up
	up.URL = "stranger:" + g.Bare
	_, err = g.repo.Advertise(context.Background(), up)
	wantKind(t, err, fault.Auth)
	if strings.Contains(err.Error(), "BANNER") || !strings.Contains(err.Error(), "Permission denied") {
		t.Errorf("it says %v", err)
	}
}

// TestE2ESSHBlackHole: ssh itself hangs, below a shell.
func TestE2ESSHBlackHole(t *testing.T) {
	g := newRealGit(t)
	host, port, _ := net.SplitHostPort(silent(t))
	url := "ssh://" + host + ":" + port + "/x"
	for _, env := range []string{"", "GIT_SSH_COMMAND=/usr/bin/ssh -F none"} {
		g.open("/usr/bin/ssh", env)
		_, err := g.repo.advertise(context.Background(), g.up, url, impatient())
		wantKind(t, err, fault.Network)
		ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
		_, err = g.repo.advertise(ctx, g.up, url, usual)
		cancel()
		wantKind(t, err, fault.Network)
	}
}

// TestE2ESSHInProcess: without an ssh binary, by agent and known_hosts.
func TestE2ESSHInProcess(t *testing.T) {
	g := newRealGit(t)
	g.sshServer()
	socket := filepath.Join(g.Dir, "agent")
	agent := exec.Command("ssh-agent", "-D", "-a", socket)
	if err := agent.Start(); err != nil {
		t.Fatal(err)
	}
	defer agent.Wait()
	defer agent.Process.Kill()
	for !layout.Exists(socket) {
		runtime.Gosched()
	}
	t.Setenv("SSH_AUTH_SOCK", socket)
	t.Setenv("SSH_KNOWN_HOSTS", filepath.Join(g.Dir, "ssh", "known_hosts"))
	if out, err := exec.Command("ssh-add", "-q", filepath.Join(g.Dir, "ssh", "user")).CombinedOutput(); err != nil {
		t.Fatalf("ssh-add: %v: %s", err, out)
	}
	me, _ := user.Current()
	g.open("")
	known, _ := os.ReadFile(filepath.Join(g.Dir, "ssh", "known_hosts"))
	address, _, _ := strings.Cut(strings.Replace(strings.TrimPrefix(string(known), "["), "]", "", 1), " ")
	g.up.URL = "ssh://" + me.Username + "@" + address + g.Bare
	g.roundTrip()
	up := g.up
	up.URL = "ssh://stranger@" + address + g.Bare
	_, err := g.repo.Advertise(context.Background(), up)
	wantKind(t, err, fault.Auth)
	_, err = g.repo.advertise(context.Background(), g.up, "ssh://"+silent(t)+"/x", impatient())
	wantKind(t, err, fault.Network)
}

func TestE2ERejected(t *testing.T) {
	g := newRealGit(t)
	hook := filepath.Join(g.Bare, "hooks", "pre-receive")
	if err := os.WriteFile(hook, []byte("#!/bin/sh\necho 'only on \x1b[31mTuesdays\x1b[0m' >&2\nexit 1\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	urls := map[string]string{"file": g.Bare, "http": g.webServer("")}
	old := g.Hash(g.Bare, "main")
	mine := g.Commit(g.Ours, "x", "y")
	for name, url := range urls {
		t.Run(name, func(t *testing.T) {
			up := g.up
			up.URL = url
			err := g.repo.Push(context.Background(), up, []PushUpdate{{Ref: "refs/heads/main", Old: old, New: mine}}, nil)
			wantKind(t, err, fault.Rejected)
			if !strings.Contains(err.Error(), "Tuesdays") {
				t.Errorf("the remote's words are missing: %v", err)
			}
		})
	}
}

func TestE2EPrePush(t *testing.T) {
	g := newRealGit(t)
	old, mine := g.Hash(g.Bare, "main"), g.Commit(g.Ours, "x", "y")
	g.Git(g.Ours, "config", "core.hooksPath", ".husky")
	hook := filepath.Join(g.Ours, ".husky", "pre-push")
	os.Mkdir(filepath.Dir(hook), 0o755)
	told := filepath.Join(g.Dir, "told")
	push := func() error {
		return g.repo.Push(context.Background(), g.up, []PushUpdate{{Ref: "refs/heads/main", Old: old, New: mine}}, nil)
	}
	os.WriteFile(hook, []byte("#!/bin/sh\n(echo \"$1 $2\"; cat) >"+told+"\necho 'tests fail'\nexit 1\n"), 0o755)
	err := push()
	wantKind(t, err, fault.Hook)
	if !strings.Contains(err.Error(), "tests fail") {
		t.Error(err)
	}
	got, _ := os.ReadFile(told)
	want := "origin " + g.Bare + "\nrefs/heads/main " + mine.String() + " refs/heads/main " + old.String() + "\n"
	if string(got) != want {
		t.Errorf("the hook was told\n%s want\n%s", got, want)
	}
	if g.Hash(g.Bare, "main") != old {
		t.Error("pushed all the same")
	}
	os.WriteFile(hook, []byte("exit 0\n"), 0o755) // reads nothing, has no #!
	wantKind(t, push(), "")
}

// TestE2EPrePushSleeps: a hook that does not end is ended, with what it has started.
func TestE2EPrePushSleeps(t *testing.T) {
	g := newRealGit(t)
	old, mine := g.Hash(g.Bare, "main"), g.Commit(g.Ours, "x", "y")
	fifo := filepath.Join(g.Dir, "fifo")
	if out, err := exec.Command("mkfifo", fifo).CombinedOutput(); err != nil {
		t.Fatal(err, string(out))
	}
	hook := filepath.Join(g.Ours, ".git", "hooks", "pre-push")
	os.WriteFile(hook, []byte("#!/bin/sh\ncat "+fifo+"\n"), 0o755)
	var waited []string
	g.repo.program.Patience = 300 * time.Millisecond
	g.repo.program.Waiting = func(what string) func() {
		waited = append(waited, what)
		return func() { waited = append(waited, "over") }
	}
	err := g.repo.Push(context.Background(), g.up, []PushUpdate{{Ref: "refs/heads/main", Old: old, New: mine}}, nil)
	wantKind(t, err, fault.Hook)
	if !strings.Contains(err.Error(), "not done after 300ms") || !strings.Contains(err.Error(), "sync.hookSeconds") {
		t.Error(err)
	}
	if got := strings.Join(waited, ", "); got != "the pre-push hook, over" {
		t.Errorf("told %s", got)
	}
	if g.Hash(g.Bare, "main") != old {
		t.Error("pushed all the same")
	}
}

// TestE2EMany: more commits than go-git should pack, and more bytes than fit
// into one request.
func TestE2EMany(t *testing.T) {
	g := newRealGit(t)
	noise := make([]byte, 3<<20)
	random := rand.NewChaCha8([32]byte{})
	random.Read(noise)
	big := g.Commit(g.Ours, "noise", string(noise))
	tip := big
	for range pack.ManyCommits + 1 {
		h, err := object.ParseHash(g.Git(g.Ours, "commit-tree", "-p", tip.String(), "-m", "m", tip.String()+"^{tree}"))
		if err != nil {
			t.Fatal(err)
		}
		tip = h
	}
	for name, url := range map[string]string{"file": g.Bare, "http": g.webServer("")} {
		up := g.up
		up.URL = url
		for _, u := range []PushUpdate{{Ref: "refs/heads/big-" + name, New: big}, {Ref: "refs/heads/many-" + name, New: tip}} {
			wantKind(t, g.repo.Push(context.Background(), up, []PushUpdate{u}, nil), "")
			if g.Hash(g.Bare, u.Ref) != u.New {
				t.Errorf("%s is elsewhere", u.Ref)
			}
			g.Git(g.Bare, "fsck", "--strict")
			g.Git(g.Bare, "update-ref", "-d", u.Ref)
			g.Git(g.Bare, "gc", "-q", "--prune=now")
		}
	}
}

// TestE2ETwoPushers: of several that push at once, one gets through and the
// others are told to fetch.
func TestE2ETwoPushers(t *testing.T) {
	g := newRealGit(t)
	g.up.URL = g.webServer("")
	old := g.Hash(g.Bare, "main")
	var tips []object.Hash
	for i := range 4 {
		g.Git(g.Ours, "checkout", "-q", "--detach", old.String())
		tips = append(tips, g.Commit(g.Ours, "f"+strconv.Itoa(i), "x"))
		g.Git(g.Ours, "branch", "b"+strconv.Itoa(i))
	}
	errs := make(chan error)
	for _, tip := range tips {
		go func() {
			errs <- g.repo.Push(context.Background(), g.up, []PushUpdate{{Ref: "refs/heads/main", Old: old, New: tip}}, nil)
		}()
	}
	through := 0
	for range tips {
		if err := <-errs; err == nil {
			through++
		} else {
			wantKind(t, err, fault.NonFastForward)
		}
	}
	if through != 1 {
		t.Errorf("%d got through", through)
	}
}
