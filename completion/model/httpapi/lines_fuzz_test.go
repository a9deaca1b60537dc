package httpapi

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"testing"
)

// FuzzLines: whatever a server streams comes as lines without their ends, as many bytes
// as there were at most, and ends.
func FuzzLines(f *testing.F) {
	f.Add([]byte("data: {}\r\n\r\n: talk\ndata: [DONE]\n"))
	f.Add([]byte("\n\n\n{"))
	f.Fuzz(func(t *testing.T, sent []byte) {
		l := &Lines{client: &Client{}, ctx: context.Background(), cancel: func() {},
			body: io.NopCloser(nil), reader: bufio.NewReaderSize(bytes.NewReader(sent), 16), left: len(sent)}
		got := 0
		for {
			line, err := l.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			if len(line) == 0 || bytes.ContainsRune(line, '\n') {
				t.Errorf("the line %q", line)
			}
			got += len(line)
		}
		if got > len(sent) {
			t.Errorf("%d bytes of %d", got, len(sent))
		}
	})
}
