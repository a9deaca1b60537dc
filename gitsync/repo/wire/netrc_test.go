package wire

import (
	"strings"
	"testing"
)

const netrc = `# a comment with a machine in it: machine comment.example login no password no
machine git.example login ada password s3cret
machine two.example
	login "grace hopper" password "a \"b\"\n"
machine noname.example password alone
machine many.example login a password 1
machine many.example login b password 2
machine empty.example login x
macdef init
	machine macro.example login no password no

machine UPPER.example account x login u password p
default login anybody password everywhere
`

func TestNetrc(t *testing.T) {
	for _, c := range []struct{ host, user, want string }{
		{"git.example", "", "ada s3cret"},
		{"git.example", "ada", "ada s3cret"},
		{"GIT.example", "", "ada s3cret"},
		{"git.example", "bob", ""},
		{"two.example", "", "grace hopper a \"b\"\n"},
		{"noname.example", "me", "me alone"},
		{"many.example", "b", "b 2"},
		{"many.example", "", "a 1"},
		{"upper.example", "", "u p"},
		{"comment.example", "", "anybody everywhere"},
		{"macro.example", "", "anybody everywhere"},
		{"empty.example", "", "anybody everywhere"},
		{"elsewhere.example", "", "anybody everywhere"},
		{"elsewhere.example", "me", ""},
	} {
		login, password, ok := netrcEntry(netrc, c.host, c.user)
		got := ""
		if ok {
			got = login + " " + password
		}
		if got != c.want {
			t.Errorf("%s for %q: %q, want %q", c.host, c.user, got, c.want)
		}
	}
	for _, broken := range []string{"", "machine", "machine git.example login", `machine git.example password "open`, "default", "macdef"} {
		if _, password, ok := netrcEntry(broken, "other.example", ""); ok {
			t.Errorf("%q has a password: %q", broken, password)
		}
	}
}

// FuzzNetrc: whatever stands in it, what is found was in it.
func FuzzNetrc(f *testing.F) {
	f.Add(netrc, "git.example", "")
	f.Add("machine a login \"b\\", "a", "b")
	f.Fuzz(func(t *testing.T, text, host, user string) {
		login, password, ok := netrcEntry(text, host, user)
		if !ok || strings.ContainsAny(text, "\"\\") {
			return
		}
		if password == "" || !strings.Contains(text, password) || login != user && !strings.Contains(text, login) {
			t.Errorf("%q has %q %q", text, login, password)
		}
	})
}
