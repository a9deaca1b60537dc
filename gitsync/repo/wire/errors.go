package wire

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"strings"
	"syscall"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/format/packfile"
	"github.com/go-git/go-git/v5/plumbing/format/pktline"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp"
	"github.com/go-git/go-git/v5/plumbing/transport"
	githttp "github.com/go-git/go-git/v5/plumbing/transport/http"

	"github.com/airside-ls/airside/gitsync/repo/fault"
	"github.com/airside-ls/airside/gitsync/repo/pack"
)

// remoteSaid is what a remote or ssh complained about in its own words.
type remoteSaid struct{ words string }

func (e *remoteSaid) Error() string { return e.words }

// explain turns what a transport reported into a *fault.Error that names the remote
// without its password.
func (l location) explain(err error) error {
	var ours *fault.Error
	if err == nil || errors.As(err, &ours) {
		return err
	}
	kind, why := l.classify(err)
	if kind == fault.Auth && l.endpoint.Protocol == "file" {
		kind = fault.Failed // a disk that is not there now, say: nobody can log in to it
	}
	return &fault.Error{Kind: kind, Message: l.shown + ": " + why, Err: err}
}

func (l location) classify(err error) (fault.Kind, string) {
	var wrapped *url.Error
	if errors.As(err, &wrapped) { // its text repeats the URL
		err = wrapped.Err
	}
	var (
		said       *remoteSaid
		errLine    *pktline.ErrorLine
		unexpected *packp.ErrUnexpectedData
		status     *githttp.Err
		permanent  *plumbing.UnexpectedError
		netErr     net.Error
		certs      *tls.CertificateVerificationError
		unknown    x509.UnknownAuthorityError
		record     tls.RecordHeaderError
	)
	if errors.As(err, &permanent) && permanent.Err != nil {
		err = permanent.Err
		if errors.As(err, &wrapped) {
			err = wrapped.Err
		}
	}
	switch {
	case errors.Is(err, errIdle):
		return fault.Network, err.Error()
	case errors.Is(err, context.DeadlineExceeded):
		return fault.Network, "it took too long"
	case errors.Is(err, context.Canceled):
		return fault.Failed, "stopped: " + err.Error()
	case errors.Is(err, errTooMuch):
		return fault.Protocol, err.Error()
	case errors.Is(err, errNotGit):
		return fault.Protocol, err.Error()
	case errors.Is(err, transport.ErrAuthenticationRequired):
		return fault.Auth, "it asks for a user and password, or does not accept those it was given"
	case errors.Is(err, transport.ErrAuthorizationFailed):
		return fault.Auth, "access is denied: " + fault.Plain(err.Error())
	case errors.Is(err, transport.ErrRepositoryNotFound):
		return fault.Auth, "there is no repository there, or none that these credentials may see"
	case errors.As(err, &certs), errors.As(err, &unknown), errors.As(err, &record):
		return fault.Protocol, "its certificate is not trusted (http.sslCAInfo names further ones): " + fault.Plain(err.Error())
	case errors.As(err, &said):
		return l.saidWords(said.words)
	case errors.As(err, &errLine):
		return kindOfWords(errLine.Text), "it says: " + fault.Plain(errLine.Text)
	case errors.As(err, &status):
		code := status.StatusCode()
		words := fmt.Sprintf("http status %d %s", code, fault.Plain(status.Reason))
		if code >= 500 || code == 408 || code == 425 || code == 429 {
			return fault.Network, words
		}
		return fault.Protocol, words
	case fault.KindOf(err) == fault.Disk:
		return fault.Disk, fault.Plain(err.Error())
	case errors.As(err, &netErr), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF), errors.Is(err, net.ErrClosed),
		errors.Is(err, io.ErrClosedPipe), errors.Is(err, syscall.EPIPE), errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.ECONNREFUSED):
		return fault.Network, "the connection failed: " + fault.Plain(err.Error())
	case errors.Is(err, pack.ErrContent):
		return fault.Content, "what it sent is refused for its content, and none of it was taken in: tell who runs it (" + fault.Plain(err.Error()) + ")"
	case errors.Is(err, packfile.ErrMalformedPackFile):
		return fault.Protocol, "the objects it sent are damaged or forged, and none of them was taken in: " + fault.Plain(err.Error())
	case errors.Is(err, pktline.ErrInvalidPktLen), errors.As(err, &unexpected), errors.Is(err, packp.ErrEmptyInput), errors.Is(err, transport.ErrEmptyUploadPackRequest):
		return fault.Protocol, "it does not speak git: " + fault.Plain(err.Error())
	}
	return kindOfWords(err.Error()), fault.Plain(err.Error())
}

// kindOfWords reads what ssh, git's servers and the hosts say when they refuse
// something. Their words are no interface: what is unknown is Failed.
func kindOfWords(words string) fault.Kind {
	w := strings.ToLower(words)
	for _, m := range []struct {
		kind  fault.Kind
		marks []string
	}{
		{fault.Auth, []string{"permission denied", "authentication failed", "host key verification failed", "could not read username",
			"too many authentication failures", "access denied", "not authorized", "remote host identification has changed",
			"repository not found", "does not appear to be a git repository", "repository does not exist", "no such repository",
			"project you were looking for could not be found", "not allowed to push", "no supported authentication", "unable to authenticate", "knownhosts: "}},
		{fault.Network, []string{"could not resolve", "connection refused", "connection timed out", "operation timed out", "no route to host",
			"network is unreachable", "connection closed", "connection reset", "broken pipe", "hung up unexpectedly", "timed out",
			"unexpected eof", "kex_exchange_identification", "temporary failure", "connection to", "shutting down"}},
		{fault.Moved, []string{"not our ref"}},
		{fault.Disk, []string{"no space left on device", "read-only file system"}},
		{fault.Protocol, []string{"invalid pkt-len", "unexpected content", "malformed", "unknown channel", "bad line length"}},
	} {
		for _, mark := range m.marks {
			if strings.Contains(w, mark) {
				return m.kind
			}
		}
	}
	return fault.Failed
}
