package reach

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

func TestProbeHTTP(t *testing.T) {
	advertisement := "001e# service=git-upload-pack\n0000"
	answer := func(code int, kind, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", kind)
			w.WriteHeader(code)
			io.WriteString(w, body)
		}
	}
	const git = "application/x-git-upload-pack-advertisement"
	tests := []struct {
		name    string
		handler http.HandlerFunc
		want    State
		says    string
	}{
		{"git", answer(200, git, advertisement), Reachable, ""},
		{"wants credentials", answer(401, "text/plain", "who?"), Reachable, ""},
		{"portal", answer(200, "text/html", "<html>Welcome to the airport</html>"), Portal, "captive portal"},
		{"portal that lies about the type", answer(200, git, "<html>"), Portal, "captive portal"},
		{"portal elsewhere", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://portal.invalid/", http.StatusFound)
		}, Portal, "portal.invalid"},
		{"redirect at home", func(w http.ResponseWriter, r *http.Request) {
			if !strings.HasPrefix(r.URL.Path, "/moved") {
				http.Redirect(w, r, "/moved"+r.URL.RequestURI(), http.StatusFound)
				return
			}
			answer(200, git, advertisement)(w, r)
		}, Reachable, ""},
		{"network login", answer(511, "text/html", ""), Portal, "511"},
		{"forbidden", answer(403, "text/plain", ""), Refused, "403"},
		{"not there", answer(404, "text/plain", ""), Refused, "no repository"},
		{"broken", answer(502, "text/plain", ""), Offline, "502"},
		{"cut off", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", git)
			w.(http.Flusher).Flush()
			conn, _, _ := w.(http.Hijacker).Hijack()
			conn.Close()
		}, Offline, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			server := httptest.NewServer(tt.handler)
			defer server.Close()
			v := Probe(t.Context(), Endpoint{Protocol: "http", URL: server.URL + "/r.git", Shown: "origin"})
			check(t, v, tt.want, tt.says)
		})
	}
	t.Run("untrusted certificate", func(t *testing.T) {
		server := httptest.NewTLSServer(answer(200, git, advertisement))
		server.Config.ErrorLog = nil
		defer server.Close()
		check(t, Probe(t.Context(), Endpoint{Protocol: "https", URL: server.URL, Shown: "origin"}), Portal, "certificate")
		check(t, Probe(t.Context(), Endpoint{Protocol: "https", URL: server.URL, Shown: "origin", HTTP: server.Client().Transport}), Reachable, "")
	})
}

func check(t *testing.T, v Verdict, want State, says string) {
	t.Helper()
	if v.State != want || !strings.Contains(v.Message, says) || (v.Message == "") != (want == Reachable) {
		t.Errorf("%+v, want %s with %q", v, want, says)
	}
}

func TestProbeBanner(t *testing.T) {
	tests := []struct {
		protocol, says string // "" hangs up
		want           State
	}{
		{"ssh", "SSH-2.0-OpenSSH_9\r\n", Reachable},
		{"ssh", "welcome\r\nSSH-2.0-x\r\n", Reachable},
		{"ssh", "HTTP/1.1 400 Bad Request\r\n\r\n", Portal},
		{"ssh", "", Offline},
		{"git", "003fabc", Reachable},
		{"git", "0032ERR access denied or repository not exported: /r", Refused},
		{"git", "HTTP/1.0 302 Found", Portal},
		{"git", "", Offline},
	}
	for _, tt := range tests {
		t.Run(tt.protocol+" "+tt.says, func(t *testing.T) {
			host, port := serve(t, func(c net.Conn) { io.WriteString(c, tt.says) })
			v := Probe(t.Context(), Endpoint{Protocol: tt.protocol, Host: host, Port: port, Path: "/r", Shown: "origin"})
			if v.State != tt.want {
				t.Errorf("%+v, want %s", v, tt.want)
			}
		})
	}
}

// serve answers each connection by f.
func serve(t *testing.T, f func(net.Conn)) (host string, port int) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				f(c)
			}()
		}
	}()
	h, p, _ := net.SplitHostPort(l.Addr().String())
	port, _ = strconv.Atoi(p)
	return h, port
}

// TestBlackHole: a server that takes the connection and says nothing costs no
// more than the caller's patience.
func TestBlackHole(t *testing.T) {
	release := make(chan struct{})
	host, port := serve(t, func(net.Conn) { <-release })
	defer close(release)
	for _, protocol := range []string{"ssh", "git", "http"} {
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		u := url.URL{Scheme: "http", Host: net.JoinHostPort(host, strconv.Itoa(port))}
		v := Probe(ctx, Endpoint{Protocol: protocol, Host: host, Port: port, URL: u.String(), Shown: "origin"})
		cancel()
		check(t, v, Offline, "does not answer")
	}
}

func TestProbeFile(t *testing.T) {
	dir := t.TempDir()
	for _, d := range []string{"bare.git/objects", "work/.git/objects"} {
		if err := os.MkdirAll(filepath.Join(dir, d), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, f := range []string{"bare.git/HEAD", "work/.git/HEAD"} {
		if err := os.WriteFile(filepath.Join(dir, f), []byte("ref: refs/heads/main\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for name, want := range map[string]State{"bare.git": Reachable, "bare": Reachable, "work": Reachable, "gone": Offline} {
		if v := Probe(t.Context(), Endpoint{Protocol: "file", Path: filepath.Join(dir, name), Shown: name}); v.State != want {
			t.Errorf("%s: %+v, want %s", name, v, want)
		}
	}
	check(t, Probe(t.Context(), Endpoint{Protocol: "ext", Shown: "ext::sh"}), Refused, "does not speak")
}

// TestWatch: a burst of events is one hint, a sleep is one, and the channel ends
// with the context.
func TestWatch(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	events, ticks := make(chan struct{}), make(chan time.Time)
	var wall atomic.Int64
	hints := watch(ctx, events, func() time.Time { return time.Unix(wall.Load(), 0) }, func() <-chan time.Time { return ticks })
	for range 5 {
		events <- struct{}{}
	}
	<-hints
	ticks <- time.Time{} // nothing has happened
	wall.Add(3600)
	ticks <- time.Time{}
	<-hints
	cancel()
	if _, open := <-hints; open {
		t.Error("a hint too many")
	}
}
