package frame

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"go.lsp.dev/jsonrpc2"
)

// header is what a frame's header part says.
type header struct {
	length int64 // of the body, in bytes
	size   int   // of the header part itself, in bytes
}

const contentLength = "content-length:"

// maxHeader bounds a header part, in bytes.
const maxHeader = 64 << 10

// ErrNoMessage is the end of a connection that says nothing that is a message for
// as long as the largest message is: /dev/zero, or a program that is no editor.
var ErrNoMessage = errors.New("no header \"Content-Length: …\" in all that was read: this is no client of the Language Server Protocol")

// astray counts bytes that belong to no frame.
func (s *Stream) astray(n int) error {
	if s.strayed += int64(n); s.strayed > max(s.opts.MaxBody, 1<<20) {
		return ErrNoMessage
	}
	return nil
}

// readHeader reads the next header part that says a length. Bad ones are
// answered with one error for as long as it takes to find a good one again:
// it goes on at the next "Content-Length:", wherever in a line that stands.
func (s *Stream) readHeader() (header, error) {
	var start []byte // the header line already read while seeking
	for {
		h, why, err := s.parseHeader(start)
		if err != nil {
			return header{}, err
		}
		if why == "" {
			s.lost, s.strayed = false, 0
			return h, nil
		}
		if !s.lost {
			s.lost = true
			s.drop(refuse(jsonrpc2.ParseError, nil, "bad header: "+why), nil)
		}
		if start, err = s.seek(); err != nil {
			return header{}, err
		}
	}
}

// parseHeader reads one header part, of which the line start, if any, has been
// read. A part that is bad is told of by why, and the rest of it is unread.
func (s *Stream) parseHeader(start []byte) (h header, why string, err error) {
	h.length = -1
	for line := start; ; line = nil {
		if line == nil {
			if line, err = s.readLine(); err == bufio.ErrBufferFull {
				return h, "line too long", nil
			} else if err != nil {
				return h, "", headerEnd(err, h.size+len(line))
			}
		}
		if h.size += len(line); h.size > maxHeader {
			return h, "too long", nil
		}
		field := strings.TrimRight(string(line), "\r\n")
		switch {
		case field != "":
			if why := h.field(field); why != "" {
				return h, why, nil
			}
		case h.length >= 0:
			return h, "", nil
		case h.size > len(line):
			return h, "no Content-Length", nil
		default: // a blank line between frames harms nobody
			if err := s.astray(h.size); err != nil {
				return h, "", err
			}
			h.size = 0
		}
	}
}

// field takes in one header field. Fields other than Content-Length change
// nothing: the only charset there is, is UTF-8.
func (h *header) field(field string) (why string) {
	name, value, ok := strings.Cut(field, ":")
	name = strings.Trim(name, " \t") // not \r, which ends a line for some
	if !ok || !isFieldName(name) {
		return fmt.Sprintf("%.40q is no header field", field)
	}
	if !strings.EqualFold(name+":", contentLength) {
		if indexContentLength([]byte(field)) >= 0 {
			return "something stands before Content-Length" // the end of a lost body
		}
		return ""
	}
	n, err := strconv.ParseInt(strings.TrimSpace(value), 10, 64)
	if err != nil || n < 0 {
		return fmt.Sprintf("Content-Length is %.40q", strings.TrimSpace(value))
	}
	if h.length >= 0 && h.length != n {
		return fmt.Sprintf("Content-Length is %d and %d", h.length, n)
	}
	h.length = n
	return ""
}

func isFieldName(name string) bool {
	for _, c := range name {
		letter := 'a' <= c|0x20 && c|0x20 <= 'z'
		if !letter && c != '-' && c != '_' && !('0' <= c && c <= '9') {
			return false
		}
	}
	return name != ""
}

// readLine reads up to and with the next \n. The line is valid until the next
// one is read. Lines longer than the buffer give bufio.ErrBufferFull.
func (s *Stream) readLine() ([]byte, error) {
	line, err := s.in.ReadSlice('\n')
	s.line = append(s.line[:0], line...)
	return s.line, err
}

// headerEnd is the error of input that ends after n bytes of a header part: a
// clean end only between frames.
func headerEnd(err error, n int) error {
	if n > 0 {
		return unexpected(err)
	}
	return err
}

// indexContentLength finds the field's name in a line, in any case of letters.
func indexContentLength(line []byte) int {
	for i := 0; i+len(contentLength) <= len(line); i++ {
		if bytes.EqualFold(line[i:i+len(contentLength)], []byte(contentLength)) {
			return i
		}
	}
	return -1
}

// seek looks for the next "Content-Length:" and returns the line from there
// on. The line that was bad may hold it: a body whose length was said too
// small runs on into the next header.
func (s *Stream) seek() ([]byte, error) {
	if len(s.line) > 0 {
		if i := indexContentLength(s.line[1:]); i >= 0 {
			s.line = s.line[1+i:]
			return s.line, nil
		}
	}
	for matched := 0; ; {
		c, err := s.in.ReadByte()
		if err != nil {
			return nil, err
		}
		if err := s.astray(1); err != nil {
			return nil, err
		}
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		switch c {
		case contentLength[matched]:
			matched++
		case 'c': // the only place where a match can begin anew
			matched = 1
		default:
			matched = 0
		}
		if matched == len(contentLength) {
			rest, err := s.readLine()
			if err == bufio.ErrBufferFull {
				matched = 0
				continue
			} else if err != nil {
				return nil, unexpected(err)
			}
			s.line = append([]byte(contentLength), rest...)
			return s.line, nil
		}
	}
}
