package syntax

import (
	"bufio"
	"errors"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/airside-ls/airside/completion/syntax/worker"
)

// Serve is the other end of [ParseIn]: it keeps trees and answers questions
// about them until in ends, in a process that may die of one.
func Serve(in io.Reader, out io.Writer) error {
	s := &server{
		in: bufio.NewReaderSize(in, 64<<10), out: bufio.NewWriterSize(out, 64<<10),
		stores: map[int]*store{}, ended: make(chan error, 1),
	}
	go s.read(&turn{})
	return <-s.ended
}

// server keeps the stores of all sessions.
type server struct {
	in     *bufio.Reader  // whoever has the turn reads
	stores map[int]*store // by session; as in
	ended  chan error     // gets one, when in has ended

	watched atomic.Bool // somebody will look whether an answer hangs

	writing sync.Mutex
	out     *bufio.Writer
}

// turn is the right to read messages. Who has it answers what somebody who types
// waits for, and loses it over a question that hangs.
type turn struct{ about atomic.Int64 }

// A turn is about nothing, about a question since a time in nanoseconds since
// started, or over.
const (
	idle = 0
	over = -1
)

var started = time.Now()

// hangsAfter is how long an answer may keep others from being heard: a parse ends
// long before, but a scanner in C may never.
const hangsAfter = 200 * time.Millisecond

// read takes messages in until there are no more or the turn is over.
func (s *server) read(t *turn) {
	for t.about.Load() != over {
		m, err := worker.Read(s.in)
		if err == nil {
			err = s.take(t, m)
		}
		if errors.Is(err, io.EOF) {
			err = nil
		} else if err == nil {
			continue
		}
		s.ended <- err
		return
	}
}

// answering answers a question in the reader's turn, which is over when another had
// to take it meanwhile.
func (s *server) answering(t *turn, answer func()) {
	since := max(1, int64(time.Since(started)))
	t.about.Store(since)
	s.watch(t)
	answer()
	t.about.CompareAndSwap(since, idle)
}

// watch has the turn looked at in a while, once at a time: a timer for each
// question would wake a thread for each.
func (s *server) watch(t *turn) {
	if s.watched.CompareAndSwap(false, true) {
		time.AfterFunc(hangsAfter, func() {
			s.watched.Store(false)
			switch since := t.about.Load(); {
			case since <= idle:
			case time.Since(started)-time.Duration(since) < hangsAfter:
				s.watch(t)
			case t.about.CompareAndSwap(since, over):
				s.read(&turn{})
			}
		})
	}
}

// take does what a message says. Questions are answered about the state in which
// the document was when they came: what somebody who types waits for at once, as
// its time is bounded and another goroutine would have to be woken for it, all
// others in the background.
func (s *server) take(t *turn, m []byte) error {
	if len(m) == 0 {
		return errWire
	}
	f := fields{rest: m[1:]}
	k := kind(m[0])
	id := 0
	if k >= askLook {
		id = f.number()
	}
	session := f.number()
	if k == beginSession {
		l := Limits{f.number(), f.number(), f.duration(), f.duration(), f.duration()}
		s.stores[session] = s.newStore(session, l)
		return f.err
	}
	c := s.stores[session]
	if c == nil {
		return errWire
	}
	switch k {
	case endSession:
		delete(s.stores, session)
		go c.closeAll()
	case openDocument:
		c.open(Document{Key: f.text(), Language: f.text(), Text: f.text()})
	case editDocument:
		key := f.text()
		d, _ := c.textOf(key)
		text, edits, err := applySplices(d.Text, f.splices())
		if err != nil {
			return err
		}
		c.edit(key, edits, text)
	case closeDocument:
		c.close(f.text())
	case askLook, askBreaks, askNodes, askErrors, askSymbols:
		d, err := f.document(c)
		if err != nil {
			return err
		}
		if open := d.Key != ""; open && (k == askLook || k == askBreaks) {
			s.answering(t, func() { s.answer(c, k, id, d, f) })
		} else {
			go s.answer(c, k, id, d, f)
		}
	default:
		return errWire
	}
	return f.err
}

// document reads the document of a question.
func (f *fields) document(c *store) (Document, error) {
	if open := f.flag(); !open {
		return Document{Language: f.text(), Text: f.text()}, f.err
	}
	d, known := c.textOf(f.text())
	if !known {
		return Document{}, errWire
	}
	text, _, err := applySplices(d.Text, f.splices())
	d.Text = text
	return d, errors.Join(err, f.err)
}

// answer answers a question, whose last fields are f.
func (s *server) answer(c *store, k kind, id int, d Document, f fields) {
	m := newMessage(replied)
	m.number(id)
	switch k {
	case askLook:
		found, ok := c.look(d, clamp(f.number(), len(d.Text)))
		if m.flag(ok); ok {
			m.sight(found)
		}
	case askBreaks:
		breaks, keep := c.breaks(d, f.bytes(len(d.Text)), f.text())
		m.flag(breaks)
		m.number(keep)
	case askNodes:
		root, ok := c.nodes(d)
		if m.flag(ok); ok {
			m.nodes(root)
		}
	case askErrors:
		n, ok := c.errors(d)
		if m.flag(ok); ok {
			m.number(n)
		}
	case askSymbols:
		list, ok := c.symbols(d)
		if m.flag(ok); ok {
			m.symbols(list)
		}
	}
	s.say(m)
}

// newStore makes a store that says when it parses in the background: before it
// does, for there may be no after.
func (s *server) newStore(session int, l Limits) *store {
	c := newStore(l)
	c.watch = func(key string, begins bool) {
		m := newMessage(ended)
		if begins {
			m = newMessage(begun)
		}
		m.number(session)
		m.text(key)
		s.say(m)
	}
	return c
}

// say writes a message. One that cannot be written has nobody to read it.
func (s *server) say(m message) {
	s.writing.Lock()
	defer s.writing.Unlock()
	if worker.Write(s.out, m) == nil {
		s.out.Flush()
	}
}
