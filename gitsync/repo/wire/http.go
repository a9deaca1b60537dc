package wire

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"

	"github.com/go-git/go-git/v5/plumbing/transport"
	githttp "github.com/go-git/go-git/v5/plumbing/transport/http"

	"github.com/airside-ls/airside/gitsync/durable"
	"github.com/airside-ls/airside/gitsync/repo/config"
	"github.com/airside-ls/airside/gitsync/repo/fault"
	"github.com/airside-ls/airside/gitsync/repo/layout"
)

var errNotGit = errors.New("it does not speak git")

const (
	maxErrorPage = 4 << 10 // bytes read of a page that comes with an error status
	postBuffer   = 1 << 20 // bytes of a pack held to know its length; longer ones go out in chunks, as git's do
)

// webTransport is go-git's over an http client that keeps to the watch, checks
// what kind of answer comes, and follows no redirect to another host.
func (d *dialer) webTransport(w *watch, c *conversation) (transport.Transport, error) {
	base := &http.Transport{
		DialContext:         (&net.Dialer{Timeout: d.limits.connect}).DialContext,
		TLSHandshakeTimeout: d.limits.connect,
		ForceAttemptHTTP2:   true,
	}
	if err := d.proxy(base); err != nil {
		return nil, err
	}
	if err := d.certificates(base); err != nil {
		return nil, err
	}
	guard := &webGuard{base: base, watch: w, work: &c.work}
	for _, line := range d.webConfigAll("extraheader") {
		if line == "" { // forgets what came before
			guard.headers = nil
		}
		if name, value, ok := strings.Cut(line, ":"); ok {
			guard.headers = append(guard.headers, [2]string{strings.TrimSpace(name), strings.TrimSpace(value)})
		}
	}
	c.pack = func(write func(io.Writer) error) { guard.pack = write }
	context.AfterFunc(w.ctx, base.CloseIdleConnections)
	return githttp.NewClientWithOptions(&http.Client{Transport: guard, CheckRedirect: sameHost},
		&githttp.ClientOptions{RedirectPolicy: githttp.FollowInitialRedirects}), nil
}

// sameHost keeps a repository where its URL says: only another path on one host and
// port, or https in the place of http where both have their usual ports, is followed.
// What a password was sent to goes along.
func sameHost(req *http.Request, via []*http.Request) error {
	for _, before := range via {
		from, to := before.URL, req.URL
		switch {
		case !strings.EqualFold(to.Hostname(), from.Hostname()):
			return fmt.Errorf("%w: it sends us to another host, %.100q (a captive portal, or the repository has moved)", errNotGit, to.Hostname())
		case from.Scheme == to.Scheme && portOf(from) == portOf(to):
		case from.Scheme == "http" && to.Scheme == "https" && portOf(from) == "80" && portOf(to) == "443":
		default:
			return fmt.Errorf("%w: it sends us to another port of the host, %.100q (a captive portal, or the repository has moved)", errNotGit, to.Scheme+"://"+to.Host)
		}
	}
	return nil
}

// portOf is the port that a URL leads to, the usual one where it names none.
func portOf(u *url.URL) string {
	return cmp.Or(u.Port(), map[string]string{"http": "80", "https": "443"}[u.Scheme])
}

// webGuard sits between go-git and the network.
type webGuard struct {
	base    http.RoundTripper
	watch   *watch
	headers [][2]string
	pack    func(io.Writer) error
	work    *sync.WaitGroup
}

func (g *webGuard) RoundTrip(req *http.Request) (*http.Response, error) {
	req = req.Clone(req.Context())
	for _, h := range g.headers {
		req.Header.Add(h[0], h[1])
	}
	want := "application/x-" + req.URL.Query().Get("service") + "-advertisement"
	if req.Method == http.MethodPost {
		service := req.URL.Path[strings.LastIndexByte(req.URL.Path, '/')+1:]
		want = "application/x-" + service + "-result"
		if g.pack != nil && service == transport.ReceivePackServiceName {
			if err := g.appendPack(req); err != nil {
				return nil, err
			}
		}
	}
	if req.Body != nil {
		req.Body = g.watch.sending(req.Body)
	}
	resp, err := g.base.RoundTrip(req)
	if err != nil {
		g.watch.note(err)
		return nil, err
	}
	g.watch.moved()
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		resp.Body = struct {
			io.Reader
			io.Closer
		}{io.LimitReader(resp.Body, maxErrorPage), resp.Body}
		return resp, nil
	}
	if kind, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type")); kind != want {
		resp.Body.Close()
		return nil, fmt.Errorf("%w: its answer is %.60q instead of %s (a captive portal, a web page, or a server of dumb http)", errNotGit, kind, want)
	}
	resp.Body = g.watch.body(resp.Body)
	return resp, nil
}

