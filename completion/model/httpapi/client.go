// Package httpapi is the one way in which backends talk to a model server:
// bounded in size, never through a proxy, never redirected elsewhere, and with
// every failure as a [model.Error].
package httpapi

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/secrecy"
)

const (
	// A loopback connection is made within microseconds or refused; a host that
	// the user named may be another machine of the house.
	loopbackDialTimeout = 300 * time.Millisecond
	remoteDialTimeout   = 2 * time.Second

	// maxReply bounds a reply that is read whole. The largest known is a
	// vocabulary with its merges, some 10 MiB.
	maxReply = 32 << 20
	// maxErrorReply is as much of a failing answer as is worth reading.
	maxErrorReply = 4 << 10
)

// Options describe a server to [New].
type Options struct {
	Backend string // name in errors: "ollama"
	URL     string // "http://127.0.0.1:11434"
	Token   string // sent as "Authorization: Bearer", if not empty
	// Classify says which kind of error a status is. Without it, or when ok is
	// false, it is [model.BadReply].
	Classify func(*StatusError) (kind model.Kind, ok bool)
	// Gentle closes the connection of an unfinished answer in a pause between two
	// pieces; see gentle.
	Gentle bool
	// Advice is what the user can do, by kind of error.
	Advice map[model.Kind]string
}

// Client talks to one server. It is safe for concurrent use.
type Client struct {
	options   Options
	base      *url.URL      // without a user: it is shown
	user      *url.Userinfo // that Options.URL names, sent as "Authorization: Basic"
	transport *http.Transport
	streaming http.RoundTripper // for answers that come in pieces
}

// New returns a client for the server at o.URL. Nothing is sent yet. The error
// says what is wrong with the address.
func New(o Options) (*Client, error) {
	base, err := url.Parse(o.URL)
	if err != nil {
		return nil, fmt.Errorf("%s address %q: it is none", o.Backend, secrecy.MaskURLs(o.URL))
	}
	if base.Scheme != "http" && base.Scheme != "https" || base.Host == "" {
		return nil, fmt.Errorf("%s address %q: want something like http://127.0.0.1:8080", o.Backend, secrecy.MaskURLs(o.URL))
	}
	user := base.User
	base.User = nil
	timeout := remoteDialTimeout
	if isLoopback(base.Hostname()) {
		timeout = loopbackDialTimeout
	}
	transport := &http.Transport{
		Proxy:               nil, // never hand a person's code to a proxy
		DialContext:         (&net.Dialer{Timeout: timeout}).DialContext,
		MaxIdleConnsPerHost: 4,
		IdleConnTimeout:     time.Minute,
		DisableCompression:  true,
	}
	c := &Client{options: o, base: base, user: user, transport: transport, streaming: transport}
	if o.Gentle {
		c.streaming = gentleTransport{transport}
	}
	if user != nil && o.Token == "" {
		c.streaming = signer{c.streaming, user}
	}
	return c, nil
}

// URL is the server's address, without the user that it may have named.
func (c *Client) URL() string { return strings.TrimSuffix(c.base.String(), "/") }

// Close drops idle connections.
func (c *Client) Close() { c.transport.CloseIdleConnections() }

// Get fetches path and decodes its JSON into reply.
func (c *Client) Get(ctx context.Context, path string, reply any) error {
	return c.whole(ctx, http.MethodGet, path, nil, reply)
}

// Post sends request as JSON to path and decodes the answer's JSON into reply.
func (c *Client) Post(ctx context.Context, path string, request, reply any) error {
	return c.whole(ctx, http.MethodPost, path, request, reply)
}

func (c *Client) whole(ctx context.Context, method, path string, request, reply any) error {
	op := method + " " + path
	response, err := c.send(ctx, c.transport, method, path, request)
	if err != nil {
		return c.Failure(ctx, op, err)
	}
	defer response.Body.Close()
	data, err := io.ReadAll(io.LimitReader(response.Body, maxReply+1))
	if err != nil {
		return c.Failure(ctx, op, badReply{fmt.Errorf("the answer broke off: %w", err)})
	}
	if len(data) > maxReply {
		return c.Failure(ctx, op, badReply{fmt.Errorf("the answer is larger than %d MiB", maxReply>>20)})
	}
	if err := json.Unmarshal(data, reply); err != nil {
		return c.Failure(ctx, op, notJSON(data, err))
	}
	return nil
}

// send returns a response of status 200, its body still to be read and closed.
func (c *Client) send(ctx context.Context, by http.RoundTripper, method, path string, request any) (*http.Response, error) {
	var body io.Reader
	if request != nil {
		var buffer bytes.Buffer
		encoder := json.NewEncoder(&buffer)
		encoder.SetEscapeHTML(false) // source code is full of < and &
		if err := encoder.Encode(request); err != nil {
			return nil, err
		}
		body = &buffer
	}
	r, err := http.NewRequestWithContext(ctx, method, c.base.JoinPath(path).String(), body)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/json")
	repeatable(r)
	switch {
	case c.options.Token != "":
		r.Header.Set("Authorization", "Bearer "+c.options.Token)
	case c.user != nil:
		sign(r, c.user)
	}
	response, err := (&http.Client{Transport: by, CheckRedirect: noRedirect}).Do(r)
	if err != nil {
		return nil, err
	}
	if err := checkStatus(response); err != nil {
		response.Body.Close()
		return nil, err
	}
	return response, nil
}

// repeatable lets the transport send r again when the server has closed the idle
// connection in that very moment (llama-server does so after every 100
// requests). Asking a model twice does no harm. The empty value is not sent.
func repeatable(r *http.Request) { r.Header["Idempotency-Key"] = []string{} }

// signer names a user in the requests of those who only know the address.
type signer struct {
	http.RoundTripper
	user *url.Userinfo
}

func (s signer) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	sign(r, s.user)
	return s.RoundTripper.RoundTrip(r)
}

func sign(r *http.Request, user *url.Userinfo) {
	password, _ := user.Password()
	r.SetBasicAuth(user.Username(), password)
}

func noRedirect(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

func isLoopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

func checkStatus(response *http.Response) error {
	if response.StatusCode == http.StatusOK {
		if strings.HasPrefix(response.Header.Get("Content-Type"), "text/html") {
			return badReply{errors.New("it answers with a web page; other software listens there")}
		}
		return nil
	}
	data, _ := io.ReadAll(io.LimitReader(response.Body, maxErrorReply))
	return &StatusError{Code: response.StatusCode, Message: errorMessage(data)}
}
