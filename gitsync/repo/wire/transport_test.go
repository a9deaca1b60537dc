package wire

import (
	"context"
	"encoding/pem"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/airside-ls/airside/gitsync/repo/fault"
	"github.com/airside-ls/airside/gitsync/repo/refs"
)

func oneRef(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/x-git-upload-pack-advertisement")
	lists(strings.Repeat("1", 40)+" refs/heads/main")(w, "git-upload-pack")
}

func TestCertificates(t *testing.T) {
	s := httptest.NewUnstartedServer(http.HandlerFunc(oneRef))
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	defer s.Close()
	r := newTestRepo(t)
	up := refs.Upstream{URL: s.URL + "/x.git"}
	_, err := r.Advertise(context.Background(), up)
	wantKind(t, err, fault.Protocol)
	if !strings.Contains(err.Error(), "sslCAInfo") {
		t.Errorf("message: %v", err)
	}
	r.Configure("[http]\n\tsslVerify = false")
	_, err = r.Advertise(context.Background(), up)
	wantKind(t, err, fault.Protocol)
	ca := filepath.Join(t.TempDir(), "ca.pem")
	os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw}), 0o644)
	r.Configure("[http \"" + s.URL + "/\"]\n\tsslCAInfo = " + ca)
	_, err = r.Advertise(context.Background(), up)
	wantKind(t, err, "")
}

// TestProxy: the remote's name is one that only a proxy could know.
func TestProxy(t *testing.T) {
	asked := make(chan string, 8)
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		asked <- req.URL.Host + " " + req.Header.Get("X-Ours")
		oneRef(w, req)
	}))
	defer proxy.Close()
	up := refs.Upstream{Remote: "origin", URL: "http://far.invalid/x.git"}
	for name, c := range map[string]struct{ config, env string }{
		"config":     {"[http]\n\tproxy = " + proxy.URL + "\n\textraHeader = X-Ours: yes", ""},
		"environ":    {"[http]\n\textraHeader = X-Ours: yes", "http_proxy=" + proxy.URL},
		"the remote": {"[remote \"origin\"]\n\tproxy = " + strings.TrimPrefix(proxy.URL, "http://") + "\n[http \"http://*.invalid\"]\n\textraHeader = X-Ours: yes\n[http \"http://far.invalid/other\"]\n\textraHeader = X-Ours: no", "http_proxy=http://127.0.0.1:1"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newTestRepo(t)
			r.Configure(c.config)
			r.program.Environ = append(r.program.Environ, c.env)
			_, err := r.Advertise(context.Background(), up)
			wantKind(t, err, "")
			if got := <-asked; got != "far.invalid yes" {
				t.Errorf("asked for %q", got)
			}
		})
	}
}

// TestRenamed: a redirect within the host is followed, for the fetch too.
func TestRenamed(t *testing.T) {
	r := newTestRepo(t)
	git, remote, _ := honest(t, r)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if strings.HasPrefix(req.URL.Path, "/old") {
			http.Redirect(w, req, "/new"+strings.TrimPrefix(req.URL.RequestURI(), "/old"), http.StatusMovedPermanently)
			return
		}
		serveHonestly(w, req, git)
	}))
	defer s.Close()
	tip := remote.Commit(map[string]string{"a": "b"}, r.Base)
	setRef(remote, tip)
	up := refs.Upstream{Remote: "origin", URL: s.URL + "/old/x.git", Ref: "refs/heads/main"}
	wantKind(t, r.Fetch(context.Background(), up, ours(tip), nil), "")
	mine := r.Commit(map[string]string{"c": "d"}, tip)
	wantKind(t, r.Push(context.Background(), up, []PushUpdate{{Ref: "refs/heads/main", Old: ours(tip)[0], New: ours(mine)[0]}}, nil), "")
}

func TestBypassed(t *testing.T) {
	const list = "corp.example, .dev.example,10.0.0.0/8,other.example:8080,*.star.example"
	for host, want := range map[string]bool{
		"localhost": true, "127.0.0.1": true, "::1": true, "corp.example": true, "git.corp.example": true, "notcorp.example": false,
		"a.dev.example": true, "10.1.2.3": true, "11.1.2.3": false, "other.example": true, "x.star.example": true, "far.example": false,
	} {
		if got := bypassed(host, list); got != want {
			t.Errorf("%s: %v", host, got)
		}
	}
	if !bypassed("anything", "*") {
		t.Error("* is everything")
	}
}

