package journal

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"time"
	"unicode"

	"github.com/airside-ls/airside/gitsync/durable"
)

// ErrLocked says that another sync of this repository is at work.
var ErrLocked = errors.New("another airside is at work in this repository")

// Lock is held by the one sync that is at work in a repository. The kernel lets
// go of it when the process dies, however it dies.
type Lock struct {
	file *os.File
	me   Holder
}

// Acquire takes the lock at path without waiting: ErrLocked when it is held.
func Acquire(fs durable.FS, path string) (*Lock, error) {
	return open(fs, path, func(file *os.File) error {
		for n := range maxAsking {
			err := lock(file, false)
			if !errors.Is(err, ErrLocked) {
				return err
			}
			// Who only asks whether it is held has it for a moment, shared with others.
			if taken, err := held(file); err != nil || taken {
				return cmp.Or(err, ErrLocked)
			}
			if n < quickAsking {
				runtime.Gosched()
			} else { // the one who asks has no processor at the moment
				time.Sleep(time.Millisecond)
			}
		}
		return ErrLocked
	})
}

// maxAsking bounds how often the lock is found to be only asked about, a second or so in
// all; the first quickAsking times are close together.
const maxAsking, quickAsking = 1000, 50

func open(fs durable.FS, path string, lock func(*os.File) error) (*Lock, error) {
	if err := durable.OwnDir(fs, filepath.Dir(path)); err != nil {
		return nil, err
	}
	file, err := fs.OpenInPlace(path)
	if err != nil {
		return nil, err
	}
	if err := lock(file); err != nil {
		file.Close()
		return nil, err
	}
	return &Lock{file: file}, nil
}

// Release lets go. The file stays: removing it would let two hold it.
func (l *Lock) Release() { l.file.Close() }

// Holder is who holds a lock, in its own words: to be told to those who wait,
// and nothing to rely on. The zero value is nobody known.
type Holder struct {
	PID   int       `json:"pid"`
	Name  string    `json:"name"` // "airside in Neovim"
	Since time.Time `json:"since"`
	Waits *Wait     `json:"waits,omitempty"` // what it waits for; nil for nothing
}

// Wait is something that takes its time and is not the holder's own doing.
type Wait struct {
	For    string    `json:"for"` // "the pre-push hook"
	Branch string    `json:"branch,omitempty"`
	Since  time.Time `json:"since"`
}

func (h Holder) String() string {
	who := fmt.Sprintf("%s (process %d)", h.Name, h.PID)
	switch {
	case h.PID == os.Getpid():
		who = "the sync that is at work here already"
	case h.PID == 0 || h.Name == "":
		who = "another airside"
	}
	if h.Waits != nil {
		who += ", which waits for " + h.Waits.For + ","
	}
	return who
}

// What a holder says of itself begins behind the first byte, the one that is
// locked: where locks are mandatory, that one cannot be read.
const (
	holderAt   = 1
	mostHolder = 1024
)

// sign writes down who holds the lock. A disk that is too full for that is
// nothing to the lock.
func (l *Lock) sign(h Holder) {
	l.me = h
	h.Name = h.Name[:min(len(h.Name), mostHolder/8)]
	data, err := json.Marshal(h)
	if err != nil || l.file.Truncate(0) != nil {
		return
	}
	l.file.WriteAt(append(data, '\n'), holderAt)
}

// Waits writes down what the holder waits for, nil for nothing any more.
func (l *Lock) Waits(w *Wait) {
	h := l.me
	if h.Waits = w; w != nil {
		short := *w
		short.For, short.Branch = short.For[:min(len(short.For), mostHolder/8)], short.Branch[:min(len(short.Branch), mostHolder/8)]
		h.Waits = &short
	}
	l.sign(h)
}

// holder reads what the lock's holder has said. It may be gone by now.
func holder(path string) (h Holder) {
	file, _, err := durable.Open(path)
	if err != nil {
		return Holder{}
	}
	defer file.Close()
	data := make([]byte, mostHolder)
	n, _ := file.ReadAt(data, holderAt)
	if json.Unmarshal(data[:n], &h) != nil {
		return Holder{}
	}
	h.Name = printable(h.Name)
	if h.Waits != nil {
		h.Waits.For = printable(h.Waits.For)
	}
	return h
}

func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, text)
}

// Queue takes the lock at a path for one Syncer, and waits for it. Its methods
// may be called from several goroutines.
type Queue struct {
	fs   durable.FS
	path string
	name string
	now  func() time.Time

	turn chan struct{} // holds a token while somebody of this queue waits for the lock

	mu      sync.Mutex
	blocked *blocked // nil when nobody waits in the kernel
}

// blocked is a goroutine that waits for the lock in the kernel, which nothing
// can end but the lock itself.
type blocked struct {
	wanted bool // somebody still waits; guarded by Queue.mu
	got    chan acquired
}

type acquired struct {
	lock *Lock
	err  error
}

// NewQueue is for the lock at path. name is what others are told who wait.
func NewQueue(fs durable.FS, path, name string, now func() time.Time) *Queue {
	return &Queue{fs: fs, path: path, name: name, now: now, turn: make(chan struct{}, 1)}
}

// Try takes the lock, or says ErrLocked.
func (q *Queue) Try() (*Lock, error) {
	l, err := Acquire(q.fs, q.path)
	if err == nil {
		l.sign(q.me())
	}
	return l, err
}

// Holder is who holds the lock, as far as it has said so.
func (q *Queue) Holder() Holder { return holder(q.path) }

// Waits is what the holder of the lock waits for; nil for nothing, and where nobody
// holds it: a process that was killed could not take back what it said.
func (q *Queue) Waits() *Wait {
	w := holder(q.path).Waits
	if w == nil {
		return nil
	}
	taken := false
	l, err := open(q.fs, q.path, func(file *os.File) (err error) {
		taken, err = held(file)
		return err
	})
	if err == nil {
		l.Release()
	}
	if err != nil || !taken {
		return nil
	}
	return w
}

func (q *Queue) me() Holder {
	return Holder{PID: os.Getpid(), Name: q.name, Since: q.now().UTC().Truncate(time.Second)}
}

// Wait takes the lock as soon as whoever has it lets go or dies; it looks at no
// clock for that. It gives up with the context's cause.
func (q *Queue) Wait(ctx context.Context) (*Lock, error) {
	select {
	case q.turn <- struct{}{}:
		defer func() { <-q.turn }()
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	b := q.block()
	select {
	case a := <-b.got:
		return q.signed(a)
	case <-ctx.Done():
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	select {
	case a := <-b.got: // at the last moment
		return q.signed(a)
	default:
	}
	b.wanted = false
	return nil, context.Cause(ctx)
}

func (q *Queue) signed(a acquired) (*Lock, error) {
	if a.err == nil {
		a.lock.sign(q.me())
	}
	return a.lock, a.err
}

// block has one goroutine wait in the kernel: a new one, or the one that was
// left there by somebody who gave up.
func (q *Queue) block() *blocked {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.blocked != nil {
		q.blocked.wanted = true
		return q.blocked
	}
	b := &blocked{wanted: true, got: make(chan acquired, 1)}
	q.blocked = b
	go func() {
		l, err := open(q.fs, q.path, func(file *os.File) error { return lock(file, true) })
		q.mu.Lock()
		defer q.mu.Unlock()
		q.blocked = nil
		switch {
		case b.wanted:
			b.got <- acquired{l, err}
		case err == nil:
			l.Release() // nobody wants it any more
		}
	}()
	return b
}
