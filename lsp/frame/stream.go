// Package frame reads and writes the frames of LSP's base protocol (LSP, "Base
// Protocol"): a header with Content-Length, a blank line, a JSON-RPC message.
//
// A [Stream] hands on only what a jsonrpc2 connection can take. What is not a
// message is answered or dropped here, and the connection lives on: a lost
// header is sought again, a frame too large is skipped, a body that is no JSON
// or no JSON-RPC gets its error.
package frame

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"log/slog"
	"slices"
	"sync/atomic"

	"go.lsp.dev/jsonrpc2"
)

// DefaultMaxBody is the largest body that is read, in bytes.
const DefaultMaxBody = 128 << 20

const (
	// maxBodyLimit keeps Options.MaxBody where a text's offsets fit 32 bits.
	maxBodyLimit = 1 << 30
	// prefixLen is how much of a frame that is dropped is looked at, to find
	// its id and method.
	prefixLen = 4 << 10
	// keptBuffer is the largest buffer kept between frames.
	keptBuffer = 1 << 20
	// bodyChunk is how much is read, and allocated, at a time: a header that
	// announces much must also send it.
	bodyChunk = 1 << 20
)

// Options of a Stream. The zero value is ready to use.
type Options struct {
	// MaxBody is the largest body in bytes; 0 means DefaultMaxBody.
	MaxBody int64
	// Log hears of frames that were dropped. Nil means nobody does.
	Log *slog.Logger
	// Dropped is called from the reading goroutine with the beginning (4 KiB at
	// most) of each body that was not handed on, because something may be lost.
	Dropped func(prefix []byte)
}

// Stream is a [jsonrpc2.Stream] that also offers whole frames, as jsonrpc2's
// connection asks for to serve batches. One goroutine reads; any may write.
type Stream struct {
	conn    io.ReadWriteCloser
	in      *bufio.Reader
	opts    Options
	line    []byte // the header line read last
	body    []byte // reused from frame to frame
	lost    bool   // the last header was bad and has been answered
	strayed int64  // bytes read since the last frame that belong to none
	stopped atomic.Bool

	out   *writer
	owing openCalls
}

var _ jsonrpc2.Stream = (*Stream)(nil)

// NewStream returns a Stream over conn, which it closes when it is closed.
func NewStream(conn io.ReadWriteCloser, opts Options) *Stream {
	if opts.MaxBody <= 0 {
		opts.MaxBody = DefaultMaxBody
	}
	opts.MaxBody = min(opts.MaxBody, maxBodyLimit)
	if opts.Log == nil {
		opts.Log = slog.New(slog.DiscardHandler)
	}
	if opts.Dropped == nil {
		opts.Dropped = func([]byte) {}
	}
	return &Stream{
		conn: conn,
		in:   bufio.NewReaderSize(conn, 64<<10),
		opts: opts,
		out:  newWriter(conn),
	}
}

// ReadFrame returns the body of the next frame that is a JSON-RPC message or
// batch. It is valid until the next call. The error is io.EOF at the end of
// input or after Stop, and io.ErrUnexpectedEOF inside a frame. The context is
// not looked at: a read ends when the connection does.
func (s *Stream) ReadFrame(context.Context) (body []byte, n int64, err error) {
	for !s.stopped.Load() {
		header, err := s.readHeader()
		if err != nil {
			return nil, 0, err
		}
		if header.length > s.opts.MaxBody {
			if err := s.skipBody(header.length); err != nil {
				return nil, 0, err
			}
			continue
		}
		body, err := s.readBody(int(header.length))
		if err != nil {
			return nil, 0, err
		}
		verdict := inspect(body)
		if verdict.accepted {
			if verdict.call {
				s.owing.add(1)
			}
			return body, int64(header.size) + header.length, nil
		}
		s.drop(verdict, body[:min(len(body), prefixLen)])
	}
	return nil, 0, io.EOF
}

// Read implements [jsonrpc2.Stream] for connections that want single messages;
// batches it refuses.
func (s *Stream) Read(ctx context.Context) (jsonrpc2.Message, int64, error) {
	for {
		body, n, err := s.ReadFrame(ctx)
		if err != nil {
			return nil, 0, err
		}
		msg, err := jsonrpc2.DecodeMessage(bytes.Clone(body))
		if err == nil {
			return msg, n, nil
		}
		s.drop(refuse(jsonrpc2.InvalidRequest, nil, "a batch where a message was expected"), body[:min(len(body), prefixLen)])
	}
}

// Stop makes the next ReadFrame return io.EOF without reading on.
func (s *Stream) Stop() { s.stopped.Store(true) }

// readBody reads a body of n bytes into the reused buffer.
func (s *Stream) readBody(n int) ([]byte, error) {
	if cap(s.body) > keptBuffer && n <= keptBuffer {
		s.body = nil
	}
	s.body = s.body[:0]
	for len(s.body) < n {
		have := len(s.body)
		chunk := min(n-have, max(bodyChunk, have)) // at most doubling
		s.body = slices.Grow(s.body, chunk)[:have+chunk]
		if _, err := io.ReadFull(s.in, s.body[have:]); err != nil {
			return nil, unexpected(err)
		}
	}
	return s.body, nil
}

// skipBody reads past a body that is too large and answers it.
func (s *Stream) skipBody(n int64) error {
	prefix, err := s.readBody(int(min(n, prefixLen)))
	if err != nil {
		return err
	}
	if _, err := io.CopyN(io.Discard, s.in, n-int64(len(prefix))); err != nil {
		return unexpected(err)
	}
	s.drop(oversized(prefix, n, s.opts.MaxBody), prefix)
	return nil
}

// drop answers a frame that is not handed on, unless nobody waits for it.
func (s *Stream) drop(v verdict, prefix []byte) {
	s.opts.Log.Warn("frame dropped", "why", v.message, "code", int(v.code), "answered", v.code != 0)
	if v.code != 0 {
		s.out.write(errorBody(v))
	}
	s.opts.Dropped(prefix)
}

// unexpected is the error of a frame that ends too early.
func unexpected(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}