// appendPack lets the pack follow the commands: go-git would hold all of it in
// memory.
func (g *webGuard) appendPack(req *http.Request) error {
	r, w := io.Pipe()
	g.work.Go(func() { w.CloseWithError(g.pack(w)) })
	var head bytes.Buffer
	_, err := io.CopyN(&head, r, postBuffer)
	commands := req.Body
	switch {
	case errors.Is(err, io.EOF): // all of it
		req.ContentLength += int64(head.Len())
		req.Body = io.NopCloser(io.MultiReader(commands, &head))
	case err != nil:
		return err
	default:
		req.ContentLength = -1
		req.Body = struct {
			io.Reader
			io.Closer
		}{io.MultiReader(commands, &head, r), r}
	}
	req.Header.Del("Content-Length")
	req.GetBody = nil // cannot be sent twice
	return nil
}

// certificates adds http.sslCAInfo to the system's, and a client certificate.
// http.sslVerify=false is not obeyed.
func (d *dialer) certificates(t *http.Transport) error {
	ca := d.wire.program.Environ.Get("GIT_SSL_CAINFO")
	if ca == "" {
		ca, _ = d.webConfig("sslcainfo")
	}
	t.TLSClientConfig = &tls.Config{MinVersion: tls.VersionTLS12}
	if ca != "" {
		data, err := durable.ReadFile(config.ExpandHome(ca, d.wire.program.Environ.Get("HOME")), layout.MaxRules)
		if err != nil {
			return fault.Wrap(err, "http.sslCAInfo: %v", err)
		}
		pool, err := x509.SystemCertPool()
		if err != nil {
			pool = x509.NewCertPool()
		}
		if !pool.AppendCertsFromPEM(data) {
			return fault.Wrap(nil, "http.sslCAInfo: no certificate in %s", ca)
		}
		t.TLSClientConfig.RootCAs = pool
	}
	cert, _ := d.webConfig("sslcert")
	if cert == "" {
		return nil
	}
	key, _ := d.webConfig("sslkey")
	if key == "" {
		key = cert
	}
	home := d.wire.program.Environ.Get("HOME")
	pair, err := tls.LoadX509KeyPair(config.ExpandHome(cert, home), config.ExpandHome(key, home))
	if err != nil {
		return fault.Wrap(err, "http.sslCert: %v", err)
	}
	t.TLSClientConfig.Certificates = []tls.Certificate{pair}
	return nil
}

// webConfig is http.<url>.name of the longest URL that fits, else http.name.
func (d *dialer) webConfig(name string) (string, bool) {
	all := d.webConfigAll(name)
	if len(all) == 0 {
		return "", false
	}
	return all[len(all)-1], true
}

func (d *dialer) webConfigAll(name string) []string {
	best, length := d.config["http."+name], 0
	for key, values := range d.config {
		pattern, ok := strings.CutPrefix(key, "http.")
		if !ok {
			continue
		}
		if pattern, ok = strings.CutSuffix(pattern, "."+name); ok && len(pattern) > length && d.to.fits(pattern) {
			best, length = values, len(pattern)
		}
	}
	return best
}

// fits reports whether the pattern of http.<pattern>.* covers the remote: same
// scheme, host and port, and a path above it.
func (l location) fits(pattern string) bool {
	u, err := url.Parse(pattern)
	if err != nil || u.Scheme != l.endpoint.Protocol {
		return false
	}
	have := (&url.URL{Host: hostPort(l)}).Host
	want := u.Host
	if host, ok := strings.CutPrefix(want, "*."); ok {
		_, rest, _ := strings.Cut(have, ".")
		have, want = rest, host
	}
	path := strings.TrimSuffix(u.Path, "/")
	return strings.EqualFold(have, want) && (l.endpoint.Path == path || strings.HasPrefix(l.endpoint.Path, path+"/"))
}

func hostPort(l location) string {
	if l.endpoint.Port == 0 {
		return l.endpoint.Host
	}
	return fmt.Sprintf("%s:%d", l.endpoint.Host, l.endpoint.Port)
}
