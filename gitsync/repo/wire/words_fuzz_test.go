package wire

import (
	"strings"
	"testing"

	"github.com/go-git/go-git/v5/plumbing/transport"
)

// FuzzWords: whatever ssh or a server complains about becomes one line that a terminal
// can show.
func FuzzWords(f *testing.F) {
	f.Add("@@@@@\nWARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!\nOffending ED25519 key in /home/me/.ssh/known_hosts:3\nSHA256:abc\n")
	f.Add("Host key verification failed.\r\n\x1b[2Jfatal: no\n")
	f.Add("\xff\u202efatal: Could not read from remote repository.")
	f.Fuzz(func(t *testing.T, words string) {
		for _, protocol := range []string{"ssh", "https"} {
			l := location{endpoint: &transport.Endpoint{Protocol: protocol, Host: "example.org", User: "me"}}
			if _, line := l.saidWords(words); strings.ContainsAny(line, "\n\r\x1b\u202e\x00") {
				t.Errorf("%q", line)
			}
		}
	})
}
