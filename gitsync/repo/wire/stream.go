package wire

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/go-git/go-git/v5/plumbing/format/pktline"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp/capability"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp/sideband"
	"github.com/go-git/go-git/v5/plumbing/transport"

	"github.com/airside-ls/airside/gitsync/repo/fault"
	"github.com/airside-ls/airside/gitsync/repo/program"
)

// stream is a running git-upload-pack or git-receive-pack: a process, a
// channel of ssh, a socket. It breaks off when the context it was opened with
// ends.
type stream struct {
	in       io.Reader
	out      io.Writer
	closeOut func() error
	end      func() string // ends it, waits, and says what it complained about; called once
}

// streams is go-git's transport over a stream. go-git's own starts processes
// and dials without a context.
type streams struct {
	watch *watch
	open  func(ctx context.Context, service string) (*stream, error)
}

func (t *streams) NewUploadPackSession(*transport.Endpoint, transport.AuthMethod) (transport.UploadPackSession, error) {
	return t.start(transport.UploadPackServiceName)
}

func (t *streams) NewReceivePackSession(*transport.Endpoint, transport.AuthMethod) (transport.ReceivePackSession, error) {
	return t.start(transport.ReceivePackServiceName)
}

func (t *streams) start(service string) (*streamSession, error) {
	s, err := t.open(t.watch.ctx, service)
	if err != nil {
		return nil, err
	}
	return &streamSession{
		stream: s, watch: t.watch, upload: service == transport.UploadPackServiceName,
		in: bufio.NewReaderSize(t.watch.reader(s.in), 64<<10), out: t.watch.writer(s.out),
	}, nil
}

type streamSession struct {
	stream *stream
	watch  *watch
	upload bool
	in     *bufio.Reader
	out    io.Writer
	adv    *packp.AdvRefs
	asked  bool // the request went out
	ending sync.Once
	words  string
}

// Close ends the stream; a server that was asked nothing gets a flush, so that
// it does not log a client that vanished.
func (s *streamSession) Close() error {
	s.ending.Do(func() {
		if s.adv != nil && !s.asked {
			s.out.Write(pktline.FlushPkt)
		}
		s.words = s.stream.end()
	})
	return nil
}

func (s *streamSession) AdvertisedReferences() (*packp.AdvRefs, error) {
	return s.AdvertisedReferencesContext(s.watch.ctx)
}

func (s *streamSession) AdvertisedReferencesContext(context.Context) (*packp.AdvRefs, error) {
	if s.adv != nil {
		return s.adv, nil
	}
	adv := packp.NewAdvRefs()
	if err := adv.Decode(s.in); err != nil && !errors.Is(err, packp.ErrEmptyAdvRefs) {
		return nil, s.complaint(err)
	}
	transport.FilterUnsupportedCapabilities(adv.Capabilities)
	s.adv = adv
	if s.upload && adv.IsEmpty() {
		return nil, transport.ErrEmptyRemoteRepository
	}
	return adv, nil
}

// complaint prefers what ssh or the server wrote to standard error over what
// came of it.
func (s *streamSession) complaint(err error) error {
	var said *pktline.ErrorLine
	if errors.As(err, &said) || s.watch.ctx.Err() != nil || errors.Is(err, errTooMuch) {
		return err
	}
	s.Close()
	if words := strings.TrimSpace(s.words); words != "" {
		return &remoteSaid{words}
	}
	if errors.Is(err, packp.ErrEmptyInput) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// UploadPack sends the request at once: without multi_ack there is nothing to
// negotiate. The haves end without a flush, so that one answer comes.
func (s *streamSession) UploadPack(_ context.Context, req *packp.UploadPackRequest) (*packp.UploadPackResponse, error) {
	var out bytes.Buffer
	if err := req.UploadRequest.Encode(&out); err != nil {
		return nil, err
	}
	if err := req.UploadHaves.Encode(&out, false); err != nil {
		return nil, err
	}
	if err := pktline.NewEncoder(&out).EncodeString("done\n"); err != nil {
		return nil, err
	}
	s.asked = true
	if _, err := s.out.Write(out.Bytes()); err != nil {
		return nil, s.complaint(err)
	}
	answer := packp.NewUploadPackResponse(req)
	if err := answer.Decode(io.NopCloser(s.in)); err != nil {
		return nil, s.complaint(err)
	}
	return answer, nil
}

// ReceivePack reads while it writes: a server may refuse, or a hook talk, long
// before the pack is over.
func (s *streamSession) ReceivePack(_ context.Context, req *packp.ReferenceUpdateRequest) (*packp.ReportStatus, error) {
	s.asked = true
	sent := make(chan error, 1)
	go func() {
		err := req.Encode(s.out)
		if e := s.stream.closeOut(); err == nil {
			err = e
		}
		sent <- err
	}()
	report, err := readReport(s.in, req)
	if err != nil {
		err = s.complaint(err) // ends the stream, and with it the writing
		s.Close()
	}
	wrote := <-sent
	var ours *fault.Error
	if errors.As(wrote, &ours) { // an object could not be read
		err = wrote
	}
	return report, err
}

func readReport(r io.Reader, req *packp.ReferenceUpdateRequest) (*packp.ReportStatus, error) {
	if !req.Capabilities.Supports(capability.ReportStatus) {
		_, err := io.Copy(io.Discard, r)
		return nil, err
	}
	if req.Capabilities.Supports(capability.Sideband64k) {
		d := sideband.NewDemuxer(sideband.Sideband64k, r)
		d.Progress = req.Progress
		r = d
	}
	report := packp.NewReportStatus()
	if err := report.Decode(r); err != nil {
		return nil, err
	}
	return report, nil
}

// process runs a program whose standard streams are the conversation.
func (w *Wire) process(ctx context.Context, name string, env []string, args ...string) (*stream, error) {
	cmd := w.program.Command(ctx, program.Call{Env: env}, name, args...)
	complaints := &program.Complaints{} // read after Wait
	cmd.Stderr = complaints
	out, err := cmd.StdinPipe()
	if err != nil {
		return nil, fault.Wrap(err, "%s: %v", name, err)
	}
	in, err := cmd.StdoutPipe()
	if err != nil {
		return nil, fault.Wrap(err, "%s: %v", name, err)
	}
	if err := cmd.Start(); err != nil {
		return nil, fault.Wrap(err, "%s: %v", name, err)
	}
	// A grandchild (ssh below a shell, a proxy command) may keep the pipes.
	unhook := context.AfterFunc(ctx, func() { in.Close(); out.Close() })
	return &stream{in: in, out: out, closeOut: out.Close, end: func() string {
		unhook()
		out.Close()
		in.Close()
		kill := time.AfterFunc(program.KillDelay, func() { cmd.Cancel() }) // ssh may wait for a dead network
		defer kill.Stop()
		cmd.Wait()
		return complaints.String()
	}}, nil
}
