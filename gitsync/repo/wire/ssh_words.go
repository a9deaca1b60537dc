package wire

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/airside-ls/airside/gitsync/repo/fault"
)

// saidWords sorts what ssh or a server complained about, and makes a line of it for
// people: of a host key what is to be done about it, else the lines that say what is
// wrong, without what is written around them.
func (l location) saidWords(words string) (fault.Kind, string) {
	lower := strings.ToLower(words)
	if l.endpoint.Protocol == "ssh" {
		switch {
		case strings.Contains(lower, "remote host identification has changed"), strings.Contains(lower, "knownhosts: key mismatch"):
			return fault.Auth, l.changedKey(words)
		case strings.Contains(lower, "revoked host key"), strings.Contains(lower, "marked as revoked"):
			return fault.Auth, "its host key is marked as revoked: ask who runs it for its new key"
		case strings.Contains(lower, "host key verification failed"), strings.Contains(lower, "knownhosts: key is unknown"):
			return fault.Auth, "ssh does not know its host key yet: run `" + l.connect() + "` once, compare the key that it shows, and say yes"
		}
	}
	said := telling(words)
	return kindOfWords(said), fault.Plain(said)
}

var (
	offendingKey = regexp.MustCompile(`(?m)^(?:Offending|Host).* key in (.+:\d+)\s*$`)
	sentKey      = regexp.MustCompile(`SHA256:[A-Za-z0-9+/=]+`)
)

// changedKey is for a host whose key is not the one that the user has.
func (l location) changedKey(words string) string {
	text := "its host key is not the one that you have"
	if m := offendingKey.FindStringSubmatch(words); m != nil {
		text += " in " + fault.Plain(m[1])
	}
	if key := sentKey.FindString(words); key != "" {
		text += ", it shows " + key
	}
	return text + ": ask who runs it; if it was changed, `ssh-keygen -R " + l.knownName() + "` and then `" + l.connect() + "` take the new one, and if not, somebody listens"
}

// knownName is how known_hosts has the host.
func (l location) knownName() string {
	if ep := l.endpoint; ep.Port != 0 && ep.Port != 22 {
		return "'[" + ep.Host + "]:" + strconv.Itoa(ep.Port) + "'"
	}
	return l.endpoint.Host
}

// connect is the command that connects to the host by hand.
func (l location) connect() string {
	ep, command := l.endpoint, "ssh "
	if ep.Port != 0 {
		command += "-p " + strconv.Itoa(ep.Port) + " "
	}
	if ep.User != "" {
		command += ep.User + "@"
	}
	return command + ep.Host
}

// telling are the lines that say what is wrong: those that have one of the words that
// are known, or else all but lines of signs alone. A banner that a server shows to
// everybody stands around them at times.
func telling(words string) string {
	var known, all []string
	for line := range strings.Lines(words) {
		line = strings.TrimSpace(line)
		if strings.IndexFunc(line, func(c rune) bool {
			return c > 0x7f || c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z'
		}) < 0 {
			continue
		}
		all = append(all, line)
		if kindOfWords(line) != fault.Failed {
			known = append(known, line)
		}
	}
	if len(known) > 0 {
		// What comes last ended it; a banner may use the same words.
		return known[len(known)-1]
	}
	return strings.Join(all, "\n")
}
