package wire

import (
	"errors"
	"fmt"
	"io"

	"github.com/go-git/go-git/v5/plumbing/format/packfile"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp/capability"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp/sideband"
	"github.com/go-git/go-git/v5/plumbing/transport"

	"github.com/airside-ls/airside/gitsync/repo/fault"
	"github.com/airside-ls/airside/gitsync/repo/pack"
)

// transfer sends the request and takes the pack in. It tells where the history ends
// that comes, if the request said where it should.
func (c *conversation) transfer(q *pack.Quarantine, req *packp.UploadPackRequest, progress Progress) (packp.ShallowUpdate, error) {
	var reach packp.ShallowUpdate
	c.watch.allow(c.limits.pack)
	c.watch.moved()
	session, ok := c.session.(transport.UploadPackSession)
	if !ok {
		return reach, fault.Wrap(nil, "not a session for fetching")
	}
	answer, err := session.UploadPack(c.watch.ctx, req)
	if err != nil {
		return reach, err
	}
	defer answer.Close()
	reach = answer.ShallowUpdate
	if !req.Capabilities.Supports(capability.Sideband64k) {
		if req.Capabilities.Supports(capability.Sideband) {
			return reach, c.receiveBand(q, sideband.Sideband, answer, progress)
		}
		return reach, q.Receive(answer)
	}
	return reach, c.receiveBand(q, sideband.Sideband64k, answer, progress)
}

// receiveBand unpacks the pack from between the progress messages.
func (c *conversation) receiveBand(q *pack.Quarantine, kind sideband.Type, answer io.Reader, progress Progress) error {
	end := &endReader{r: answer}
	band := sideband.NewDemuxer(kind, end)
	band.Progress = &chatter{tell: progress, left: c.limits.chatter}
	err := q.Receive(band)
	if end.early && (err == nil || errors.Is(err, packfile.ErrMalformedPackFile)) {
		return fmt.Errorf("the connection broke off: %w", io.ErrUnexpectedEOF)
	}
	return err
}

// endReader notices a stream that stops where another packet should begin: the
// end of a pack is a flush, after which nothing is read.
type endReader struct {
	r     io.Reader
	early bool
}

func (e *endReader) Read(p []byte) (int, error) {
	n, err := e.r.Read(p)
	if n == 0 && errors.Is(err, io.EOF) {
		e.early = true
	}
	return n, err
}
