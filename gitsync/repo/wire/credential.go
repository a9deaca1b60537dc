package wire

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/go-git/go-git/v5/plumbing/transport"
	githttp "github.com/go-git/go-git/v5/plumbing/transport/http"

	"github.com/airside-ls/airside/gitsync/repo/fault"
	"github.com/airside-ls/airside/gitsync/repo/program"
)

// credentialPatience is how long a credential helper may take: it must not
// wait for a person.
const credentialPatience = 30 * time.Second

// credential is what `git credential` speaks: one key=value on a line. It is
// never logged and never part of an error.
type credential struct {
	fields   map[string]string
	lines    string // as git gave them, to be handed back
	approved bool
	netrc    bool // the user's ~/.netrc has it, and no helper is told of it
}

func (c *credential) method() transport.AuthMethod {
	return &githttp.BasicAuth{Username: c.fields["username"], Password: c.fields["password"]}
}

// askForCredentials looks into ~/.netrc and then asks git's helpers, each once. No
// terminal and no window opens. Credentials that were refused are forgotten.
func (d *dialer) askForCredentials(ctx context.Context) error {
	hint := "no credential helper has them"
	switch {
	case d.auth == nil:
		if d.auth = d.fromNetrc(); d.auth != nil {
			return nil
		}
	case d.auth.netrc:
		hint = "those in ~/.netrc are refused, and no credential helper has others"
	default:
		d.gitCredential(ctx, "reject", d.auth.lines)
		return &fault.Error{Kind: fault.Auth, Message: d.to.shown + ": the user and password that git's credential helper has are refused: log in anew, for example by git fetch in a terminal", Err: transport.ErrAuthenticationRequired}
	}
	ep := d.to.endpoint
	ask := fmt.Sprintf("protocol=%s\nhost=%s\npath=%s\n", ep.Protocol, hostPort(d.to), strings.TrimPrefix(ep.Path, "/"))
	if ep.User != "" {
		ask += "username=" + ep.User + "\n"
	}
	out, err := d.gitCredential(ctx, "fill", ask+"\n")
	if errors.Is(err, program.ErrNoGit) {
		return &fault.Error{Kind: fault.Auth, Message: d.to.shown + " asks for a user and password, and there is no git to ask for them: ~/.netrc may have them", Err: transport.ErrAuthenticationRequired}
	}
	c := &credential{fields: map[string]string{}, lines: string(out) + "\n"}
	for line := range strings.Lines(string(out)) {
		if key, value, ok := strings.Cut(strings.TrimRight(line, "\r\n"), "="); ok {
			c.fields[key] = value
		}
	}
	if err != nil || c.fields["password"] == "" {
		return &fault.Error{Kind: fault.Auth, Message: d.to.shown + " asks for a user and password, and " + hint + ": log in, for example by git fetch in a terminal", Err: transport.ErrAuthenticationRequired}
	}
	d.auth = c
	return nil
}

// approve tells git's helpers that what they gave was right.
func (d *dialer) approve(ctx context.Context) error {
	if d.auth == nil || d.auth.approved || d.auth.netrc {
		return nil
	}
	d.auth.approved = true
	_, err := d.gitCredential(ctx, "approve", d.auth.lines)
	return err
}

// gitCredential keeps what git printed out of errors: it may hold a secret.
func (d *dialer) gitCredential(ctx context.Context, verb, input string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, credentialPatience)
	defer cancel()
	return d.wire.program.Run(ctx, program.Call{Args: []string{"credential", verb}, Stdin: []byte(input),
		Env: []string{"GCM_INTERACTIVE=never"}})
}
