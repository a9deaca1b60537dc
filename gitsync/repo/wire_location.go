package repo

import (
	"net/url"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"

	"github.com/go-git/go-git/v5/plumbing/transport"
)

// location is where a remote is, and how it may be shown: without a password.
type location struct {
	endpoint *transport.Endpoint
	shown    string
}

func (l location) web() bool { return l.endpoint.Protocol == "http" || l.endpoint.Protocol == "https" }

// locate reads a remote's URL as git does: scheme://, host:path, or a path.
func (r *Repo) locate(raw string) (location, error) {
	scheme, rest, hasScheme := strings.Cut(raw, "://")
	switch {
	case raw == "" || strings.ContainsAny(raw, "\x00\n\r"):
		return location{}, failed(nil, "%.100q is not the URL of a remote", withoutPassword(raw))
	case hasScheme && !strings.ContainsAny(scheme, "/:"):
		if strings.EqualFold(scheme, "file") {
			return localEndpoint(fileURLPath(rest), raw), nil
		}
		return locateURL(raw)
	case helper(raw):
		return location{}, unsupported("%.100q needs a remote helper: airside speaks http, https, ssh, git and files", withoutPassword(raw))
	}
	if l, ok, err := locateSCP(raw); ok || err != nil {
		return l, err
	}
	return localEndpoint(absFrom(r.workDir, filepath.FromSlash(raw)), raw), nil
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
		return location{}, failed(nil, "the %.20s URL of the remote does not parse", scheme)
	}
	l := location{shown: withoutPassword(raw), endpoint: &transport.Endpoint{
		Protocol: strings.ToLower(u.Scheme), User: u.User.Username(), Host: u.Hostname(), Path: u.EscapedPath(),
	}}
	l.endpoint.Password, _ = u.User.Password()
	if port := u.Port(); port != "" {
		if l.endpoint.Port, err = strconv.Atoi(port); err != nil || l.endpoint.Port < 1 || l.endpoint.Port > 65535 {
			return location{}, failed(nil, "%.100q: %s is not a port", l.shown, port)
		}
	}
	switch l.endpoint.Protocol {
	case "http", "https":
		if strings.Contains(l.endpoint.Host, ":") {
			l.endpoint.Host = "[" + l.endpoint.Host + "]"
		}
		if u.RawQuery != "" {
			return location{}, unsupported("%.100q: a query in a remote's URL", l.shown)
		}
		return l, checkHost(l)
	case "git+ssh", "ssh+git":
		l.endpoint.Protocol = "ssh"
	case "ssh", "git":
	default:
		return location{}, unsupported("%.100q: airside speaks http, https, ssh, git and files", l.shown)
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
	l := location{shown: withoutPassword(raw), endpoint: &transport.Endpoint{Protocol: "ssh", Host: host, Path: path}}
	if at := strings.LastIndexByte(host, '@'); at >= 0 {
		l.endpoint.User, l.endpoint.Host = host[:at], host[at+1:]
	}
	return l, true, checkHost(l)
}

// checkHost refuses what a program would take for an option.
func checkHost(l location) error {
	ep := l.endpoint
	if ep.Host == "" || ep.Host[0] == '-' || strings.HasPrefix(ep.User, "-") || strings.HasPrefix(ep.Path, "-") || ep.Path == "" && !l.web() {
		return failed(nil, "%.100q is not the URL of a remote", l.shown)
	}
	return nil
}

func localEndpoint(path, shown string) location {
	return location{&transport.Endpoint{Protocol: "file", Path: path}, withoutPassword(shown)}
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

// WithoutCredentials is a remote's URL as it may be shown and kept.
func WithoutCredentials(url string) string { return withoutPassword(url) }

// withoutPassword takes user and password out of whatever is meant as a URL,
// mistyped ones included; the user of ssh, which is no secret, stays. A password
// may hold any character, so that up to an @ all is one wherever a colon tells
// that there is a password, and that is no port's.
func withoutPassword(raw string) string {
	scheme, rest, ok := strings.Cut(raw, "://")
	if !ok {
		return withoutPasswordSCP(raw)
	}
	host, _, _ := strings.Cut(rest, "/")
	at := strings.LastIndexByte(host, '@')
	if at < 0 {
		if at = strings.LastIndexByte(rest, '@'); at < 0 || !passwordBefore(rest[:at]) {
			return scheme + "://" + withoutQuery(scheme, rest)
		}
	}
	user, _, _ := strings.Cut(rest[:at], ":")
	if scheme == "ssh" {
		return scheme + "://" + user + rest[at:]
	}
	return scheme + "://" + withoutQuery(scheme, rest[at+1:])
}

// withoutQuery takes out what a web address has behind ? and #, where hosts take
// tokens.
func withoutQuery(scheme, rest string) string {
	if i := strings.IndexAny(rest, "?#"); i >= 0 && strings.HasPrefix(strings.ToLower(scheme), "http") {
		return rest[:i+1] + "***"
	}
	return rest
}

// passwordBefore reports that what stands before an @, slashes among it, is user
// and password, and not host, port and the beginning of a path.
func passwordBefore(text string) bool {
	_, rest, ok := strings.Cut(text, ":")
	port, _, _ := strings.Cut(rest, "/")
	_, err := strconv.ParseUint(port, 10, 16)
	return ok && err != nil
}

// withoutPasswordSCP is for user:password@host:path, and for schemes that lack a
// character: what stands before a colon and an @ may be a user's name.
func withoutPasswordSCP(raw string) string {
	at := strings.LastIndexByte(raw, '@')
	if at < 0 || filepath.IsAbs(raw) || strings.HasPrefix(raw, ".") {
		return raw
	}
	user, _, ok := strings.Cut(raw[:at], ":")
	if !ok {
		return raw
	}
	return user + raw[at:]
}
