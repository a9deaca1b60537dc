package syntax

import (
	"encoding/binary"
	"errors"
	"time"
)

// Messages between a cache and the worker that keeps its trees; see package
// worker for what carries them. The first byte says which it is, the fields
// follow without names.
type kind byte

// To the worker.
const (
	beginSession  kind = iota // session, limits
	endSession                // session
	openDocument              // session, key, language, text
	editDocument              // session, key, splices
	closeDocument             // session, key
	askLook                   // id, session, document, offset
	askBreaks                 // id, session, document, range, suggestion
	askNodes                  // id, session, document
	askErrors                 // id, session, document
	askSymbols                // id, session, document
)

// From the worker.
const (
	replied kind = iota // id, answer
	begun               // session, key: a parse in the background begins
	ended               // session, key: it ended
)

// errWire says that a message is not what it should be.
var errWire = errors.New("syntax: malformed message")

// message is one that is being written.
type message []byte

func newMessage(k kind) message { return message{byte(k)} }

func (m *message) number(n int)  { *m = binary.AppendVarint(*m, int64(n)) }
func (m *message) text(s string) { m.number(len(s)); *m = append(*m, s...) }
func (m *message) bytes(r Range) { m.number(r.Start); m.number(r.End) }
func (m *message) flag(b bool)   { m.number(map[bool]int{true: 1}[b]) }
func (m *message) ranges(l []Range) {
	m.number(len(l))
	for _, r := range l {
		m.bytes(r)
	}
}

// fields are what is left of a message that is being read. Once something is
// wrong everything reads as zero.
type fields struct {
	rest []byte
	err  error
}

func (f *fields) number() int {
	n, size := binary.Varint(f.rest)
	if size <= 0 {
		f.rest, f.err = nil, errWire
		return 0
	}
	f.rest = f.rest[size:]
	return int(n)
}

// count reads how many of something follow, each of which takes a byte at
// least.
func (f *fields) count() int {
	n := f.number()
	if n < 0 || n > len(f.rest) {
		f.rest, f.err = nil, errWire
		return 0
	}
	return n
}

func (f *fields) text() string {
	n := f.count()
	s := string(f.rest[:n])
	f.rest = f.rest[n:]
	return s
}

func (f *fields) flag() bool { return f.number() != 0 }

func (f *fields) duration() time.Duration { return time.Duration(f.number()) }

// bytes reads a range of a text of size bytes.
func (f *fields) bytes(size int) Range {
	start := clamp(f.number(), size)
	return Range{start, max(start, clamp(f.number(), size))}
}

func (f *fields) ranges(size int) []Range {
	var list []Range
	for n := f.count(); n > 0 && f.err == nil; n-- {
		list = append(list, f.bytes(size))
	}
	return list
}
