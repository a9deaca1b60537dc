package wire

import (
	"net/url"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"

	"github.com/go-git/go-git/v5/plumbing/transport"

	"github.com/airside-ls/airside/gitsync/repo/fault"
	"github.com/airside-ls/airside/gitsync/repo/layout"
)

// location is where a remote is, and how it may be shown: without a password.
type location struct {
	endpoint *transport.Endpoint
	shown    string
}

func (l location) web() bool { return l.endpoint.Protocol == "http" || l.endpoint.Protocol == "https" }

// locate reads a remote's URL as git does: scheme://, host:path, or a path.
func (w *Wire) locate(raw string) (location, error) {
	scheme, rest, hasScheme := strings.Cut(raw, "://")
	switch {
	case raw == "" || strings.ContainsAny(raw, "\x00\n\r"):
		return location{}, fault.Wrap(nil, "%.100q is not the URL of a remote", fault.WithoutCredentials(raw))
	case hasScheme && !strings.ContainsAny(scheme, "/:"):
		if strings.EqualFold(scheme, "file") {
			return localEndpoint(fileURLPath(rest), raw), nil
		}
		return locateURL(raw)
	case helper(raw):
		return location{}, fault.New(fault.Unsupported, "%.100q needs a remote helper: airside speaks http, https, ssh, git and files", fault.WithoutCredentials(raw))
	}
	if l, ok, err := locateSCP(raw); ok || err != nil {
		return l, err
	}
	return localEndpoint(layout.From(w.at.Work, filepath.FromSlash(raw)), raw), nil
}

// helper reports a URL of the form helper::address.
func helper(raw string) bool {
	name, _, ok := strings.Cut(raw, "::")
	return ok && name != "" && !strings.ContainsAny(name, "/@[.")
}

func locateURL(raw string) (location, error) {
	u, err := url.Parse(raw)
	if err != nil { // its text may hold a password anywhere
		scheme, _, _ := strings.Cut(raw, "://")
		return location{}, fault.Wrap(nil, "the %.20s URL of the remote does not parse", scheme)
	}
	l := location{shown: fault.WithoutCredentials(raw), endpoint: &transport.Endpoint{
		Protocol: strings.ToLower(u.Scheme), User: u.User.Username(), Host: u.Hostname(), Path: u.EscapedPath(),
	}}
	l.endpoint.Password, _ = u.User.Password()
	if port := u.Port(); port != "" {
		if l.endpoint.Port, err = strconv.Atoi(port); err != nil || l.endpoint.Port < 1 || l.endpoint.Port > 65535 {
			return location{}, fault.Wrap(nil, "%.100q: %s is not a port", l.shown, port)
		}
	}
	switch l.endpoint.Protocol {
	case "http", "https":
		if strings.Contains(l.endpoint.Host, ":") {
			l.endpoint.Host = "[" + l.endpoint.Host + "]"
		}
		if u.RawQuery != "" {
			return location{}, fault.New(fault.Unsupported, "%.100q: a query in a remote's URL", l.shown)
		}
		return l, checkHost(l)
	case "git+ssh", "ssh+git":
		l.endpoint.Protocol = "ssh"
	case "ssh", "git":
	default:
		return location{}, fault.New(fault.Unsupported, "%.100q: airside speaks http, https, ssh, git and files", l.shown)
	}
	l.endpoint.Path = u.Path
	if strings.HasPrefix(u.Path, "/~") {
		l.endpoint.Path = u.Path[1:]
	}
	return l, checkHost(l)
}

// locateSCP reads [user@]host:path, where no slash stands before the colon.
func locateSCP(raw string) (location, bool, error) {
	host, path, ok := strings.Cut(raw, ":")
	if strings.HasPrefix(raw, "[") || strings.Contains(host, "@[") { // [::1]:path, user@[::1]:path
		host, path, ok = strings.Cut(raw, "]:")
		host = strings.Replace(host, "[", "", 1)
	}
	if !ok || strings.Contains(host, "/") || runtime.GOOS == "windows" && len(host) == 1 {
		return location{}, false, nil
	}
	l := location{shown: fault.WithoutCredentials(raw), endpoint: &transport.Endpoint{Protocol: "ssh", Host: host, Path: path}}
	if at := strings.LastIndexByte(host, '@'); at >= 0 {
		l.endpoint.User, l.endpoint.Host = host[:at], host[at+1:]
	}
	return l, true, checkHost(l)
}

// checkHost refuses what a program would take for an option.
func checkHost(l location) error {
	ep := l.endpoint
	if ep.Host == "" || ep.Host[0] == '-' || strings.HasPrefix(ep.User, "-") || strings.HasPrefix(ep.Path, "-") || ep.Path == "" && !l.web() {
		return fault.Wrap(nil, "%.100q is not the URL of a remote", l.shown)
	}
	return nil
}

func localEndpoint(path, shown string) location {
	return location{&transport.Endpoint{Protocol: "file", Path: path}, fault.WithoutCredentials(shown)}
}

// fileURLPath reads file:///home/x, and file:///C:/x on Windows.
func fileURLPath(rest string) string {
	if p, err := url.PathUnescape(rest); err == nil {
		rest = p
	}
	if runtime.GOOS == "windows" && len(rest) > 2 && rest[0] == '/' && rest[2] == ':' {
		rest = rest[1:]
	}
	return filepath.FromSlash(rest)
}
