package wire

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/airside-ls/airside/gitsync/repo/fault"
	"github.com/airside-ls/airside/gitsync/repo/refs"
)

func TestAdvertise(t *testing.T) {
	const h = "1111111111111111111111111111111111111111"
	r := newTestRepo(t)
	up := liar{list: lists(
		h+" HEAD", h+" refs/heads/main", h+" refs/tags/v1", "2222222222222222222222222222222222222222 refs/tags/v1^{}",
		h+" refs/heads/../../etc/passwd", h+" refs/heads/x.lock", h+" refs/heads/a\x1b[2J", h+" outside",
		h+" refs/heads/.hidden", strings.Repeat("0", 40)+" refs/heads/nothing", h+" .have")}.start(t)
	refs, err := r.Advertise(context.Background(), up)
	wantKind(t, err, "")
	if got := fmt.Sprint(len(refs), refs["HEAD"], refs["refs/heads/main"], refs["refs/tags/v1"]); got != "3 "+h+" "+h+" "+h {
		t.Errorf("got %s: %v", got, refs)
	}
	empty := liar{list: func(w http.ResponseWriter, service string) { pkt(w, "# service="+service+"\n", "", "") }}.start(t)
	refs, err = r.Advertise(context.Background(), empty)
	if wantKind(t, err, ""); len(refs) != 0 {
		t.Errorf("an empty remote has %v", refs)
	}
}

func TestAdvertiseLies(t *testing.T) {
	line := strings.Repeat("1", 40) + " refs/heads/main"
	cases := map[string]struct {
		handle http.HandlerFunc
		kind   fault.Kind
		says   string
	}{
		"captive portal": {func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html>Welcome to the airport") }, fault.Protocol, "does not speak git"},
		"another host": {func(w http.ResponseWriter, req *http.Request) {
			http.Redirect(w, req, "http://portal.invalid/info/refs", http.StatusFound)
		}, fault.Protocol, "portal.invalid"},
		"endless": {func(w http.ResponseWriter, req *http.Request) {
			w.Header().Set("Content-Type", "application/x-git-upload-pack-advertisement")
			pkt(w, "# service=git-upload-pack\n", "", line+"\x00agent=x\n")
			for i := 0; req.Context().Err() == nil; i++ {
				pkt(w, line+fmt.Sprint(i)+"\n")
			}
		}, fault.Protocol, "more than"},
		"gzip bomb": {func(w http.ResponseWriter, req *http.Request) {
			w.Header().Set("Content-Type", "application/x-git-upload-pack-advertisement")
			w.Header().Set("Content-Encoding", "gzip")
			z := gzip.NewWriter(w)
			pkt(z, "# service=git-upload-pack\n", "", line+"\x00agent=x\n")
			for i := 0; req.Context().Err() == nil; i++ {
				pkt(z, line+strings.Repeat("0", 900)+fmt.Sprint(i)+"\n")
				z.Flush()
			}
		}, fault.Protocol, "more than"},
		"a huge line": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/x-git-upload-pack-advertisement")
			fmt.Fprint(w, "ffff"+strings.Repeat("a", 80000))
		}, fault.Protocol, ""},
		"silence": {func(_ http.ResponseWriter, req *http.Request) { <-req.Context().Done() }, fault.Network, "silent"},
		"silence within": {func(w http.ResponseWriter, req *http.Request) {
			w.Header().Set("Content-Type", "application/x-git-upload-pack-advertisement")
			pkt(w, "# service=git-upload-pack\n", "", line+"\x00agent=x\n")
			w.(http.Flusher).Flush()
			<-req.Context().Done()
		}, fault.Network, "silent"},
		"cut off": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/x-git-upload-pack-advertisement")
			pkt(w, "# service=git-upload-pack\n", "", line+"\x00agent=x\n")
			w.(http.Flusher).Flush()
			panic(http.ErrAbortHandler)
		}, fault.Network, ""},
		"an error page without end": {func(w http.ResponseWriter, req *http.Request) {
			w.WriteHeader(500)
			for req.Context().Err() == nil {
				fmt.Fprint(w, strings.Repeat("error ", 1000))
			}
		}, fault.Network, "500"},
		"no such thing": {func(w http.ResponseWriter, req *http.Request) { http.NotFound(w, req) }, fault.Auth, ""},
		"log in":        {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(401) }, fault.Auth, ""},
		"sha256": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/x-git-upload-pack-advertisement")
			pkt(w, "# service=git-upload-pack\n", "", strings.Repeat("1", 64)+" refs/heads/main\x00object-format=sha256\n", "")
		}, fault.Protocol, ""},
	}
	r := newTestRepo(t)
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			s := httptest.NewServer(c.handle)
			defer s.Close()
			url := strings.Replace(s.URL, "http://", "http://user:s3cret@", 1) + "/x.git"
			lim := tight
			if c.says == "silent" {
				lim = impatient()
			}
			_, err := r.advertise(context.Background(), refs.Upstream{URL: url}, url, lim)
			wantKind(t, err, c.kind)
			if !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "s3cret") {
				t.Errorf("message: %v", err)
			}
		})
	}
}

