package httpapi

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

const (
	// maxLine bounds one line of a streamed answer. The longest known is
	// llama-server's last event, which repeats the prompt.
	maxLine = 4 << 20
	// maxStream bounds a whole streamed answer.
	maxStream = 64 << 20
	// drainTime is how long the end of a finished stream may take to arrive
	// before its connection is given up.
	drainTime = time.Second
)

// Lines is an answer that is read line by line. It is not safe for concurrent
// use.
type Lines struct {
	client *Client
	op     string
	ctx    context.Context // the caller's
	cancel context.CancelFunc
	body   io.ReadCloser
	reader *bufio.Reader
	left   int // bytes that may still come
	// finished: what is left of the transfer is read in the background.
	finished bool
}

// PostStream sends request as JSON to path and returns the answer's lines. The
// caller ends with [Lines.Close].
func (c *Client) PostStream(ctx context.Context, path string, request any) (*Lines, error) {
	op := http.MethodPost + " " + path
	inner, cancel := context.WithCancel(ctx)
	response, err := c.send(inner, c.streaming, http.MethodPost, path, request)
	if err != nil {
		cancel()
		return nil, c.Failure(ctx, op, err)
	}
	return &Lines{
		client: c, op: op, ctx: ctx, cancel: cancel,
		body: response.Body, reader: bufio.NewReader(response.Body), left: maxStream,
	}, nil
}

// Next returns the next line that is not blank, without its end. The bytes are
// valid until the next call. The error at the end of a complete transfer is
// io.EOF itself, every other one is as [Client.Failure] makes it.
func (l *Lines) Next() ([]byte, error) {
	for {
		if err := l.ctx.Err(); err != nil {
			return nil, err // what has arrived already is not wanted any more
		}
		line, err := l.readLine()
		if line = bytes.TrimSpace(line); len(line) > 0 {
			return line, nil
		}
		if err == io.EOF && l.ctx.Err() == nil {
			return nil, io.EOF
		}
		if err != nil {
			return nil, l.Failure(err)
		}
	}
}

func (l *Lines) readLine() ([]byte, error) {
	var long []byte
	for {
		piece, err := l.reader.ReadSlice('\n')
		l.left -= len(piece)
		if l.left < 0 || len(long)+len(piece) > maxLine {
			return nil, BadReply(errors.New("the answer has no end"))
		}
		if long == nil && err == nil {
			return piece, nil
		}
		long = append(long, piece...)
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
		case err != nil && err != io.EOF:
			return nil, BadReply(fmt.Errorf("the answer broke off: %w", err))
		default:
			return long, err
		}
	}
}

// Decode decodes one line's JSON into record.
func (l *Lines) Decode(line []byte, record any) error {
	if err := json.Unmarshal(line, record); err != nil {
		return l.Failure(notJSON(line, err))
	}
	return nil
}

// Failure is [Client.Failure] for this request.
func (l *Lines) Failure(err error) error { return l.client.Failure(l.ctx, l.op, err) }

// Finish says that the last record has been read. The connection can then be
// used again, once the transfer is complete.
func (l *Lines) Finish() {
	if l.finished {
		return
	}
	l.finished = true
	body, cancel := l.body, l.cancel
	go func() {
		late := time.AfterFunc(drainTime, cancel)
		defer late.Stop()
		_, _ = io.CopyN(io.Discard, body, maxErrorReply)
		body.Close()
		cancel()
	}()
}

// Close ends the request. Unless the answer has come to its end, the connection
// is closed, which is how the server learns that nobody wants the rest.
func (l *Lines) Close() {
	if l.finished {
		return
	}
	l.cancel()
	l.body.Close()
}
