// Package reach tells whether a remote can be talked to now, by asking the
// remote itself: a captive portal answers every question but this one. It also
// hears when the network or the machine wakes, as a hint to ask again.
package reach

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// State is what a probe found.
type State string

const (
	Reachable State = "reachable"
	Offline   State = "offline" // nobody answers: try again
	Portal    State = "portal"  // somebody else answers: try again
	Refused   State = "refused" // it answers, and will not talk: the user's business
)

// Verdict is the outcome of a probe. Message is one line for people, "" when the
// remote can be reached.
type Verdict struct {
	State   State
	Message string
}

// Endpoint is where a remote is.
type Endpoint struct {
	Protocol string            // "http", "https", "ssh", "git" or "file"
	URL      string            // of the repository, for http and https, without credentials
	Host     string            // for ssh and git
	Port     int               // 0 is the protocol's own
	Path     string            // for git as the server knows it, for file one of this machine
	Shown    string            // how messages name it
	Indirect bool              // another program decides how it is reached: only a transfer can tell
	HTTP     http.RoundTripper // nil is a plain one
}

// Timeout bounds a probe as a whole.
const Timeout = 5 * time.Second

// Probe asks the remote, within Timeout: for the header of its list of refs over
// http (gitprotocol-http), the banner over ssh (RFC 4253 section 4.2), the first
// line over git://, and for the files of a repository on this machine.
// Credentials are the business of the transfer that follows.
func Probe(ctx context.Context, p Endpoint) Verdict {
	ctx, cancel := context.WithTimeout(ctx, Timeout)
	defer cancel()
	if p.Indirect {
		return Verdict{State: Reachable}
	}
	switch p.Protocol {
	case "http", "https":
		return probeHTTP(ctx, p)
	case "ssh":
		return probeBanner(ctx, p, 22, nil, "SSH-", "an ssh server")
	case "git":
		line := fmt.Sprintf("git-upload-pack %s\x00host=%s\x00", p.Path, p.Host)
		request := fmt.Sprintf("%04x%s", len(line)+4, line)
		return probeBanner(ctx, p, 9418, []byte(request), "", "a git server")
	case "file":
		return probeFile(ctx, p)
	}
	return Verdict{Refused, fmt.Sprintf("%s: airside does not speak %q: it speaks http, https, ssh, git and files", p.Shown, p.Protocol)}
}

const uploadPack = "git-upload-pack"

func probeHTTP(ctx context.Context, p Endpoint) Verdict {
	address := strings.TrimSuffix(p.URL, "/") + "/info/refs?service=" + uploadPack
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return Verdict{Refused, p.Shown + " is not an address"}
	}
	req.Header.Set("User-Agent", "git/airside") // servers tell git from browsers by its first four letters
	transport := p.HTTP
	if transport == nil {
		transport = &http.Transport{DisableKeepAlives: true}
	}
	elsewhere := ""
	client := &http.Client{Transport: transport, CheckRedirect: func(next *http.Request, via []*http.Request) error {
		if !strings.EqualFold(next.URL.Hostname(), req.URL.Hostname()) || len(via) > 5 {
			elsewhere = next.URL.Hostname()
			return http.ErrUseLastResponse
		}
		return nil
	}}
	resp, err := client.Do(req)
	if err != nil {
		return unanswered(p, err)
	}
	defer resp.Body.Close()
	if t, ok := transport.(*http.Transport); ok {
		defer t.CloseIdleConnections()
	}
	switch code := resp.StatusCode; {
	case elsewhere != "":
		return Verdict{Portal, fmt.Sprintf("%s sends us to %.100q: a captive portal? Open a browser to log in", p.Shown, elsewhere)}
	case code == http.StatusUnauthorized:
		return Verdict{State: Reachable} // the transfer brings credentials
	case code == http.StatusForbidden:
		return Verdict{Refused, p.Shown + " forbids it (403): ask who runs it for access"}
	case code == http.StatusNotFound || code == http.StatusGone:
		return Verdict{Refused, fmt.Sprintf("%s: there is no repository (%d): git remote -v shows the address", p.Shown, code)}
	case code == http.StatusNetworkAuthenticationRequired: // RFC 6585
		return Verdict{Portal, p.Shown + " cannot be reached before you log in to the network (511)"}
	case code < 200 || code > 299:
		return Verdict{Offline, fmt.Sprintf("%s answers %d", p.Shown, code)}
	}
	kind, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	head := make([]byte, 64)
	n, err := io.ReadFull(resp.Body, head)
	if n == 0 && err != nil && kind == "application/x-"+uploadPack+"-advertisement" {
		return unanswered(p, err)
	}
	if kind == "application/x-"+uploadPack+"-advertisement" && bytes.Contains(head[:n], []byte("# service="+uploadPack)) {
		return Verdict{State: Reachable}
	}
	return Verdict{Portal, fmt.Sprintf("%s answers with %.40q, not as a git server: a captive portal? Open a browser to log in", p.Shown, kind)}
}

