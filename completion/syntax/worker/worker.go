// Package worker keeps a process that may die: this very program, started
// again for the part of the work that is done by code which can crash. It
// carries messages to it and back, and knows nothing of what they say.
//
// The process has an empty environment, opens no file and starts no program
// (see [Confine]), and ends when whoever started it does.
package worker

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"sync"
)

// Program is what is started.
type Program struct {
	Path string   // of the executable
	Args []string // that have it serve; see the package's user
}

// MaxMessage bounds a message either way, in bytes.
const MaxMessage = 64 << 20

// maxQueued bounds the bytes that wait to be written to a process that does
// not read.
const maxQueued = 128 << 20

// Process is a started program. It is safe for concurrent use.
type Process struct {
	cmd   *exec.Cmd
	stdin io.WriteCloser
	words lastWords

	mu     sync.Mutex
	more   sync.Cond // there is something in queue, or the process is over
	queue  [][]byte  // framed, or what is left of one that is
	queued int       // bytes in queue
	atWork bool      // write is in the midst of what it took from the queue
	over   bool

	done chan struct{}
	err  error // how it ended; to be read once done is closed
}

// Start starts a program. Each message of its is handed to receive, one at a
// time, and ended is called after the last one, once, when the process is gone.
func Start(p Program, receive func(message []byte), ended func(*Process)) (*Process, error) {
	cmd := exec.Command(p.Path, p.Args...)
	cmd.Env = []string{} // nil would hand on this process's own
	cmd.Dir = "/"
	w := &Process{cmd: cmd, done: make(chan struct{})}
	w.more.L = &w.mu
	cmd.Stderr = &w.words
	var err error
	if w.stdin, err = cmd.StdinPipe(); err != nil {
		return nil, err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	go w.write()
	go func() {
		read := w.read(stdout, receive)
		w.Kill() // it may live on with its output closed
		wait := cmd.Wait()
		w.err = errors.Join(read, wait)
		close(w.done)
		ended(w)
	}()
	return w, nil
}

// read hands on messages until there are no more. An error tells of a process
// that does not keep to the protocol.
func (w *Process) read(from io.Reader, receive func([]byte)) error {
	r := bufio.NewReaderSize(from, 64<<10)
	for {
		message, err := Read(r)
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return nil
		}
		if err != nil {
			return err
		}
		receive(message)
	}
}

// write writes what is queued until the process is over.
func (w *Process) write() {
	for {
		w.mu.Lock()
		w.atWork = false
		for len(w.queue) == 0 && !w.over {
			w.more.Wait()
		}
		messages, over := w.queue, w.over
		w.queue, w.queued, w.atWork = nil, 0, true
		w.mu.Unlock()
		if over {
			return
		}
		for _, m := range messages {
			if _, err := w.stdin.Write(m); err != nil {
				return // it is gone, or about to be
			}
		}
	}
}

// Send sends messages, of which nil is none, and returns at once: what the pipe
// has room for is in it then, and the rest is queued. What is sent to a process
// that is gone is lost; one that has stopped reading is killed.
func (w *Process) Send(messages ...[]byte) {
	var framed []byte
	for _, m := range messages {
		if m != nil {
			framed = append(binary.AppendUvarint(framed, uint64(len(m))), m...)
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.over {
		return
	}
	if len(w.queue) == 0 && !w.atWork { // without waking another thread for it
		framed = framed[writeNow(w.stdin, framed):]
	}
	if len(framed) == 0 {
		return
	}
	w.queue = append(w.queue, framed)
	w.queued += len(framed)
	w.more.Signal()
	if w.queued > maxQueued {
		w.stop()
	}
}

// Kill ends the process at once.
func (w *Process) Kill() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.stop()
}

// stop kills the process, if it is not over. The lock is held.
func (w *Process) stop() {
	if w.over {
		return
	}
	w.over = true
	w.queue, w.queued = nil, 0
	w.more.Signal()
	w.cmd.Process.Kill()
	w.stdin.Close()
}

// Ended tells how the process ended, with the last that it said. It waits for
// the end.
func (w *Process) Ended() string {
	<-w.done
	how := "it ended"
	if w.err != nil {
		how = w.err.Error()
	}
	if said := w.words.String(); said != "" {
		how = fmt.Sprintf("%s (%s)", said, how)
	}
	return how
}

// lastWords keeps the beginning of what a process says on standard error: how
// it dies stands there first, then come the stacks.
type lastWords struct {
	mu   sync.Mutex
	text []byte
}

const maxWords = 1 << 10

// Write never fails and takes all of p, of which it keeps little.
func (l *lastWords) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.text = append(l.text, p[:min(len(p), maxWords-len(l.text))]...)
	return len(p), nil
}

// String is the first line of what was said, printable.
func (l *lastWords) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	line, _, _ := strings.Cut(strings.TrimSpace(string(l.text)), "\n")
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return -1
		}
		return r
	}, line[:min(len(line), 200)])
}
