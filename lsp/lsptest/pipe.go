package lsptest

import (
	"errors"
	"io"
)

// Pipe returns the two ends of a connection within the process. Closing one
// ends both.
func Pipe() (client, server io.ReadWriteCloser) {
	toServer, fromClient := io.Pipe()
	toClient, fromServer := io.Pipe()
	return pipeEnd{toClient, fromClient}, pipeEnd{toServer, fromServer}
}

type pipeEnd struct {
	*io.PipeReader
	*io.PipeWriter
}

func (p pipeEnd) Close() error {
	return errors.Join(p.PipeReader.Close(), p.PipeWriter.Close())
}

// CloseWrite ends what the other side reads, and nothing else.
func (p pipeEnd) CloseWrite() error { return p.PipeWriter.Close() }
