package wire

import (
	"path/filepath"
	"runtime"
	"strings"

	"github.com/airside-ls/airside/gitsync/durable"
	"github.com/airside-ls/airside/gitsync/repo/layout"
)

// fromNetrc is what the user's ~/.netrc has for the remote, which git takes, by curl,
// before it asks a credential helper; nil for nothing. An address with a password in
// it needs none.
func (d *dialer) fromNetrc() *credential {
	ep := d.to.endpoint
	home := d.wire.program.Environ.Get("HOME")
	if home == "" || ep.Password != "" {
		return nil
	}
	names := []string{".netrc"}
	if runtime.GOOS == "windows" {
		names = append(names, "_netrc")
	}
	for _, name := range names {
		data, err := durable.ReadFile(filepath.Join(home, name), layout.MaxConfig)
		if err != nil {
			continue
		}
		if login, password, ok := netrcEntry(string(data), strings.Trim(ep.Host, "[]"), ep.User); ok {
			return &credential{fields: map[string]string{"username": login, "password": password}, netrc: true}
		}
	}
	return nil
}

// netrcEntry finds the first entry of a .netrc that is for a host, and for a user
// where one is named; "default" is for every host. Entries without a password are
// none.
//
// Source: curl's lib/netrc.c and the manual of ftp(1).
func netrcEntry(text, host, user string) (login, password string, ok bool) {
	var fits bool
	var entry struct{ login, password string }
	found := func() bool {
		return fits && entry.password != "" && (user == "" || entry.login == "" || entry.login == user)
	}
	words := netrcWords(text)
	for i := 0; i < len(words); i++ {
		value := ""
		if i+1 < len(words) {
			value = words[i+1]
		}
		switch strings.ToLower(words[i]) {
		case "machine":
			if found() {
				return orUser(entry.login, user), entry.password, true
			}
			fits, entry = strings.EqualFold(value, host), struct{ login, password string }{}
			i++
		case "default":
			if found() {
				return orUser(entry.login, user), entry.password, true
			}
			fits, entry = true, struct{ login, password string }{}
		case "login":
			entry.login = value
			i++
		case "password":
			entry.password = value
			i++
		case "account":
			i++
		}
	}
	return orUser(entry.login, user), entry.password, found()
}

func orUser(login, user string) string {
	if login == "" {
		return user
	}
	return login
}

// netrcWords takes a .netrc apart: words between spaces, or in double quotes, in which
// a backslash stands before a quote. Lines that begin with # say nothing, and a
// macro ends with an empty line.
func netrcWords(text string) (words []string) {
	macro := false
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if macro {
			macro = line != ""
			continue
		}
		if strings.HasPrefix(line, "#") {
			continue
		}
		for line != "" {
			word, rest := netrcWord(line)
			if word == "macdef" {
				macro = true
				break
			}
			words = append(words, word)
			line = strings.TrimSpace(rest)
		}
	}
	return words
}

// netrcWord is the first word of a line that begins with one.
func netrcWord(line string) (word, rest string) {
	if line[0] != '"' {
		end := strings.IndexAny(line, " \t")
		if end < 0 {
			end = len(line)
		}
		return line[:end], line[end:]
	}
	var b strings.Builder
	for i := 1; i < len(line); i++ {
		switch c := line[i]; {
		case c == '"':
			return b.String(), line[i+1:]
		case c == '\\' && i+1 < len(line):
			i++
			switch line[i] {
			case 'n':
				b.WriteByte('\n')
			case 'r':
				b.WriteByte('\r')
			case 't':
				b.WriteByte('\t')
			default:
				b.WriteByte(line[i])
			}
		default:
			b.WriteByte(c)
		}
	}
	return b.String(), ""
}
