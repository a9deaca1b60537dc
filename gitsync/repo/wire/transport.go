package wire

import (
	"context"
	"fmt"
	"net"
	"strconv"

	"github.com/go-git/go-git/v5/plumbing/protocol/packp"
	gitstorer "github.com/go-git/go-git/v5/plumbing/storer"
	"github.com/go-git/go-git/v5/plumbing/transport"
	"github.com/go-git/go-git/v5/plumbing/transport/server"

	"github.com/airside-ls/airside/gitsync/repo/fault"
	"github.com/airside-ls/airside/gitsync/repo/layout"
	"github.com/airside-ls/airside/gitsync/repo/pack"
)

// transport is go-git's transport for the remote, with deadlines and bounds
// that go-git's own lack.
func (d *dialer) transport(w *watch, c *conversation) (transport.Transport, error) {
	switch d.to.endpoint.Protocol {
	case "http", "https":
		return d.webTransport(w, c)
	case "ssh":
		return &streams{w, d.sshOpener()}, nil
	case "git":
		return &streams{w, d.daemon}, nil
	}
	return d.wire.local(d, w)
}

// byGit speaks with git's own upload-pack or receive-pack.
func byGit(d *dialer, w *watch) (transport.Transport, error) { return &streams{w, d.localGit}, nil }

// localGit runs git upload-pack or receive-pack on a repository of this
// machine.
func (d *dialer) localGit(ctx context.Context, service string) (*stream, error) {
	return d.wire.process(ctx, d.wire.program.Git, nil, service[len("git-"):], d.to.endpoint.Path)
}

// byHand is go-git's own server: it reads a repository of this machine
// without the git binary. It is not used to write one.
func byHand(d *dialer, _ *watch) (transport.Transport, error) {
	return readOnly{server.NewClient(localLoader{d.to.shown})}, nil
}

type readOnly struct{ transport.Transport }

func (readOnly) NewReceivePackSession(*transport.Endpoint, transport.AuthMethod) (transport.ReceivePackSession, error) {
	return nil, fault.New(fault.Unsupported, "a push to a folder of this machine needs the git binary")
}

type localLoader struct{ shown string }

func (l localLoader) Load(ep *transport.Endpoint) (gitstorer.Storer, error) {
	for _, path := range []string{ep.Path + "/.git", ep.Path} {
		if layout.IsGitDir(path) {
			return pack.Folder(path), nil
		}
	}
	return nil, fmt.Errorf("%w: %s", transport.ErrRepositoryNotFound, l.shown)
}

// daemon speaks the git:// protocol.
func (d *dialer) daemon(ctx context.Context, service string) (*stream, error) {
	ep := d.to.endpoint
	port := ep.Port
	if port == 0 {
		port = 9418
	}
	address := net.JoinHostPort(ep.Host, strconv.Itoa(port))
	conn, err := (&net.Dialer{Timeout: d.limits.connect}).DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	request := packp.GitProtoRequest{RequestCommand: service, Pathname: ep.Path, Host: address}
	if err := request.Encode(conn); err != nil {
		conn.Close()
		return nil, err
	}
	unhook := context.AfterFunc(ctx, func() { conn.Close() })
	return &stream{in: conn, out: conn, closeOut: func() error { return nil }, end: func() string {
		unhook()
		conn.Close()
		return ""
	}}, nil
}
