package wire

import (
	"context"
	"fmt"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"

	"github.com/airside-ls/airside/gitsync/repo/program"
)

// sshOpener runs ssh, which knows the user's ~/.ssh/config, keys, agent and
// known hosts; without an ssh binary go-git's client does what it can.
func (d *dialer) sshOpener() func(ctx context.Context, service string) (*stream, error) {
	command, shell := d.sshCommand()
	if command == "" {
		return d.sshInProcess
	}
	return func(ctx context.Context, service string) (*stream, error) {
		args := d.sshArgs(d.sshVariant(command, shell), service)
		if !shell {
			return d.wire.process(ctx, command, nil, args...)
		}
		// Without a shell between, ssh ends when it is told to; on Windows
		// there is no sh that could be counted on.
		if words := strings.Fields(command); runtime.GOOS == "windows" || !strings.ContainsAny(command, shellMeta) {
			return d.wire.process(ctx, words[0], nil, append(words[1:], args...)...)
		}
		return d.wire.process(ctx, "/bin/sh", nil, append([]string{"-c", command + ` "$@"`, command}, args...)...)
	}
}

// shellMeta are the characters that mean something to a shell.
const shellMeta = "|&;<>()$`\\\"'\n*?[#~=%{!"

// sshCommand is the user's own command, a line for the shell, or a program.
func (d *dialer) sshCommand() (command string, shell bool) {
	if c := d.wire.program.Environ.Get("GIT_SSH_COMMAND"); c != "" {
		return c, true
	}
	if c := d.config.Last("core.sshcommand"); c != "" {
		return c, true
	}
	if c := d.wire.program.Environ.Get("GIT_SSH"); c != "" {
		return c, false
	}
	return d.wire.program.SSH, false
}

// sshVariant says which options the program takes, as git's ssh.variant does.
func (d *dialer) sshVariant(command string, shell bool) string {
	v := d.wire.program.Environ.Get("GIT_SSH_VARIANT")
	if v == "" {
		v = d.config.Last("ssh.variant")
	}
	if v != "" && v != "auto" {
		return v
	}
	if shell {
		command, _, _ = strings.Cut(strings.TrimSpace(command), " ")
	}
	name := strings.TrimSuffix(strings.ToLower(filepath.Base(strings.Trim(command, `'"`))), ".exe")
	switch name {
	case "plink", "tortoiseplink", "putty":
		return name
	}
	return "ssh"
}

func (d *dialer) sshArgs(variant, service string) []string {
	ep := d.to.endpoint
	port := ""
	if ep.Port != 0 {
		port = strconv.Itoa(ep.Port)
	}
	var args []string
	switch variant {
	case "simple":
		port = ""
	case "plink", "putty", "tortoiseplink":
		if variant == "tortoiseplink" || variant == "plink" {
			args = append(args, "-batch")
		}
		if port != "" {
			args = append(args, "-P", port)
		}
	default:
		// Without the banner that a server may have, which is no word of what went wrong.
		args = append(args, "-o", "BatchMode=yes", "-o", "LogLevel=ERROR", "-o", fmt.Sprintf("ConnectTimeout=%d", max(1, int(d.limits.connect.Seconds()))))
		if port != "" {
			args = append(args, "-p", port)
		}
	}
	host := ep.Host
	if ep.User != "" {
		host = ep.User + "@" + host
	}
	return append(args, host, service+" "+program.Quote(ep.Path))
}