// silent accepts connections and never says a word.
func silent(t *testing.T) (address string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		var open []net.Conn
		for {
			c, err := l.Accept()
			if err != nil {
				for _, c := range open {
					c.Close()
				}
				return
			}
			open = append(open, c)
		}
	}()
	t.Cleanup(func() { l.Close() })
	return l.Addr().String()
}

// TestBlackHole: servers of every protocol that accept and say nothing.
func TestBlackHole(t *testing.T) {
	r := newTestRepo(t)
	address := silent(t)
	for _, scheme := range []string{"git", "http", "https"} {
		url := scheme + "://" + address + "/x.git"
		_, err := r.advertise(context.Background(), refs.Upstream{}, url, impatient())
		wantKind(t, err, fault.Network)
		ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
		_, err = r.advertise(ctx, refs.Upstream{}, url, tight)
		cancel()
		wantKind(t, err, fault.Network)
	}
}

// TestNobodyThere: a port on which nobody listens.
func TestNobodyThere(t *testing.T) {
	r := newTestRepo(t)
	for _, url := range []string{"git://127.0.0.1:1/x", "http://127.0.0.1:1/x", "https://127.0.0.1:1/x"} {
		_, err := r.Advertise(context.Background(), refs.Upstream{URL: url})
		wantKind(t, err, fault.Network)
		err = r.Push(context.Background(), refs.Upstream{URL: url}, []PushUpdate{{Ref: "refs/heads/x", New: ours(r.Base)[0]}}, nil)
		wantKind(t, err, fault.Network)
	}
	_, err := r.Advertise(context.Background(), refs.Upstream{URL: "file:///nowhere/at/all"})
	wantKind(t, err, fault.Failed)
	err = r.Push(context.Background(), refs.Upstream{URL: r.at.Work}, []PushUpdate{{Ref: "refs/heads/x", New: ours(r.Base)[0]}}, nil)
	wantKind(t, err, fault.Unsupported)
}

func TestSSHArgs(t *testing.T) {
	r := newTestRepo(t)
	for _, c := range []struct{ url, env, variant, want string }{
		{"git@host:it's/x!", "", "ssh", `-o BatchMode=yes -o LogLevel=ERROR -o ConnectTimeout=15 git@host git-upload-pack 'it'\''s/x'\!''`},
		{"ssh://host:2222/x", "", "ssh", "-o BatchMode=yes -o LogLevel=ERROR -o ConnectTimeout=15 -p 2222 host git-upload-pack '/x'"},
		{"ssh://host:2222/x", "GIT_SSH_COMMAND=/opt/plink.exe -v", "plink", "-batch -P 2222 host git-upload-pack '/x'"},
		{"ssh://host:2222/x", "GIT_SSH_VARIANT=simple", "simple", "host git-upload-pack '/x'"},
	} {
		to, err := r.locate(c.url)
		wantKind(t, err, "")
		r.program.SSH, r.program.Environ = "/usr/bin/ssh", []string{c.env}
		d := &dialer{wire: r.Wire, to: to, limits: usual}
		command, shell := d.sshCommand()
		variant := d.sshVariant(command, shell)
		if got := strings.Join(d.sshArgs(variant, "git-upload-pack"), " "); got != c.want || variant != c.variant {
			t.Errorf("%s %s: %s\n%s, want\n%s", c.url, c.env, variant, got, c.want)
		}
	}
}

// TestSameHost: a password goes nowhere but to where the URL says.
func TestSameHost(t *testing.T) {
	for path, follows := range map[string]bool{
		"https://h/a https://h/b": true, "https://h/a https://H:443/b": true, "http://h:80/a https://h/b": true, "http://h:8080/a http://h:8080/b": true,
		"https://h/a http://h/a": false, "https://h/a https://h:8443/a": false, "https://h:8443/a https://h/a": false,
		"http://h/a https://h:8443/a": false, "http://h:8080/a https://h/a": false, "http://h/a http://h:8080/a": false,
		"https://h/a https://g/a": false, "http://h/a https://h/a http://h/a": false,
	} {
		var via []*http.Request
		for _, address := range strings.Fields(path) {
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
			if err != nil {
				t.Fatal(err)
			}
			via = append(via, req)
		}
		last := len(via) - 1
		if err := sameHost(via[last], via[:last]); (err == nil) != follows {
			t.Errorf("%s: %v", path, err)
		}
	}
}
