package wire

import (
	"context"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/airside-ls/airside/gitsync/repo/program"
	"github.com/airside-ls/airside/gitsync/repo/refs"
)

// Endpoint is where a remote would be talked to: what a probe needs to know.
type Endpoint struct {
	Protocol string // "http", "https", "ssh", "git" or "file"
	URL      string // of the repository, for http and https, without credentials
	Host     string // name or address, after ~/.ssh/config for ssh
	Port     int    // 0 is the protocol's own
	Path     string // as the server knows it; a path of this machine for file
	Shown    string // fit for people
	Indirect bool   // another program decides how it is reached: a probe can tell nothing
	HTTP     http.RoundTripper
}

const sshConfigTimeout = 5 * time.Second

// Place finds out where a remote is, by the user's proxies, certificates and
// ~/.ssh/config. It connects nowhere.
func (w *Wire) Place(ctx context.Context, up refs.Upstream) (Endpoint, error) {
	to, err := w.locate(up.URL)
	if err != nil {
		return Endpoint{}, err
	}
	config, err := w.config.All()
	if err != nil {
		return Endpoint{}, err
	}
	ep := to.endpoint
	p := Endpoint{Protocol: ep.Protocol, Host: strings.Trim(ep.Host, "[]"), Port: ep.Port, Path: ep.Path, Shown: to.shown}
	d := &dialer{wire: w, remote: up.Remote, to: to, config: config, limits: usual}
	switch {
	case to.web():
		host := ep.Host
		if ep.Port != 0 {
			host = net.JoinHostPort(p.Host, strconv.Itoa(ep.Port))
		}
		p.URL = ep.Protocol + "://" + host + ep.Path
		transport := &http.Transport{DisableKeepAlives: true}
		if err := d.proxy(transport); err != nil {
			return Endpoint{}, err
		}
		if err := d.certificates(transport); err != nil {
			return Endpoint{}, err
		}
		p.HTTP = transport
	case ep.Protocol == "ssh":
		w.sshPlace(ctx, d, &p)
	}
	return p, nil
}

// Proxy is where a connection to the place goes instead, if the user has a proxy
// for it.
func (p Endpoint) Proxy() (host string, port int, ok bool) {
	t, is := p.HTTP.(*http.Transport)
	u, err := url.Parse(p.URL)
	if !is || t.Proxy == nil || err != nil {
		return "", 0, false
	}
	proxy, err := t.Proxy(&http.Request{URL: u})
	if err != nil || proxy == nil {
		return "", 0, false
	}
	port, err = strconv.Atoi(proxy.Port())
	if err != nil {
		port = proxyPorts[proxy.Scheme]
	}
	return proxy.Hostname(), port, true
}

// proxyPorts are those of net/http, where a proxy's URL names none.
var proxyPorts = map[string]int{"http": 80, "https": 443, "socks5": 1080, "socks5h": 1080}

// sshPlace asks ssh itself what an alias stands for.
func (w *Wire) sshPlace(ctx context.Context, d *dialer, p *Endpoint) {
	command, shell := d.sshCommand()
	if shell || command == "" && w.program.SSH == "" {
		p.Indirect = shell
		return
	}
	ctx, cancel := context.WithTimeout(ctx, sshConfigTimeout)
	defer cancel()
	args := []string{"-G"}
	if p.Port != 0 {
		args = append(args, "-p", strconv.Itoa(p.Port))
	}
	out, err := w.program.Command(ctx, program.Call{}, command, append(args, "--", p.Host)...).Output()
	if err != nil {
		return // an old ssh: the name is taken as it is
	}
	for line := range strings.Lines(string(out)) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch key {
		case "hostname":
			p.Host = value
		case "port":
			p.Port, _ = strconv.Atoi(value)
		case "proxycommand", "proxyjump":
			p.Indirect = p.Indirect || value != "none"
		}
	}
}