// unanswered sorts the errors of a connection.
func unanswered(p Endpoint, err error) Verdict {
	var dns *net.DNSError
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err // without the address, which messages name already
	}
	text := err.Error()
	switch {
	case strings.Contains(text, "tls: ") || strings.Contains(text, "x509: ") || strings.Contains(text, "server gave HTTP response"):
		return Verdict{Portal, fmt.Sprintf("%s shows a certificate that is not trusted (%s): a captive portal, or a wrong clock", p.Shown, text)}
	case errors.As(err, &dns):
		return Verdict{Offline, p.Shown + ": its name is not known here"}
	case errors.Is(err, context.DeadlineExceeded) || os.IsTimeout(err):
		return Verdict{Offline, p.Shown + " does not answer"}
	}
	return Verdict{Offline, fmt.Sprintf("%s cannot be reached: %s", p.Shown, text)}
}

// probeBanner connects, says request, and wants an answer that begins with want.
func probeBanner(ctx context.Context, p Endpoint, port int, request []byte, want, what string) Verdict {
	if p.Port != 0 {
		port = p.Port
	}
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", net.JoinHostPort(p.Host, strconv.Itoa(port)))
	if err != nil {
		return unanswered(p, err)
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	if _, err := conn.Write(request); err != nil {
		return unanswered(p, err)
	}
	// A server may say other lines before its banner (RFC 4253 section 4.2).
	answer := make([]byte, 0, 4096)
	for len(answer) < cap(answer) {
		n, err := conn.Read(answer[len(answer):cap(answer)])
		answer = answer[:len(answer)+n]
		if want == "" && len(answer) >= 4 {
			return firstLine(p, answer)
		}
		if want != "" && (bytes.HasPrefix(answer, []byte(want)) || bytes.Contains(answer, []byte("\n"+want))) {
			return Verdict{State: Reachable}
		}
		if bytes.HasPrefix(answer, []byte("HTTP/")) {
			break
		}
		if err != nil {
			if len(answer) > 0 && !os.IsTimeout(err) {
				break
			}
			return unanswered(p, err)
		}
	}
	return Verdict{Portal, fmt.Sprintf("%s answers, but not as %s: a captive portal?", p.Shown, what)}
}

// firstLine judges the first pkt-line of git://.
func firstLine(p Endpoint, answer []byte) Verdict {
	if _, err := strconv.ParseUint(string(answer[:4]), 16, 16); err != nil {
		return Verdict{Portal, p.Shown + " answers, but not as a git server: a captive portal?"}
	}
	if bytes.HasPrefix(answer[4:], []byte("ERR ")) {
		return Verdict{Refused, fmt.Sprintf("%s: %.200q", p.Shown, bytes.TrimSpace(answer[8:]))}
	}
	return Verdict{State: Reachable}
}

// probeFile looks for a repository on this machine. A network file system can
// hang for minutes; then the look is left behind.
func probeFile(ctx context.Context, p Endpoint) Verdict {
	found := make(chan error, 1)
	go func() { found <- repositoryAt(p.Path) }()
	select {
	case err := <-found:
		if err == nil {
			return Verdict{State: Reachable}
		}
		if errors.Is(err, os.ErrNotExist) { // a stick that is not plugged in
			return Verdict{Offline, p.Shown + ": there is no repository now"}
		}
		return Verdict{Offline, fmt.Sprintf("%s cannot be read: %v", p.Shown, err)}
	case <-ctx.Done():
		return Verdict{Offline, p.Shown + " does not answer: a network drive that is gone?"}
	}
}

func repositoryAt(path string) error {
	for _, dir := range []string{path, filepath.Join(path, ".git"), path + ".git"} {
		if _, err := os.Stat(filepath.Join(dir, "HEAD")); err == nil {
			_, err := os.Stat(filepath.Join(dir, "objects"))
			return err
		} else if !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return fmt.Errorf("%s: %w", path, os.ErrNotExist)
}
