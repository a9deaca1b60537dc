package wire

import (
	"context"
	"net"
	"strconv"

	gitssh "github.com/go-git/go-git/v5/plumbing/transport/ssh"
	"golang.org/x/crypto/ssh"

	"github.com/airside-ls/airside/gitsync/repo/fault"
	"github.com/airside-ls/airside/gitsync/repo/program"
)

// sshInProcess is ssh without the binary: keys from the agent, known_hosts,
// and of ~/.ssh/config only Hostname, Port and User. go-git's own client
// cannot be stopped while it dials or shakes hands, so the socket is ours.
func (d *dialer) sshInProcess(ctx context.Context, service string) (*stream, error) {
	ep := d.to.endpoint
	host, port, user := ep.Host, strconv.Itoa(ep.Port), ep.User
	known := gitssh.DefaultSSHConfig
	if h := known.Get(ep.Host, "Hostname"); h != "" {
		host = h
	}
	if ep.Port == 0 {
		if port = known.Get(ep.Host, "Port"); port == "" {
			port = "22"
		}
	}
	if user == "" {
		user = known.Get(ep.Host, "User")
	}
	auth, err := gitssh.DefaultAuthBuilder(user)
	if err != nil {
		return nil, &fault.Error{Kind: fault.Auth, Message: d.to.shown + ": there is no ssh and no ssh agent", Err: err}
	}
	client, err := auth.ClientConfig()
	if err != nil {
		return nil, err
	}
	address := net.JoinHostPort(host, port)
	hosts, err := gitssh.NewKnownHostsDb()
	if err != nil {
		return nil, &fault.Error{Kind: fault.Auth, Message: d.to.shown + ": there is no known_hosts file: connect once by ssh", Err: err}
	}
	client.HostKeyCallback, client.HostKeyAlgorithms = hosts.HostKeyCallback(), hosts.HostKeyAlgorithms(address)
	conn, err := (&net.Dialer{Timeout: d.limits.connect}).DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	unhook := context.AfterFunc(ctx, func() { conn.Close() })
	s, err := sshChannel(conn, address, client, service+" "+program.Quote(ep.Path))
	if err != nil {
		unhook()
		conn.Close()
		return nil, err
	}
	end := s.end
	s.end = func() string { unhook(); return end() }
	return s, nil
}

func sshChannel(conn net.Conn, address string, config *ssh.ClientConfig, command string) (*stream, error) {
	c, channels, requests, err := ssh.NewClientConn(conn, address, config)
	if err != nil {
		return nil, &remoteSaid{err.Error()}
	}
	client := ssh.NewClient(c, channels, requests)
	session, err := client.NewSession()
	if err != nil {
		client.Close()
		return nil, err
	}
	complaints := &program.Complaints{}
	session.Stderr = complaints
	out, err := session.StdinPipe()
	if err == nil {
		in, e := session.StdoutPipe()
		if err = e; err == nil {
			if err = session.Start(command); err == nil {
				return &stream{in: in, out: out, closeOut: out.Close, end: func() string {
					out.Close()
					client.Close()
					session.Wait()
					return complaints.String()
				}}, nil
			}
		}
	}
	client.Close()
	return nil, err
}
