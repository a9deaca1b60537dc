package wire

import (
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"github.com/airside-ls/airside/gitsync/repo/fault"
)

// proxy is remote.<name>.proxy, http.proxy, or what the environment that
// Options name says. net/http's own reading of the environment is that of
// this process, read once.
func (d *dialer) proxy(t *http.Transport) error {
	set, found := d.config.Last("remote."+d.remote+".proxy"), true
	if set == "" {
		set, found = d.webConfig("proxy")
	}
	if found && set == "" {
		return nil // switched off
	}
	if set == "" {
		host := strings.Trim(d.to.endpoint.Host, "[]")
		if bypassed(host, d.firstOf("no_proxy", "NO_PROXY")) {
			return nil
		}
		if d.to.endpoint.Protocol == "https" {
			set = d.firstOf("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY")
		} else {
			set = d.firstOf("http_proxy", "all_proxy", "ALL_PROXY") // HTTP_PROXY may come from a request, see httpoxy.org
		}
	}
	if set == "" {
		return nil
	}
	if !strings.Contains(set, "://") {
		set = "http://" + set
	}
	u, err := url.Parse(set)
	if err != nil {
		return fault.Wrap(nil, "the proxy is not a URL: %.100q", fault.WithoutCredentials(set))
	}
	t.Proxy = http.ProxyURL(u)
	return nil
}

func (d *dialer) firstOf(names ...string) string {
	for _, name := range names {
		if v := d.wire.program.Environ.Get(name); v != "" {
			return v
		}
	}
	return ""
}

// bypassed reads no_proxy as curl and Go do: names with all below them,
// addresses, networks, "*". This machine is never behind a proxy.
func bypassed(host, list string) bool {
	addr, err := netip.ParseAddr(host)
	if strings.EqualFold(host, "localhost") || err == nil && addr.IsLoopback() {
		return true
	}
	for item := range strings.SplitSeq(list, ",") {
		item = strings.ToLower(strings.TrimSpace(item))
		if name, _, err := net.SplitHostPort(item); err == nil {
			item = name
		}
		if network, e := netip.ParsePrefix(item); e == nil && err == nil && network.Contains(addr) {
			return true
		}
		item = strings.TrimPrefix(strings.TrimPrefix(item, "*"), ".")
		lower := strings.ToLower(host)
		if list == "*" || item != "" && (lower == item || strings.HasSuffix(lower, "."+item)) {
			return true
		}
	}
	return false
}