// TestCancel: a remote that hangs does not hold the caller, whatever it speaks.
func TestCancel(t *testing.T) {
	r := newTestRepo(t)
	here := make(chan struct{}, 1)
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, req *http.Request) {
		here <- struct{}{}
		<-req.Context().Done()
	}))
	defer s.Close()
	ctx, cancel := context.WithCancel(context.Background())
	go func() { <-here; cancel() }()
	start := time.Now()
	_, err := r.Advertise(ctx, refs.Upstream{URL: s.URL})
	wantKind(t, err, fault.Failed)
	if !errors.Is(err, context.Canceled) || time.Since(start) > 10*time.Second {
		t.Errorf("%v after %v", err, time.Since(start))
	}
}

func TestLocate(t *testing.T) {
	r := newTestRepo(t)
	for raw, want := range map[string]string{
		"https://me:pw@host/a%20b.git":   "https|me|host|0|/a%20b.git|https://host/a%20b.git",
		"http://host:8080/x":             "http||host|8080|/x|http://host:8080/x",
		"ssh://git@host:22/~me/x":        "ssh|git|host|22|~me/x|ssh://git@host:22/~me/x",
		"ssh://me:pw@host/x":             "ssh|me|host|0|/x|ssh://me@host/x",
		"git@host:a/b.git":               "ssh|git|host|0|a/b.git|git@host:a/b.git",
		"host:x":                         "ssh||host|0|x|host:x",
		"[::1]:x":                        "ssh||::1|0|x|[::1]:x",
		"git://host/x":                   "git||host|0|/x|git://host/x",
		"file:///tmp/a%20b":              "file|||0|/tmp/a b|file:///tmp/a%20b",
		"/tmp/x":                         "file|||0|/tmp/x|/tmp/x",
		"./with:colon":                   "file|||0|" + r.at.Work + "/with:colon|./with:colon",
		"ext::sh -c x":                   "",
		"ssh://-oProxyCommand=x/y":       "",
		"-oProxyCommand=x:y":             "",
		"host:-x":                        "",
		"ftp://host/x":                   "",
		"http://host:99999/x":            "",
		"https://me:pw/pw@host/x":        "",
		"https://me:pw%zz@host/x":        "",
		"":                               "",
		"https://host/x\nprotocol=https": "",
	} {
		l, err := r.locate(raw)
		if want == "" {
			if err == nil || strings.Contains(err.Error(), "pw") {
				t.Errorf("%q: %+v, %v", raw, l.endpoint, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%q: %v", raw, err)
			continue
		}
		ep := l.endpoint
		if got := fmt.Sprintf("%s|%s|%s|%d|%s|%s", ep.Protocol, ep.User, ep.Host, ep.Port, ep.Path, l.shown); got != want {
			t.Errorf("%q:\n%s, want\n%s", raw, got, want)
		}
	}
}
