package wire

import (
	"strings"
	"testing"

	"github.com/go-git/go-git/v5/plumbing/transport"

	"github.com/airside-ls/airside/gitsync/repo/fault"
)

const changedKey = `@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@
@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @
@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@
IT IS POSSIBLE THAT SOMEONE IS DOING SOMETHING NASTY!
Someone could be eavesdropping on you right now (man-in-the-middle attack)!
It is also possible that a host key has just been changed.
The fingerprint for the ED25519 key sent by the remote host is
SHA256:q3tZnEo3kRkEwMhmbGQ4oB3dRbGEeuxDqRX5SQ2AGtA.
Please contact your system administrator.
Add correct host key in /home/ada/.ssh/known_hosts to get rid of this message.
Offending ED25519 key in /home/ada/.ssh/known_hosts:7
  remove with:
  ssh-keygen -f "/home/ada/.ssh/known_hosts" -R "[git.example]:2222"
Host key for [git.example]:2222 has changed and you have requested strict checking.
Host key verification failed.
`

const banner = `*******************************************
* Authorised users only. Access denied to *
* all others. Connections are logged.     *
*******************************************
`

func TestSSHWords(t *testing.T) {
	at := func(port int, user string) location {
		return location{&transport.Endpoint{Protocol: "ssh", Host: "git.example", Port: port, User: user}, "there"}
	}
	for _, c := range []struct {
		name, said string
		from       location
		kind       fault.Kind
		want       string
	}{
		{"changed", changedKey, at(2222, "git"), fault.Auth,
			"its host key is not the one that you have in /home/ada/.ssh/known_hosts:7, it shows SHA256:q3tZnEo3kRkEwMhmbGQ4oB3dRbGEeuxDqRX5SQ2AGtA: ask who runs it; if it was changed, " +
				"`ssh-keygen -R '[git.example]:2222'` and then `ssh -p 2222 git@git.example` take the new one, and if not, somebody listens"},
		{"changed, in process", "ssh: handshake failed: knownhosts: key mismatch", at(0, ""), fault.Auth,
			"its host key is not the one that you have: ask who runs it; if it was changed, `ssh-keygen -R git.example` and then `ssh git.example` take the new one, and if not, somebody listens"},
		{"unknown", "No ED25519 host key is known for git.example and you have requested strict checking.\r\nHost key verification failed.\r\n", at(0, "git"), fault.Auth,
			"ssh does not know its host key yet: run `ssh git@git.example` once, compare the key that it shows, and say yes"},
		{"unknown, in process", "ssh: handshake failed: knownhosts: key is unknown", at(0, ""), fault.Auth,
			"ssh does not know its host key yet: run `ssh git.example` once, compare the key that it shows, and say yes"},
		{"revoked", "@@@@\n@ WARNING: REVOKED HOST KEY DETECTED! @\n@@@@\nHost key verification failed.", at(0, ""), fault.Auth,
			"its host key is marked as revoked: ask who runs it for its new key"},
		{"a banner before the reason", banner + "git@git.example: Permission denied (publickey).", at(0, ""), fault.Auth,
			"git@git.example: Permission denied (publickey)."},
		{"a banner, and a network that broke", banner + "Connection closed by 192.0.2.1 port 22", at(0, ""), fault.Network,
			"Connection closed by 192.0.2.1 port 22"},
		{"a host's own words", "\n============\nERROR: this repository is asleep\n\nPlease wake it.\n============\n", at(0, ""), fault.Failed,
			"ERROR: this repository is asleep Please wake it."},
	} {
		kind, got := c.from.saidWords(c.said)
		if kind != c.kind || got != c.want {
			t.Errorf("%s: %s, %s\nwant %s, %s", c.name, kind, got, c.kind, c.want)
		}
		if strings.Contains(got, "@@") || strings.Contains(got, "**") {
			t.Errorf("%s: a banner: %s", c.name, got)
		}
	}
}
