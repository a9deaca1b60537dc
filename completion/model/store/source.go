package store

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strconv"
	"time"
)

// Source is where a file comes from.
type Source interface {
	// Open gives the bytes from an offset on; a source that cannot gives all of them,
	// and at is 0 then. total is the length of the whole, 0 where nobody says. A
	// [*PassingError] may be gone the next time.
	Open(ctx context.Context, from int64) (body io.ReadCloser, at, total int64, err error)
	// Distant says that it is on the network, so that what it gives has to be known
	// beforehand.
	Distant() bool
	// String names it, for people.
	String() string
}

// PassingError is one that may be gone the next time.
type PassingError struct {
	Source string
	Err    error
}

func (e *PassingError) Error() string { return e.Source + ": " + e.Err.Error() }
func (e *PassingError) Unwrap() error { return e.Err }

// PageError says that a page came in the place of a file.
type PageError struct{ Source string }

func (e *PageError) Error() string {
	return e.Source + " answers with a page and not with a file: is there a proxy or a sign-in in between? Nothing of it is kept"
}

// File is a file of this machine: on a stick, on a share.
type File string

// Open implements [Source].
func (f File) Open(_ context.Context, from int64) (io.ReadCloser, int64, int64, error) {
	info, err := os.Stat(string(f))
	if err != nil {
		return nil, 0, 0, err
	}
	if !info.Mode().IsRegular() {
		return nil, 0, 0, fmt.Errorf("%s is no plain file", string(f))
	}
	file, err := os.Open(string(f))
	if err != nil {
		return nil, 0, 0, err
	}
	if from > info.Size() {
		from = 0
	}
	if _, err := file.Seek(from, io.SeekStart); err != nil {
		return nil, 0, 0, errors.Join(err, file.Close())
	}
	return file, from, info.Size(), nil
}

// Distant implements [Source].
func (f File) Distant() bool  { return false }
func (f File) String() string { return string(f) }

const (
	// silence is how long a server may say nothing.
	silence = 30 * time.Second
	// redirects is how often a server may name another one.
	redirects = 5
)

// Web is a file at an address. It is asked for that file alone: no cookie, no proxy.
type Web struct {
	url    *url.URL
	client *http.Client
}

// NewWeb takes an address; redirected is told of every other host that it leads to,
// before that is contacted. A server may lead from https to nothing else.
func NewWeb(address string, redirected func(host string)) (*Web, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return nil, fmt.Errorf("%q is no address (https://…)", withoutUser(address))
	}
	w := &Web{url: u}
	w.client = &http.Client{
		Transport: &http.Transport{
			DialContext:         (&net.Dialer{Timeout: silence}).DialContext,
			TLSHandshakeTimeout: silence, ResponseHeaderTimeout: silence,
			TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12}, DisableCompression: true, DisableKeepAlives: true,
		},
		CheckRedirect: func(to *http.Request, via []*http.Request) error {
			switch {
			case len(via) > redirects:
				return errors.New("it leads from one address to the next without end")
			case u.Scheme == "https" && to.URL.Scheme != "https":
				return fmt.Errorf("it leads to %s, which is not encrypted", to.URL.Host)
			}
			if to.URL.Host != via[len(via)-1].URL.Host {
				redirected(to.URL.Host)
			}
			return nil
		},
	}
	return w, nil
}

// Distant implements [Source].
func (w *Web) Distant() bool  { return true }
func (w *Web) String() string { return w.url.Redacted() }

// withoutUser is an address without what may be a password.
func withoutUser(address string) string {
	return regexp.MustCompile(`//[^/@]*@`).ReplaceAllString(address, "//")
}

var contentRange = regexp.MustCompile(`^bytes (\d+)-\d+/(\d+|\*)$`)

// Open implements [Source].
func (w *Web) Open(ctx context.Context, from int64) (io.ReadCloser, int64, int64, error) {
	limited, cancel := context.WithCancel(ctx)
	request, err := http.NewRequestWithContext(limited, http.MethodGet, w.url.String(), nil)
	if err != nil {
		cancel()
		return nil, 0, 0, err
	}
	request.Header.Set("User-Agent", "airside")
	if from > 0 {
		request.Header.Set("Range", fmt.Sprintf("bytes=%d-", from))
	}
	response, err := w.client.Do(request)
	if err != nil {
		cancel()
		return nil, 0, 0, w.failed(err)
	}
	at, total, err := w.accept(response, from)
	if err != nil {
		cancel()
		response.Body.Close()
		return nil, 0, 0, err
	}
	if at < 0 { // it has nothing from there on: all of it, then
		cancel()
		response.Body.Close()
		return w.Open(ctx, 0)
	}
	return &body{ReadCloser: response.Body, of: w, cancel: cancel, timer: time.AfterFunc(silence, cancel)}, at, total, nil
}

// accept tells what an answer is: the file from at on, or -1 where it has nothing
// from there on.
func (w *Web) accept(r *http.Response, from int64) (at, total int64, err error) {
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	switch page := kind == "text/html" || kind == "application/xhtml+xml"; {
	case r.StatusCode == http.StatusRequestedRangeNotSatisfiable && from > 0:
		return -1, 0, nil
	case r.StatusCode == http.StatusTooManyRequests, r.StatusCode >= 500:
		return 0, 0, &PassingError{w.String(), errors.New(r.Status)}
	case r.StatusCode == http.StatusOK && !page:
		return 0, max(r.ContentLength, 0), nil
	case r.StatusCode == http.StatusPartialContent && !page:
		m := contentRange.FindStringSubmatch(r.Header.Get("Content-Range"))
		if m == nil || m[1] != strconv.FormatInt(from, 10) {
			return 0, 0, &WrongFileError{w.String(), fmt.Sprintf("it was asked for the rest from %d on, and sends %q", from, r.Header.Get("Content-Range"))}
		}
		total, _ = strconv.ParseInt(m[2], 10, 64) // 0 for "*"
		return from, total, nil
	case page && r.StatusCode < 400:
		return 0, 0, &PageError{w.String()}
	}
	return 0, 0, fmt.Errorf("%s answers %s: is the address right?", w, r.Status)
}

// failed says what is wrong, without the address that net/http repeats.
func (w *Web) failed(err error) error {
	var of *url.Error
	if errors.As(err, &of) {
		err = of.Err
	}
	var certificate *tls.CertificateVerificationError
	if errors.As(err, &certificate) {
		return fmt.Errorf("%s does not prove who it is: %w", w, err)
	}
	return &PassingError{w.String(), err}
}

// body ends when nothing comes for a while.
type body struct {
	io.ReadCloser
	of     *Web
	cancel context.CancelFunc
	timer  *time.Timer
}

func (b *body) Read(p []byte) (int, error) {
	b.timer.Reset(silence)
	n, err := b.ReadCloser.Read(p)
	if err != nil && err != io.EOF {
		err = &PassingError{b.of.String(), err}
	}
	return n, err
}

func (b *body) Close() error {
	b.timer.Stop()
	b.cancel()
	return b.ReadCloser.Close()
}
