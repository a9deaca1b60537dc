package worker

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
)

// Write writes a message: its length, as a varint, and its bytes.
func Write(w *bufio.Writer, message []byte) error {
	var head [binary.MaxVarintLen64]byte
	if _, err := w.Write(head[:binary.PutUvarint(head[:], uint64(len(message)))]); err != nil {
		return err
	}
	_, err := w.Write(message)
	return err
}

// Read reads a message that [Write] wrote. At the end it returns io.EOF, within
// a message io.ErrUnexpectedEOF, and for one that is longer than [MaxMessage]
// an error without reading on. Memory is taken as bytes come, not as they are
// announced.
func Read(r *bufio.Reader) ([]byte, error) {
	size, err := binary.ReadUvarint(r)
	if err != nil {
		return nil, err
	}
	if size > MaxMessage {
		return nil, fmt.Errorf("a message of %d bytes is longer than %d", size, MaxMessage)
	}
	const piece = 1 << 20
	message := make([]byte, 0, min(size, piece))
	for uint64(len(message)) < size {
		n := int(min(size-uint64(len(message)), piece))
		message = append(message, make([]byte, n)...)
		if _, err := io.ReadFull(r, message[len(message)-n:]); err != nil {
			return nil, io.ErrUnexpectedEOF
		}
	}
	return message, nil
}
